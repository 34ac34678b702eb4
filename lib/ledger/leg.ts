import { known } from './known.ts';

// The lists are those of the database's enums, in the same order; a test compares them.

/** Why an operation is declined. */
export const DECLINE_REASONS = [
  'insufficient_funds',
  'balance_limit',
  'amount_too_small',
  'currency_not_allowed',
  'hold_not_active',
  'cancelled',
  'capture_exceeds_hold',
  'wallet_frozen',
  'wallet_closed',
  'operation_limit',
  'daily_limit',
  'monthly_limit',
  'linked_declined',
] as const;

export type DeclineReason = (typeof DECLINE_REASONS)[number];

/**
 * What an operation does. `receipt`: money from outside; `payout`: money that leaves the system. A transfer is a `debit` and
 * then a `credit`; a declined credit makes a `return`. `hold` reserves money; a `capture` (which continues as a transfer), a
 * `release` or an `expiry` settles it, and a `part_capture` takes a part and leaves the rest reserved. `payout_hold` reserves
 * money for a payout of the same transaction, which a `payout` or a `payout_cancel` ends. The legs of a linked transaction are
 * settled together, all of them or none: each transfer has a `linked_debit` and a `linked_credit`, money from outside is a
 * `linked_receipt`, which its refund pays back as a `linked_payout`.
 */
export const LEGS = [
  'receipt',
  'debit',
  'credit',
  'return',
  'payout',
  'capture',
  'hold',
  'release',
  'expiry',
  'part_capture',
  'payout_hold',
  'payout_cancel',
  'linked_debit',
  'linked_credit',
  'linked_receipt',
  'linked_payout',
] as const;

export type Leg = (typeof LEGS)[number];

/** Whether an operation brings money into its wallet or takes it out. */
export const OPERATION_TYPES = ['in', 'out'] as const;

export type OperationType = (typeof OPERATION_TYPES)[number];

/** An operation is `new` until it is settled. */
export const OPERATION_STATUSES = ['new', 'success', 'decline'] as const;

export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** A transaction is `processing` while its first leg is settled and a later one is not. */
export const TRANSACTION_STATUSES = [...OPERATION_STATUSES, 'processing'] as const;

export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number];

/** A hold ends once: it is captured, released or expires. */
export const HOLD_STATUSES = ['new', 'active', 'declined', 'captured', 'released', 'expired'] as const;

export type HoldStatus = (typeof HOLD_STATUSES)[number];

/** What a hold is for: to be captured or released by its caller, or a payout that waits for its confirmation. */
export const HOLD_KINDS = ['hold', 'payout'] as const;

export type HoldKind = (typeof HOLD_KINDS)[number];

/** The legs that are about a hold. */
export const HOLD_LEGS = [
  'hold',
  'capture',
  'release',
  'expiry',
  'part_capture',
] as const satisfies readonly Leg[];

export type HoldLeg = (typeof HOLD_LEGS)[number];

/** The legs of a payout: one leg, or two if it is held first. */
const PAYOUT_LEGS = ['payout_hold', 'payout_cancel', 'payout'] as const satisfies readonly Leg[];

export type PayoutLeg = (typeof PAYOUT_LEGS)[number];

export const isPayoutLeg = (leg: Leg): leg is PayoutLeg => (PAYOUT_LEGS as readonly Leg[]).includes(leg);

/** Whether an operation captures a hold, in whole or in part. */
export const isCapture = (leg: Leg): boolean => leg === 'capture' || leg === 'part_capture';

/** The legs of a linked transaction. */
export const LINKED_LEGS = [
  'linked_debit',
  'linked_credit',
  'linked_receipt',
  'linked_payout',
] as const satisfies readonly Leg[];

const LINKED: ReadonlySet<Leg> = new Set(LINKED_LEGS);

export const isLinked = ({ leg }: { readonly leg: Leg }): boolean => LINKED.has(leg);

