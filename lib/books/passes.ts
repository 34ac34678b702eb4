import type { Fragment } from 'postgres';
import type { Statements } from '../postgres/database.ts';
import { CHECKS, type Check, type CheckName, type FoundRow } from './check.ts';
import { findCaptures, findHolds } from './hold-checks.ts';
import { findLinked, findLinkedRefunds } from './linked-checks.ts';
import { findForbidden, findOverLimits, findRules } from './rule-checks.ts';
import { findTotals } from './total-checks.ts';
import {
  findBeginnings,
  findConversions,
  findCredits,
  findDetails,
  findRefunds,
  findReturns,
  findSettledTwice,
  findSums,
  findTransit,
} from './transaction-checks.ts';
import {
  findBalances,
  findBalancesAfter,
  findChains,
  findChecked,
  findMissing,
  findPositions,
  findReserves,
} from './wallet-checks.ts';

/** The checks of slices and of transactions. */
export const PASSES: readonly Check[] = [
  findMissing,
  findBalances,
  findPositions,
  findBalancesAfter,
  findChains,
  findChecked,
  findForbidden,
  findOverLimits,
  findBeginnings,
  findSettledTwice,
  findCredits,
  findReturns,
  findSums,
  findTransit,
  findConversions,
  findRefunds,
  findHolds,
  findDetails,
  findCaptures,
  findLinked,
  findLinkedRefunds,
];

/** The checks that are about wallets alone. */
export const WALLET_PASSES: readonly Check[] = [findReserves, findRules];

/** The checks that need everything in one snapshot. */
export const WHOLE_PASSES: readonly Check[] = [findTotals];

/** A {@link FoundRow} as it is reported, its ids as text. */
export interface OffRow {
  readonly walletId: string | null;
  readonly transactionId: string | null;
  readonly operationId: string | null;
  readonly expected: string;
  readonly actual: string;
}

export interface CheckReport {
  readonly name: CheckName;
  /** How many rows are off. */
  readonly problems: number;
  /** The first of them, at most {@link MAX_ROWS}. */
  readonly rows: readonly OffRow[];
}

/** Rows shown for each check: enough to see what they have in common; the whole report stays under 100 kilobytes. */
const MAX_ROWS = 20;

/**
 * Runs checks in one statement. Counts all that is off, and reads the first of each check.
 *
 * @param maxRows of each check
 */
export async function runPasses(
  sql: Statements,
  relations: Fragment,
  passes: readonly Check[],
  maxRows = MAX_ROWS,
): Promise<CheckReport[]> {
  const [first, ...rest] = passes.map((pass) => sql`(${pass(sql)})`);
  if (first === undefined) return [];
  const all = rest.reduce((sum: Fragment, pass) => sql`${sum} UNION ALL ${pass}`, first);
  const found = await sql<(FoundRow & { problems: number })[]>`
    ${relations}
    SELECT name, problems::float8 AS problems, wallet_id AS "walletId", transaction_id AS "transactionId",
      operation_id AS "operationId", expected, actual
    FROM (
      SELECT *, count(*) OVER (PARTITION BY name) AS problems,
        row_number() OVER (PARTITION BY name ORDER BY wallet_id, transaction_id, operation_id) AS number
      FROM (${all}) AS off(name, wallet_id, transaction_id, operation_id, expected, actual)
    ) AS counted WHERE number <= ${maxRows}::float8 ORDER BY name, number`;
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

/** Reports without the rows that others have as well. */
export function without(found: readonly CheckReport[], others: readonly CheckReport[]): CheckReport[] {
  const keyOf = (name: CheckName, row: OffRow) => JSON.stringify([name, row]);
  const met = new Set(others.flatMap(({ name, rows }) => rows.map((row) => keyOf(name, row))));
  return found.map(({ name, problems, rows }) => {
    const own = rows.filter((row) => !met.has(keyOf(name, row)));
    return { name, problems: problems - (rows.length - own.length), rows: own };
  });
}

/** One report for each check, though several statements may have found something for it. */
export function addUp(found: readonly CheckReport[]): CheckReport[] {
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
