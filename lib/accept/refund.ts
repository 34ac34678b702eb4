import { detailParts, type FirstRow } from '../details/record.ts';
import { storedCorrelation } from '../postgres/correlation.ts';
import type { Statements } from '../postgres/database.ts';
import type { Details } from '../wire/details.ts';
import { ok, type Result, referenceTaken, refused } from '../wire/refusal.ts';
import { type Accepted, type Identity, recorded } from './accepted.ts';

export interface Refund extends Details {
  readonly TransactionId: string;
  /** In the transaction's currency; by default all that is left to refund. */
  readonly Amount?: bigint | undefined;
}

export interface RefundRow extends FirstRow {
  readonly isKnown: boolean;
  readonly walletId: bigint | null;
  readonly group: number | null;
  readonly left: bigint | null;
  readonly operationId: bigint | null;
  readonly isLinked: boolean;
}

/**
 * Records a refund as a pending operation of the wallet that got the money: a payout for a receipt, a debit for a
 * transfer. A linked transaction is given back whole, by one that is linked as well, with its transfers in reverse. The amount is
 * reserved in the same statement, so that the refunds of a transaction never exceed it.
 *
 * @returns a refusal if the transaction is unknown, did not succeed, or less than the amount is left to refund, or if the reference
 *   was given before
 */
export async function acceptRefund(
  sql: Statements,
  refund: Refund,
  identity: Identity,
): Promise<Result<Accepted>> {
  const requested = refund.Amount ?? null;
  const { first, isFree, kept, column, value, answer } = detailParts(sql, refund, identity);
  const [row] = await sql<RefundRow[]>`
    WITH ${first}paid AS MATERIALIZED (
      SELECT wallet_id, counterparty_id, amount, currency, leg, number, linked_legs, max(number) OVER () AS numbers FROM operations
      WHERE transaction_id = ${refund.TransactionId}::uuid AND leg IN ('receipt', 'credit', 'linked_receipt', 'linked_credit')
        AND status = 'success' AND refund_of IS NULL
    ), whole AS MATERIALIZED (
      -- The last transfer of a linked transaction is the first to be given back: all of them, as 1 of 1.
      SELECT wallet_id, (SELECT wallet_group FROM wallets WHERE id = wallet_id) AS wallet_group, number > 0 AS is_linked,
        CASE number WHEN 0 THEN amount ELSE 1 END AS amount
      FROM paid WHERE number = numbers
    ), reserved AS (
      INSERT INTO refund_totals AS total (transaction_id, amount, refunded, latest)
      SELECT ${refund.TransactionId}::uuid, amount, coalesce(${requested}, amount), coalesce(${requested}, amount)
      FROM whole WHERE coalesce(${requested}, amount) <= amount AND NOT (is_linked AND ${requested}::bigint IS NOT NULL) ${isFree}
      ON CONFLICT (transaction_id) DO UPDATE
        SET refunded = total.refunded + coalesce(${requested}, total.amount - total.refunded),
          latest = coalesce(${requested}, total.amount - total.refunded)
        WHERE total.refunded < total.amount
          AND coalesce(${requested}, total.amount - total.refunded) <= total.amount - total.refunded
      RETURNING latest
    )${kept(sql`reserved`)}, base AS MATERIALIZED (
      SELECT nextval('operation_ids') AS id, latest FROM reserved
    ), operation AS (
      INSERT INTO pending_operations (id, wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, refund_of,
        correlation_id, number, linked_legs${column})
      SELECT base.id + 2 * (numbers - paid.number) + part, made.wallet_id, (SELECT wallet_group FROM wallets WHERE id = made.wallet_id),
        ${identity.transactionId}::uuid, made.leg::operation_leg, made.counterparty_id,
        CASE paid.number WHEN 0 THEN latest ELSE paid.amount END, paid.currency, ${refund.TransactionId}::uuid,
        ${storedCorrelation(sql, identity.correlationId, sql`${identity.transactionId}::uuid`)},
        CASE paid.number WHEN 0 THEN 0 ELSE numbers + 1 - paid.number END, linked_legs${value}
      FROM base, paid CROSS JOIN LATERAL (VALUES
        (0, paid.wallet_id, paid.counterparty_id, CASE paid.leg WHEN 'receipt' THEN 'payout' WHEN 'credit' THEN 'debit'
          WHEN 'linked_receipt' THEN 'linked_payout' ELSE 'linked_debit' END),
        (1, paid.counterparty_id, paid.wallet_id, 'linked_credit')
      ) AS made(part, wallet_id, counterparty_id, leg)
      WHERE part = 0 OR paid.leg = 'linked_credit'
    )
    SELECT EXISTS (SELECT FROM legs WHERE transaction_id = ${refund.TransactionId}::uuid) AS "isKnown",
      (SELECT wallet_id FROM whole) AS "walletId", (SELECT wallet_group FROM whole) AS group,
      coalesce((SELECT is_linked FROM whole), false) AS "isLinked",
      (SELECT whole.amount - coalesce(total.refunded, 0) FROM whole LEFT JOIN refund_totals AS total
        ON total.transaction_id = ${refund.TransactionId}::uuid) AS left,
      (SELECT id FROM base) AS "operationId"${answer}`;
  return resultOf(refund, row, identity);
}

/** What became of a refund: accepted, or why not. */
export function resultOf(refund: Refund, row: RefundRow | undefined, identity: Identity): Result<Accepted> {
  if (!row?.isKnown)
    return refused('transaction_not_found', `no transaction with id: ${refund.TransactionId}`);
  if (row.walletId === null || row.group === null) {
    return refused(
      'not_refundable',
      'only a receipt, a transfer or a linked transaction that succeeded can be refunded',
    );
  }
  if (row.firstId) return referenceTaken({ FirstTransactionId: row.firstId });
  if (row.isLinked && refund.Amount !== undefined) {
    return refused('not_refundable', 'a linked transaction is refunded as a whole: leave out Amount');
  }
  if (row.operationId === null && row.isLinked) {
    return refused('refund_exceeds_transaction', 'the linked transaction was refunded already');
  }
  if (row.operationId === null) {
    return refused('refund_exceeds_transaction', `less than that is left of the transaction: ${row.left}`);
  }
  return ok(recorded(row.walletId, row.group, row.operationId, identity));
}
