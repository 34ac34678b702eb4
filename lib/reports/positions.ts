import type { Fragment } from 'postgres';
import { known } from '../ledger/known.ts';
import type { Statements } from '../postgres/database.ts';

/**
 * The second part of a recursive query that finds the last position of a wallet that fulfills a condition, between
 * `low`, which fulfills it or is 0, and `high`: 24 rows are read by their keys for 10 million. Each is a scalar
 * subquery by the whole key, so no statistics change its plan. The key is computed before (OFFSET keeps the parts apart):
 * as an expression in the condition it would cost, and in an empty table any other index with the wallet in it be cheaper.
 *
 * @param name of the recursive query, which has the columns `low` and `high`
 * @param condition on a row of operations; it must hold up to a position, and for none after it
 */
export const bisection = (sql: Statements, name: Fragment, walletId: bigint, condition: Fragment) => sql`
  UNION ALL
  SELECT CASE WHEN holds THEN middle ELSE low END, CASE WHEN holds THEN high ELSE middle - 1 END
  FROM (
    SELECT low, high, middle, (SELECT ${condition} FROM operations WHERE wallet_id = ${walletId} AND position = middle) AS holds
    FROM (SELECT low, high, low + (high - low + 1) / 2 AS middle FROM ${name} WHERE low < high OFFSET 0) AS halves OFFSET 0
  ) AS probe`;

/** A wallet's operations of a period, by position: after `start`, up to `stop`. */
export interface Positions {
  readonly start: bigint;
  readonly stop: bigint;
  /** How many of them are in its list: all but those that are about holds alone. */
  readonly listed: bigint;
}

/** Finds the positions of a period by their times, which are in the same order. */
export async function readPositions(
  sql: Statements,
  walletId: bigint,
  from: string,
  to: string,
): Promise<Positions> {
  const [row] = await sql<Positions[]>`
    WITH RECURSIVE
    earlier AS (
      SELECT 0::bigint AS low, chain_length AS high FROM wallets WHERE id = ${walletId}
      ${bisection(sql, sql`earlier`, walletId, sql`processed_at < ${from}::timestamptz`)}
    ),
    covered AS (
      SELECT CASE WHEN booked_at < ${to}::timestamptz THEN chain_length ELSE (SELECT max(low) FROM earlier) END AS low,
        chain_length AS high
      FROM wallets WHERE id = ${walletId}
      ${bisection(sql, sql`covered`, walletId, sql`processed_at < ${to}::timestamptz`)}
    ),
    positions AS (SELECT (SELECT max(low) FROM earlier) AS start, (SELECT max(low) FROM covered) AS stop)
    SELECT start, stop, ${numberAt(sql, walletId, sql`stop`)} - ${numberAt(sql, walletId, sql`start`)} AS listed FROM positions`;
  return known(row, `positions of wallet ${walletId}`);
}

/** The number of a row of operations in its wallet's list, if it is listed; otherwise that of the last one before it. */
export const listNumber = (sql: Statements) => sql`position - coalesce(unlisted, 0)`;

/** That number by position, an expression of the outer query; 0 before the first. */
export const numberAt = (sql: Statements, walletId: bigint, position: Fragment) => sql`
  coalesce((SELECT ${listNumber(sql)} FROM operations WHERE wallet_id = ${walletId} AND operations.position = ${position}), 0)`;
