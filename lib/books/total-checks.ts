import type { Check } from './check.ts';

/**
 * What settling added up, against all balances and all that is pending. Settling writes both in one transaction, and the relay
 * moves sums from minutes to totals by one statement: so in each snapshot they are the same.
 */
export const findTotals: Check = (sql) => sql`
  SELECT 'money totals' AS name, NULL::bigint AS wallet_id, NULL::uuid AS transaction_id, NULL::bigint AS operation_id,
    concat_ws(' ', sum(derived), currency, account) AS expected, concat_ws(' ', sum(added_up), currency, account) AS actual
  FROM (
    SELECT 'in wallets' AS account, currency::text, sum(balance) AS derived, 0 AS added_up FROM wallets GROUP BY currency
    UNION ALL
    SELECT 'in transit', currency, sum(amount), 0 FROM pending_operations WHERE leg IN ('credit', 'return') GROUP BY currency
    UNION ALL
    SELECT account, currency, 0, amount FROM (
      SELECT currency, in_wallets, in_transit FROM money_totals
      UNION ALL SELECT currency, in_wallets, in_transit FROM money_minutes
    ) AS kept CROSS JOIN LATERAL (VALUES ('in wallets', in_wallets), ('in transit', in_transit)) AS entry(account, amount)
  ) AS sums
  GROUP BY account, currency HAVING sum(derived) <> sum(added_up)`;
