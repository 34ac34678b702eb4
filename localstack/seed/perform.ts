import type { MyLittlePs } from '../../client/src/index.ts';
import type { Player } from './cast.ts';
import type { Hold, Move, Step } from './lane.ts';
import type { Progress } from './progress.ts';
import { itemAt } from './random.ts';
import type { Lane, Story } from './story.ts';

/** The most that a batch takes. */
const BATCH_SIZE = 500;

/** Wallets are opened one by one, so many at once: no more than what every stage on AWS serves at once. */
const WALLETS_AT_ONCE = 4;

/** Refunds wait for what they give back, behind everything that was sent before it. */
const PATIENCE_MS = 3_600_000;

/** What was accepted so far. */
export interface Performed {
  /** How often each kind of thing happened. */
  readonly counts: Map<string, number>;
  /** What came from outside, by currency, in millionths of a unit. */
  readonly sentIn: Map<string, bigint>;
  /** Transactions that go from a currency to another. */
  readonly abroad: string[];
}

/** A story that is told to a system. */
export interface Telling {
  readonly ps: MyLittlePs;
  /** Once it is aborted, nothing more is sent. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Opens the wallets of everybody in a story.
 *
 * @returns their ids by the index of the player; fewer once the signal is aborted
 */
export async function openWallets({ ps, signal, progress }: Telling, { cast }: Story): Promise<bigint[]> {
  const players = [...cast.shops, ...cast.customers];
  const ids: bigint[] = [];
  const waiting = players.values();
  const openOne = async ({ index, name, city, place }: Player): Promise<void> => {
    const body = { Name: name, Country: place.country, City: city, Currency: place.currency };
    ids[index] = (await ps.wallets.create(body)).WalletID;
    progress.add(1);
  };
  const clerk = async (stopped: () => boolean): Promise<void> => {
    for (const player of waiting) {
      await openOne(player);
      if (stopped()) return;
    }
  };
  await sideBySide(
    Array.from({ length: WALLETS_AT_ONCE }, () => clerk),
    signal,
  );
  return ids;
}

/** Does what happens in a story, its lanes side by side. */
export async function perform(
  telling: Telling,
  { lanes }: Story,
  walletIds: readonly bigint[],
  performed: Performed,
): Promise<void> {
  const works = lanes.map(
    (lane) => (stopped: () => boolean) =>
      performLane({ ...telling, stopped, performed, idOf: ({ index }) => itemAt(walletIds, index) }, lane),
  );
  await sideBySide(works, telling.signal);
}

/**
 * Runs works at once. Where one fails, the others end what they are at.
 *
 * @param works ask from time to time whether to stop
 * @throws what the first failed with, once all have ended
 */
async function sideBySide(
  works: readonly ((stopped: () => boolean) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const failures: unknown[] = [];
  const stopped = (): boolean => signal.aborted || failures.length > 0;
  const caught = works.map(async (work) => {
    await work(stopped).catch((error: unknown) => failures.push(error));
  });
  await Promise.all(caught);
  if (failures.length > 0 && !signal.aborted) throw failures[0];
}

interface LaneTelling extends Telling {
  readonly stopped: () => boolean;
  readonly performed: Performed;
  readonly idOf: (player: Player) => bigint;
}

/** A payment to give back, the whole of it if the amount is null. */
interface Refund {
  readonly transactionId: string;
  readonly amount: bigint | null;
}

/**
 * Each request waits for the reply to the one before: so a wallet's operations are settled in the order of the story, and
 * money comes before it is spent.
 */
async function performLane(telling: LaneTelling, lane: Lane): Promise<void> {
  const { stopped } = telling;
  const refunds: Refund[] = [];
  for (const steps of requestsOf(lane)) {
    if (Array.isArray(steps)) refunds.push(...(await sendMoves(telling, steps)));
    else await sendHold(telling, steps);
    if (stopped()) return;
  }
  for (const refund of refunds) {
    await sendRefund(telling, refund);
    if (stopped()) return;
  }
}

/** Moves in batches, and holds by themselves. */
function* requestsOf(steps: Iterable<Step>): Generator<Move[] | Hold, void, undefined> {
  let batch: Move[] = [];
  for (const step of steps) {
    if (step.kind !== 'hold') batch.push(step);
    if (batch.length > 0 && (step.kind === 'hold' || batch.length === BATCH_SIZE)) {
      yield batch;
      batch = [];
    }
    if (step.kind === 'hold') yield step;
  }
  if (batch.length > 0) yield batch;
}

/** @returns what is to be given back */
async function sendMoves(telling: LaneTelling, moves: readonly Move[]): Promise<Refund[]> {
  const { ps, idOf, performed } = telling;
  const results = await ps.transactions.batch(moves.map((move) => requestOf(move, idOf)));
  const refunds: Refund[] = [];
  for (const [index, move] of moves.entries()) {
    const transactionId = acceptedId(itemAt(results, index));
    if (move.kind === 'salary') add(performed.sentIn, move.to.place.currency, move.amount);
    else if (move.kind === 'purchase abroad') performed.abroad.push(transactionId);
    else if (move.refund !== undefined) refunds.push({ transactionId, amount: move.refund });
    count(telling, move.kind);
  }
  return refunds;
}

function requestOf(move: Move, idOf: (player: Player) => bigint) {
  const money = { Amount: move.amount, Currency: move.to.place.currency };
  if (move.kind === 'salary') return { WalletId: idOf(move.to), ...money };
  return { OriginWalletId: idOf(move.from), TargetWalletId: idOf(move.to), ...money };
}

/** @throws Error with the system's sentence if it refused an entry of a batch */
function acceptedId(result: Awaited<ReturnType<MyLittlePs['transactions']['batch']>>[number]): string {
  if ('TransactionId' in result) return result.TransactionId;
  throw new Error(`The system refused a part of the story: ${result.error} (${result.code}).`);
}

async function sendHold(telling: LaneTelling, { from, to, amount, captured }: Hold): Promise<void> {
  const { ps, idOf } = telling;
  const { HoldId } = await ps.holds.create({ WalletId: idOf(from), Amount: amount });
  count(telling, 'hold');
  if (captured === null) {
    await ps.holds.release(HoldId);
    count(telling, 'release');
  } else {
    await ps.holds.capture(HoldId, { TargetWalletId: idOf(to), Amount: captured });
    count(telling, 'capture');
  }
}

/** What is not settled yet can't be given back. */
async function sendRefund(telling: LaneTelling, { transactionId, amount }: Refund): Promise<void> {
  const { ps, signal } = telling;
  await ps.transactions.waitFor(transactionId, { timeoutMs: PATIENCE_MS, signal });
  await ps.transactions.refund({
    TransactionId: transactionId,
    ...(amount === null ? {} : { Amount: amount }),
  });
  count(telling, 'refund');
}

function count({ performed: { counts }, progress }: LaneTelling, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  progress.add(1);
}

/** Adds to a sum of millionths of a unit. */
export function add(sums: Map<string, bigint>, currency: string, amount: bigint): void {
  sums.set(currency, (sums.get(currency) ?? 0n) + amount);
}
