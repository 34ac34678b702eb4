import type { Fragment } from 'postgres';
import { MAX_AMOUNT } from '../ledger/money.ts';
import type { Statements } from '../postgres/database.ts';
import type { Check } from './check.ts';

/**
 * What an operation that succeeded adds to what its wallet holds back. A capture frees what its hold reserved before it; a part, as
 * much as it took of that.
 *
 * @param row the name of the operation's row
 */
export const heldChange = (sql: Statements, row: Fragment): Fragment => sql`
  CASE WHEN ${row}.leg IN ('hold', 'payout_hold') THEN wallet_amount
    WHEN ${row}.leg IN ('release', 'expiry', 'payout_cancel') OR ${row}.leg = 'payout' AND ${row}.hold_id IS NOT NULL
      THEN -wallet_amount
    WHEN ${row}.leg IN ('capture', 'part_capture') THEN (
      SELECT CASE ${row}.leg WHEN 'capture' THEN 0 ELSE greatest(placed.amount - taken.amount - ${row}.wallet_amount, 0) END
        - greatest(placed.amount - taken.amount, 0)
      FROM (
        SELECT coalesce(sum(part.wallet_amount), 0) AS amount FROM operations AS part
        WHERE part.wallet_id = ${row}.wallet_id AND part.hold_id = ${row}.hold_id AND part.leg = 'part_capture'
          AND part.status = 'success' AND part.position < ${row}.position
      ) AS taken, (
        SELECT coalesce(max(holds.wallet_amount), 0) AS amount FROM holds
        WHERE holds.id = ${row}.hold_id AND holds.wallet_id = ${row}.wallet_id
      ) AS placed
    ) ELSE 0 END::numeric`;

/** What an operation that succeeded counts as spent. */
export const spentAmount = (sql: Statements): Fragment => sql`
  CASE WHEN leg IN ('debit', 'payout', 'capture', 'part_capture', 'linked_debit') AND refund_of IS NULL THEN wallet_amount ELSE 0 END::numeric`;

/** What was spent before a moment on its day, or in its month, by a state that is known: that of a slice's beginning. */
const spentBefore = (sql: Statements, unit: 'day' | 'month', moment: Fragment): Fragment => sql`
  CASE WHEN date_trunc(${unit}, slice.booked_at) = date_trunc(${unit}, ${moment})
    THEN ${sql(`slice.spent_${unit}`)} ELSE 0 END`;

/**
 * Successes with what their wallets held back after them, and the rules that counted then: those of the last change before. A
 * wallet that was never changed has none.
 */
const ruled = (sql: Statements): Fragment => sql`
  rule AS (
    SELECT wallet_changes.*, lead(after_position) OVER (PARTITION BY wallet_id ORDER BY number) AS until
    FROM wallet_changes WHERE wallet_id IN (SELECT wallet_id FROM slice)
  ), moved AS (
    SELECT chain.*, slice.held + sum(${heldChange(sql, sql`chain`)}) OVER ordered AS held_after
    FROM chain JOIN slice ON slice.wallet_id = chain.wallet_id
    WHERE chain.status = 'success'
    WINDOW ordered AS (PARTITION BY chain.wallet_id ORDER BY chain.position)
  ), ruled AS (
    SELECT moved.*, rule.credit_limit, rule.balance_limit, per_operation, per_day, per_month, frozen_in, frozen_out,
      is_closed, leg IN ('hold', 'payout_hold') OR leg IN ('debit', 'payout', 'linked_debit') AND hold_id IS NULL AND refund_of IS NULL
        AS is_asked
    FROM moved LEFT JOIN rule ON rule.wallet_id = moved.wallet_id AND moved.position > after_position
      AND (until IS NULL OR moved.position <= until)
  )`;

/** Successes against the money, the credit and the state that their wallets had. */
export const findForbidden: Check = (sql) => sql`
  WITH ${ruled(sql)}
  SELECT name, wallet_id, transaction_id, id AS operation_id, expected, actual
  FROM ruled CROSS JOIN LATERAL (
    SELECT 'credit', balance_after - held_after < -coalesce(credit_limit, 0),
      'at least ' || held_after - coalesce(credit_limit, 0), balance_after::text UNION ALL
    SELECT 'states', is_closed, 'none, as the wallet is closed', leg::text UNION ALL
    SELECT 'states', frozen_in AND leg IN ('receipt', 'credit', 'linked_receipt', 'linked_credit'), 'none, as the wallet is frozen', leg::text UNION ALL
    SELECT 'states', frozen_out AND (leg IN ('debit', 'hold', 'payout_hold', 'capture', 'part_capture', 'linked_debit', 'linked_payout')
        OR leg = 'payout' AND hold_id IS NULL),
      'none, as the wallet is frozen', leg::text
  ) AS found(name, is_off, expected, actual)
  WHERE is_off`;

