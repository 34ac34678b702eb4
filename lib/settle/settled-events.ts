import type { Fragment } from 'postgres';
import { loadDetails } from '../details/read.ts';
import { HOLD_STATUS_AFTER } from '../ledger/hold.ts';
import { known } from '../ledger/known.ts';
import {
  type DeclineReason,
  type HoldLeg,
  type HoldStatus,
  isHoldLeg,
  isLinked,
  isPayoutLeg,
  type PendingOperation,
  type TransactionKind,
} from '../ledger/leg.ts';
import { freeAt } from '../ledger/limits.ts';
import type { BusEvent } from '../messaging/event-bus.ts';
import { type NewEvent, type OperationKey, toBusEvent } from '../messaging/outbox.ts';
import { array, type Statements } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { debitsOfReturns, type NamedAmount, pendingColumns } from './reads.ts';

/** An operation of the journal, as its event tells it. */
export interface SettledOperation extends PendingOperation {
  readonly status: 'success' | 'decline';
  /** In millionths of a unit of the wallet's currency; null if declined. */
  readonly walletAmount: bigint | null;
  readonly balanceAfter: bigint | null;
  /** Of the hold that it is about, afterwards; null if that follows from the leg. */
  readonly holdStatus: HoldStatus | null;
  /** What was left when it was declined for a limit or for lack of money. */
  readonly available: bigint | null;
  /** RFC 3339. */
  readonly processedAt: string;
}

/** What events tell besides what their operations have, by transaction. */
export interface Told {
  /** What was named, for a return. */
  readonly debits: ReadonlyMap<string, NamedAmount>;
  /** All legs of a linked transaction. */
  readonly linked: ReadonlyMap<string, readonly LinkedLeg[]>;
  readonly details: Awaited<ReturnType<typeof loadDetails>>;
}

/** A settled leg of a linked transaction, as far as its event tells it. */
type LinkedLeg = Pick<
  SettledOperation,
  'leg' | 'number' | 'walletId' | 'counterpartyId' | 'amount' | 'currency' | 'reason' | 'available'
>;

/** The event of an operation that has one. */
export function eventOf(operation: SettledOperation, told: Told): BusEvent {
  return toBusEvent(operation.id, newEventOf(operation, told), operation.processedAt);
}

/**
 * Tells the events of operations, each of which must have one, from the journal: in the order of their keys.
 *
 * @param one of the layout
 */
export async function tellFromJournal(
  sql: Statements,
  keys: readonly OperationKey[],
  one: Fragment,
): Promise<BusEvent[]> {
  const key = rows(sql, 'key', keys, {
    wallet_id: ['bigint', ({ walletId }) => walletId],
    position: ['bigint', ({ position }) => position],
  });
  const operations = await sql<(SettledOperation & OperationKey)[]>`
    SELECT operation.* FROM ${key} CROSS JOIN LATERAL (
      SELECT ${pendingColumns(sql)}, position, status, wallet_amount AS "walletAmount", balance_after AS "balanceAfter",
        available, processed_at AS "processedAt", ${holdStatusThen(sql)} AS "holdStatus"
      FROM operations WHERE wallet_id = key.wallet_id AND position = key.position ${one}
    ) AS operation`;
  const [debits, details, linked] = await Promise.all([
    debitsOfReturns(sql, operations),
    loadDetails(sql, operations),
    readLinkedLegs(sql, operations),
  ]);
  const byKey = new Map(operations.map((operation) => [textOf(operation), operation]));
  return keys.map((each) =>
    eventOf(known(byKey.get(textOf(each)), `operation ${textOf(each)}`), { debits, details, linked }),
  );
}

