import type { Fragment } from 'postgres';
import { known } from '../ledger/known.ts';
import { bisection } from '../postgres/bisection.ts';
import type { Statements } from '../postgres/database.ts';

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
