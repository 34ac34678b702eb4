import type { Fragment } from 'postgres';
import type { Statements } from './database.ts';

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
