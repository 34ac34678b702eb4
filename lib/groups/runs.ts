import type { Sql, Statements } from '../postgres/database.ts';

/** Operations of one group, with its wallets before and after a run. */
export interface GroupLoad {
  readonly Group: number;
  readonly OperationsBefore: number;
  readonly OperationsAfter: number;
}

/** What a run of the balancer did. */
export interface BalancerReport {
  readonly WalletsMoved: number;
  readonly Groups: readonly GroupLoad[];
}

/** Seconds a run may take until another may begin: more than its function's timeout. One that did not end by then is lost. */
export const LEASE_SECONDS = 900;

/** What started a run. */
export type Trigger = 'schedule' | 'request';

/** Runs that are kept: two days of the schedule. */
const KEPT_RUNS = 100;

/** Notes that a run began, and forgets the oldest ones. */
export async function noteBeginning(sql: Statements, id: string, trigger: Trigger): Promise<void> {
  await sql`
    DELETE FROM balancer_runs WHERE id IN (
      SELECT id FROM balancer_runs ORDER BY started_at DESC, id DESC OFFSET ${KEPT_RUNS - 1})`;
  await sql`INSERT INTO balancer_runs (id, trigger) VALUES (${id}::uuid, ${trigger})`;
}

/** Notes how a run ended: with what it did, or undefined if it failed. */
export async function noteEnd(
  sql: Statements,
  id: string,
  report: BalancerReport | undefined,
): Promise<void> {
  const groups = report === undefined ? null : JSON.stringify(report.Groups);
  await sql`
    UPDATE balancer_runs SET finished_at = now(), has_failed = ${report === undefined},
      wallets_moved = ${report?.WalletsMoved ?? null}::bigint, groups = ${groups}::text::json
    WHERE id = ${id}::uuid AND finished_at IS NULL`;
}

/** How a run stands; one that was lost has failed. */
type RunStatus = 'running' | 'done' | 'failed';

/** How a run stands; without `WalletsMoved` unless it is done. */
export interface RunState {
  readonly RunId: string;
  readonly Status: RunStatus;
  readonly WalletsMoved?: number;
}

/** Reads how a run stands that was noted; one that was forgotten since, long after, was done. */
export async function readRun(sql: Sql, id: string): Promise<RunState> {
  const [row] = await sql<{ status: RunStatus; moved: number | null }[]>`
    SELECT ${runStatus(sql)} AS status, wallets_moved::float8 AS moved FROM balancer_runs WHERE id = ${id}::uuid`;
  const { status = 'done', moved = null } = row ?? {};
  return { RunId: id, Status: status, ...(moved === null ? {} : { WalletsMoved: moved }) };
}

/** A row's {@link RunStatus}. */
const runStatus = (sql: Statements) => sql`
  CASE WHEN has_failed THEN 'failed' WHEN finished_at IS NOT NULL THEN 'done'
    WHEN started_at < now() - make_interval(secs => ${LEASE_SECONDS}) THEN 'failed' ELSE 'running' END`;

/** A run as lists tell it. */
export interface KeptRun {
  readonly id: string;
  readonly startedAt: string;
  /** Null while it runs, or if it was lost. */
  readonly finishedAt: string | null;
  readonly trigger: Trigger;
  readonly status: RunStatus;
  /** Null unless it is done. */
  readonly walletsMoved: number | null;
  /** Text of JSON; null unless it is done. */
  readonly groups: string | null;
}

/** The last runs, the newest first: `limit` at most. */
export async function readRuns(sql: Statements, limit: number): Promise<KeptRun[]> {
  return await sql<KeptRun[]>`
    SELECT id, started_at AS "startedAt", finished_at AS "finishedAt", trigger, ${runStatus(sql)} AS status,
      wallets_moved::float8 AS "walletsMoved", groups::text AS groups
    FROM balancer_runs ORDER BY started_at DESC, id DESC LIMIT ${limit}`;
}
