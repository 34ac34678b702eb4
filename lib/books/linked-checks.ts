import type { Check } from './check.ts';

/** Linked transactions that are not whole: legs that are missing, differ in what became of them, or do not match. */
export const findLinked: Check = (sql) => sql`
  SELECT 'linked transactions' AS name, wallet_id, transaction_id, operation_id, expected, actual
  FROM (
    SELECT min(wallet_id) AS wallet_id, transaction_id, min(id) AS operation_id, count(*) AS legs, max(linked_legs) AS most,
      min(linked_legs) AS least, count(DISTINCT status) AS statuses,
      string_agg(DISTINCT status::text, ' and ') AS all_statuses,
      count(*) FILTER (WHERE status = 'decline') AS declined,
      count(*) FILTER (WHERE status = 'decline' AND reason <> 'linked_declined') AS reasons
    FROM legs WHERE number > 0 GROUP BY transaction_id
  ) AS linked CROSS JOIN LATERAL (VALUES
    (legs <> most OR least <> most, most || ' legs', legs::text),
    (statuses > 1, 'one status', all_statuses),
    (declined > 0 AND reasons <> 1, 'one reason', reasons::text)
  ) AS found(is_off, expected, actual)
  WHERE is_off
  UNION ALL
  SELECT 'linked transactions', min(wallet_id), transaction_id, min(id), 'a transfer ' || number || ' with one end at each wallet',
    string_agg(concat_ws(' ', leg, 'of', amount, currency, 'in wallet', wallet_id, 'with wallet ' || counterparty_id), ', ' ORDER BY id)
  FROM legs WHERE number > 0
  GROUP BY transaction_id, number
  HAVING CASE WHEN bool_or(leg IN ('linked_receipt', 'linked_payout')) THEN count(*) <> 1 ELSE
    count(*) FILTER (WHERE leg = 'linked_debit') <> 1 OR count(*) FILTER (WHERE leg = 'linked_credit') <> 1
    OR min(amount) <> max(amount) OR min(currency::text) <> max(currency::text)
    OR min(wallet_id) FILTER (WHERE leg = 'linked_debit') <> min(counterparty_id) FILTER (WHERE leg = 'linked_credit')
    OR min(wallet_id) FILTER (WHERE leg = 'linked_credit') <> min(counterparty_id) FILTER (WHERE leg = 'linked_debit') END`;

/** Refunds of linked transactions against these: each transfer in reverse, from the last one on. */
export const findLinkedRefunds: Check = (sql) => sql`
  WITH refund AS (
    SELECT transaction_id, id, refund_of, wallet_id, counterparty_id, amount, currency, linked_legs,
      row_number() OVER (PARTITION BY transaction_id ORDER BY number) AS place
    FROM refund_legs WHERE leg IN ('linked_debit', 'linked_payout')
  ), paid AS (
    SELECT transaction_id, wallet_id, counterparty_id, amount, currency, linked_legs,
      row_number() OVER (PARTITION BY transaction_id ORDER BY number DESC) AS place
    FROM paid_legs WHERE leg IN ('linked_credit', 'linked_receipt') AND status = 'success' AND refund_of IS NULL
  )
  SELECT 'refunds' AS name, refund.wallet_id, refund.transaction_id, refund.id AS operation_id,
    CASE WHEN paid.wallet_id IS NULL THEN 'none' ELSE concat_ws(' ', paid.amount, paid.currency, 'from wallet', paid.wallet_id,
      'to wallet ' || paid.counterparty_id, 'of', paid.linked_legs, 'legs') END AS expected,
    concat_ws(' ', refund.amount, refund.currency, 'from wallet', refund.wallet_id, 'to wallet ' || refund.counterparty_id,
      'of', refund.linked_legs, 'legs') AS actual
  FROM refund LEFT JOIN paid ON paid.transaction_id = refund_of AND paid.place = refund.place
  WHERE ROW(refund.wallet_id, refund.counterparty_id, refund.amount, refund.currency, refund.linked_legs)
    IS DISTINCT FROM ROW(paid.wallet_id, paid.counterparty_id, paid.amount, paid.currency, paid.linked_legs)`;
