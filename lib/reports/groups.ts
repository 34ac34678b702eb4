import { type GroupLoad, type KeptRun, readRuns } from '../groups/runs.ts';
import { runInIndexOrder, type Sql, type Statements } from '../postgres/database.ts';
import { parseOrUndefined } from '../wire/json.ts';
import { shownTime, shownTimeOrNull } from '../wire/time.ts';

/** Wallets that are counted, in all: beyond, the numbers are not told. Read in some hundredths of a second. */
const MAX_WALLETS = 10_000;

/** Pending operations that are counted, shared out over the groups, and of each group at least. */
const MAX_PENDING = 20_000;
const MIN_PENDING_OF_GROUP = 20;

/** Runs of the balancer that are told: ten hours of its schedule. */
const MAX_RUNS = 20;

interface GroupView {
  readonly Group: number;
  /** Null if there are more than {@link MAX_WALLETS} wallets. */
  readonly Wallets: number | null;
  readonly Pending: number;
  readonly IsPendingExact: boolean;
}

interface RunView {
  readonly RunId: string;
  readonly StartedAt: string;
  /** Null while it runs, or if it was lost. */
  readonly FinishedAt: string | null;
  readonly Trigger: KeptRun['trigger'];
  readonly Status: KeptRun['status'];
  /** Null unless it is done. */
  readonly WalletsMoved: number | null;
  readonly Groups: readonly GroupLoad[];
}

export interface GroupsView {
  readonly Groups: readonly GroupView[];
  readonly Runs: readonly RunView[];
}

/**
 * The groups of wallets, and what the balancer did with them.
 *
 * @param groups how many there are by the settings; those of wallets that are still in removed groups are told, too
 */
export async function readGroups(sql: Sql, groups: number): Promise<GroupsView> {
  const { counted, pending, runs } = await runInIndexOrder(sql, async (tx) => {
    const [highest, counted, runs] = await Promise.all([
      readHighest(tx, groups),
      countWallets(tx),
      readRuns(tx, MAX_RUNS),
    ]);
    return { counted, pending: await countPending(tx, highest), runs };
  });
  const Groups = pending.map(
    ({ group, count, isExact }): GroupView => ({
      Group: group,
      Wallets: counted === undefined ? null : (counted.get(group) ?? 0),
      Pending: count,
      IsPendingExact: isExact,
    }),
  );
  return { Groups, Runs: runs.map(toRunView) };
}

/** The most groups that are told: more than there may be, should any have been removed. */
const MAX_GROUPS = 2_000;

async function readHighest(sql: Statements, groups: number): Promise<number> {
  const [row] = await sql<{ highest: number }[]>`
    SELECT wallet_group AS highest FROM wallets ORDER BY wallet_group DESC LIMIT 1`;
  return Math.min(Math.max(groups, row?.highest ?? 0), MAX_GROUPS);
}

/** @returns the wallets of each group that has any; undefined if there are too many to count */
async function countWallets(sql: Statements): Promise<ReadonlyMap<number, number> | undefined> {
  const rows = await sql<{ group: number; count: number }[]>`
    SELECT wallet_group AS group, count(*)::float8 AS count
    FROM (SELECT wallet_group FROM wallets ORDER BY wallet_group, id LIMIT ${MAX_WALLETS + 1}) AS first
    GROUP BY wallet_group`;
  const all = rows.reduce((sum, { count }) => sum + count, 0);
  return all > MAX_WALLETS ? undefined : new Map(rows.map(({ group, count }) => [group, count]));
}

/** Counts each group's pending operations along the index of groups, up to its share of what is counted. */
async function countPending(sql: Statements, highest: number) {
  const most = Math.max(MIN_PENDING_OF_GROUP, Math.floor(MAX_PENDING / highest));
  const rows = await sql<{ group: number; count: number }[]>`
    SELECT wanted."group", (
      SELECT count(*) FROM (
        -- A range, so that no other index has this order; above zero, as the index says.
        SELECT FROM pending_operations
        WHERE wallet_group > 0 AND wallet_group >= wanted."group" AND wallet_group < wanted."group" + 1
        ORDER BY wallet_group, wallet_id LIMIT ${most + 1}
      ) AS first
    )::float8 AS count
    FROM generate_series(1, ${highest}::integer) AS wanted("group") ORDER BY 1`;
  return rows.map(({ group, count }) => ({ group, count: Math.min(count, most), isExact: count <= most }));
}

const toRunView = (run: KeptRun): RunView => ({
  RunId: run.id,
  StartedAt: shownTime(run.startedAt),
  FinishedAt: shownTimeOrNull(run.finishedAt),
  Trigger: run.trigger,
  Status: run.status,
  WalletsMoved: run.walletsMoved,
  Groups: (parseOrUndefined(run.groups ?? '[]') ?? []) as readonly GroupLoad[],
});
