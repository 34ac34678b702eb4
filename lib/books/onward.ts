import type { Sql, Tx } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { beginningOf, checkAgain, checkNew, checkPending, type Part, type Sizes } from './parts.ts';
import { addUp, type CheckReport, runPasses, WHOLE_PASSES } from './passes.ts';
import { inPortion } from './portion.ts';
import type { ReconcileReport } from './reconcile.ts';
import type { WalletState } from './scope.ts';

/** What a run that goes on from the previous one came to. */
export interface OnwardReport extends ReconcileReport {
  /** Operations that were clean before and were checked again; not among `operations`. */
  readonly again: number;
  /** Operations that were clean before. */
  readonly known: number;
  /** Parts that ran out of time, with the last wallet that they reached: the next run goes on there. */
  readonly unfinished: readonly { readonly part: PartName; readonly walletId: string }[];
}

const PARTS = { new: checkNew, pending: checkPending, again: checkAgain } as const satisfies Record<
  string,
  Part
>;

type PartName = keyof typeof PARTS;

/** Operations and wallets of one portion: it takes less than a second and some megabytes. */
const SIZES: Sizes = { operations: 10_000, wallets: 10_000 };

/** Runs after which everything was checked again: three months of nights. */
const ROUND_RUNS = 90;

/** The share of the time that is kept for what was checked before, however much is new. */
const AGAIN_SHARE = 0.2;

/**
 * Seconds for the sums over all wallets and all that is pending, in a snapshot of their own: a hundred million wallets take less. As
 * much as a portion may take, so that it fits behind the others.
 */
const WHOLE_SECONDS = 60;

/** Portions of a part in one run, at most: more than the time allows. */
const MAX_PORTIONS = 1_000_000;

/**
 * Checks what came since the previous run, everything that is pending, and again a part of what was clean before. It goes
 * portion by portion, each in a snapshot of its own, and writes down how far it came: so it may end at any time. The sums by
 * currency are the only thing that is compared over all wallets each time.
 *
 * @param seconds after which no portion begins; but one of each part does
 * @param sizes other ones in tests
 * @throws what the database throws; rows that are off are reported, never thrown
 */
export async function reconcileOnward(sql: Sql, seconds: number, sizes = SIZES): Promise<OnwardReport> {
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  const [start] = await sql<{ checkedAt: string }[]>`SELECT clock_timestamp() AS "checkedAt"`;
  if (start === undefined) throw new Error('the database tells no time');
  const known = await countKnown(sql);
  const current = { sql, sizes, end: end - seconds * 1_000 * AGAIN_SHARE };
  const runs = {
    new: await runPart(current, 'new', Infinity),
    pending: await runPart(current, 'pending', Infinity),
    again: known === 0 ? NOTHING : await runPart({ sql, sizes, end }, 'again', known / ROUND_RUNS),
  };
  const whole = await readSnapshot(sql, WHOLE_SECONDS, ({ tx }) => runPasses(tx, tx``, WHOLE_PASSES));
  const checks = addUp([...Object.values(runs).flatMap(({ found }) => found), ...whole]);
  const unfinished = (['new', 'pending'] as const).flatMap((part) => {
    const { reached } = runs[part];
    return reached === undefined ? [] : [{ part, walletId: reached.walletId.toString() }];
  });
  return {
    checkedAt: start.checkedAt,
    operations: runs.new.operations + runs.pending.operations,
    wallets: runs.new.wallets,
    again: runs.again.operations,
    known,
    unfinished,
    checks,
    isClean: checks.every(({ problems }) => problems === 0),
  };
}

interface Run {
  readonly found: readonly CheckReport[];
  readonly operations: number;
  readonly wallets: number;
  /** Where it stopped; undefined if it is through. */
  readonly reached: WalletState | undefined;
}

const NOTHING: Run = { found: [], operations: 0, wallets: 0, reached: undefined };

interface Work {
  readonly sql: Sql;
  readonly sizes: Sizes;
  /** When it has to stop, by performance.now(). */
  readonly end: number;
}

/** Takes portions of a part, from where the previous run stopped to the end, and then from the beginning. */
async function runPart({ sql, sizes, end }: Work, name: PartName, enough: number): Promise<Run> {
  const found: CheckReport[] = [];
  let [operations, wallets] = [0, 0];
  let from: WalletState | undefined;
  let isFromBeginning = false;
  for (let portion = 0; portion < MAX_PORTIONS; portion++) {
    const step = await inPortion(sql, async (tx) => {
      const start = from ?? (await readProgress(tx, name));
      const done = await PARTS[name](tx, start, sizes);
      await writeProgress(tx, name, done.next ?? beginningOf(0n));
      return { ...done, start };
    });
    isFromBeginning ||= step.start.walletId === 0n;
    found.push(...step.found);
    operations += step.operations;
    wallets += step.wallets;
    from = step.next ?? beginningOf(0n);
    if (step.next === undefined && (isFromBeginning || enough < Infinity)) break;
    if (operations >= enough || performance.now() >= end)
      return { found, operations, wallets, reached: from };
  }
  return { found, operations, wallets, reached: undefined };
}

async function countKnown(sql: Sql): Promise<number> {
  const [row] = await sql<{ known: number }[]>`
    SELECT coalesce(sum(position), 0)::float8 AS known FROM book_checks`;
  return row?.known ?? 0;
}

async function readProgress(tx: Tx, part: PartName): Promise<WalletState> {
  const [row] = await tx<WalletState[]>`
    SELECT wallet_id AS "walletId", position, balance, held, spent_day AS "spentDay", spent_month AS "spentMonth", unlisted,
      encode(hash, 'hex') AS hash, booked_at AS "bookedAt"
    FROM book_progress WHERE part = ${part}`;
  return row ?? beginningOf(0n);
}

async function writeProgress(tx: Tx, part: PartName, state: WalletState): Promise<void> {
  await tx`
    UPDATE book_progress SET wallet_id = ${state.walletId}, position = ${state.position}, balance = ${state.balance},
      held = ${state.held}, spent_day = ${state.spentDay}, spent_month = ${state.spentMonth},
      unlisted = ${state.unlisted}, hash = decode(${state.hash}, 'hex'), booked_at = ${state.bookedAt}::timestamptz
    WHERE part = ${part}`;
}
