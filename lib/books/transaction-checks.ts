import type { Fragment } from 'postgres';
import type { Statements } from '../postgres/database.ts';
import type { Check, CheckName } from './check.ts';

/**
 * Transactions that do not begin with exactly one leg. Credits, returns, what ends a held payout, and the other transfers of a
 * linked transaction follow.
 */
export const findBeginnings: Check = (sql) => sql`
  SELECT 'beginnings' AS name, min(wallet_id) AS wallet_id, transaction_id, min(id) AS operation_id,
    '1 leg' AS expected, coalesce(string_agg(leg::text, ' and ' ORDER BY id) FILTER (WHERE begins), 'none') AS actual
  FROM (
    SELECT *, ${begins(sql)} AS begins FROM legs WHERE transaction_id IN (
      SELECT transaction_id FROM legs GROUP BY transaction_id HAVING count(*) FILTER (WHERE ${begins(sql)}) <> 1)
  ) AS leg GROUP BY transaction_id`;

const begins = (sql: Statements): Fragment =>
  sql`(leg NOT IN ('credit', 'return', 'payout_cancel', 'linked_credit') AND NOT (leg = 'payout' AND hold_id IS NOT NULL)
    AND number <= 1)`;

/** Legs that were moved to the journal and stayed pending. */
export const findSettledTwice: Check = (sql) => sql`
  SELECT 'settled once' AS name, wallet_id, transaction_id, settled.id AS operation_id,
    'one ' || leg AS expected, 'pending and settled' AS actual
  FROM legs AS pending JOIN legs AS settled USING (wallet_id, transaction_id, leg, number)
  WHERE pending.status = 'new' AND settled.status <> 'new'`;

/** Credits against the debits and captures that succeeded, one for each. */
export const findCredits: Check = (sql) =>
  findFollowers(
    sql,
    'credits',
    sql`SELECT transaction_id, legs.id, counterparty_id AS wallet_id, wallet_id AS counterparty_id, amount,
        legs.currency, wallet_amount AS origin_amount, wallets.currency AS origin_currency, NULL AS reason, refund_of
      FROM legs JOIN wallets ON wallets.id = wallet_id
      WHERE leg IN ('debit', 'capture', 'part_capture') AND status = 'success'`,
    sql`SELECT transaction_id, id, wallet_id, counterparty_id, amount, currency, origin_amount, origin_currency,
        NULL AS reason, refund_of
      FROM legs WHERE leg = 'credit'`,
  );

/** Returns against the credits that were declined, one for each. */
export const findReturns: Check = (sql) =>
  findFollowers(
    sql,
    'returns',
    sql`SELECT transaction_id, id, counterparty_id AS wallet_id, wallet_id AS counterparty_id, origin_amount AS amount,
        origin_currency AS currency, NULL AS origin_amount, NULL AS origin_currency, reason, refund_of
      FROM legs WHERE leg = 'credit' AND status = 'decline'`,
    sql`SELECT transaction_id, id, wallet_id, counterparty_id, amount, currency, NULL AS origin_amount,
        NULL AS origin_currency, reason, refund_of
      FROM legs WHERE leg = 'return'`,
  );

function findFollowers(sql: Statements, name: CheckName, wanted: Fragment, made: Fragment) {
  const text = (leg: 'wanted' | 'made') => sql`
    CASE WHEN ${sql(leg)}.id IS NULL THEN 'none' ELSE concat_ws(' ', ${sql(leg)}.amount, ${sql(leg)}.currency,
      'from wallet', ${sql(leg)}.counterparty_id, 'to wallet', ${sql(leg)}.wallet_id,
      'for ' || ${sql(leg)}.origin_amount || ' ' || ${sql(leg)}.origin_currency,
      'after ' || ${sql(leg)}.reason, 'as a refund of ' || ${sql(leg)}.refund_of) END`;
  const content = (leg: 'wanted' | 'made') => sql`
    ROW(${sql(leg)}.wallet_id, ${sql(leg)}.counterparty_id, ${sql(leg)}.amount, ${sql(leg)}.currency,
      ${sql(leg)}.origin_amount, ${sql(leg)}.origin_currency, ${sql(leg)}.reason, ${sql(leg)}.refund_of)`;
  return sql`
    SELECT ${name} AS name, coalesce(made.wallet_id, wanted.wallet_id) AS wallet_id, transaction_id,
      coalesce(made.id, wanted.id) AS operation_id, ${text('wanted')} AS expected, ${text('made')} AS actual
    FROM (${wanted}) AS wanted FULL JOIN (${made}) AS made USING (transaction_id)
    WHERE ${content('wanted')} IS DISTINCT FROM ${content('made')}`;
}

