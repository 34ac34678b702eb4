import type { Fragment } from 'postgres';
import type { Sql, Statements } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
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

/** What is checked, and what holds where a check finds nothing. */
export const CHECKS = {
  balances: "each wallet's balance is what its settled operations add up to",
  'last balances': "each wallet's balance is the one after its last success",
  'balances after': 'each success leaves the balance before it, plus what came in or less what went out',
  positions: "each wallet's settled operations are numbered from 1 to its chain's length",
  held: 'each wallet holds back what its active holds reserve',
  'room for returns': 'each wallet keeps room for what may still come back to it',
  wallets: 'each operation is of a wallet that is there',
  'zero sums': "each currency's double entries sum to zero",
  'money in transit': 'what left its origin is pending as a credit or a return, and nothing else is',
  beginnings: 'each transaction begins with one leg',
  credits: 'each debit and capture that succeeded has its credit, and no other credit is there',
  returns: 'each declined credit has its return of exactly what was taken, and no other return is there',
  conversions:
    'each amount is converted at the rates applied, rounded down where it came in and up where it went out',
  rates: 'each rate applied is one that its currency had',
  refunds: "what counts as refunded is what a transaction's refunds add up to, and no more than was paid",
  holds: 'each hold is as its operations left it',
} as const;

export type CheckName = keyof typeof CHECKS;

/** Something that is off: where it is, and the two sides that should be equal. */
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

/** Rows shown of a check: enough to see what they have in common; the whole report stays under 100 kilobytes. */
const MAX_ROWS = 20;

const PASSES = [
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
 * double entries against zero. The database compares set-wise and answers only what is off.
 *
 * @param seconds it may take at most
 * @throws what the database throws; what is off is reported, never thrown
 */
export async function reconcile(sql: Sql, seconds: number): Promise<ReconcileReport> {
  return await readSnapshot(sql, seconds, async ({ tx, takenAt }) => {
    const [size] = await tx<{ operations: number; wallets: number }[]>`
      SELECT (SELECT count(*) FROM operations)::float8 AS operations, (SELECT count(*) FROM wallets)::float8 AS wallets`;
    if (size === undefined) throw new Error('the database counts nothing');
    // All is read: by an index in random order, which takes far longer on tables larger than the memory.
    await tx`SELECT set_config('enable_indexscan', 'off', true)`;
    const found: CheckReport[] = [];
    for (const pass of PASSES) found.push(...(await run(tx, pass)));
    const checks = addUp(found);
    return { checkedAt: takenAt, ...size, checks, isClean: checks.every(({ problems }) => problems === 0) };
  });
}

async function run(sql: Statements, pass: (sql: Statements) => Fragment): Promise<CheckReport[]> {
  const found = await sql<(OffRow & Omit<CheckReport, 'rows'>)[]>`
    SELECT name, problems::float8 AS problems, wallet_id::text AS "walletId", transaction_id::text AS "transactionId",
      operation_id::text AS "operationId", expected, actual
    FROM (
      SELECT *, count(*) OVER (PARTITION BY name) AS problems,
        row_number() OVER (PARTITION BY name ORDER BY wallet_id, transaction_id, operation_id) AS number
      FROM (${pass(sql)}) AS off
    ) AS counted WHERE number <= ${MAX_ROWS} ORDER BY name, number`;
  const byName = Map.groupBy(found, ({ name }) => name);
  return [...byName].map(([name, rows]) => ({
    name,
    problems: rows[0]?.problems ?? 0,
    rows: rows.map(({ name: _name, problems: _problems, ...row }) => row),
  }));
}

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
