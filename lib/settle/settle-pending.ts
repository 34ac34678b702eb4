import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadDetails } from '../details/read.ts';
import { type Decisions, decide } from '../ledger/decide.ts';
import { type HoldState, placesHold } from '../ledger/hold.ts';
import { known } from '../ledger/known.ts';
import { hasEvent, isLinked } from '../ledger/leg.ts';
import {
  type NewEvent,
  type OutboxEvent,
  type Published,
  removePublished,
  stageEvents,
  stageOperations,
} from '../messaging/outbox.ts';
import type { Tx } from '../postgres/database.ts';
import { loadRates } from '../wallets/currencies.ts';
import { type Watch, watchAlerts } from './alerts.ts';
import { recordExpiries } from './expiries.ts';
import { type Layout, ONE_SERVER } from './layout.ts';
import { updateSpent, withLimits } from './limits.ts';
import { gatherLinked, hasLinked, type Waiting } from './linked.ts';
import type { ChainHead, LockedWallet, SettleRequest } from './locks.ts';
import {
  debitsOfReturns,
  type LoadedOperation,
  loadHolds,
  MAX_OPERATIONS,
  type PendingAfter,
  SHARE,
  shareOf,
  withExactReturnable,
} from './reads.ts';
import { releaseRefunds } from './refund-parts.ts';
import { rollUp, startRollUp, writeRollUp } from './roll-ups.ts';
import { eventOf, type Told } from './settled-events.ts';
import {
  type ChainedOperation,
  chain,
  insertLegs,
  type MadeLeg,
  moveToJournal,
  updateHolds,
  updateWallets,
} from './writes.ts';

/**
 * Operations settled by one statement: enough that the statement's fixed cost hardly counts, few enough that the database
 * is at work while the next slice is hashed.
 */
const SLICE = 250;

/** What a transaction says as soon as it has read what it settles. */
export interface Reading {
  /** The `after` of the next transaction, which so need not pass the index entries of what this one settles. */
  readonly after: bigint;
  /** Whether more may be pending, of these wallets or of others in their group. */
  readonly isFull: boolean;
  /** The linked transactions that wait, the first one first. */
  readonly waiting: readonly Waiting[];
  /** Whether it found other wallets of the group. */
  readonly hasOthers: boolean;
  /** Whether more may be pending of the named wallets. */
  readonly hasMoreNamed: boolean;
}

/** What one transaction settled, and what to follow up after its commit. */
export interface SettleReport extends Reading {
  /** Wallets that it locked, the named ones and others. */
  readonly locked: number;
  readonly succeeded: number;
  readonly declined: number;
  /** Holds that expired, which are among the succeeded. */
  readonly expired: number;
  /** The legs it made, with their ids. */
  readonly legs: readonly MadeLeg[];
  /** The events it staged. */
  readonly events: readonly OutboxEvent[];
}

/**
 * Settles pending operations of the wallets, each wallet's in id order, at most {@link MAX_OPERATIONS}: of each wallet its
 * share, and what these leave of the transaction to wallets with more; before them, the expiry of holds that are over. One
 * statement each for wallets, new legs and events, a few for operations. Independent statements are sent together, so that
 * the database executes one while the next is made.
 *
 * @param tx its row locks keep other processors off the same wallets until it ends
 * @param published earlier events that the bus took: removed here, which saves a transaction
 * @param layout how the tables lie
 * @param stagesEvents whether somebody listens to events; if not, none is staged
 * @param onRead hears what is settled before it is: the next transaction may begin beside this one then
 */
export async function settlePending(
  tx: Tx,
  request: SettleRequest,
  published: Published,
  layout = ONE_SERVER,
  stagesEvents = true,
  onRead: (reading: Reading) => void = () => {},
): Promise<SettleReport> {
  const [{ wallets, settledAt, last }] = await Promise.all([
    layout.lockWallets(tx, request),
    removePublished(tx, published),
  ]);
  const after = last ?? request.after;
  if (wallets.length === 0) return { ...NOTHING, after, isFull: false, ...NOBODY };
  const [expiries, { loaded, isFull, hasMoreNamed }] = await Promise.all([
    recordExpiries(tx, wallets, settledAt, layout),
    loadShares(tx, wallets, layout, request.isShared ? 1 : SHARE),
  ]);
  const { unfinished } = expiries;
  const gathered = hasLinked(loaded)
    ? await gatherLinked(tx, wallets, loaded, unfinished)
    : { operations: without(loaded, unfinished), waiting: [], isCut: false };
  const operations = [...expiries.operations, ...gathered.operations];
  const reading = {
    after,
    isFull: isFull || unfinished.size > 0 || gathered.isCut,
    waiting: gathered.waiting,
    hasOthers: last !== null,
    hasMoreNamed,
  };
  onRead(reading);
  return { ...(await settle(tx, { wallets, operations, settledAt, layout, stagesEvents })), ...reading };
}