/** The double entries, as the view has them: each currency's sum to zero. */
export const findSums: Check = (sql) => sql`
  SELECT 'zero sums' AS name, NULL::bigint AS wallet_id, NULL::uuid AS transaction_id, NULL::bigint AS operation_id,
    '0 ' || currency AS expected, sum(amount) || ' ' || currency AS actual
  FROM ledger_entries GROUP BY currency HAVING sum(amount) <> 0`;

/** What is in transit against what is pending: per currency, and per transaction. */
export const findTransit: Check = (sql) => sql`
  WITH pending AS (
    SELECT transaction_id, id AS operation_id, currency, amount FROM legs
    WHERE status = 'new' AND leg IN ('credit', 'return')
  )
  SELECT 'money in transit' AS name, NULL::bigint AS wallet_id, transaction_id,
    CASE WHEN grouping(transaction_id) = 0 THEN min(operation_id) END AS operation_id,
    coalesce(sum(amount) FILTER (WHERE is_pending), 0) || ' ' || currency AS expected,
    coalesce(sum(amount) FILTER (WHERE NOT is_pending), 0) || ' ' || currency AS actual
  FROM (
    SELECT transaction_id, operation_id, currency::text, amount, false AS is_pending FROM transit
    UNION ALL
    SELECT transaction_id, operation_id, currency, amount, true FROM pending
  ) AS entry
  GROUP BY GROUPING SETS ((transaction_id, currency), (currency))
  HAVING sum(CASE WHEN is_pending THEN -amount ELSE amount END) <> 0`;

/** What each operation moved, against its amount, the rates applied, and the rates that its currencies had. */
export const findConversions: Check = (sql) => sql`
  WITH known AS (
    SELECT name::text AS currency, rate::numeric FROM currencies UNION SELECT name, rate FROM currency_rates
  ), read AS (
    SELECT legs.*, wallets.currency AS own_currency, CASE
      WHEN leg IN ('receipt', 'credit', 'linked_receipt', 'linked_credit') THEN div(amount * currency_rate, wallet_rate)
      WHEN leg IN ('debit', 'payout', 'hold', 'payout_hold', 'linked_debit', 'linked_payout')
        THEN div(amount * currency_rate + wallet_rate - 1, wallet_rate)
      WHEN leg = 'return' THEN amount
      -- What becomes of a hold is checked by its sum.
      ELSE wallet_amount END AS converted,
      leg = 'return' AND legs.currency <> wallets.currency AS is_foreign
    FROM legs JOIN wallets ON wallets.id = wallet_id
    WHERE legs.status = 'success'
  ), judged AS (
    SELECT read.*, named.rate IS NULL AS is_rate_unknown, own.rate IS NULL AS is_own_rate_unknown
    FROM read LEFT JOIN known AS named ON named.currency = read.currency AND named.rate = currency_rate
      LEFT JOIN known AS own ON own.currency = own_currency AND own.rate = wallet_rate
  )
  SELECT name, wallet_id, transaction_id, id AS operation_id, expected, actual
  FROM judged CROSS JOIN LATERAL (VALUES
    ('conversions', converted <> wallet_amount, converted::text, wallet_amount::text),
    ('conversions', is_foreign, amount || ' ' || own_currency, amount || ' ' || currency),
    ('rates', is_rate_unknown, 'a rate of ' || currency, currency_rate::text),
    ('rates', is_own_rate_unknown, 'a rate of ' || own_currency, wallet_rate::text)
  ) AS found(name, is_off, expected, actual)
  WHERE (converted <> wallet_amount OR is_foreign OR is_rate_unknown OR is_own_rate_unknown) AND is_off`;