/** All legs of the linked transactions that operations are of. */
async function readLinkedLegs(
  sql: Statements,
  operations: readonly SettledOperation[],
): Promise<Told['linked']> {
  const ids = operations.filter(isLinked).map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Map();
  const legs = await sql<(LinkedLeg & { transactionId: string })[]>`
    SELECT transaction_id AS "transactionId", leg, number, wallet_id AS "walletId", counterparty_id AS "counterpartyId",
      amount, currency, reason, available
    FROM operations WHERE transaction_id = ANY (${array(ids)}::uuid[]) ORDER BY id`;
  return Map.groupBy(legs, ({ transactionId }) => transactionId);
}

/** What was given to a transaction. */
type Details = NonNullable<ReturnType<Told['details']['get']>>;

/** `captured` for a part that took the last of its hold; otherwise null. */
const holdStatusThen = (sql: Statements) => sql`
  CASE WHEN leg = 'part_capture' AND status = 'success' AND (
    SELECT sum(part.amount) FROM operations AS part
    WHERE part.wallet_id = operations.wallet_id AND part.hold_id = operations.hold_id AND part.status = 'success'
      AND part.leg = 'part_capture' AND part.position <= operations.position
  ) = (
    SELECT holds.amount::numeric + over_capture FROM holds
    WHERE holds.id = operations.hold_id AND holds.wallet_id = operations.wallet_id
  ) THEN 'captured'::hold_status END`;

const textOf = ({ walletId, position }: OperationKey): string => `${walletId}/${position}`;

function newEventOf(operation: SettledOperation, { debits, details, linked }: Told): NewEvent {
  const given = details.get(operation.transactionId) ?? {};
  switch (operation.leg) {
    case 'hold':
    case 'release':
    case 'expiry':
      return holdEvent(operation, given);
    case 'payout_hold':
      return operation.status === 'success'
        ? payoutHeld(operation, given)
        : moneyEvent(operation, operation, given);
    case 'payout_cancel':
      return moneyEvent(
        operation,
        operation,
        given,
        operation.status === 'success' ? 'cancelled' : undefined,
      );
    case 'capture':
    case 'part_capture':
      return operation.status === 'success'
        ? holdEvent(operation, given)
        : moneyEvent(operation, operation, given);
    case 'receipt':
    case 'credit':
    case 'payout':
    case 'debit':
    case 'return':
      return moneyEvent(operation, debits.get(operation.transactionId) ?? operation, given);
    case 'linked_debit':
    case 'linked_credit':
    case 'linked_receipt':
    case 'linked_payout':
      return linkedEvent(operation, known(linked.get(operation.transactionId), 'linked legs'), given);
  }
}

/** @param reason why its transaction is declined; by default why the operation is */
function moneyEvent(
  operation: SettledOperation,
  named: NamedAmount,
  given: Details,
  reason: DeclineReason | null = operation.reason,
): NewEvent {
  const { walletId, counterpartyId } = operation;
  const isOrigin = operation.leg !== 'receipt' && operation.leg !== 'credit';
  const origin = isOrigin ? walletId : counterpartyId;
  const target = isOrigin ? counterpartyId : walletId;
  const detail = {
    Version: 1 as const,
    CorrelationId: operation.correlationId,
    TransactionId: operation.transactionId,
    Kind: kindOf(operation),
    Amount: named.amount.toString(),
    Currency: named.currency,
    ...(origin === null ? {} : { OriginWalletId: origin.toString() }),
    ...(target === null ? {} : { TargetWalletId: target.toString() }),
    ...(operation.refundOf === null ? {} : { RefundOf: operation.refundOf }),
    ...given,
  };
  if (reason !== null) {
    const left = leftOf({ reason, available: named.available ?? null, processedAt: operation.processedAt });
    return { type: 'TransactionDeclined', detail: { ...detail, Reason: reason, ...left } };
  }
  const settled = {
    WalletAmount: known(operation.walletAmount, `amount of operation ${operation.id}`).toString(),
    Balance: known(operation.balanceAfter, `balance after operation ${operation.id}`).toString(),
  };
  return { type: 'TransactionSucceeded', detail: { ...detail, ...settled } };
}

