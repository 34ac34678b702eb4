import type { Fragment } from 'postgres';
import type { Statements, Tx } from '../postgres/database.ts';
import { oldestHolds } from './expiries.ts';
import { type LockedWallets, lockWallets, type SettleRequest } from './locks.ts';
import { type LoadedOperation, loadPending, type PendingAfter } from './reads.ts';
import {
  type Claimed,
  claimFirsts,
  type FirstOperation,
  type FirstsRequest,
  readFirsts,
} from './relay-wake-ups.ts';

/** The statements of settling that depend on whether the tables are on one server or spread over several by wallet. */
export interface Layout {
  /**
   * Locks the named wallets, and waits for those: in id order, so that no two processors can wait for each other. Only
   * then other wallets of the group with pending operations, and skips locked ones: a processor that waits must not hold
   * others.
   */
  lockWallets(tx: Tx, request: SettleRequest): Promise<LockedWallets>;
  /**
   * Reads wallets' pending operations, wallet by wallet, each wallet's in id order.
   *
   * @param share how many of a wallet, at most
   * @param limit how many in all, at most; as many as a transaction settles if missing
   */
  loadPending(
    tx: Tx,
    wallets: readonly PendingAfter[],
    share: number,
    limit?: number,
  ): Promise<LoadedOperation[]>;
  /** What follows `FROM … wallet CROSS JOIN LATERAL`: holds of each wallet that fulfill a condition, at most so many. */
  oldestHolds(sql: Statements, condition: Fragment, limit: number): Fragment;
  /** Reads the first pending operation of each wallet. */
  readFirsts(tx: Tx, request: FirstsRequest): Promise<FirstOperation[]>;
  /** Notes that the operations' wallets are woken again. @returns those that nobody else woke or settled meanwhile */
  claimFirsts(sql: Statements, due: readonly FirstOperation[]): Promise<Claimed[]>;
  /** The end of a sub-select that finds one row by its key, for each row of a list. */
  one(sql: Statements): Fragment;
}

/** All tables on one server. */
export const ONE_SERVER: Layout = {
  lockWallets,
  loadPending,
  oldestHolds,
  readFirsts,
  claimFirsts,
  // It lets the planner begin with the list alone.
  one: (sql) => sql`LIMIT 1`,
};