/**
 * The leg that speaks for its linked transaction, where one of them does: its first. Every linked transaction has one transfer or
 * receipt with the number 1.
 */
export const isFirstLinked = ({ leg, number }: { readonly leg: Leg; readonly number: number }): boolean =>
  number === 1 && leg !== 'linked_credit';

export const isHoldLeg = (leg: Leg): leg is HoldLeg => (HOLD_LEGS as readonly Leg[]).includes(leg);

/** Whether an operation is in a wallet's reports: it moves money, or would have. The others are about a hold alone. */
export const isListed = (leg: Leg): boolean => !UNLISTED.has(leg);

const UNLISTED: ReadonlySet<Leg> = new Set(['hold', 'release', 'expiry', 'payout_hold', 'payout_cancel']);

/** What a transaction is to its caller. */
export const TRANSACTION_KINDS = ['receipt', 'transfer', 'refund', 'payout', 'linked'] as const;

export type TransactionKind = (typeof TRANSACTION_KINDS)[number];

export interface PendingOperation {
  readonly id: bigint;
  readonly transactionId: string;
  readonly leg: Leg;
  readonly walletId: bigint;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
  /** On a credit: what was taken from the origin, which a decline gives back. */
  readonly originAmount: bigint | null;
  readonly originCurrency: string | null;
  /** On a return: why the credit was declined. */
  readonly reason: DeclineReason | null;
  /** The transaction that this one gives back, in whole or in part. */
  readonly refundOf: string | null;
  readonly holdId: string | null;
  readonly correlationId: string;
  /** Whether its transaction was given something to know it by. */
  readonly hasDetails: boolean;
  /** The number of its transfer in a linked transaction, from 1 on; 0 if it is not linked. */
  readonly number: number;
  /** How many legs its linked transaction has; null if it is not linked. */
  readonly linkedLegs: number | null;
}

/** A leg before the database gave it an id: pending. */
export type NewLeg = Omit<PendingOperation, 'id' | 'number' | 'linkedLegs'>;

/**
 * The credit that follows a debit or a capture, in the amount and currency that the caller named, never converted.
 *
 * @param taken what was taken from the origin, in the origin's currency
 */
export function creditLeg(debit: PendingOperation, taken: bigint, originCurrency: string): NewLeg {
  return {
    transactionId: debit.transactionId,
    leg: 'credit',
    walletId: known(debit.counterpartyId, `target of operation ${debit.id}`),
    counterpartyId: debit.walletId,
    amount: debit.amount,
    currency: debit.currency,
    originAmount: taken,
    originCurrency,
    reason: null,
    refundOf: debit.refundOf,
    holdId: null,
    correlationId: debit.correlationId,
    hasDetails: debit.hasDetails,
  };
}

/** The return that follows a declined credit: exactly what was taken, to the wallet it was taken from. */
export function returnLeg(credit: PendingOperation, reason: DeclineReason): NewLeg {
  return {
    transactionId: credit.transactionId,
    leg: 'return',
    walletId: known(credit.counterpartyId, `origin of operation ${credit.id}`),
    counterpartyId: credit.walletId,
    amount: known(credit.originAmount, `amount taken for operation ${credit.id}`),
    currency: known(credit.originCurrency, `currency taken for operation ${credit.id}`),
    originAmount: null,
    originCurrency: null,
    reason,
    refundOf: credit.refundOf,
    holdId: null,
    correlationId: credit.correlationId,
    hasDetails: credit.hasDetails,
  };
}

/**
 * Whether an operation has an event: if it ends its transaction, or changes a hold. A debit is followed by a credit, a credit
 * that is declined by a return. A linked transaction has one, that of its first leg.
 */
export function hasEvent(
  operation: Pick<PendingOperation, 'leg' | 'number'> & { readonly status: 'success' | 'decline' },
): boolean {
  const { leg, status, number } = operation;
  if (number > 0) return isFirstLinked(operation);
  return status === 'success' ? leg !== 'debit' : leg !== 'credit';
}
