import type { Sql, Statements } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { CHECKS, type Check, type CheckName, type FoundRow } from './check.ts';
import {
  findBeginnings,
  findConversions,
  findCredits,
  findHolds,
  findRefunds,
  findReturns,
  findSums,
  findTransit,
} from './transaction-checks.ts';
import { findBalancesAfter, findPositions, findWallets } from './wallet-checks.ts';

/** A {@link FoundRow} as it is reported, its ids as text. */
export interface OffRow {
  readonly walletId: string | null;
  readonly transactionId: string | null;
  readonly operationId: string | null;
  readonly expected: string;
  readonly actual: string;
}

interface CheckReport {
  readonly name: CheckName;
  /** How many rows are off. */
  readonly problems: number;
  /** The first of them, at most {@link MAX_ROWS}. */
  readonly rows: readonly OffRow[];
}

export interface ReconcileReport {
  /** RFC 3339, by the database's clock. */
  readonly checkedAt: string;
  readonly operations: number;
  readonly wallets: number;
  readonly checks: readonly CheckReport[];
  readonly isClean: boolean;
}

/** Rows shown for each check: enough to see what they have in common; the whole report stays under 100 kilobytes. */
const MAX_ROWS = 20;

const PASSES: readonly Check[] = [
  findWallets,
  findPositions,
  findBalancesAfter,
  findBeginnings,
  findCredits,
  findReturns,
  findSums,
  findTransit,
  findConversions,
  findRefunds,
  findHolds,
];

/**
 * Checks the books against themselves in one consistent snapshot: balances against the journal, legs against legs,
 * double entries against zero. The database compares sets and answers only the rows that are off.
 *
 * @param seconds how long it may take
 * @throws what the database throws; rows that are off are reported, never thrown
 */
export async function reconcile(sql: Sql, seconds: number): Promise<ReconcileReport> {
  return await readSnapshot(sql, seconds, async ({ tx, takenAt }) => {
    const [size] = await tx<{ operations: number; wallets: number }[]>`
      SELECT (SELECT count(*) FROM operations)::float8 AS operations, (SELECT count(*) FROM wallets)::float8 AS wallets`;
    if (size === undefined) throw new Error('the database counts nothing');
    // Everything is read, and an index would read it in random order: far slower for tables larger than the memory.
    await tx`SELECT set_config('enable_indexscan', 'off', true)`;
    const found: CheckReport[] = [];
    for (const pass of PASSES) found.push(...(await runPass(tx, pass)));
    const checks = addUp(found);
    return { checkedAt: takenAt, ...size, checks, isClean: checks.every(({ problems }) => problems === 0) };
  });
}

async function runPass(sql: Statements, pass: Check): Promise<CheckReport[]> {
  const found = await sql<(FoundRow & { problems: number })[]>`
    SELECT name, problems::float8 AS problems, wallet_id AS "walletId", transaction_id AS "transactionId",
      operation_id AS "operationId", expected, actual
    FROM (
      SELECT *, count(*) OVER (PARTITION BY name) AS problems,
        row_number() OVER (PARTITION BY name ORDER BY wallet_id, transaction_id, operation_id) AS number
      FROM (${pass(sql)}) AS off(name, wallet_id, transaction_id, operation_id, expected, actual)
    ) AS counted WHERE number <= ${MAX_ROWS} ORDER BY name, number`;
  const byName = Map.groupBy(found, ({ name }) => name);
  return Array.from(byName, ([name, rows]) => ({
    name,
    problems: rows[0]?.problems ?? 0,
    rows: rows.map(toOffRow),
  }));
}

const toOffRow = ({ walletId, transactionId, operationId, expected, actual }: FoundRow): OffRow => ({
  walletId: walletId?.toString() ?? null,
  transactionId,
  operationId: operationId?.toString() ?? null,
  expected,
  actual,
});

/** One report for each check, though several passes may have found something for it. */
function addUp(found: readonly CheckReport[]): CheckReport[] {
  const names = Object.keys(CHECKS) as CheckName[];
  return names.map((name) => {
    const reports = found.filter((report) => report.name === name);
    return {
      name,
      problems: reports.reduce((sum, { problems }) => sum + problems, 0),
      rows: reports.flatMap(({ rows }) => rows).slice(0, MAX_ROWS),
    };
  });
}
