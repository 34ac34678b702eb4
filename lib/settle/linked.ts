import { array, type Tx } from '../postgres/database.ts';
import type { LockedWallet } from './locks.ts';
import { type LoadedOperation, MAX_OPERATIONS, pendingColumns } from './reads.ts';

/** What can be settled now, and what has to wait for wallets that are not at hand. */
export interface Gathered {
  /** In the order of ids: the legs of a linked transaction follow each other. */
  readonly operations: readonly LoadedOperation[];
  /** The linked transactions that wait, the first one first. */
  readonly waiting: readonly Waiting[];
  /** Whether more of them wait, which were not looked at. */
  readonly isCut: boolean;
}

/** A linked transaction that waits: it is settled by a transaction that locks all of its wallets. */
export interface Waiting {
  /** The id of its first leg that was found: it waits for none with a larger one. */
  readonly id: bigint;
  readonly walletIds: readonly bigint[];
  /** How many legs it has. */
  readonly legs: number;
}

/**
 * Wallets that one transaction names so that linked transactions need not wait, and legs that these have: as many as half fill it, so
 * that of each wallet the one behind the first can be settled as well.
 */
const MAX_NAMED = MAX_OPERATIONS / 2;

/** Legs that one transaction reads to learn whom linked transactions wait for: of as many as the next eight settle. */
const MAX_READ = 8 * MAX_OPERATIONS;

/** Legs that may be added to what was loaded, so that linked transactions are whole: of five large ones. */
const MAX_ADDED = MAX_OPERATIONS;

/** Linked transactions that are kept in mind to be settled next: more than one batch settles. */
const MAX_WAITING = 10_000;

/** A linked transaction of which a leg was loaded. */
interface Linked {
  /** In the order of ids. */
  readonly legs: readonly LoadedOperation[];
  /** How many of them were not loaded with the wallets' others. */
  readonly added: number;
  /** Whether these are all that it has. */
  readonly isWhole: boolean;
  /** Whether others would have been read, but for {@link MAX_READ}. */
  readonly isUnread: boolean;
}

/** Whether any operation is a leg of a linked transaction: only then {@link gatherLinked} is needed. */
export const hasLinked = (operations: readonly LoadedOperation[]): boolean =>
  operations.some(({ linkedLegs }) => linkedLegs !== null);

/**
 * Finds out what of the loaded operations can be settled: a linked transaction only as a whole, once all its wallets are locked
 * and all that is before it in each of them is settled as well. One that has to wait stops its wallets: their later operations
 * wait behind it.
 *
 * No two of them wait for each other: their legs have consecutive ids, so in every wallet the same one comes first.
 *
 * @param wallets locked
 * @param loaded the first pending operations of each wallet, without a gap
 * @param stopped locked wallets of which nothing may be settled
 */
export async function gatherLinked(
  tx: Tx,
  wallets: readonly LockedWallet[],
  loaded: readonly LoadedOperation[],
  stopped: ReadonlySet<bigint>,
): Promise<Gathered> {
  const linked = await readLinked(tx, loaded);
  const isLocked = new Set(wallets.map(({ id }) => id));
  const isStopped = new Set(stopped);
  // Of a wallet whose share ends within a linked transaction, its other legs come next: nothing is between them.
  const reached = new Set(loaded.map(reachOf));
  const operations: LoadedOperation[] = [];
  const waiting: Waiting[] = [];
  const seen = new Set<Linked>();
  let room = MAX_ADDED;
  const isReady = ({ legs, added, isWhole }: Linked) =>
    isWhole &&
    added <= room &&
    legs.every(
      (leg) => isLocked.has(leg.walletId) && !isStopped.has(leg.walletId) && reached.has(reachOf(leg)),
    );
  for (const operation of loaded.toSorted(byId)) {
    const transaction = linked.get(operation.transactionId);
    if (transaction === undefined) {
      if (!isStopped.has(operation.walletId)) operations.push(operation);
      continue;
    }
    // The first of its legs brings the others along.
    if (seen.has(transaction)) continue;
    seen.add(transaction);
    if (isReady(transaction)) {
      operations.push(...transaction.legs);
      room -= transaction.added;
      continue;
    }
    const walletIds = [...new Set(transaction.legs.map(({ walletId }) => walletId))];
    for (const id of walletIds) isStopped.add(id);
    if (!transaction.isUnread) waiting.push({ id: operation.id, walletIds, legs: transaction.legs.length });
  }
  return { operations, waiting, isCut: [...seen].some(({ isUnread }) => isUnread) };
}

