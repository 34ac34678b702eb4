import type { Fragment } from 'postgres';
import { MAX_ID } from '../ledger/id.ts';
import type { Statements } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';

/*
 * What the checks read, by name: everything, or a portion. `slice` says which part of a wallet's chain is checked, and the
 * state before it; `chain` are the operations there; `legs` are all legs of their transactions. In a portion, the names of
 * tables stand for the rows that it needs, each found by a key.
 */

/** The state of a wallet after one of its operations; at its beginning all of it is nothing. */
export interface WalletState {
  readonly walletId: bigint;
  readonly position: bigint;
  readonly balance: bigint;
  /** What active holds reserved. */
  readonly held: bigint;
  /** What left the wallet on the UTC day of `bookedAt` and in its month, refunds aside. */
  readonly spentDay: bigint;
  readonly spentMonth: bigint;
  readonly unlisted: bigint;
  /** Hexadecimal; empty at the beginning. */
  readonly hash: string;
  /** Null at the beginning. */
  readonly bookedAt: string | null;
}

/** A part of a wallet's chain: what comes after a state that is known. */
export interface Slice extends WalletState {
  /** Up to this position. */
  readonly upTo: bigint;
  /** Whether the chain ends there, by the wallet's row: then the two are compared. */
  readonly isEnd: boolean;
}

/** The relations of everything, for the beginning of a statement. */
export const everything = (sql: Statements): Fragment => sql`
  WITH slice AS NOT MATERIALIZED (
    SELECT id AS wallet_id, 0::bigint AS position, 0::bigint AS balance, 0::numeric AS held, 0::numeric AS spent_day,
      0::numeric AS spent_month, 0::bigint AS unlisted, ''::bytea AS hash, NULL::timestamptz AS booked_at, chain_length AS upto, true AS is_end
    FROM wallets
  ), chain AS NOT MATERIALIZED (SELECT * FROM operations),
  transit AS NOT MATERIALIZED (
    SELECT transaction_id, operation_id, currency, amount FROM ledger_entries WHERE account = 'transit'
  ),
  hold_legs AS NOT MATERIALIZED (SELECT * FROM legs WHERE hold_id IS NOT NULL),
  refund_legs AS NOT MATERIALIZED (SELECT * FROM legs WHERE refund_of IS NOT NULL),
  paid_legs AS NOT MATERIALIZED (SELECT * FROM legs)`;

/**
 * The relations of a portion, for the beginning of a statement: slices of chains, and all that belongs to the transactions
 * of their operations and to the others that are named. A LATERAL with an OFFSET is one look into an index for each row.
 *
 * @param transactionIds others that are checked, too
 */
export const portion = (
  sql: Statements,
  slices: readonly Slice[],
  transactionIds: readonly { readonly id: string }[],
): Fragment => sql`
  WITH slice AS MATERIALIZED (
    SELECT wallet_id, position, balance, held, spent_day, spent_month, unlisted, decode(hash, 'hex') AS hash,
      booked_at::timestamptz, upto,
      is_end = 1 AS is_end
    FROM ${sliceRows(sql, slices)}
  ), chain AS MATERIALIZED (
    -- One more than there should be, so that it is seen.
    SELECT next.* FROM slice CROSS JOIN LATERAL (
      SELECT * FROM operations WHERE operations.wallet_id = slice.wallet_id AND operations.position > slice.position
        AND (slice.is_end OR operations.position <= slice.upto)
      ORDER BY operations.position LIMIT greatest(slice.upto - slice.position, 0) + 1
    ) AS next
  ), touched AS MATERIALIZED (
    SELECT transaction_id FROM chain
    UNION SELECT id FROM ${rows(sql, 'named', transactionIds, { id: ['uuid', ({ id }) => id] })}
  ), legs AS MATERIALIZED (
    SELECT leg.* FROM touched CROSS JOIN LATERAL (
      SELECT * FROM public.legs WHERE legs.transaction_id = touched.transaction_id OFFSET 0) AS leg
  ), ${detailsOfTouched(sql)}, wallets AS MATERIALIZED (
    SELECT wallet.* FROM (SELECT wallet_id FROM slice UNION SELECT wallet_id FROM legs) AS named CROSS JOIN LATERAL (
      SELECT * FROM wallets WHERE id = named.wallet_id OFFSET 0) AS wallet
  ), book_checks AS MATERIALIZED (
    SELECT checked.* FROM slice CROSS JOIN LATERAL (
      SELECT * FROM book_checks WHERE book_checks.wallet_id = slice.wallet_id OFFSET 0) AS checked
  ), ${rulesOfSlices(sql)}, ledger_entries AS MATERIALIZED (
    SELECT entry.* FROM chain CROSS JOIN LATERAL (
      SELECT * FROM ledger_entries AS entry
      WHERE entry.wallet_id = chain.wallet_id AND entry.position = chain.position OFFSET 0) AS entry
  ), transit AS MATERIALIZED (
    -- The account of the view: reading the view for all legs would take half of the portion's time.
    SELECT transaction_id, id AS operation_id, currency, CASE type WHEN 'in' THEN -amount ELSE amount END AS amount
    FROM legs WHERE status = 'success' AND leg IN ('debit', 'capture', 'part_capture', 'credit', 'return', 'linked_debit', 'linked_credit')
    UNION ALL
    SELECT transaction_id, id, declined.currency, declined.amount
    FROM legs CROSS JOIN LATERAL (VALUES (currency, -amount), (origin_currency, origin_amount)) AS declined(currency, amount)
    WHERE leg = 'credit' AND status = 'decline'
  ), holds AS MATERIALIZED (
    SELECT hold.* FROM (SELECT DISTINCT hold_id FROM legs WHERE hold_id IS NOT NULL) AS named CROSS JOIN LATERAL (
      SELECT * FROM holds WHERE holds.id = named.hold_id OFFSET 0) AS hold
  ), hold_legs AS MATERIALIZED (
    SELECT leg.* FROM (
      SELECT wallet_id, hold_id FROM legs WHERE hold_id IS NOT NULL UNION SELECT wallet_id, id FROM holds
    ) AS named CROSS JOIN LATERAL (
      SELECT * FROM public.legs WHERE legs.wallet_id = named.wallet_id AND legs.hold_id = named.hold_id OFFSET 0) AS leg
  ), refund_totals AS MATERIALIZED (
    SELECT total.* FROM (
      SELECT transaction_id FROM touched UNION SELECT refund_of FROM legs WHERE refund_of IS NOT NULL
    ) AS named CROSS JOIN LATERAL (
      SELECT * FROM refund_totals AS total WHERE total.transaction_id = named.transaction_id OFFSET 0) AS total
  ), refunded AS MATERIALIZED (
    SELECT transaction_id FROM refund_totals UNION SELECT refund_of FROM legs WHERE refund_of IS NOT NULL
  ), refund_legs AS MATERIALIZED (
    SELECT leg.* FROM refunded CROSS JOIN LATERAL (
      SELECT * FROM public.legs WHERE legs.refund_of = refunded.transaction_id OFFSET 0) AS leg
  ), paid_legs AS MATERIALIZED (
    SELECT leg.* FROM refunded CROSS JOIN LATERAL (
      SELECT * FROM public.legs WHERE legs.transaction_id = refunded.transaction_id OFFSET 0) AS leg
  ), currency_rates AS MATERIALIZED (
    SELECT known.* FROM (
      SELECT currency AS name, currency_rate AS rate FROM legs WHERE status = 'success' UNION
      SELECT wallets.currency, wallet_rate FROM legs JOIN wallets ON wallets.id = wallet_id WHERE status = 'success'
    ) AS used CROSS JOIN LATERAL (
      SELECT * FROM currency_rates WHERE currency_rates.name = used.name AND currency_rates.rate = used.rate LIMIT 1
    ) AS known
  )`;

