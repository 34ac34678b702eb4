import type { Bus } from '../messaging/event-bus.ts';
import { claimUnpublishedEvents, publishStaged } from '../messaging/outbox.ts';
import { deduplicationId, type WakeUp, type WakeUpQueue } from '../messaging/wake-ups.ts';
import { runTx, type Sql, type Statements } from '../postgres/database.ts';
import { purgeIdempotencyKeys } from '../postgres/idempotency.ts';
import { recordExpiries } from './expiries.ts';

export interface RelayDeps {
  readonly sql: Sql;
  readonly queue: WakeUpQueue;
  readonly bus: Bus;
}

/** What one pass did. */
export interface RelayReport {
  /** Wallets woken because of operations that stayed pending. */
  readonly woken: number;
  readonly published: number;
  readonly idempotencyKeysPurged: number;
  /** Holds whose expiry was recorded. */
  readonly expired: number;
  /** Age in seconds of the oldest pending operation; 0 if nothing is pending. */
  readonly oldestPendingSeconds: number;
}

/** Seconds that an operation is pending until it is sent again; doubled each time, to spare a queue with a backlog. */
const IDLE_SECONDS = 60;

/** The longest such wait, in seconds: an hour. */
const MAX_IDLE_SECONDS = 3_600;

/** Operations sent again in one pass: what SQS takes in a few seconds. */
const MAX_OPERATIONS = 2_000;

/** Events published in one pass: what EventBridge takes in a few seconds. */
const MAX_EVENTS = 2_000;

/** Holds that expire in one pass: two statements' worth of settling. */
const MAX_EXPIRIES = 2_000;

/** Idempotency keys deleted in one pass; at one pass a minute, over 600 requests a second. */
const MAX_IDEMPOTENCY_KEYS = 40_000;

/**
 * One pass over what others left undone: wakes wallets whose operations stay pending, publishes events that stay in the
 * outbox, records the expiry of holds, deletes old idempotency keys. Safe to run twice at once.
 *
 * @param idleSeconds how long something must have been left undone; other than IDLE_SECONDS only in tests
 * @throws what the database, the queue or the bus throws, after every duty was tried
 */
export async function relayOnce(
  { sql, queue, bus }: RelayDeps,
  idleSeconds = IDLE_SECONDS,
): Promise<RelayReport> {
  const [oldestPendingSeconds, woken, expired, published, idempotencyKeysPurged] = await Promise.allSettled([
    oldestPending(sql),
    wakePending(sql, queue, idleSeconds),
    expireHolds(sql, queue),
    publishLeft(sql, bus, idleSeconds),
    purgeIdempotencyKeys(sql, MAX_IDEMPOTENCY_KEYS),
  ]);
  return {
    oldestPendingSeconds: resolved(oldestPendingSeconds),
    woken: resolved(woken),
    published: resolved(published),
    idempotencyKeysPurged: resolved(idempotencyKeysPurged),
    expired: resolved(expired),
  };
}

function resolved(result: PromiseSettledResult<number>): number {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

async function oldestPending(sql: Statements): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS seconds
    FROM operations WHERE status = 'new'`;
  return row?.seconds ?? 0;
}

async function wakePending(sql: Sql, queue: WakeUpQueue, idleSeconds: number): Promise<number> {
  const wakeUps = await runTx(sql, (tx) => claimPending(tx, idleSeconds));
  await queue.wake(wakeUps);
  return wakeUps.length;
}

type ClaimedOperation = Omit<WakeUp, 'deduplicationId'> & { operationId: bigint; relayCount: number };

/** Notes the time before sending: an operation that is claimed but not sent is due again after the next wait. */
async function claimPending(sql: Statements, idleSeconds: number): Promise<WakeUp[]> {
  const claimed = await sql<ClaimedOperation[]>`
    WITH claimed AS (
      UPDATE operations SET relayed_at = now(), relay_count = least(relay_count + 1, 100)
      WHERE id IN (
        SELECT id FROM operations
        WHERE status = 'new' AND coalesce(relayed_at, created_at)
          < now() - make_interval(secs => least(${idleSeconds} * power(2, least(relay_count, 20)), ${MAX_IDLE_SECONDS}))
        ORDER BY id LIMIT ${MAX_OPERATIONS} FOR UPDATE SKIP LOCKED
      ) AND status = 'new'
      RETURNING id, wallet_id, correlation_id, relay_count
    )
    SELECT DISTINCT ON (wallet_id) wallet_id AS "walletId", wallet_group AS group, claimed.id AS "operationId",
      relay_count AS "relayCount", correlation_id AS "correlationId"
    FROM claimed JOIN wallets ON wallets.id = wallet_id
    ORDER BY wallet_id, claimed.id`;
  return claimed.map(({ operationId, relayCount, ...wallet }) => ({
    ...wallet,
    deduplicationId: deduplicationId('relay', operationId, relayCount),
  }));
}

async function expireHolds(sql: Sql, queue: WakeUpQueue): Promise<number> {
  const wakeUps = await recordExpiries(sql, MAX_EXPIRIES);
  await queue.wake(wakeUps);
  return wakeUps.length;
}

async function publishLeft(sql: Sql, bus: Bus, idleSeconds: number): Promise<number> {
  const ids = await runTx(sql, (tx) => claimUnpublishedEvents(tx, idleSeconds, MAX_EVENTS));
  return await publishStaged(sql, bus, ids);
}
