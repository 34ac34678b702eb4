import { parseDetails } from '../details/read.ts';
import { known } from '../ledger/known.ts';
import { type DeclineReason, isLinked, type TransactionStatus } from '../ledger/leg.ts';
import { array, type Statements } from '../postgres/database.ts';
import type { Details } from '../wire/details.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime, shownTimeOrNull } from '../wire/time.ts';
import { leftOf, type OperationRow, type OperationView, operationColumns, toView } from './operation-view.ts';

/** A transaction as callers see it. */
export interface TransactionView extends Details {
  readonly TransactionId: string;
  readonly Status: TransactionStatus;
  readonly Reason: DeclineReason | null;
  /** What was left of the limit or of the money that it was declined for, in the currency of the wallet that declined it. */
  readonly Available: bigint | null;
  /** When the limit is free again, if it is one of a day or a month. */
  readonly FreeAt: string | null;
  readonly Operations: readonly OperationView[];
  readonly CreatedAt: string;
  /** When its last leg was settled; null while one is pending. */
  readonly ProcessedAt: string | null;
  /** On a refund: the transaction that it gives back, in whole or in part. */
  readonly RefundOf?: string;
  /** On a linked transaction, or a refund of one. */
  readonly Kind?: 'linked' | 'refund';
  /** On a linked transaction that was declined: the number of the transfer that failed, from 1 on. */
  readonly DeclinedNumber?: number;
}

/** @returns the transaction with its legs in order, or a refusal if it is unknown */
export async function getTransaction(
  sql: Statements,
  transactionId: string,
): Promise<Result<TransactionView>> {
  const found = await readTransactions(sql, [transactionId]);
  // Ids are told in small letters, and may be asked for in capital ones.
  const transaction = found.get(transactionId.toLowerCase());
  return transaction === undefined
    ? refused('transaction_not_found', `no transaction with id: ${transactionId}`)
    : ok(transaction);
}

/** @returns the transactions that are known, by their ids */
export async function readTransactions(
  sql: Statements,
  transactionIds: readonly string[],
): Promise<ReadonlyMap<string, TransactionView>> {
  const legs = await readLegs(sql, transactionIds);
  return new Map(Array.from(legs, ([id, ofOne]) => [id, viewOf(ofOne)]));
}

/** @returns the legs of the transactions that are known, in order, by the transactions' ids; also those about holds alone */
export async function readLegs(
  sql: Statements,
  transactionIds: readonly string[],
): Promise<ReadonlyMap<string, readonly LegRow[]>> {
  const legs = await sql<LegRow[]>`
    SELECT ${operationColumns(sql, sql`legs`)}, refund_of AS "refundOf" FROM legs
    WHERE transaction_id = ANY (${array(transactionIds)}::uuid[]) ORDER BY id`;
  return Map.groupBy(legs, (leg) => leg.transactionId);
}

/** A leg with what tells the kind of its transaction. */
export type LegRow = OperationRow & { readonly refundOf: string | null };

/** A transaction by its legs, of which it has at least one. */
export function viewOf(legs: readonly LegRow[]): TransactionView {
  const first = known(legs[0], 'leg of a transaction');
  const Status = statusOf(legs);
  const declined = legs.find(isCause);
  const isTerminal = Status === 'success' || Status === 'decline';
  return {
    TransactionId: first.transactionId,
    Status,
    Reason: reasonOf(legs),
    ...(declined === undefined ? { Available: null, FreeAt: null } : leftOf(declined)),
    Operations: legs.filter(({ type }) => type !== null).map((leg) => toView({ ...leg, details: null })),
    CreatedAt: shownTime(first.createdAt),
    ProcessedAt: isTerminal ? shownTimeOrNull(legs.at(-1)?.processedAt ?? null) : null,
    ...(first.refundOf === null ? {} : { RefundOf: first.refundOf }),
    ...(isLinked(first) ? linkedView(first, declined) : {}),
    ...parseDetails<Details>(first.details),
  };
}

/** Whether a leg is why its transaction was declined: the others of a linked transaction are declined because of it. */
const isCause = ({ status, reason }: Pick<OperationRow, 'status' | 'reason'>): boolean =>
  status === 'decline' && reason !== 'linked_declined';

/** What a linked transaction says besides. */
const linkedView = (first: LegRow, declined: LegRow | undefined) => ({
  Kind: first.refundOf === null ? ('linked' as const) : ('refund' as const),
  ...(declined === undefined ? {} : { DeclinedNumber: declined.number }),
});

/** The same of a transaction that is known to be there. */
export async function showTransaction(sql: Statements, transactionId: string): Promise<TransactionView> {
  const result = await getTransaction(sql, transactionId);
  if (!result.ok) throw new Error(`transaction ${transactionId} is gone`);
  return result.value;
}

/** Why a transaction was declined; that of a payout that was held may be that its caller cancelled it. */
function reasonOf(legs: readonly Pick<OperationRow, 'leg' | 'status' | 'reason'>[]): DeclineReason | null {
  const last = legs.at(-1);
  if (last?.leg === 'payout_cancel' && last.status === 'success') return 'cancelled';
  return legs.find(isCause)?.reason ?? null;
}

/**
 * The status that a transaction's legs add up to: a transfer that paid its money back is a decline, and so is a payout that was
 * cancelled. A payout that is held goes on once it is confirmed or cancelled. The legs of a linked transaction have one status.
 */
export function statusOf(legs: readonly Pick<OperationRow, 'leg' | 'status'>[]): TransactionStatus {
  const last = legs.at(-1);
  if (last === undefined) throw new Error('a transaction has at least one leg');
  // All of its legs are settled together.
  if (isLinked(last)) return last.status;
  if (last.status === 'new') return legs.length === 1 ? 'new' : 'processing';
  if (last.status === 'decline') return 'decline';
  if (last.leg === 'payout_hold') return 'processing';
  return last.leg === 'return' || last.leg === 'payout_cancel' ? 'decline' : 'success';
}
