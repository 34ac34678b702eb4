import type { Bus } from '../messaging/event-bus.ts';
import { publishEvents, removePublished, stageEvents } from '../messaging/outbox.ts';
import { allowSeconds, array, runTx, runTxOnce, type Sql, type Tx } from '../postgres/database.ts';
import { releaseLease, takeLease } from '../postgres/lease.ts';
import { rows } from '../postgres/rows.ts';
import { describeError, logger } from '../runtime/log.ts';
import { karmarkarKarp } from './differencing.ts';
import { relabelGroups, swapEqualLoads } from './relabel.ts';
import {
  type BalancerReport,
  type GroupLoad,
  LEASE_SECONDS,
  noteBeginning,
  noteEnd,
  type Trigger,
} from './runs.ts';

export interface BalancerDeps {
  readonly sql: Sql;
  /** Undefined if nobody listens to events. */
  readonly bus: Bus | undefined;
  /** Called when a step begins. */
  readonly onStep?: (step: BalancerStep) => void;
}

/** The steps of a run, in this order. */
export type BalancerStep = 'count' | 'split' | 'move' | 'announce';

/** A run: its id and its settings. */
export interface BalancerRun {
  /** The number of wallet groups. */
  readonly groups: number;
  /** A UUID, unique per run. */
  readonly id: string;
  readonly correlationId: string;
}

/** Minutes of activity that count: the schedule's interval, so that every operation counts once. */
const WINDOW_MINUTES = 30;

/** Seconds to count the window's operations: 18 million at 10,000 a second. */
const COUNT_SECONDS = 300;

/** Rows fetched at once while counting: about a megabyte. */
const COUNT_PAGE = 10_000;

/** Memory for the counts of a million wallets; what is larger goes to the server's disk. */
const COUNT_MEMORY = '128MB';

/** Wallets whose groups are read by one statement. */
const GROUPS_PAGE = 10_000;

/** Wallets moved by one statement: a few milliseconds of row locks. */
const MOVE_BATCH = 1_000;

/** Statements that move wallets out of removed groups; the rest waits for the next run. */
const MAX_EVACUATIONS = 1_000;

const LEASE = 'balancer';

/**
 * Spreads recently active wallets evenly over the groups, and moves as few as possible.
 *
 * @returns what it did, or undefined if another run is in progress
 * @throws what the database throws; wallets that were moved stay in their new groups, which does no harm
 */
export async function rebalance(deps: BalancerDeps, run: BalancerRun): Promise<BalancerReport | undefined> {
  const isFree = await runTxOnce(deps.sql, (tx) => beginRun(tx, run.id, 'schedule'));
  return isFree ? await carryOut(deps, run) : undefined;
}

/**
 * Takes the balancer's lease for a run, and notes that it began. {@link carryOut} has to follow; if it does not, the lease ends by
 * itself.
 *
 * @returns false if another run is in progress
 */
export async function beginRun(tx: Tx, id: string, trigger: Trigger): Promise<boolean> {
  if (!(await takeLease(tx, LEASE, id, LEASE_SECONDS))) return false;
  await noteBeginning(tx, id, trigger);
  return true;
}

/** Does what a run is for that has the lease, gives the lease back, and notes how it ended. */
export async function carryOut(
  { sql, bus, onStep }: BalancerDeps,
  run: BalancerRun,
): Promise<BalancerReport> {
  try {
    onStep?.('count');
    const activity = await countActivity(sql);
    onStep?.('split');
    const groups = assignGroups(activity, run.groups);
    onStep?.('move');
    const moved = await moveWallets(sql, activity, groups);
    const evacuated = await evacuateRemovedGroups(sql, run.groups);
    onStep?.('announce');
    const report = { WalletsMoved: moved + evacuated, Groups: loadsByGroup(activity, groups, run.groups) };
    if (bus !== undefined && report.WalletsMoved > 0) await announce(sql, bus, report, run.correlationId);
    await noteEnd(sql, run.id, report);
    return report;
  } catch (error) {
    // What failed is what counts: without the note, the run is told to be lost later.
    await noteEnd(sql, run.id, undefined).catch(() => {});
    throw error;
  } finally {
    await releaseLease(sql, LEASE, run.id);
  }
}

/** The wallets with operations in the window, in id order: parallel arrays. */
interface Activity {
  readonly ids: bigint[];
  readonly loads: number[];
  readonly groups: number[];
}

/** Counts what was settled in the window, and what is pending: the work of the window to come. */
async function countActivity(sql: Sql): Promise<Activity> {
  return await runTx(sql, async (tx) => {
    await allowSeconds(tx, COUNT_SECONDS);
    // The journal's index of time gives ranges of blocks, which only a bitmap scan can read.
    await tx`SELECT set_config('enable_bitmapscan', 'on', true), set_config('work_mem', ${COUNT_MEMORY}, true)`;
    const activity = await countOperations(tx);
    for (let start = 0; start < activity.ids.length; start += GROUPS_PAGE) {
      activity.groups.push(...(await readGroups(tx, activity.ids.slice(start, start + GROUPS_PAGE))));
    }
    return activity;
  });
}

async function countOperations(tx: Tx): Promise<Activity> {
  const activity: Activity = { ids: [], loads: [], groups: [] };
  const pages = tx<{ id: bigint; load: number }[]>`
    SELECT wallet_id AS id, sum(operations)::float8 AS load FROM (
      SELECT wallet_id, count(*) AS operations FROM operations
      WHERE processed_at >= now() - make_interval(mins => ${WINDOW_MINUTES})
      GROUP BY wallet_id
      UNION ALL
      SELECT wallet_id, count(*) FROM pending_operations GROUP BY wallet_id
    ) AS activity
    GROUP BY wallet_id ORDER BY wallet_id`.cursor(COUNT_PAGE);
  for await (const page of pages) {
    for (const { id, load } of page) {
      activity.ids.push(id);
      activity.loads.push(load);
    }
  }
  return activity;
}

