import type { DeclineReason, OperationStatus } from '../ledger/leg.ts';
import type { Statements } from '../postgres/database.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { type OperationRow, type OperationView, operationColumns, toView } from './operations.ts';

export type TransactionStatus = OperationStatus | 'processing';

/** A transaction as callers see it. */
export interface TransactionView {
  readonly TransactionId: string;
  readonly Status: TransactionStatus;
  readonly Reason: DeclineReason | null;
  readonly Operations: readonly OperationView[];
  readonly CreatedAt: string;
  /** When its last leg was settled; null while one is pending. */
  readonly ProcessedAt: string | null;
  /** On a refund: the transaction that it gives back, in whole or in part. */
  readonly RefundOf?: string;
}

/** @returns the transaction with its legs in order, or a refusal where there is none */
export async function getTransaction(
  sql: Statements,
  transactionId: string,
): Promise<Result<TransactionView>> {
  const rows = await sql<(OperationRow & { refund_of: string | null })[]>`
    SELECT ${operationColumns(sql)}, refund_of FROM operations WHERE transaction_id = ${transactionId}::uuid ORDER BY id`;
  const [first] = rows;
  if (first === undefined)
    return refused('transaction_not_found', `no transaction with id: ${transactionId}`);
  const Status = statusOf(rows);
  const isTerminal = Status === 'success' || Status === 'decline';
  return ok({
    TransactionId: first.transaction_id,
    Status,
    Reason: rows.find(({ status }) => status === 'decline')?.reason ?? null,
    Operations: rows.filter(({ type }) => type !== null).map(toView),
    CreatedAt: first.created_at,
    ProcessedAt: isTerminal ? (rows.at(-1)?.processed_at ?? null) : null,
    ...(first.refund_of === null ? {} : { RefundOf: first.refund_of }),
  });
}

/** The status that a transaction's legs add up to: a transfer that paid its money back is a decline. */
export function statusOf(legs: readonly Pick<OperationRow, 'leg' | 'status'>[]): TransactionStatus {
  const last = legs.at(-1);
  if (last === undefined) throw new Error('a transaction has at least one leg');
  if (last.status === 'new') return legs.length === 1 ? 'new' : 'processing';
  return last.status === 'success' && last.leg === 'return' ? 'decline' : last.status;
}