const without = (loaded: readonly LoadedOperation[], unfinished: ReadonlySet<bigint>) =>
  unfinished.size === 0 ? loaded : loaded.filter(({ walletId }) => !unfinished.has(walletId));

/** Loads each wallet's share, and where these don't fill the transaction, more of the wallets that have more. */
async function loadShares(
  tx: Tx,
  wallets: readonly LockedWallet[],
  layout: Layout,
  minShare: number,
): Promise<Pick<Reading, 'isFull' | 'hasMoreNamed'> & { readonly loaded: readonly LoadedOperation[] }> {
  const share = shareOf(wallets.length, minShare);
  const shares = await layout.loadPending(
    tx,
    wallets.map(({ id }) => ({ walletId: id, after: 0n })),
    share,
  );
  const waiting = withFullShare(shares, share);
  const room = MAX_OPERATIONS - shares.length;
  const named = new Set(wallets.filter(({ isNamed }) => isNamed).map(({ id }) => id));
  const isOfNamed = waiting.some(({ walletId }) => named.has(walletId));
  if (waiting.length === 0 || room === 0)
    return { loaded: shares, isFull: room === 0, hasMoreNamed: isOfNamed };
  const moreOfEach = Math.ceil(room / waiting.length);
  const more = await layout.loadPending(tx, waiting, moreOfEach, room);
  const isFull = more.length === room || withFullShare(more, moreOfEach).length > 0;
  return { loaded: [...shares, ...more], isFull, hasMoreNamed: isFull && isOfNamed };
}

/** Expires what is over of the wallets' holds, and settles nothing else. */
export async function expireHolds(
  tx: Tx,
  walletIds: readonly bigint[],
  layout = ONE_SERVER,
  stagesEvents = true,
): Promise<SettleReport> {
  const { wallets, settledAt } = await layout.lockWallets(tx, { walletIds, group: null, after: 0n });
  const { operations, unfinished } = await recordExpiries(tx, wallets, settledAt, layout, true);
  const settled = await settle(tx, { wallets, operations, settledAt, layout, stagesEvents });
  return { ...settled, after: 0n, isFull: unfinished.size > 0, ...NOBODY };
}

/** The wallets that got all of their share, so that more of them may wait: with the last operation of each. */
function withFullShare(loaded: readonly LoadedOperation[], share: number): PendingAfter[] {
  const full: PendingAfter[] = [];
  let [walletId, count] = [0n, 0];
  for (const operation of loaded) {
    count = operation.walletId === walletId ? count + 1 : 1;
    walletId = operation.walletId;
    if (count === share) full.push({ walletId, after: operation.id });
  }
  return full;
}

/** Operations to settle, in this order, and their locked wallets. */
interface Settling {
  readonly wallets: readonly LockedWallet[];
  readonly operations: readonly LoadedOperation[];
  readonly settledAt: string;
  readonly layout: Layout;
  readonly stagesEvents: boolean;
}

const NOBODY = { waiting: [], hasOthers: false, hasMoreNamed: false } as const;

const NOTHING = { locked: 0, succeeded: 0, declined: 0, expired: 0, legs: [], events: [] } as const;

