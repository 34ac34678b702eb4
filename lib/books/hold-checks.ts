import type { Fragment } from 'postgres';
import type { Statements } from '../postgres/database.ts';
import type { Check } from './check.ts';

/** What a leg that succeeded made of its hold. A part that took the last of it captured it, too. */
const statusAfter = (sql: Statements): Fragment => sql`
  CASE leg WHEN 'capture' THEN 'captured' WHEN 'payout' THEN 'captured' WHEN 'expiry' THEN 'expired' ELSE 'released' END`;

/**
 * Holds against the operations about them: the leg that placed each, all that was captured, and how it ended. A hold's id is its
 * transaction's.
 */
export const findHolds: Check = (sql) => sql`
  WITH about AS (
    SELECT hold_id, min(status::text) FILTER (WHERE is_first) AS begun, min(position) FILTER (WHERE is_first) AS position,
      min(wallet_amount) FILTER (WHERE is_first) AS wallet_amount,
      min(currency_rate) FILTER (WHERE is_first) AS currency_rate, min(wallet_rate) FILTER (WHERE is_first) AS wallet_rate,
      coalesce(sum(amount) FILTER (WHERE type_of(leg) = 'out' AND status = 'success'), 0) AS captured,
      coalesce(sum(wallet_amount) FILTER (WHERE type_of(leg) = 'out' AND status = 'success'), 0) AS captured_wallet,
      string_agg(${statusAfter(sql)}, ' and ' ORDER BY id)
        FILTER (WHERE NOT is_first AND leg <> 'part_capture' AND status = 'success') AS ended
    FROM (SELECT *, leg IN ('hold', 'payout_hold') AS is_first FROM hold_legs) AS legs GROUP BY hold_id
  ), read AS (
    SELECT holds.*, coalesce(ended, CASE WHEN about.captured >= holds.amount::numeric + over_capture THEN 'captured'
        WHEN begun = 'new' THEN 'new' WHEN begun = 'success' THEN 'active' WHEN begun = 'decline' THEN 'declined'
        ELSE 'none' END) AS derived,
      concat_ws(' ', about.captured, 'captured for', about.captured_wallet) AS derived_captured,
      about.captured > holds.amount::numeric + over_capture AS is_beyond,
      concat_ws(' ', 'place', about.position, about.wallet_amount, 'at', about.currency_rate, about.wallet_rate) AS derived_place
    FROM holds LEFT JOIN about ON hold_id = holds.id
  )
  SELECT 'holds' AS name, wallet_id, id AS transaction_id, NULL::bigint AS operation_id, expected, actual
  FROM read CROSS JOIN LATERAL (
    SELECT status::text <> derived, derived, status::text UNION ALL
    SELECT derived_captured <> concat_ws(' ', captured, 'captured for', captured_wallet), derived_captured,
      concat_ws(' ', captured, 'captured for', captured_wallet) UNION ALL
    SELECT is_beyond, 'at most ' || amount::numeric + over_capture || ' captured', captured::text UNION ALL
    SELECT derived_place <> concat_ws(' ', 'place', position, wallet_amount, 'at', currency_rate, wallet_rate), derived_place,
      concat_ws(' ', 'place', position, wallet_amount, 'at', currency_rate, wallet_rate)
  ) AS found(is_off, expected, actual)
  WHERE is_off
  UNION ALL
  SELECT 'holds', legs.wallet_id, transaction_id, legs.id,
    coalesce(holds.amount || in_currency.of_hold || ' of wallet ' || holds.wallet_id, 'none'),
    leg || ' of ' || legs.amount || in_currency.of_leg || ' of wallet ' || legs.wallet_id
  FROM hold_legs AS legs LEFT JOIN holds ON holds.id = hold_id CROSS JOIN LATERAL (
    SELECT CASE WHEN legs.currency <> holds.currency THEN ' ' || holds.currency ELSE '' END AS of_hold,
      CASE WHEN legs.currency <> holds.currency THEN ' ' || legs.currency ELSE '' END AS of_leg
  ) AS in_currency
  WHERE holds.id IS NULL OR legs.wallet_id <> holds.wallet_id OR legs.currency <> holds.currency
    OR legs.amount > holds.amount::numeric + over_capture
    OR leg NOT IN ('capture', 'part_capture') AND legs.amount <> holds.amount
    OR (kind = 'payout') <> (leg IN ('payout_hold', 'payout', 'payout_cancel'))
    OR (kind = 'payout' OR leg = 'hold') AND transaction_id <> hold_id`;

/**
 * What each leg took or gave back of its hold, in the order of booking: captures at the hold's rates as one, and at the end what
 * was left.
 */
export const findCaptures: Check = (sql) => sql`
  WITH settled AS (
    SELECT legs.*, holds.wallet_amount AS placed, holds.currency_rate AS of_hold, holds.wallet_rate AS of_wallet,
      coalesce(sum(legs.amount) FILTER (WHERE leg IN ('capture', 'part_capture')) OVER earlier, 0) AS before,
      coalesce(sum(legs.wallet_amount) FILTER (WHERE leg IN ('capture', 'part_capture')) OVER earlier, 0) AS taken
    FROM hold_legs AS legs JOIN holds ON holds.id = hold_id
    WHERE legs.status = 'success'
    WINDOW earlier AS (PARTITION BY hold_id ORDER BY legs.position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ), read AS (
    SELECT settled.*, CASE WHEN leg IN ('capture', 'part_capture')
      THEN div((before + amount) * of_hold + of_wallet - 1, of_wallet) - div(before * of_hold + of_wallet - 1, of_wallet)
      ELSE greatest(placed - taken, 0) END AS due
    FROM settled WHERE leg NOT IN ('hold', 'payout_hold')
  )
  SELECT 'captures' AS name, wallet_id, transaction_id, id AS operation_id,
    concat_ws(' ', due, 'at', of_hold, of_wallet) AS expected,
    concat_ws(' ', wallet_amount, 'at', currency_rate, wallet_rate) AS actual
  FROM read WHERE wallet_amount <> due OR currency_rate <> of_hold OR wallet_rate <> of_wallet`;
