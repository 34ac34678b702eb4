import type { Fragment } from 'postgres';
import { parseDetails, transactionDetails } from '../details/read.ts';
import type { DeclineReason, Leg, OperationStatus, OperationType } from '../ledger/leg.ts';
import { freeAt } from '../ledger/limits.ts';
import type { Statements } from '../postgres/database.ts';
import type { Details } from '../wire/details.ts';
import { shownTime, shownTimeOrNull } from '../wire/time.ts';

/** An operation as callers see it: amounts in millionths of a unit, times in RFC 3339. */
export interface OperationView extends Details {
  /** Its number among the wallet's operations, in the order of booking; null while it is pending. */
  readonly Position: bigint | null;
  readonly Type: OperationType;
  /** As the caller named it, in Currency. */
  readonly Amount: bigint;
  readonly Currency: string;
  readonly CreatedAt: string;
  readonly Status: OperationStatus;
  readonly Reason: DeclineReason | null;
  /** What was left of the limit or of the money that it was declined for, in the wallet's currency. */
  readonly Available: bigint | null;
  /** When the limit is free again, if it is one of a day or a month. */
  readonly FreeAt: string | null;
  readonly TransactionId: string;
  readonly WalletId: bigint;
  readonly CounterpartyId: bigint | null;
  /** Added or taken, in the wallet's currency. */
  readonly WalletAmount: bigint | null;
  readonly BalanceAfter: bigint | null;
  readonly ProcessedAt: string | null;
  /** On an operation of a linked transaction: the number of its transfer, from 1 on. */
  readonly Number?: number;
}

/** A row of the view `legs`, or of one of its tables. */
export interface OperationRow {
  readonly id: bigint;
  readonly position: bigint | null;
  readonly type: OperationType;
  readonly leg: Leg;
  readonly amount: bigint;
  readonly currency: string;
  readonly createdAt: string;
  readonly status: OperationStatus;
  readonly reason: DeclineReason | null;
  readonly available: bigint | null;
  readonly transactionId: string;
  readonly walletId: bigint;
  readonly counterpartyId: bigint | null;
  readonly walletAmount: bigint | null;
  readonly balanceAfter: bigint | null;
  readonly processedAt: string | null;
  /** 0 if it is not linked. */
  readonly number: number;
  /** Those of its transaction, as text; null if it has none. */
  readonly details: string | null;
}

/** The columns of an {@link OperationRow}, of the view `legs` or of rows of a statement that have the same columns. */
export const operationColumns = (sql: Statements, legs: Fragment) => sql`
  id, position, type, leg, amount, currency, created_at AS "createdAt", status, reason, available,
  transaction_id AS "transactionId", wallet_id AS "walletId", counterparty_id AS "counterpartyId",
  wallet_amount AS "walletAmount", balance_after AS "balanceAfter", processed_at AS "processedAt", number,
  CASE WHEN has_details THEN ${transactionDetails(sql, sql`${legs}.transaction_id`)} END AS details`;

/** What an operation that was declined says besides its reason. */
export const leftOf = ({
  status,
  reason,
  available,
  processedAt,
}: Pick<OperationRow, 'status' | 'reason' | 'available' | 'processedAt'>) => ({
  Available: available,
  FreeAt: status === 'decline' ? shownTimeOrNull(freeAt(reason, processedAt)) : null,
});

export function toView(row: OperationRow): OperationView {
  return {
    Position: row.position,
    Type: row.type,
    Amount: row.amount,
    Currency: row.currency,
    CreatedAt: shownTime(row.createdAt),
    Status: row.status,
    Reason: row.reason,
    ...leftOf(row),
    TransactionId: row.transactionId,
    WalletId: row.walletId,
    CounterpartyId: row.counterpartyId,
    WalletAmount: row.walletAmount,
    BalanceAfter: row.balanceAfter,
    ProcessedAt: shownTimeOrNull(row.processedAt),
    ...(row.number === 0 ? {} : { Number: row.number }),
    ...parseDetails<Details>(row.details),
  };
}