const detailsOfTouched = (sql: Statements): Fragment => sql`
  transaction_details AS MATERIALIZED (
    SELECT details.* FROM touched CROSS JOIN LATERAL (
      SELECT transaction_id FROM transaction_details AS details
      WHERE details.transaction_id = touched.transaction_id OFFSET 0) AS details
    )`;

/** The changes of the wallets of slices, and their limits. */
const rulesOfSlices = (sql: Statements): Fragment => sql`
  wallet_changes AS MATERIALIZED (
    SELECT change.* FROM slice CROSS JOIN LATERAL (
      SELECT * FROM wallet_changes WHERE wallet_changes.wallet_id = slice.wallet_id OFFSET 0) AS change
  ), wallet_limits AS MATERIALIZED (
    SELECT limits.* FROM slice CROSS JOIN LATERAL (
      SELECT * FROM wallet_limits WHERE wallet_limits.wallet_id = slice.wallet_id OFFSET 0) AS limits
  )`;

/** How many wallets come next, and up to which id: to the last of all ids, if no others follow. */
export async function nextWallets(
  sql: Statements,
  after: bigint,
  limit: number,
): Promise<{ readonly wallets: number; readonly upTo: bigint }> {
  const [page] = await sql<{ wallets: number; last: bigint | null }[]>`
    SELECT count(*)::float8 AS wallets, max(id) AS last
    FROM (SELECT id FROM wallets WHERE id > ${after} ORDER BY id LIMIT ${limit}) AS page`;
  const { wallets = 0, last = null } = page ?? {};
  return { wallets, upTo: last === null || wallets < limit ? MAX_ID : last };
}

/** The relations of a range of wallets, for the checks that are about wallets alone. */
export const range = (sql: Statements, after: bigint, upTo: bigint): Fragment => sql`
  WITH wallets AS MATERIALIZED (
    SELECT * FROM wallets WHERE id > ${after} AND id <= ${upTo}
  ), wallet_changes AS MATERIALIZED (
    SELECT * FROM wallet_changes WHERE wallet_id > ${after} AND wallet_id <= ${upTo}
  ), wallet_limits AS MATERIALIZED (
    SELECT * FROM wallet_limits WHERE wallet_id > ${after} AND wallet_id <= ${upTo}
  ), holds AS MATERIALIZED (
    SELECT * FROM holds WHERE status = 'active' AND wallet_id > ${after} AND wallet_id <= ${upTo}
  ), pending_operations AS MATERIALIZED (
    SELECT * FROM pending_operations WHERE leg = 'credit' AND counterparty_id > ${after} AND counterparty_id <= ${upTo}
    UNION ALL
    SELECT * FROM pending_operations WHERE leg = 'return' AND wallet_id > ${after} AND wallet_id <= ${upTo}
  )`;

/** Slices as rows of a statement. */
export const sliceRows = (sql: Statements, slices: readonly Slice[]): Fragment =>
  rows(sql, 'slice', slices, {
    wallet_id: ['bigint', ({ walletId }) => walletId],
    position: ['bigint', ({ position }) => position],
    balance: ['bigint', ({ balance }) => balance],
    held: ['numeric', ({ held }) => held],
    spent_day: ['numeric', ({ spentDay }) => spentDay],
    spent_month: ['numeric', ({ spentMonth }) => spentMonth],
    unlisted: ['bigint', ({ unlisted }) => unlisted],
    hash: ['text', ({ hash }) => hash],
    booked_at: ['text', ({ bookedAt }) => bookedAt],
    upto: ['bigint', ({ upTo }) => upTo],
    is_end: ['integer', ({ isEnd }) => (isEnd ? 1 : 0)],
  });
