import { known } from '../ledger/known.ts';
import type { Sql, Tx } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { beginningOf, checkAgain, checkNew, checkPending, type Part, type Sizes } from './parts.ts';
import { addUp, type CheckReport, runPasses, WHOLE_PASSES, without } from './passes.ts';
import { inPortion, type PortionLock } from './portion.ts';
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

const PARTS = {
  new: { check: checkNew, locks: ['book_progress'] },
  pending: { check: checkPending, locks: ['book_progress'] },
  again: { check: checkAgain, locks: ['book_results'] },
} as const satisfies Record<string, { check: Part; locks: readonly PortionLock[] }>;

/** What a portion locks that has to be alone. */
const ALL_LOCKS: readonly PortionLock[] = ['book_progress', 'book_results'];

type PartName = keyof typeof PARTS;

/** Operations and wallets of one portion: it takes less than a second and some megabytes. */
const SIZES: Sizes = { operations: 10_000, wallets: 10_000 };

/** Runs after which everything was checked again: three months of nights. */
const ROUND_RUNS = 90;

/**
 * The share of the time that is kept for what was checked before, however much is new. Where another connection does that, it is for
 * the last portions of both other parts: all of them end with the function's time.
 */
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
 * @param beside another connection, by which the part of what was clean before is checked meanwhile
 * @param sizes other ones in tests
 * @throws what the database throws; rows that are off are reported, never thrown
 */
export async function reconcileOnward(
  sql: Sql,
  seconds: number,
  beside?: Sql,
  sizes = SIZES,
): Promise<OnwardReport> {
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  const [start] = await sql<{ checkedAt: string }[]>`SELECT clock_timestamp() AS "checkedAt"`;
  if (start === undefined) throw new Error('the database tells no time');
  const cleanBefore = await countKnown(sql);
  const endOfRest = end - seconds * 1_000 * AGAIN_SHARE;
  const runs = await runParts(sql, beside, { sizes, again: cleanBefore / ROUND_RUNS, end, endOfRest });
  const whole = await readSnapshot(sql, WHOLE_SECONDS, ({ tx }) => runPasses(tx, tx``, WHOLE_PASSES));
  const current = [...runs.new.found, ...runs.pending.found];
  const checks = addUp([...current, ...without(runs.again.found, current), ...whole]);
  const unfinished = (['new', 'pending'] as const).flatMap((part) => {
    const { reached } = runs[part];
    return reached === undefined ? [] : [{ part, walletId: reached.walletId.toString() }];
  });
  return {
    checkedAt: start.checkedAt,
    operations: runs.new.operations + runs.pending.operations,
    wallets: runs.new.wallets,
    again: runs.again.operations,
    known: cleanBefore,
    unfinished,
    checks,
    isClean: checks.every(({ problems }) => problems === 0),
  };
}

/** What a run has to do, and until when, by performance.now(). */
interface Plan {
  readonly sizes: Sizes;
  /** Operations of what was clean before. */
  readonly again: number;
  readonly end: number;
  /** When the rest has to end. */
  readonly endOfRest: number;
}

async function runParts(
  sql: Sql,
  beside: Sql | undefined,
  { sizes, again, end, endOfRest }: Plan,
): Promise<Readonly<Record<PartName, Run>>> {
  const failed = new AbortController();
  const isLate = (endMs: number) => () => failed.signal.aborted || performance.now() >= endMs;
  const checkCurrent = async () => {
    const work = { sql, sizes, isLate: isLate(endOfRest) };
    const fresh = await runPart(work, 'new', Infinity);
    const pending = failed.signal.aborted ? NOTHING : await runPart(work, 'pending', Infinity);
    return [fresh, pending] as const;
  };
  const checkKnown = async () =>
    again === 0 ? NOTHING : await runPart({ sql: beside ?? sql, sizes, isLate: isLate(end) }, 'again', again);

  const current = checkCurrent();
  const before = beside === undefined ? current.then(checkKnown) : checkKnown();
  // Where one fails, the other ends with its portion: nothing of a run goes on behind its end.
  await Promise.allSettled([current, before].map((run) => run.catch(() => failed.abort())));
  const [[fresh, pending], checked] = await Promise.all([current, before]);
  return { new: fresh, pending, again: checked };
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
  /** Whether it has to stop. */
  readonly isLate: () => boolean;
}

/** Takes portions of a part, from where the previous run stopped to the end, and then from the beginning. */
async function runPart({ sql, sizes, isLate }: Work, name: PartName, enough: number): Promise<Run> {
  const found: CheckReport[] = [];
  let [operations, wallets] = [0, 0];
  let from: WalletState | undefined;
  let isFromBeginning = false;
  for (let portion = 0; portion < MAX_PORTIONS; portion++) {
    const take = async (isAlone: boolean) =>
      await inPortion(sql, isAlone ? ALL_LOCKS : PARTS[name].locks, async (tx) => {
        const start = from ?? (await readProgress(tx, name));
        const done = await PARTS[name].check(tx, start, sizes, isAlone);
        if (done !== undefined) await writeProgress(tx, name, done.next ?? beginningOf(0n));
        return done && { ...done, start };
      });
    const step = (await take(false)) ?? known(await take(true), 'portion that was alone');
    isFromBeginning ||= step.start.walletId === 0n;
    found.push(...step.found);
    operations += step.operations;
    wallets += step.wallets;
    from = step.next ?? beginningOf(0n);
    if (step.next === undefined && (isFromBeginning || enough < Infinity)) break;
    if (operations >= enough || isLate()) return { found, operations, wallets, reached: from };
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
