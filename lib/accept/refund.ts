import { detailParts, type FirstRow } from '../details/record.ts';
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
}

/**
 * Records a refund as a pending operation of the wallet that got the money: a payout for a receipt, a debit for a
 * transfer. The amount is reserved in the same statement, so that the refunds of a transaction never exceed it.
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
    WITH ${first}paid AS (
      SELECT wallet_id, counterparty_id, amount, currency, leg FROM operations
      WHERE transaction_id = ${refund.TransactionId}::uuid AND leg IN ('receipt', 'credit')
        AND status = 'success' AND refund_of IS NULL
    ), reserved AS (
      INSERT INTO refund_totals AS total (transaction_id, amount, refunded, latest)
      SELECT ${refund.TransactionId}::uuid, amount, coalesce(${requested}, amount), coalesce(${requested}, amount)
      FROM paid WHERE coalesce(${requested}, amount) <= amount ${isFree}
      ON CONFLICT (transaction_id) DO UPDATE
        SET refunded = total.refunded + coalesce(${requested}, total.amount - total.refunded),
          latest = coalesce(${requested}, total.amount - total.refunded)
        WHERE total.refunded < total.amount
          AND coalesce(${requested}, total.amount - total.refunded) <= total.amount - total.refunded
      RETURNING latest
    )${kept(sql`reserved`)}, operation AS (
      INSERT INTO pending_operations
        (wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, refund_of, correlation_id${column})
      SELECT wallet_id, wallet_group, ${identity.transactionId}::uuid,
        CASE leg WHEN 'receipt' THEN 'payout'::operation_leg ELSE 'debit'::operation_leg END,
        counterparty_id, latest, paid.currency, ${refund.TransactionId}::uuid, ${identity.correlationId}${value}
      FROM paid JOIN wallets ON wallets.id = wallet_id, reserved RETURNING id
    )
    SELECT EXISTS (SELECT FROM legs WHERE transaction_id = ${refund.TransactionId}::uuid) AS "isKnown",
      (SELECT wallet_id FROM paid) AS "walletId",
      (SELECT wallet_group FROM wallets WHERE id = (SELECT wallet_id FROM paid)) AS group,
      (SELECT paid.amount - coalesce(total.refunded, 0) FROM paid LEFT JOIN refund_totals AS total
        ON total.transaction_id = ${refund.TransactionId}::uuid) AS left,
      (SELECT id FROM operation) AS "operationId"${answer}`;
  return resultOf(refund, row, identity);
}

/** What became of a refund: accepted, or why not. */
export function resultOf(refund: Refund, row: RefundRow | undefined, identity: Identity): Result<Accepted> {
  if (!row?.isKnown)
    return refused('transaction_not_found', `no transaction with id: ${refund.TransactionId}`);
  if (row.walletId === null || row.group === null) {
    return refused('not_refundable', 'only a receipt or a transfer that succeeded can be refunded');
  }
  if (row.firstId) return referenceTaken({ FirstTransactionId: row.firstId });
  if (row.operationId === null) {
    return refused('refund_exceeds_transaction', `less than that is left of the transaction: ${row.left}`);
  }
  return ok(recorded(row.walletId, row.group, row.operationId, identity));
}
