import type { Statements } from '../postgres/database.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { type Accepted, type Identity, recorded } from './accepted.ts';

export interface Refund {
  readonly TransactionId: string;
  /** In the transaction's own currency; what is left of it by default. */
  readonly Amount?: bigint | undefined;
}

interface RefundRow {
  readonly isKnown: boolean;
  readonly walletId: bigint | null;
  readonly group: number | null;
  readonly left: bigint | null;
  readonly operationId: bigint | null;
}

/**
 * Records a refund as a pending operation of whoever got the money: a payout for a receipt, a debit for a transfer.
 * The part is reserved in the same statement, so that the refunds of a transaction never exceed it.
 *
 * @returns a refusal where there is no such transaction, it did not succeed, or less than that is left of it
 */
export async function acceptRefund(
  sql: Statements,
  refund: Refund,
  identity: Identity,
): Promise<Result<Accepted>> {
  const asked = refund.Amount ?? null;
  const [row] = await sql<RefundRow[]>`
    WITH paid AS (
      SELECT wallet_id, counterparty_id, amount, currency, leg FROM operations
      WHERE transaction_id = ${refund.TransactionId}::uuid AND leg IN ('receipt', 'credit')
        AND status = 'success' AND refund_of IS NULL
    ), reserved AS (
      INSERT INTO refund_totals AS total (transaction_id, amount, refunded, latest)
      SELECT ${refund.TransactionId}::uuid, amount, coalesce(${asked}, amount), coalesce(${asked}, amount)
      FROM paid WHERE coalesce(${asked}, amount) <= amount
      ON CONFLICT (transaction_id) DO UPDATE
        SET refunded = total.refunded + coalesce(${asked}, total.amount - total.refunded),
          latest = coalesce(${asked}, total.amount - total.refunded)
        WHERE total.refunded < total.amount
          AND coalesce(${asked}, total.amount - total.refunded) <= total.amount - total.refunded
      RETURNING latest
    ), operation AS (
      INSERT INTO operations
        (transaction_id, leg, wallet_id, counterparty_id, amount, currency, refund_of, correlation_id)
      SELECT ${identity.transactionId}::uuid,
        CASE leg WHEN 'receipt' THEN 'payout'::operation_leg ELSE 'debit'::operation_leg END,
        wallet_id, counterparty_id, latest, currency, ${refund.TransactionId}::uuid, ${identity.correlationId}
      FROM paid, reserved RETURNING id
    )
    SELECT EXISTS (SELECT FROM operations WHERE transaction_id = ${refund.TransactionId}::uuid) AS "isKnown",
      (SELECT wallet_id FROM paid) AS "walletId",
      (SELECT wallet_group FROM wallets WHERE id = (SELECT wallet_id FROM paid)) AS group,
      (SELECT paid.amount - coalesce(total.refunded, 0) FROM paid LEFT JOIN refund_totals AS total
        ON total.transaction_id = ${refund.TransactionId}::uuid) AS left,
      (SELECT id FROM operation) AS "operationId"`;
  if (!row?.isKnown)
    return refused('transaction_not_found', `no transaction with id: ${refund.TransactionId}`);
  if (row.walletId === null || row.group === null) {
    return refused('not_refundable', 'only a receipt or a transfer that succeeded can be refunded');
  }
  if (row.operationId === null) {
    return refused('refund_exceeds_transaction', `less than that is left of the transaction: ${row.left}`);
  }
  return ok(recorded(row.walletId, row.group, row.operationId, identity));
}
