import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Decisions, decide, type HoldState } from '../ledger/decide.ts';
import { deleteEvents, type OutboxEvent, stageEvents } from '../messaging/outbox.ts';
import type { Tx } from '../postgres/database.ts';
import { loadRates } from '../wallets/currencies.ts';
import { recordExpiries } from './expiries.ts';
import { type ChainHead, type LockedWallet, lockWallets, type SettleRequest } from './locks.ts';
import {
  debitsOfReturns,
  type LoadedOperation,
  loadHolds,
  loadPending,
  MAX_OPERATIONS,
  shareOf,
  withExactReturnable,
} from './reads.ts';
import { releaseRefunds } from './refund-parts.ts';
import { type NamedAmount, transactionEvents } from './settled-events.ts';
import { chain, insertLegs, type MadeLeg, moveToJournal, updateHolds, updateWallets } from './writes.ts';

/**
 * Operations settled by one statement: enough that the statement's fixed cost hardly counts, few enough that the database
 * is at work while the next slice is hashed.
 */
const SLICE = 250;

/** What one transaction settled, and what to follow up after its commit. */
export interface SettleReport {
  readonly succeeded: number;
  readonly declined: number;
  /** Holds that expired, which are among the succeeded. */
  readonly expired: number;
  /** The legs it made, with their ids. */
  readonly legs: readonly MadeLeg[];
  /** The events it staged. */
  readonly events: readonly OutboxEvent[];
  /** The `after` of the next transaction, which so need not pass the index entries of what this one settled. */
  readonly after: bigint;
  /** Whether more may be pending, of these wallets or of others in their group. */
  readonly isFull: boolean;
}

/**
 * Settles pending operations of the wallets, each wallet's in id order, at most {@link MAX_OPERATIONS} and of each wallet
 * no more than its share; before them, the expiry of holds that are over. One statement each for wallets, new legs and
 * events, a few for operations. Independent statements are sent together, so that the database executes one while the next
 * is made.
 *
 * @param tx its row locks keep other processors off the same wallets until it ends
 * @param published outbox ids of earlier events that the bus took: deleted here, which saves a transaction
 */
export async function settlePending(
  tx: Tx,
  request: SettleRequest,
  published: readonly bigint[] = [],
): Promise<SettleReport> {
  const [{ wallets, settledAt, last }] = await Promise.all([
    lockWallets(tx, request),
    deleteEvents(tx, published),
  ]);
  const share = shareOf(wallets.length);
  const [expiries, loaded] = await Promise.all([
    recordExpiries(tx, wallets, settledAt),
    loadPending(
      tx,
      wallets.map(({ id }) => id),
      share,
    ),
  ]);
  const { unfinished } = expiries;
  const ready = unfinished.size === 0 ? loaded : loaded.filter(({ walletId }) => !unfinished.has(walletId));
  const isFull = unfinished.size > 0 || loaded.length === MAX_OPERATIONS || hasFullShare(loaded, share);
  const settled = await settle(tx, wallets, [...expiries.operations, ...ready], settledAt);
  return { ...settled, after: last ?? request.after, isFull };
}

/** Expires what is over of the wallets' holds, and settles nothing else. */
export async function expireHolds(tx: Tx, walletIds: readonly bigint[]): Promise<SettleReport> {
  const { wallets, settledAt } = await lockWallets(tx, { walletIds, group: null, after: 0n });
  const { operations, unfinished } = await recordExpiries(tx, wallets, settledAt);
  const settled = await settle(tx, wallets, operations, settledAt);
  return { ...settled, after: 0n, isFull: unfinished.size > 0 };
}

/** Whether a wallet got all of its share, so that more of it may wait. */
function hasFullShare(loaded: readonly LoadedOperation[], share: number): boolean {
  let [walletId, count] = [0n, 0];
  for (const operation of loaded) {
    count = operation.walletId === walletId ? count + 1 : 1;
    walletId = operation.walletId;
    if (count === share) return true;
  }
  return false;
}

/** Settles the operations of locked wallets, in the order given. */
async function settle(
  tx: Tx,
  wallets: readonly LockedWallet[],
  operations: readonly LoadedOperation[],
  settledAt: string,
): Promise<Omit<SettleReport, 'after' | 'isFull'>> {
  if (operations.length === 0) return { succeeded: 0, declined: 0, expired: 0, legs: [], events: [] };
  const [rates, holds, debits] = await Promise.all([
    loadRates(
      tx,
      [...wallets, ...operations].map(({ currency }) => currency),
    ),
    loadHolds(tx, operations),
    debitsOfReturns(tx, operations),
  ]);
  const decided = await decideExactly(tx, wallets, operations, rates, holds);
  const [legs, events] = await write(tx, wallets, operations, decided, debits, settledAt);
  const { decisions } = decided;
  const succeeded = decisions.filter(({ status }) => status === 'success').length;
  const expired = operations.filter(({ leg }) => leg === 'expiry').length;
  return { succeeded, declined: decisions.length - succeeded, expired, legs, events };
}

/** Decides; where an upper bound of what may come back declined a credit, once more with the exact amounts. */
async function decideExactly(
  tx: Tx,
  wallets: readonly LockedWallet[],
  operations: readonly LoadedOperation[],
  rates: Parameters<typeof decide>[2],
  holds: readonly HoldState[],
): Promise<Decisions> {
  const decided = decide(wallets, operations, rates, holds);
  if (decided.inexact.length === 0) return decided;
  return decide(await withExactReturnable(tx, wallets, decided.inexact), operations, rates, holds);
}

/** Writes what was decided. After a statement failed, the following ones fail as well. */
async function write(
  tx: Tx,
  wallets: readonly LockedWallet[],
  operations: readonly LoadedOperation[],
  decided: Decisions,
  debits: ReadonlyMap<string, NamedAmount>,
  settledAt: string,
): Promise<[MadeLeg[], OutboxEvent[]]> {
  const { decisions } = decided;
  const heads = new Map<bigint, ChainHead>(wallets.map((wallet) => [wallet.id, wallet]));
  const slices: Promise<void>[] = [];
  for (let start = 0; start < decisions.length; start += SLICE) {
    const end = start + SLICE;
    const chained = chain(heads, operations.slice(start, end), decisions.slice(start, end), settledAt);
    const slice = moveToJournal(tx, chained, settledAt);
    // Awaited below, where a failure is thrown.
    slice.catch(() => {});
    slices.push(slice);
    // Lets the statement be sent before the next slice is hashed.
    await nextTurn();
  }
  const [legs, events] = await Promise.all([
    insertLegs(tx, decisions),
    stageEvents(tx, transactionEvents(decisions, debits)),
    updateWallets(tx, decided.wallets, heads, settledAt),
    updateHolds(tx, decided.holds),
    releaseRefunds(tx, decisions, debits),
    ...slices,
  ]);
  return [legs, events];
}