/** Successes of limited wallets against their limits, and what these wallets say that they spent. */
export const findOverLimits: Check = (sql) => sql`
  WITH ${ruled(sql)}, spending AS (
    SELECT ruled.*,
      ${spentBefore(sql, 'day', sql`processed_at`)} + sum(${spentAmount(sql)}) OVER (
        PARTITION BY ruled.wallet_id, date_trunc('day', processed_at) ORDER BY ruled.position) AS spent_day,
      ${spentBefore(sql, 'month', sql`processed_at`)} + sum(${spentAmount(sql)}) OVER (
        PARTITION BY ruled.wallet_id, date_trunc('month', processed_at) ORDER BY ruled.position) AS spent_month
    FROM ruled JOIN slice ON slice.wallet_id = ruled.wallet_id
    WHERE ruled.wallet_id IN (SELECT wallet_id FROM rule)
  ), counted AS (
    SELECT slice.wallet_id, greatest(spent_on, wallets.booked_at::date) AS on_day, wallets.booked_at,
      limits.spent_on, limits.spent_day, limits.spent_month,
      ${spentBefore(sql, 'day', sql`wallets.booked_at`)} + coalesce(sum(spent) FILTER (
        WHERE date_trunc('day', processed_at) = date_trunc('day', wallets.booked_at)), 0) AS of_day,
      ${spentBefore(sql, 'month', sql`wallets.booked_at`)} + coalesce(sum(spent) FILTER (
        WHERE date_trunc('month', processed_at) = date_trunc('month', wallets.booked_at)), 0) AS of_month
    FROM slice JOIN wallets ON wallets.id = slice.wallet_id JOIN wallet_limits AS limits ON limits.wallet_id = slice.wallet_id
      LEFT JOIN (SELECT wallet_id, processed_at, ${spentAmount(sql)} AS spent FROM moved) AS paid
        ON paid.wallet_id = slice.wallet_id
    WHERE is_end
    GROUP BY slice.wallet_id, slice.booked_at, slice.spent_day, slice.spent_month, wallets.booked_at, limits.spent_on,
      limits.spent_day, limits.spent_month
  )
  SELECT 'limits' AS name, wallet_id, transaction_id, id AS operation_id, 'at most ' || most AS expected, actual::text AS actual
  FROM spending CROSS JOIN LATERAL (VALUES
    (leg IN ('receipt', 'credit', 'linked_receipt', 'linked_credit'), balance_limit::numeric, balance_after::numeric),
    (is_asked, per_operation, wallet_amount),
    (is_asked, per_day, spent_day + held_after),
    (is_asked, per_month, spent_month + held_after)
  ) AS kept(is_asked, most, actual)
  WHERE kept.is_asked AND actual > most
  UNION ALL
  SELECT 'spent', wallet_id, NULL, NULL, expected || ' in the ' || unit, actual || ' in the ' || unit
  FROM counted CROSS JOIN LATERAL (VALUES
    ('day', CASE WHEN booked_at::date = on_day THEN least(of_day, ${MAX_AMOUNT}::bigint) ELSE 0 END,
      CASE WHEN spent_on = on_day THEN spent_day ELSE 0 END),
    ('month', CASE WHEN date_trunc('month', booked_at) = date_trunc('month', on_day)
        THEN least(of_month, ${MAX_AMOUNT}::bigint) ELSE 0 END,
      CASE WHEN date_trunc('month', spent_on) = date_trunc('month', on_day) THEN spent_month ELSE 0 END)
  ) AS off(unit, expected, actual)
  WHERE expected <> actual`;

/** Each wallet's state and limits against its last change, or against those that it began with. */
export const findRules: Check = (sql) => sql`
  WITH last AS (
    SELECT DISTINCT ON (wallet_id) * FROM wallet_changes ORDER BY wallet_id, number DESC
  ), read AS (
    SELECT coalesce(wallets.id, last.wallet_id, limits.wallet_id) AS wallet_id,
      json_build_array(coalesce(last.credit_limit, 0), coalesce(last.frozen_in, false), coalesce(last.frozen_out, false),
        coalesce(last.is_closed, false), last.balance_limit, last.per_operation, last.per_day, last.per_month,
        coalesce(last.balance_limit, last.per_operation, last.per_day, last.per_month) IS NOT NULL)::text AS expected,
      json_build_array(wallets.credit_limit, wallets.frozen_in, wallets.frozen_out, wallets.closed_at IS NOT NULL,
        limits.balance_limit, limits.per_operation, limits.per_day, limits.per_month, wallets.is_limited)::text AS actual
    FROM wallets FULL JOIN last ON last.wallet_id = wallets.id
      FULL JOIN wallet_limits AS limits ON limits.wallet_id = coalesce(wallets.id, last.wallet_id)
  )
  SELECT 'rules' AS name, wallet_id, NULL::uuid AS transaction_id, NULL::bigint AS operation_id, expected, actual
  FROM read WHERE expected <> actual`;
