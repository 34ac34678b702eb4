import { type Decision, HOLD_STATUS_AFTER } from '../ledger/decide.ts';
import { known } from '../ledger/known.ts';
import { isHoldLeg, type PendingOperation, type TransactionKind } from '../ledger/leg.ts';
import type { NewEvent } from '../messaging/outbox.ts';

/** What the caller of a transfer named: its event tells that, even if the money came back in another currency. */
export type NamedAmount = Pick<PendingOperation, 'amount' | 'currency'>;

/**
 * The events of decisions: one for each decision that ends its transaction, and one for each that settles a hold.
 *
 * @param debits what was named, by transaction, for the returns among the decisions
 */
export function transactionEvents(
  decisions: readonly Decision[],
  debits: ReadonlyMap<string, NamedAmount>,
): NewEvent[] {
  return decisions.flatMap((decision) => {
    if (decision.next === null) return [eventOf(decision, debits)];
    return decision.operation.leg === 'capture' ? [holdEvent(decision)] : [];
  });
}

function eventOf(decision: Decision, debits: ReadonlyMap<string, NamedAmount>): NewEvent {
  const { operation } = decision;
  switch (operation.leg) {
    case 'hold':
    case 'release':
    case 'expiry':
      return holdEvent(decision);
    case 'receipt':
    case 'credit':
    case 'payout':
    case 'debit':
    case 'capture':
    case 'return':
      return moneyEvent(decision, debits.get(operation.transactionId) ?? operation);
  }
}

function moneyEvent(decision: Decision, named: NamedAmount): NewEvent {
  const { operation } = decision;
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
  };
  const reason = decision.status === 'decline' ? decision.reason : operation.reason;
  if (reason !== null) return { type: 'TransactionDeclined', detail: { ...detail, Reason: reason } };
  if (decision.status === 'decline') throw new Error(`operation ${operation.id} has no reason`);
  const settled = {
    WalletAmount: decision.walletAmount.toString(),
    Balance: decision.balanceAfter.toString(),
  };
  return { type: 'TransactionSucceeded', detail: { ...detail, ...settled } };
}

function kindOf({ leg, refundOf }: PendingOperation): TransactionKind {
  if (refundOf !== null) return 'refund';
  return leg === 'receipt' ? 'receipt' : 'transfer';
}

function holdEvent({ operation, ...decision }: Decision): NewEvent {
  const { leg } = operation;
  if (!isHoldLeg(leg)) throw new Error(`a ${leg} is not about a hold`);
  const detail = {
    Version: 1 as const,
    CorrelationId: operation.correlationId,
    HoldId: known(operation.holdId, 'hold'),
    WalletId: operation.walletId.toString(),
    Amount: operation.amount.toString(),
    Currency: operation.currency,
  };
  return decision.status === 'decline'
    ? { type: 'HoldRefused', detail: { ...detail, Asked: leg, Reason: decision.reason } }
    : { type: 'HoldChanged', detail: { ...detail, Status: HOLD_STATUS_AFTER[leg] } };
}
