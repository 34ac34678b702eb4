import type { Tx } from '../postgres/database.ts';
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
 * @param wallets under their locks
 * @param settledAt the time of settling
 * @param layout records them
 */
export async function recordExpiries(
  tx: Tx,
  wallets: readonly LockedWallet[],
  settledAt: string,
  layout: Layout,
): Promise<Expiries> {
  const holders = wallets.filter(({ held }) => held > 0n);
  if (holders.length === 0) return { operations: [], unfinished: new Set() };
  const operations = await layout.insertExpiries(tx, holders, settledAt, MAX_EXPIRIES);
  const isFull = operations.length === MAX_EXPIRIES;
  return { operations, unfinished: new Set(isFull ? holders.map(({ id }) => id) : []) };
}

/** Records the expiry of the wallets' holds that are over: of each wallet the oldest first, at most so many. */
export async function insertExpiries(
  tx: Tx,
  holders: readonly LockedWallet[],
  settledAt: string,
  limit: number,
): Promise<LoadedOperation[]> {
  return await tx<LoadedOperation[]>`
    INSERT INTO pending_operations (wallet_id, wallet_group, transaction_id, leg, amount, currency, hold_id, correlation_id)
    SELECT wallet.id, wallet_group, gen_random_uuid(), 'expiry', amount, wallet.currency, hold.id, 'expiry of ' || hold.id
    FROM ${holderRows(tx, holders)} CROSS JOIN LATERAL (
      SELECT id, amount FROM holds
      WHERE wallet_id = wallet.id AND ${isOver(tx, tx`${settledAt}::timestamptz`)}
      ORDER BY expires_at LIMIT ${limit}
    ) AS hold LIMIT ${limit}
    RETURNING ${pendingColumns(tx)}`;
}

/** The wallets as rows of a statement, by the name `wallet`. */
export const holderRows = (tx: Tx, holders: readonly LockedWallet[]) =>
  rows(tx, 'wallet', holders, {
    id: ['bigint', ({ id }) => id],
    currency: ['text', ({ currency }) => currency],
    wallet_group: ['integer', ({ group }) => group],
  });