/** How much of each transaction was refunded, against the refunds that were not declined. */
export const findRefunds: Check = (sql) => sql`
  WITH refund AS (
    SELECT legs.refund_of, transaction_id, id, leg, wallet_id, counterparty_id,
      CASE number WHEN 0 THEN amount ELSE 1 END AS amount, currency, number,
      status <> 'decline' AND back.refund_of IS NULL AS counts
    FROM refund_legs AS legs LEFT JOIN (
      SELECT transaction_id, refund_of FROM refund_legs
      WHERE refund_of IS NOT NULL AND leg = 'return' AND status = 'success'
    ) AS back USING (transaction_id)
    WHERE legs.refund_of IS NOT NULL AND (leg IN ('payout', 'debit') OR number = 1 AND leg IN ('linked_payout', 'linked_debit'))
  ), given AS (
    SELECT refund_of AS transaction_id, coalesce(sum(amount) FILTER (WHERE counts), 0) AS amount
    FROM refund GROUP BY refund_of
  ), paid AS (
    -- Of a linked transaction, all of it counts as 1.
    SELECT transaction_id, id, leg, wallet_id, counterparty_id, CASE number WHEN 0 THEN amount ELSE 1 END AS amount, currency
    FROM paid_legs
    WHERE (leg IN ('receipt', 'credit') OR number = 1 AND leg IN ('linked_receipt', 'linked_credit')) AND status = 'success' AND refund_of IS NULL
  ), read AS (
    SELECT transaction_id, paid.wallet_id, paid.id, paid.amount AS paid, coalesce(given.amount, 0) AS given,
      total.amount, total.refunded
    FROM refund_totals AS total FULL JOIN given USING (transaction_id) LEFT JOIN paid USING (transaction_id)
  )
  SELECT 'refunds' AS name, wallet_id, transaction_id, id AS operation_id, expected, actual
  FROM read CROSS JOIN LATERAL (
    SELECT refunded IS DISTINCT FROM given, given || ' refunded', coalesce(refunded::text, 'none') UNION ALL
    SELECT amount IS DISTINCT FROM paid, coalesce(paid::text, 'nothing') || ' paid', coalesce(amount::text, 'none') UNION ALL
    SELECT given > paid, 'at most ' || paid || ' refunded', given::text
  ) AS found(is_off, expected, actual)
  WHERE is_off
  UNION ALL
  SELECT 'refunds', refund.wallet_id, refund.transaction_id, refund.id,
    coalesce(CASE paid.leg WHEN 'receipt' THEN 'payout' ELSE 'debit' END || ' of ' || paid.currency || ' from wallet ' ||
      paid.wallet_id || coalesce(' to wallet ' || paid.counterparty_id, ''), 'none'),
    refund.leg || ' of ' || refund.currency || ' from wallet ' || refund.wallet_id ||
      coalesce(' to wallet ' || refund.counterparty_id, '')
  FROM refund LEFT JOIN paid ON paid.transaction_id = refund_of
  WHERE refund.number = 0 AND ROW(refund.leg = 'payout', refund.wallet_id, refund.counterparty_id, refund.currency)
    IS DISTINCT FROM ROW(paid.leg = 'receipt', paid.wallet_id, paid.counterparty_id, paid.currency)`;

/** What was given to transactions to know them by, against what their operations say. */
export const findDetails: Check = (sql) => sql`
  SELECT 'details' AS name, legs.wallet_id, coalesce(legs.transaction_id, details.transaction_id) AS transaction_id,
    legs.id AS operation_id,
    CASE WHEN legs.id IS NULL THEN 'a transaction' WHEN has_details THEN 'details' ELSE 'no details' END AS expected,
    CASE WHEN legs.id IS NULL OR details.transaction_id IS NULL THEN 'none' ELSE 'details' END AS actual
  FROM legs FULL JOIN transaction_details AS details ON details.transaction_id = legs.transaction_id
  WHERE coalesce(has_details, false) <> (details.transaction_id IS NOT NULL)`;
