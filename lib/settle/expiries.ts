import type { Fragment } from 'postgres';
import type { Statements, Tx } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { isOver } from '../wallets/holds.ts';
import type { Layout } from './layout.ts';
import type { LockedWallet } from './locks.ts';
import { type LoadedOperation, pendingColumns } from './reads.ts';

/** Holds that expire in one transaction: what is over beyond that waits for the next, and so does the rest of these wallets. */
const MAX_EXPIRIES = 1_000;

/** The expiries of a transaction. */
export interface Expiries {
  readonly operations: readonly LoadedOperation[];
  /** Wallets of which more may be over: nothing else of them may be settled yet. */
  readonly unfinished: ReadonlySet<bigint>;
}

/**
 * Records the expiry of the wallets' holds that are over, as pending operations: first of all that is settled, so that they
 * reserve nothing any more. A hold that is about to be captured or released is left to that: it was requested in time.
 *
 * One that was captured up to its amount reserves nothing, though more may be captured: to settle other operations, it makes no
 * difference. So it costs them nothing, and is left to the pass over all holds.
 *
 * @param wallets under their locks
 * @param settledAt the time of settling
 * @param layout finds them
 * @param every whether those that reserve nothing expire, too
 */
export async function recordExpiries(
  tx: Tx,
  wallets: readonly LockedWallet[],
  settledAt: string,
  layout: Layout,
  every = false,
): Promise<Expiries> {
  const holders = every ? wallets : wallets.filter(({ held }) => held > 0n);
  if (holders.length === 0) return { operations: [], unfinished: new Set() };
  const wallet = rows(tx, 'wallet', holders, {
    id: ['bigint', ({ id }) => id],
    wallet_group: ['integer', ({ group }) => group],
  });
  const isOverThen = isOver(tx, tx`${settledAt}::timestamptz`);
  const operations = await tx<LoadedOperation[]>`
    INSERT INTO pending_operations (wallet_id, wallet_group, transaction_id, leg, amount, currency, hold_id, correlation_id)
    SELECT wallet.id, wallet_group, gen_random_uuid(), 'expiry', amount, hold.currency, hold.id, 'expiry of ' || hold.id
    FROM ${wallet} CROSS JOIN LATERAL ${layout.oldestHolds(tx, isOverThen, MAX_EXPIRIES)}
    RETURNING ${pendingColumns(tx)}`;
  const isFull = operations.length === MAX_EXPIRIES;
  return { operations, unfinished: new Set(isFull ? holders.map(({ id }) => id) : []) };
}

/** The wallets' holds that fulfill a condition, the oldest of each wallet first: see Layout. */
export const oldestHolds = (sql: Statements, condition: Fragment, limit: number): Fragment => sql`(
  SELECT id, amount, currency FROM holds WHERE wallet_id = wallet.id AND ${condition} ORDER BY expires_at LIMIT ${limit}
) AS hold LIMIT ${limit}`;
