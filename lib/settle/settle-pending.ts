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
 * Operations settled by one statement: enough that its own cost hardly counts, few enough that the database has work
 * while the hashes of the next are made.
 */
const SLICE = 250;

/** What one transaction settled, and what is to follow its commit. */
export interface SettleReport {
  readonly succeeded: number;
  readonly declined: number;
  /** The legs it made, with their ids. */
  readonly legs: readonly MadeLeg[];
  /** The events it staged. */
  readonly events: readonly OutboxEvent[];
  /** The wallet id after which the next transaction looks: it need not pass the index entries of what this one settled. */
  readonly after: bigint;
  /** Whether pending operations of these wallets, or of others that could have come along, may be left. */
  readonly isFull: boolean;
}

/**
 * Settles pending operations of the wallets, in id order, at most {@link MAX_OPERATIONS}: one statement each for
 * wallets, new legs and events, a few for operations. Statements that need nothing of one another are sent together, so
 * that the database works on one while the next is made.
 *
 * @param tx a transaction; row locks keep other processors off the same wallets until it ends
 * @param published outbox ids of earlier events that the bus took: forgotten in passing, which saves a commit
 */
export async function settlePending(
  tx: Tx,
  work: SettleRequest,
  published: readonly bigint[] = [],
): Promise<SettleReport> {
  const own = await lockNamedWallets(tx, work);
  // Only then, never together: whoever waits for a named wallet must hold no other.
  const [otherWallets] = await Promise.all([lockOtherWallets(tx, work), deleteEvents(tx, published)]);
  const after =
    otherWallets.findLast(({ id }) => id > work.after)?.id ?? otherWallets.at(-1)?.id ?? work.after;
  const wallets = [...own, ...otherWallets];
  const [operations, rates, settledAt] = await Promise.all([
    loadPending(tx, own, otherWallets),
    loadRates(tx),
    readClock(tx),
  ]);
  const isFull = operations.length === MAX_OPERATIONS || otherWallets.length === MAX_OTHER_WALLETS;
  if (operations.length === 0) return { succeeded: 0, declined: 0, legs: [], events: [], after, isFull };
  const [holds, debits] = await Promise.all([loadHolds(tx, operations), debitsOfReturns(tx, operations)]);
  let settlement = decide(wallets, operations, rates, holds);
  if (settlement.inexact.length > 0) {
    settlement = decide(await withExactReturnable(tx, wallets, settlement.inexact), operations, rates, holds);
  }
  const [legs, events] = await write(tx, wallets, operations, settlement, debits, settledAt);
  const succeeded = settlement.decisions.filter(({ status }) => status === 'success').length;
  const declined = settlement.decisions.length - succeeded;
  return { succeeded, declined, legs, events, after, isFull };
}

/** Writes what was decided. The first statement to fail makes those after it fail as well. */
async function write(
  tx: Tx,
  wallets: readonly LockedWallet[],
  operations: readonly LoadedOperation[],
  settlement: Decisions,
  debits: ReadonlyMap<string, NamedAmount>,
  settledAt: string,
): Promise<[MadeLeg[], OutboxEvent[]]> {
  const { decisions } = settlement;
  const heads = new Map<bigint, ChainHead>(wallets.map((wallet) => [wallet.id, wallet]));
  const slices: Promise<void>[] = [];
  for (let start = 0; start < decisions.length; start += SLICE) {
    const end = start + SLICE;
    const sealed = chain(heads, operations.slice(start, end), decisions.slice(start, end), settledAt);
    const slice = writeDecisions(tx, sealed, settledAt);
    // Whether it fails is asked below.
    slice.catch(() => {});
    slices.push(slice);
    // It is sent before the next ones are hashed.
    await nextTurn();
  }
  const [legs, events] = await Promise.all([
    insertLegs(tx, decisions),
    stageEvents(tx, transactionEvents(decisions, debits)),
    updateWallets(tx, settlement.wallets, heads),
    updateHolds(tx, settlement.holds),
    releaseRefunds(tx, decisions, debits),
    ...slices,
  ]);
  return [legs, events];
}