/** The linked transactions of loaded legs: what is missing of one is read, the first ones' first. */
async function readLinked(tx: Tx, loaded: readonly LoadedOperation[]): Promise<ReadonlyMap<string, Linked>> {
  const ofEach = Map.groupBy(
    loaded.filter(({ linkedLegs }) => linkedLegs !== null),
    ({ transactionId }) => transactionId,
  );
  const isWhole = (legs: readonly LoadedOperation[]) => legs.length === legs[0]?.linkedLegs;
  const partial = firstOf([...ofEach.values()].filter((legs) => !isWhole(legs)));
  const read =
    partial.size === 0
      ? []
      : await tx<LoadedOperation[]>`
    SELECT ${pendingColumns(tx)} FROM pending_operations WHERE transaction_id = ANY (${array(partial)}::uuid[]) AND number >= 0`;
  const completed = Map.groupBy(read, ({ transactionId }) => transactionId);
  return new Map(
    Array.from(ofEach, ([id, found]) => {
      const legs = (completed.get(id) ?? found).toSorted(byId);
      const isUnread = !isWhole(found) && !partial.has(id);
      return [id, { legs, added: legs.length - found.length, isWhole: isWhole(legs), isUnread }];
    }),
  );
}

/** The ids of the first transactions, which have {@link MAX_READ} legs together at most; of one at least. */
function firstOf(transactions: readonly (readonly LoadedOperation[])[]): ReadonlySet<string> {
  const firsts = transactions.flatMap((legs) => legs.slice(0, 1)).sort(byId);
  const ids = new Set<string>();
  let read = 0;
  for (const { transactionId, linkedLegs } of firsts) {
    read += linkedLegs ?? 0;
    if (ids.size > 0 && read > MAX_READ) break;
    ids.add(transactionId);
  }
  return ids;
}

const reachOf = ({ transactionId, walletId }: LoadedOperation): string => `${transactionId}/${walletId}`;

const byId = (a: Pick<Waiting, 'id'>, b: Pick<Waiting, 'id'>): number => (a.id < b.id ? -1 : 1);

/**
 * What waits now, the first one first.
 *
 * @param found by the last transaction
 * @param rest what was known before it, and not named by it
 */
export function inTurn(found: readonly Waiting[], rest: readonly Waiting[]): readonly Waiting[] {
  const byFirstLeg = new Map([...rest, ...found].map((each) => [each.id, each]));
  return [...byFirstLeg.values()].sort(byId).slice(0, MAX_WAITING);
}

/** What a transaction names. */
export interface Named {
  readonly walletIds: readonly bigint[];
  /** Of what waits, those for which there was no room. */
  readonly rest: readonly Waiting[];
}

/**
 * The wallets to name so that linked transactions need not wait: all of the first, and those of others as far as they fit into one
 * transaction.
 *
 * @param named those that are named anyway
 */
export function nameWith(named: readonly bigint[], waiting: readonly Waiting[]): Named {
  const names = new Set(named);
  let room = MAX_NAMED;
  for (const [index, { walletIds, legs }] of waiting.entries()) {
    const more = walletIds.filter((id) => !names.has(id));
    room -= legs;
    if (index > 0 && (room < 0 || names.size + more.length > MAX_NAMED))
      return { walletIds: [...names], rest: waiting.slice(index) };
    for (const id of more) names.add(id);
  }
  return { walletIds: [...names], rest: [] };
}
