import { MAX_AMOUNT } from '../ledger/money.ts';
import type { Check } from './check.ts';

// Sums are numeric, as tampered rows may exceed 64 bits.

/** Each wallet's row against its operations and holds. */
export const findWallets: Check = (sql) => sql`
  WITH journal AS (
    SELECT wallet_id, sum(CASE type WHEN 'in' THEN wallet_amount WHEN 'out' THEN -wallet_amount END)
      FILTER (WHERE status = 'success') AS amount
    FROM operations GROUP BY wallet_id
  ), reserved AS (
    SELECT wallet_id, sum(amount) AS amount FROM holds WHERE status = 'active' GROUP BY wallet_id
  ), coming_back AS (
    SELECT CASE leg WHEN 'credit' THEN counterparty_id ELSE wallet_id END AS wallet_id,
      sum(CASE leg WHEN 'credit' THEN origin_amount ELSE amount END) AS amount
    FROM operations WHERE status = 'new' AND leg IN ('credit', 'return') GROUP BY 1
  ), read AS (
    SELECT coalesce(wallets.id, journal.wallet_id) AS wallet_id, wallets.id IS NULL AS is_missing,
      balance, held, returnable, coalesce(journal.amount, 0) AS sum, coalesce(reserved.amount, 0) AS reserved,
      coalesce(coming_back.amount, 0) AS coming_back
    FROM wallets FULL JOIN journal ON journal.wallet_id = wallets.id
      LEFT JOIN reserved ON reserved.wallet_id = wallets.id
      LEFT JOIN coming_back ON coming_back.wallet_id = wallets.id
  )
  SELECT name, wallet_id, NULL::uuid AS transaction_id, NULL::bigint AS operation_id, expected, actual
  FROM read CROSS JOIN LATERAL (VALUES
    ('wallets', is_missing, 'wallet ' || wallet_id, 'none'),
    ('balances', balance <> sum, sum::text, balance::text),
    ('held', held <> reserved, reserved::text, held::text),
    ('room for returns', returnable < coming_back, 'at least ' || coming_back, returnable::text),
    ('room for returns', balance::numeric + returnable > ${MAX_AMOUNT}::bigint,
      'at most ' || ${MAX_AMOUNT}::bigint - balance, returnable::text)
  ) AS found(name, is_off, expected, actual)
  WHERE is_off`;

/** Wallets whose operations are not numbered from 1 to the chain's length, with the first one out of place. */
export const findPositions: Check = (sql) => sql`
  SELECT 'positions' AS name, id AS wallet_id, transaction_id, operation_id,
    coalesce(number, chain_length)::text AS expected, coalesce(position, settled)::text AS actual
  FROM (
    SELECT wallets.id, chain_length, coalesce(settled, 0) AS settled
    FROM wallets LEFT JOIN (
      SELECT wallet_id, count(*) AS settled, max(position) AS last FROM operations
      WHERE status <> 'new' GROUP BY wallet_id
    ) AS journal ON wallet_id = wallets.id
    WHERE chain_length <> coalesce(settled, 0) OR chain_length <> coalesce(last, 0)
  ) AS uneven LEFT JOIN LATERAL (
    SELECT * FROM (
      SELECT id AS operation_id, transaction_id, position, row_number() OVER (ORDER BY position) AS number
      FROM operations WHERE wallet_id = uneven.id AND position IS NOT NULL
    ) AS numbered WHERE position <> number ORDER BY position LIMIT 1
  ) AS gap ON true`;

/** The balance after each success against the previous one, and each wallet's balance against the last. */
export const findBalancesAfter: Check = (sql) => sql`
  SELECT name, wallet_id, transaction_id, operation_id, expected::text AS expected, actual::text AS actual
  FROM (
    SELECT wallet_id, transaction_id, operations.id AS operation_id, balance_after, balance,
      lag(balance_after, 1, 0::bigint) OVER chain::numeric
        + CASE type WHEN 'in' THEN wallet_amount WHEN 'out' THEN -wallet_amount ELSE 0 END AS follows,
      lead(operations.id) OVER chain IS NULL AS is_last
    FROM operations JOIN wallets ON wallets.id = wallet_id
    WHERE operations.status = 'success'
    WINDOW chain AS (PARTITION BY wallet_id ORDER BY position)
  ) AS success CROSS JOIN LATERAL (VALUES
    ('balances after', balance_after <> follows, follows, balance_after),
    ('last balances', is_last AND balance <> balance_after, balance_after, balance)
  ) AS found(name, is_off, expected, actual)
  WHERE (balance_after <> follows OR is_last AND balance <> balance_after) AND is_off`;
