import { MAX_AMOUNT } from '../ledger/money.ts';
import type { Check } from './check.ts';

// Sums are numeric, as tampered rows may exceed 64 bits.

/** Wallets that have operations, or were checked before, and are missing. */
export const findMissing: Check = (sql) => sql`
  SELECT 'wallets' AS name, wallet_id, NULL::uuid AS transaction_id, NULL::bigint AS operation_id,
    'wallet ' || wallet_id AS expected, 'none' AS actual
  FROM (
    SELECT wallet_id FROM legs UNION SELECT wallet_id FROM slice
  ) AS named WHERE NOT EXISTS (SELECT FROM wallets WHERE id = named.wallet_id)`;

/** Each balance against the one at the slice's beginning and what the operations after it moved. */
export const findBalances: Check = (sql) => sql`
  SELECT 'balances' AS name, wallet_id, NULL::uuid AS transaction_id, NULL::bigint AS operation_id,
    sum::text AS expected, balance::text AS actual
  FROM (
    SELECT wallets.id AS wallet_id, wallets.balance, slice.balance + coalesce(moved.amount, 0) AS sum
    FROM slice JOIN wallets ON wallets.id = slice.wallet_id LEFT JOIN (
      SELECT wallet_id, sum(CASE type_of(leg) WHEN 'in' THEN wallet_amount WHEN 'out' THEN -wallet_amount END::numeric)
        AS amount
      FROM chain WHERE status = 'success' GROUP BY wallet_id
    ) AS moved ON moved.wallet_id = wallets.id
    WHERE is_end
  ) AS added WHERE balance <> sum`;

/** What each wallet holds back, and the room that it keeps, against its active holds and what may come back. */
export const findReserves: Check = (sql) => sql`
  WITH reserved AS (
    SELECT wallet_id, sum(greatest(wallet_amount - captured_wallet, 0)) AS amount FROM holds WHERE status = 'active'
    GROUP BY wallet_id
  ), coming_back AS (
    SELECT CASE leg WHEN 'credit' THEN counterparty_id ELSE wallet_id END AS wallet_id,
      sum(CASE leg WHEN 'credit' THEN origin_amount ELSE amount END) AS amount
    FROM pending_operations WHERE leg IN ('credit', 'return') GROUP BY 1
  ), read AS (
    SELECT wallets.id AS wallet_id, balance, held, returnable, credit_limit, coalesce(reserved.amount, 0) AS reserved,
      coalesce(coming_back.amount, 0) AS coming_back
    FROM wallets LEFT JOIN reserved ON reserved.wallet_id = wallets.id
      LEFT JOIN coming_back ON coming_back.wallet_id = wallets.id
  )
  SELECT name, wallet_id, NULL::uuid AS transaction_id, NULL::bigint AS operation_id, expected, actual
  FROM read CROSS JOIN LATERAL (
    SELECT 'held', held <> reserved, reserved::text, held::text UNION ALL
    SELECT 'room for returns', returnable < coming_back, 'at least ' || coming_back, returnable::text UNION ALL
    SELECT 'room for returns', balance::numeric + returnable + credit_limit > ${MAX_AMOUNT}::bigint,
      'at most ' || ${MAX_AMOUNT}::numeric - balance - credit_limit, returnable::text
  ) AS found(name, is_off, expected, actual)
  WHERE is_off`;

/** Wallets whose operations are not numbered from 1 to the chain's length, with the first one out of place. */
export const findPositions: Check = (sql) => sql`
  SELECT 'positions' AS name, wallet_id, transaction_id, operation_id,
    coalesce(number, upto)::text AS expected, coalesce(gap.position, settled)::text AS actual
  FROM (
    SELECT slice.*, slice.position + coalesce(counted, 0) AS settled
    FROM slice LEFT JOIN (
      SELECT wallet_id, count(*) AS counted, max(position) AS last FROM chain GROUP BY wallet_id
    ) AS read USING (wallet_id)
    WHERE upto <> slice.position + coalesce(counted, 0) OR upto <> coalesce(last, slice.position)
  ) AS uneven LEFT JOIN LATERAL (
    SELECT * FROM (
      SELECT id AS operation_id, transaction_id, chain.position,
        uneven.position + row_number() OVER (ORDER BY chain.position) AS number
      FROM chain WHERE wallet_id = uneven.wallet_id
    ) AS numbered WHERE position <> number ORDER BY position LIMIT 1
  ) AS gap ON true
  WHERE EXISTS (SELECT FROM wallets WHERE id = uneven.wallet_id)`;