/** Settles the operations of locked wallets. */
async function settle(tx: Tx, settling: Settling): Promise<Omit<SettleReport, keyof Reading>> {
  const { wallets, operations, layout, stagesEvents } = settling;
  if (operations.length === 0) return { ...NOTHING, locked: wallets.length };
  const [ruled, rates, holds, debits, details, watch] = await Promise.all([
    withLimits(tx, wallets, settling.settledAt),
    loadRates(
      tx,
      [...wallets, ...operations].map(({ currency }) => currency),
    ),
    loadHolds(tx, operations, layout.one(tx)),
    debitsOfReturns(tx, operations),
    loadDetails(tx, stagesEvents ? operations : []),
    watchAlerts(tx, stagesEvents ? wallets : []),
  ]);
  const decided = await decideExactly(tx, ruled, operations, rates, holds);
  const [legs, events] = await write(tx, { ...settling, wallets: ruled, decided, debits, details, watch });
  const { decisions } = decided;
  const succeeded = decisions.filter(({ status }) => status === 'success').length;
  const expired = operations.filter(({ leg }) => leg === 'expiry').length;
  return { locked: wallets.length, succeeded, declined: decisions.length - succeeded, expired, legs, events };
}

/**
 * Decides; where an upper bound of what may come back declined a credit, once more with the exact amounts. What becomes of a
 * linked transaction changes other wallets, whose bounds could decline something then: so all are made exact.
 */
async function decideExactly(
  tx: Tx,
  wallets: readonly LockedWallet[],
  operations: readonly LoadedOperation[],
  rates: Parameters<typeof decide>[2],
  holds: readonly HoldState[],
): Promise<Decisions> {
  const decided = decide(wallets, operations, rates, holds);
  if (decided.inexact.length === 0) return decided;
  const inexact = hasLinked(operations)
    ? wallets.filter(({ exact }) => !exact).map(({ id }) => id)
    : decided.inexact;
  return decide(await withExactReturnable(tx, wallets, inexact), operations, rates, holds);
}

/** What was decided, and about what. */
interface Decided extends Settling, Omit<Told, 'linked'> {
  readonly decided: Decisions;
  readonly watch: Watch;
}

/** Writes what was decided. After a statement failed, the following ones fail as well. */
async function write(
  tx: Tx,
  { wallets, operations, decided, debits, details, watch, settledAt, layout, stagesEvents }: Decided,
): Promise<[MadeLeg[], OutboxEvent[]]> {
  const { decisions } = decided;
  const heads = new Map<bigint, ChainHead>(wallets.map((wallet) => [wallet.id, wallet]));
  const slices: Promise<void>[] = [];
  const told: ChainedOperation[] = [];
  const linked: ChainedOperation[] = [];
  const hasLegs = stagesEvents && hasLinked(operations);
  const crossed: NewEvent[] = [];
  const sums = startRollUp(wallets, settledAt);
  const placed = new Map<string, bigint>();
  for (let start = 0; start < decisions.length; start += SLICE) {
    const end = start + SLICE;
    const chained = chain(heads, operations.slice(start, end), decisions.slice(start, end), settledAt);
    const slice = moveToJournal(tx, chained, settledAt);
    // Awaited below, where a failure is thrown.
    slice.catch(() => {});
    slices.push(slice);
    for (const { holdId, position } of chained.filter(placesHold))
      placed.set(known(holdId, 'hold'), position);
    if (stagesEvents) told.push(...chained.filter(hasEvent));
    if (hasLegs) linked.push(...chained.filter(isLinked));
    crossed.push(...watch(chained));
    // Lets the statement be sent before the next slice is hashed.
    await nextTurn();
    rollUp(sums, chained);
  }
  const written = Promise.all([
    insertLegs(tx, decisions, layout.one(tx)),
    stageOperations(tx, told),
    stageEvents(tx, crossed),
    updateWallets(tx, decided.wallets, heads, settledAt),
    updateSpent(tx, wallets, decided.wallets, settledAt),
    updateHolds(tx, decided.holds, placed),
    releaseRefunds(tx, decisions, debits),
    writeRollUp(tx, sums, settledAt),
    ...slices,
  ]);
  written.catch(() => {});
  await nextTurn();
  const about = { debits, details, linked: Map.groupBy(linked, ({ transactionId }) => transactionId) };
  const events = told.map((operation) => ({ operation, event: eventOf(operation, about) }));
  const [legs, rowIds, crossings] = await written;
  const staged = events.map((event, index) => ({ rowId: known(rowIds[index], 'outbox row'), ...event }));
  return [legs, [...staged, ...crossings]];
}
