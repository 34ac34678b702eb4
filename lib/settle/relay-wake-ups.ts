import { deduplicationId, type WakeUp, type WakeUpQueue } from '../messaging/wake-ups.ts';
import { correlationOf } from '../postgres/correlation.ts';
import { runInIndexOrder, type Sql, type Statements, type Tx } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { walletGroups } from '../wallets/wallets.ts';
import type { Layout } from './layout.ts';

/** Wallets looked at by one statement, and woken by one more: what SQS takes in a second or two. */
const PORTION = 2_000;

/** The longest wait for the next wake-up, in seconds: an hour. */
const MAX_IDLE_SECONDS = 3_600;

/** The most that is counted of a wallet's wake-ups: long before, the wait is the longest. */
export const MAX_RELAY_COUNT = 100;

/** A wallet's first pending operation. */
export interface FirstOperation {
  readonly walletId: bigint;
  readonly id: bigint;
  readonly relayCount: number;
  readonly correlationId: string;
  readonly ageSeconds: number;
  /** Whether it is pending for longer than the queue could explain. */
  readonly isDue: boolean;
}

/** Wakes wallets whose work stays pending, portion by portion. */
export interface WakeUpPass {
  /** Age in seconds of the oldest pending operation seen so far; 0 if nothing is pending, null before the first look. */
  readonly oldestSeconds: number | null;
  /** Wallets woken so far. */
  readonly woken: number;
  /** Looks at a portion of wallets and wakes those that are due. @returns whether there may be more */
  next(): Promise<boolean>;
}

/**
 * Begins a pass over all wallets with pending operations. It reads the first operation of each wallet, whatever the length of
 * the backlog behind it. Where the queue fails, the pass goes on without it, so that the oldest operation is known, and
 * throws what the queue threw at the end.
 *
 * @param idleSeconds how long an operation must be pending; doubled with each wake-up because of it
 */
export function wakeUpPass(sql: Sql, queue: WakeUpQueue, idleSeconds: number, layout: Layout): WakeUpPass {
  let after = 0n;
  let failure: { readonly error: unknown } | undefined;
  const pass = {
    oldestSeconds: null as number | null,
    woken: 0,
    async next() {
      const firsts = await runInIndexOrder(sql, (tx) =>
        layout.readFirsts(tx, { after, idleSeconds, limit: PORTION }),
      );
      pass.oldestSeconds = firsts.reduce(
        (oldest, { ageSeconds }) => Math.max(oldest, ageSeconds),
        pass.oldestSeconds ?? 0,
      );
      const due = firsts.filter(({ isDue }) => isDue);
      if (failure === undefined && due.length > 0) {
        try {
          pass.woken += await wake(sql, queue, due, layout);
        } catch (error) {
          failure = { error };
        }
      }
      const last = firsts.at(-1);
      if (firsts.length === PORTION && last !== undefined) {
        after = last.walletId;
        return true;
      }
      await noteOldest(sql, pass.oldestSeconds);
      if (failure !== undefined) throw failure.error;
      return false;
    },
  };
  return pass;
}

/** Writes down what a whole pass saw, for overviews of a long backlog. */
async function noteOldest(sql: Statements, oldestSeconds: number): Promise<void> {
  await sql`
    INSERT INTO relay_passes (ended_at, oldest_seconds) VALUES (now(), ${oldestSeconds})
    ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, oldest_seconds = excluded.oldest_seconds`;
}

/** Which wallets' first operations are read, in the order of the wallets. */
export interface FirstsRequest {
  /** Only wallets with a larger id. */
  readonly after: bigint;
  /** How long an operation must be pending to be due; doubled with each wake-up because of it. */
  readonly idleSeconds: number;
  /** How many at most. */
  readonly limit: number;
}

/** Steps from wallet to wallet along the key: one look-up for each, of its operation with the smallest id. */
export async function readFirsts(
  tx: Tx,
  { after, idleSeconds, limit }: FirstsRequest,
): Promise<FirstOperation[]> {
  const columns = tx`wallet_id, id, transaction_id, relay_count, correlation_id, created_at, relayed_at`;
  return await tx<FirstOperation[]>`
    WITH RECURSIVE firsts AS (
      (SELECT ${columns} FROM pending_operations WHERE wallet_id > ${after} ORDER BY wallet_id, id LIMIT 1)
      UNION ALL
      SELECT following.* FROM firsts CROSS JOIN LATERAL (
        SELECT ${columns} FROM pending_operations
        WHERE wallet_id > firsts.wallet_id ORDER BY wallet_id, id LIMIT 1
      ) AS following
    )
    SELECT ${firstColumns(tx, idleSeconds)} FROM firsts LIMIT ${limit}`;
}

/** The columns of a {@link FirstOperation}. */
export const firstColumns = (sql: Statements, idleSeconds: number) => sql`
  wallet_id AS "walletId", id, relay_count AS "relayCount", ${correlationOf(sql)} AS "correlationId",
  extract(epoch FROM now() - created_at)::float8 AS "ageSeconds",
  coalesce(relayed_at, created_at) < now() - make_interval(
    secs => least(${idleSeconds} * power(2, least(relay_count, 20)), ${MAX_IDLE_SECONDS})) AS "isDue"`;

/** @returns how many of the wallets it woke: another relay may have woken some, or they are settled */
async function wake(
  sql: Sql,
  queue: WakeUpQueue,
  due: readonly FirstOperation[],
  layout: Layout,
): Promise<number> {
  const claimed = await layout.claimFirsts(sql, due);
  const groups = await walletGroups(
    sql,
    claimed.map(({ walletId }) => walletId),
  );
  const wakeUps = claimed.flatMap(({ walletId, id, relayCount, correlationId }): WakeUp[] => {
    const group = groups.get(walletId);
    if (group === undefined) return [];
    return [{ walletId, group, correlationId, deduplicationId: deduplicationId('relay', id, relayCount) }];
  });
  await queue.wake(wakeUps);
  return wakeUps.length;
}

/** What the message for an operation needs to know. */
export type Claimed = Pick<FirstOperation, 'walletId' | 'id' | 'relayCount' | 'correlationId'>;

/**
 * Notes the time before sending: an operation that is claimed but not sent is due again after the next wait. The note waits
 * for no disk: one that is lost costs a message.
 */
export async function claimFirsts(sql: Statements, due: readonly FirstOperation[]): Promise<Claimed[]> {
  return await sql<Claimed[]>`
    WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)), free AS MATERIALIZED (
      SELECT operation.* FROM unhurried CROSS JOIN ${givenFirsts(sql, due)} CROSS JOIN LATERAL (
        SELECT wallet_id, id FROM pending_operations
        WHERE wallet_id = given.wallet_id AND id = given.id AND relay_count = given.relay_count
        FOR UPDATE SKIP LOCKED
      ) AS operation
    )
    UPDATE pending_operations SET relayed_at = now(), relay_count = least(relay_count + 1, ${MAX_RELAY_COUNT})
    WHERE wallet_id = ANY (ARRAY(SELECT wallet_id FROM free)) AND id = ANY (ARRAY(SELECT id FROM free))
    RETURNING wallet_id AS "walletId", id, relay_count AS "relayCount", ${correlationOf(sql)} AS "correlationId"`;
}

/** The operations as rows of a statement, by the name `given`. */
export const givenFirsts = (sql: Statements, due: readonly FirstOperation[]) =>
  rows(sql, 'given', due, {
    wallet_id: ['bigint', ({ walletId }) => walletId],
    id: ['bigint', ({ id }) => id],
    relay_count: ['integer', ({ relayCount }) => relayCount],
  });