/** The balance after each success against the previous one, and each wallet's balance against the last. */
export const findBalancesAfter: Check = (sql) => sql`
  SELECT name, wallet_id, transaction_id, operation_id, expected::text AS expected, actual::text AS actual
  FROM (
    SELECT chain.wallet_id, transaction_id, chain.id AS operation_id, balance_after, wallets.balance, is_end,
      lag(balance_after, 1, slice.balance) OVER ordered::numeric
        + CASE type_of(leg) WHEN 'in' THEN wallet_amount WHEN 'out' THEN -wallet_amount ELSE 0 END AS follows,
      lead(chain.id) OVER ordered IS NULL AS is_last
    FROM chain JOIN slice ON slice.wallet_id = chain.wallet_id JOIN wallets ON wallets.id = chain.wallet_id
    WHERE chain.status = 'success'
    WINDOW ordered AS (PARTITION BY chain.wallet_id ORDER BY chain.position)
  ) AS success CROSS JOIN LATERAL (VALUES
    ('balances after', balance_after <> follows, follows, balance_after),
    ('last balances', is_end AND is_last AND balance <> balance_after, balance_after, balance)
  ) AS found(name, is_off, expected, actual)
  WHERE (balance_after <> follows OR is_last AND balance <> balance_after) AND is_off
  UNION ALL
  SELECT 'last balances', slice.wallet_id, NULL, NULL, slice.balance::text, wallets.balance::text
  FROM slice JOIN wallets ON wallets.id = slice.wallet_id
  WHERE is_end AND slice.position > 0 AND slice.balance <> wallets.balance
    AND NOT EXISTS (SELECT FROM chain WHERE chain.wallet_id = slice.wallet_id AND status = 'success')`;

/** Each operation's time and count against those before it, and the end of each chain against the wallet's row. */
export const findChains: Check = (sql) => sql`
  SELECT name, wallet_id, transaction_id, operation_id, expected, actual
  FROM (
    SELECT chain.wallet_id, transaction_id, chain.id AS operation_id, processed_at,
      coalesce(chain.unlisted, 0) AS unlisted, chain.hash,
      lag(processed_at, 1, slice.booked_at) OVER ordered AS previous,
      slice.unlisted + count(*) FILTER (WHERE type_of(leg) IS NULL) OVER ordered AS counted,
      is_end AND lead(chain.id) OVER ordered IS NULL AS is_last,
      wallets.chain_head, wallets.booked_at, wallets.unlisted AS of_wallet
    FROM chain JOIN slice ON slice.wallet_id = chain.wallet_id JOIN wallets ON wallets.id = chain.wallet_id
    WINDOW ordered AS (PARTITION BY chain.wallet_id ORDER BY chain.position)
  ) AS read CROSS JOIN LATERAL (
    SELECT 'times of booking', processed_at < previous, 'from ' || previous, processed_at::text UNION ALL
    SELECT 'unlisted', unlisted <> counted, counted::text, unlisted::text UNION ALL
    SELECT 'chain ends', is_last AND chain_head <> hash, encode(hash, 'hex'), encode(chain_head, 'hex') UNION ALL
    SELECT 'chain ends', is_last AND booked_at IS DISTINCT FROM processed_at, processed_at::text, booked_at::text UNION ALL
    SELECT 'chain ends', is_last AND of_wallet <> counted, counted || ' unlisted', of_wallet || ' unlisted'
  ) AS found(name, is_off, expected, actual)
  WHERE is_off
  UNION ALL
  SELECT 'chain ends', slice.wallet_id, NULL, NULL, state_of.expected, state_of.actual
  FROM slice JOIN wallets ON wallets.id = slice.wallet_id CROSS JOIN LATERAL (VALUES (
    concat_ws(' ', encode(slice.hash, 'hex'), slice.booked_at, slice.unlisted, 'unlisted'),
    concat_ws(' ', encode(wallets.chain_head, 'hex'), wallets.booked_at, wallets.unlisted, 'unlisted')
  )) AS state_of(expected, actual)
  WHERE is_end AND state_of.expected <> state_of.actual
    AND NOT EXISTS (SELECT FROM chain WHERE chain.wallet_id = slice.wallet_id)`;

/** Operations that were checked before, the last of each wallet: whoever changed an earlier one had to change its hash. */
export const findChecked: Check = (sql) => sql`
  SELECT 'checked before' AS name, checked.wallet_id, operations.transaction_id, operations.id AS operation_id,
    encode(checked.hash, 'hex') AS expected, coalesce(encode(operations.hash, 'hex'), 'none') AS actual
  FROM book_checks AS checked LEFT JOIN operations
    ON operations.wallet_id = checked.wallet_id AND operations.position = checked.position
  WHERE checked.position > 0 AND checked.hash IS DISTINCT FROM operations.hash`;