/**
 * Looks up the groups of wallets by their key: a join may read every wallet, however few are active.
 *
 * @param ids in ascending order
 */
async function readGroups(tx: Tx, ids: readonly bigint[]): Promise<number[]> {
  const wallets = await tx<{ group: number }[]>`
    SELECT wallet_group AS group FROM wallets WHERE id = ANY (${array(ids)}::bigint[]) ORDER BY id`;
  if (wallets.length !== ids.length) throw new Error('an operation has no wallet');
  return wallets.map(({ group }) => group);
}

/** The new group of each active wallet, from 1; its current group if the split that was found is not more even. */
function assignGroups({ loads, groups: current }: Activity, groups: number): readonly number[] {
  const subsets = karmarkarKarp(loads, groups);
  const currentFromZero = Int32Array.from(current, (group) => group - 1);
  const groupOf = relabelGroups(currentFromZero, subsets, groups);
  const named = subsets.map((subset) => groupOf[subset] ?? subset);
  const balanced = Array.from(swapEqualLoads(loads, currentFromZero, named, groups), (group) => group + 1);
  return spread(loads, current, groups) <= spread(loads, balanced, groups) ? current : balanced;
}

/** The largest minus the smallest load of a group; infinite if a wallet is in a removed group. */
function spread(loads: readonly number[], assigned: readonly number[], groups: number): number {
  if (assigned.some((group) => group > groups)) return Number.POSITIVE_INFINITY;
  const sums = sumByGroup(loads, assigned, groups).subarray(1);
  return sums.reduce((a, b) => Math.max(a, b), 0) - sums.reduce((a, b) => Math.min(a, b));
}

async function moveWallets(
  sql: Sql,
  { ids, groups: current }: Activity,
  groups: readonly number[],
): Promise<number> {
  const moves: Move[] = [];
  ids.forEach((id, index) => {
    const to = groups[index];
    if (to !== undefined && to !== current[index]) moves.push({ id, to });
  });
  for (let start = 0; start < moves.length; start += MOVE_BATCH) {
    await runTx(sql, (tx) => moveBatch(tx, moves.slice(start, start + MOVE_BATCH)));
  }
  return moves.length;
}

/** A wallet and its new group. */
interface Move {
  readonly id: bigint;
  readonly to: number;
}

/** Locks in id order, as every other transaction does. */
async function moveBatch(tx: Tx, moves: readonly Move[]): Promise<void> {
  const moved = rows(tx, 'moved', moves, {
    id: ['bigint', ({ id }) => id],
    target: ['integer', ({ to }) => to],
  });
  // A crash may undo the last moves, which does no harm: the next run makes them again.
  await tx`SELECT set_config('synchronous_commit', 'off', true)`;
  await tx`SELECT FROM wallets WHERE id = ANY (${array(moves.map(({ id }) => id))}::bigint[]) ORDER BY id FOR NO KEY UPDATE`;
  await tx`
    UPDATE wallets SET wallet_group = moved.target FROM ${moved}
    WHERE wallets.id = ANY (ARRAY[moved.id])`;
}

/** Moves wallets without activity out of removed groups, round-robin over the remaining ones. */
async function evacuateRemovedGroups(sql: Sql, groups: number): Promise<number> {
  let evacuated = 0;
  for (let batch = 0; batch < MAX_EVACUATIONS; batch++) {
    const { count } = await sql`
      WITH stranded AS MATERIALIZED (
        SELECT id FROM wallets WHERE wallet_group > ${groups} ORDER BY wallet_group, id LIMIT ${MOVE_BATCH}
      ), locked AS MATERIALIZED (
        SELECT id FROM wallets WHERE id = ANY (ARRAY(SELECT id FROM stranded)) ORDER BY id FOR NO KEY UPDATE
      )
      UPDATE wallets SET wallet_group = (id - 1) % ${groups} + 1 WHERE id = ANY (ARRAY(SELECT id FROM locked))`;
    evacuated += count;
    if (count < MOVE_BATCH) break;
  }
  return evacuated;
}

function loadsByGroup(
  { loads, groups: current }: Activity,
  groups: readonly number[],
  count: number,
): GroupLoad[] {
  const highest = current.reduce((max, group) => Math.max(max, group), count);
  const before = sumByGroup(loads, current, highest);
  const after = sumByGroup(loads, groups, highest);
  return Array.from({ length: highest }, (_, index) => {
    const Group = index + 1;
    return { Group, OperationsBefore: before[Group] ?? 0, OperationsAfter: after[Group] ?? 0 };
  });
}

/** The load of each group, at the group's number. */
function sumByGroup(loads: readonly number[], assigned: readonly number[], highest: number): Float64Array {
  const sums = new Float64Array(highest + 1);
  loads.forEach((load, index) => {
    const group = assigned[index] ?? 0;
    sums[group] = (sums[group] ?? 0) + load;
  });
  return sums;
}

async function announce(sql: Sql, bus: Bus, report: BalancerReport, correlationId: string): Promise<void> {
  const detail = { Version: 1 as const, CorrelationId: correlationId, ...report, Groups: [...report.Groups] };
  const events = await runTx(sql, (tx) => stageEvents(tx, [{ type: 'GroupsRebalanced', detail }]));
  try {
    await removePublished(sql, await publishEvents(bus, events));
  } catch (error) {
    logger.warn('left to the relay', { error: describeError(error) });
  }
}