/**
 * One event for all of a linked transaction: with a hundred transfers some 20 KB, far below EventBridge's 256 KB. What each wallet
 * has then is not told.
 */
function linkedEvent(operation: SettledOperation, legs: readonly LinkedLeg[], given: Details): NewEvent {
  const detail = {
    Version: 1 as const,
    CorrelationId: operation.correlationId,
    TransactionId: operation.transactionId,
    Kind: operation.refundOf === null ? ('linked' as const) : ('refund' as const),
    Transfers: legs.filter(({ leg }) => leg !== 'linked_credit').map(linkedTransfer),
    ...(operation.refundOf === null ? {} : { RefundOf: operation.refundOf }),
    ...given,
  };
  const failed = legs.find(({ reason }) => reason !== null && reason !== 'linked_declined');
  if (failed === undefined) return { type: 'LinkedSucceeded', detail };
  const Reason = known(failed.reason, 'reason of a linked decline');
  const left = leftOf({ reason: Reason, available: failed.available, processedAt: operation.processedAt });
  return { type: 'LinkedDeclined', detail: { ...detail, Reason, Number: failed.number, ...left } };
}

/** A transfer, or money from outside, or to it: without an origin, or without a target. */
function linkedTransfer({ leg, walletId, counterpartyId, amount, currency }: LinkedLeg) {
  return {
    ...(leg === 'linked_receipt' ? {} : { OriginWalletId: walletId.toString() }),
    ...(leg === 'linked_payout' ? {} : { TargetWalletId: (counterpartyId ?? walletId).toString() }),
    Amount: amount.toString(),
    Currency: currency,
  };
}

function kindOf({ leg, refundOf }: PendingOperation): Exclude<TransactionKind, 'linked'> {
  if (refundOf !== null) return 'refund';
  if (isPayoutLeg(leg)) return 'payout';
  return leg === 'receipt' ? 'receipt' : 'transfer';
}

/** That a payout's money is reserved: now it may be sent. */
function payoutHeld(operation: SettledOperation, given: Details): NewEvent {
  const { correlationId, transactionId, walletId, amount, currency, id } = operation;
  const detail = {
    Version: 1 as const,
    CorrelationId: correlationId,
    TransactionId: transactionId,
    WalletId: walletId.toString(),
    Amount: amount.toString(),
    Currency: currency,
    WalletAmount: known(operation.walletAmount, `amount of operation ${id}`).toString(),
    ...given,
  };
  return { type: 'PayoutHeld', detail };
}

function holdEvent(operation: SettledOperation, given: Details): NewEvent {
  const { leg } = operation;
  if (!isHoldLeg(leg)) throw new Error(`a ${leg} is not about a hold`);
  const detail = {
    Version: 1 as const,
    CorrelationId: operation.correlationId,
    HoldId: known(operation.holdId, 'hold'),
    WalletId: operation.walletId.toString(),
    Amount: operation.amount.toString(),
    Currency: operation.currency,
    ...given,
  };
  if (operation.status === 'success')
    return { type: 'HoldChanged', detail: { ...detail, Status: statusAfter(operation, leg) } };
  const Reason = known(operation.reason, `reason of operation ${operation.id}`);
  const left = leftOf({ ...operation, reason: Reason });
  return { type: 'HoldRefused', detail: { ...detail, Asked: leg, Reason, ...left } };
}

/** What was left of a limit or of the money, and when a limit is free again. */
function leftOf({
  reason,
  available,
  processedAt,
}: Pick<SettledOperation, 'reason' | 'available' | 'processedAt'>) {
  const FreeAt = freeAt(reason, processedAt);
  return {
    ...(available === null ? {} : { Available: available.toString() }),
    ...(FreeAt === null ? {} : { FreeAt }),
  };
}

const statusAfter = ({ holdStatus }: SettledOperation, leg: HoldLeg) =>
  leg === 'part_capture' && holdStatus === 'captured' ? holdStatus : HOLD_STATUS_AFTER[leg];
