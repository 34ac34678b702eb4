import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Decisions, decide } from '../ledger/decide.ts';
import { deleteEvents, type OutboxEvent, stageEvents } from '../messaging/outbox.ts';
import type { Tx } from '../postgres/database.ts';
import { loadRates } from '../wallets/currencies.ts';
import {
  type ChainHead,
  debitsOfReturns,
  type LoadedOperation,
  type LockedWallet,
  loadHolds,
  loadPending,
  lockNamedWallets,
  lockOtherWallets,
  MAX_OPERATIONS,
  MAX_OTHER_WALLETS,
  readClock,
  type SettleRequest,
  withExactReturnable,
} from './reads.ts';
import { releaseRefunds } from './refund-parts.ts';
import { type NamedAmount, transactionEvents } from './settled-events.ts';
import { chain, insertLegs, type MadeLeg, updateHolds, updateWallets, writeDecisions } from './writes.ts';

/**
 * Operations settled by one statement: enough that the statement's fixed cost hardly counts, few enough that the database
 * is at work while the next slice is hashed.
 */
const SLICE = 250;

/** What one transaction settled, and what to follow up after its commit. */
export interface SettleReport {
  readonly succeeded: number;
  readonly declined: number;
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
 * Settles pending operations of the wallets, in id order, at most {@link MAX_OPERATIONS}: one statement each for
 * wallets, new legs and events, a few for operations. Independent statements are sent together, so that the database
 * executes one while the next is made.
 *
 * @param tx its row locks keep other processors off the same wallets until it ends
 * @param published outbox ids of earlier events that the bus took: deleted here, which saves a transaction
 */
export async function settlePending(
  tx: Tx,
  request: SettleRequest,
  published: readonly bigint[] = [],
): Promise<SettleReport> {
  const namedWallets = await lockNamedWallets(tx, request);
  // Only now, not together: a processor that waits for a named wallet must not hold other ones.
  const [otherWallets] = await Promise.all([lockOtherWallets(tx, request), deleteEvents(tx, published)]);
  const after = lastWallet(otherWallets, request.after);
  const wallets = [...namedWallets, ...otherWallets];
  const [operations, rates, settledAt] = await Promise.all([
    loadPending(tx, namedWallets, otherWallets),
    loadRates(tx),
    readClock(tx),
  ]);
  const isFull = operations.length === MAX_OPERATIONS || otherWallets.length === MAX_OTHER_WALLETS;
  if (operations.length === 0) return { succeeded: 0, declined: 0, legs: [], events: [], after, isFull };
  const [holds, debits] = await Promise.all([loadHolds(tx, operations), debitsOfReturns(tx, operations)]);
  let decided = decide(wallets, operations, rates, holds);
  if (decided.inexact.length > 0) {
    decided = decide(await withExactReturnable(tx, wallets, decided.inexact), operations, rates, holds);
  }
  const [legs, events] = await write(tx, wallets, operations, decided, debits, settledAt);
  const succeeded = decided.decisions.filter(({ status }) => status === 'success').length;
  const declined = decided.decisions.length - succeeded;
  return { succeeded, declined, legs, events, after, isFull };
}

/**
 * The wallet id after which the next search for other wallets begins. A search takes the ids above `after`, then those
 * up to it: so the next one begins after the largest id taken above or, if none was, after the largest taken below.
 */
function lastWallet(otherWallets: readonly LockedWallet[], after: bigint): bigint {
  return otherWallets.findLast(({ id }) => id > after)?.id ?? otherWallets.at(-1)?.id ?? after;
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
    const slice = writeDecisions(tx, chained, settledAt);
    // Awaited below, where a failure is thrown.
    slice.catch(() => {});
    slices.push(slice);
    // Lets the statement be sent before the next slice is hashed.
    await nextTurn();
  }
  const [legs, events] = await Promise.all([
    insertLegs(tx, decisions),
    stageEvents(tx, transactionEvents(decisions, debits)),
    updateWallets(tx, decided.wallets, heads),
    updateHolds(tx, decided.holds),
    releaseRefunds(tx, decisions, debits),
    ...slices,
  ]);
  return [legs, events];
}
