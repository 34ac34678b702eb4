import { afterAll } from 'vitest';
import * as z from 'zod';
import { openDatabase, type Sql } from '../../lib/postgres/database.ts';

/** One step of a plan that ran: what it read, and by what. Rows are those of all its loops. */
export interface Step {
  /** `Index Scan`, `Seq Scan`, `Hash Join` … */
  readonly type: string;
  /** The table that it reads, or null if it reads other steps. */
  readonly table: string | null;
  readonly index: string | null;
  /** Whether the index was searched, rather than read from one end. */
  readonly isSearch: boolean;
  /** Rows that it gave and rows that it read in vain. */
  readonly rowsRead: number;
}

/** A statement that ran, and the steps of the plan that it ran by. */
export interface Explained {
  readonly text: string;
  readonly steps: readonly Step[];
}

const planNode = z.looseObject({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().default(0),
  'Rows Removed by Index Recheck': z.number().default(0),
  get Plans() {
    return z.array(planNode).default([]);
  },
});
type PlanNode = z.infer<typeof planNode>;

const explanation = z.object({ 'Query Text': z.string(), Plan: planNode });

/** What a connection heard of its statements so far, by its pool. */
const heard = new WeakMap<object, Explained[]>();

/**
 * Opens a pool of one connection that hears the plan of each of its statements, by PostgreSQL's auto_explain. It lives
 * until the end of the test file.
 *
 * @param planCacheMode `force_generic_plan` keeps a statement's first plan for good, as a busy connection would
 */
export async function openExplained(
  url: string,
  planCacheMode: 'auto' | 'force_generic_plan' | 'force_custom_plan' = 'auto',
): Promise<Sql> {
  const explained: Explained[] = [];
  const sql = openDatabase(url, 1, { probeAfterMs: 600_000, idleTimeoutSeconds: 600 }, ({ message = '' }) => {
    const json = /plan:\s*(\{.*\})\s*$/s.exec(message)?.[1];
    if (json === undefined) return;
    const { 'Query Text': text, Plan } = explanation.parse(JSON.parse(json));
    explained.push({ text, steps: stepsOf(Plan) });
  });
  heard.set(sql, explained);
  afterAll(() => sql.end({ timeout: 5 }));
  await sql.unsafe("LOAD 'auto_explain'");
  await sql`
    SELECT set_config('auto_explain.log_format', 'json', false), set_config('auto_explain.log_analyze', 'on', false),
      set_config('auto_explain.log_timing', 'off', false), set_config('auto_explain.log_level', 'notice', false),
      set_config('auto_explain.log_min_duration', '0', false), set_config('client_min_messages', 'notice', false),
      set_config('plan_cache_mode', ${planCacheMode}, false)`;
  explained.splice(0);
  return sql;
}

/**
 * Runs work, and says by what plans its statements ran.
 *
 * @param sql of {@link openExplained}, which work uses
 */
export async function plansOf(sql: Sql, work: () => Promise<unknown>): Promise<Explained[]> {
  const explained = heard.get(sql);
  if (explained === undefined) throw new Error('the pool is not of openExplained');
  explained.splice(0);
  await work();
  return explained.splice(0);
}

/** The steps that read a table, each with its statement's text: for tests that say what may be read. */
export function readsOf(plans: readonly Explained[]): (Step & { readonly text: string })[] {
  return plans.flatMap(({ text, steps }) =>
    steps
      .filter(({ type, table }) => table !== null && type !== 'ModifyTable')
      .map((step) => ({ ...step, text })),
  );
}

/** Characters of a statement by which a reader knows it. */
const SHOWN = 200;

/** In words, the steps that read a table by no search of an index, or more rows of it than they should. */
export function readTooMuch(reads: ReturnType<typeof readsOf>, mostRows: number): string[] {
  return reads
    .filter(
      ({ type, isSearch, rowsRead }) =>
        !/^Index (Only )?Scan$/.test(type) || !isSearch || rowsRead > mostRows,
    )
    .map(
      ({ type, table, index, isSearch, rowsRead, text }) =>
        `${type} of ${table} by ${index}, ${isSearch ? 'searched' : 'read through'}, ${rowsRead} rows: ${text.replace(/\s+/g, ' ').slice(0, SHOWN)}`,
    );
}

function stepsOf(node: PlanNode): Step[] {
  const given = node['Actual Rows'] + node['Rows Removed by Filter'] + node['Rows Removed by Index Recheck'];
  const step = {
    type: node['Node Type'],
    table: node['Relation Name'] ?? null,
    index: node['Index Name'] ?? null,
    isSearch: node['Index Cond'] !== undefined,
    rowsRead: given * node['Actual Loops'],
  };
  return [step, ...node.Plans.flatMap(stepsOf)];
}
