import { known } from './known.ts';
import type { DeclineReason, HoldLeg, HoldStatus, PayoutLeg, PendingOperation } from './leg.ts';
import type { Exceeded } from './limits.ts';
import { convert, MAX_AMOUNT } from './money.ts';

/** A hold under its wallet's lock. A payout that waits for its confirmation is one, too. */
export interface HoldState {
  readonly id: string;
  /** Millionths of a unit of the hold's currency, as all that is not said to be the wallet's. */
  readonly amount: bigint;
  /** By how much captures may exceed the amount. It is not reserved. */
  readonly overCapture: bigint;
  readonly status: HoldStatus;
  /** What it reserved, in the wallet's currency; null until it is placed, as the rates are. */
  readonly walletAmount: bigint | null;
  readonly currencyRate: bigint | null;
  readonly walletRate: bigint | null;
  readonly captured: bigint;
  /** What captures took, in the wallet's currency. */
  readonly capturedWallet: bigint;
}

/** The rates of an operation, as integers of 10⁻¹² USD. */
interface AppliedRates {
  readonly currencyRate: bigint;
  readonly walletRate: bigint;
}

/** What a wallet has, in millionths of a unit of its currency, and at what rates it may be asked for more. */
export interface HoldTerms {
  /** Why so much in the wallet's currency may not be reserved or taken, if it may not. */
  readonly exceeds: (amount: bigint) => Exceeded | undefined;
  /** The current rates; what was placed keeps its own. */
  readonly rates: AppliedRates;
  /** Whether neither currency is withdrawn. */
  readonly isAllowed: boolean;
}

/** What an operation about a hold comes to. */
export type HoldOutcome =
  | { readonly reason: DeclineReason; readonly available?: bigint }
  | {
      readonly reason: null;
      /** Reserved, taken or given back, in the wallet's currency. */
      readonly walletAmount: bigint;
      /** What leaves the wallet: all that was taken, or nothing. */
      readonly taken: bigint;
      readonly rates: AppliedRates;
      readonly hold: HoldState;
    };

/** The status of a hold after one of its legs succeeded; after the last part that it has, a part captures it as well. */
export const HOLD_STATUS_AFTER = {
  hold: 'active',
  capture: 'captured',
  release: 'released',
  expiry: 'expired',
  part_capture: 'active',
  payout_hold: 'active',
  payout_cancel: 'released',
  payout: 'captured',
} as const satisfies Record<HoldLeg | PayoutLeg, HoldStatus>;

/** What a hold reserves, in the wallet's currency: what was not captured of it while it is active. */
export function reservedBy({ status, walletAmount, capturedWallet }: HoldState): bigint {
  if (status !== 'active') return 0n;
  const left = known(walletAmount, 'amount of an active hold') - capturedWallet;
  return left > 0n ? left : 0n;
}

/** Whether an operation begins a hold: it gives the hold its place among the wallet's operations. */
export const placesHold = ({ leg }: Pick<PendingOperation, 'leg'>): boolean =>
  leg === 'hold' || leg === 'payout_hold';

/**
 * Settles an operation about a hold. What a hold reserved is never asked for again: not for its capture, nor for the payout
 * that it waits for.
 *
 * @throws Error for a leg that is not about a hold: a bug, not a refusal
 */
export function settleHold(operation: PendingOperation, hold: HoldState, terms: HoldTerms): HoldOutcome {
  const { leg } = operation;
  if (!placesHold(operation) && hold.status !== 'active') return { reason: 'hold_not_active' };
  switch (leg) {
    case 'hold':
    case 'payout_hold':
      return place(operation, hold, terms);
    case 'capture':
    case 'part_capture':
      return capture(operation, hold, terms);
    case 'payout': {
      const taken = reservedBy(hold);
      return end(hold, { status: 'captured', captured: hold.amount, capturedWallet: taken }, taken);
    }
    // These only give back the wallet's own money, so they succeed whatever the rates.
    case 'release':
    case 'expiry':
    case 'payout_cancel':
      return end(hold, { status: HOLD_STATUS_AFTER[leg] }, 0n);
    case 'receipt':
    case 'debit':
    case 'credit':
    case 'return':
    case 'linked_debit':
    case 'linked_credit':
    case 'linked_receipt':
    case 'linked_payout':
      throw new Error(`a ${leg} is not about a hold`);
  }
}

function place({ amount }: PendingOperation, hold: HoldState, terms: HoldTerms): HoldOutcome {
  const { rates, isAllowed } = terms;
  if (!isAllowed) return { reason: 'currency_not_allowed' };
  if (convert(amount, rates.currencyRate, rates.walletRate, 'down') === 0n)
    return { reason: 'amount_too_small' };
  const walletAmount = convert(amount, rates.currencyRate, rates.walletRate, 'up');
  const exceeded = terms.exceeds(walletAmount);
  if (exceeded !== undefined) return exceeded;
  return {
    reason: null,
    walletAmount,
    taken: 0n,
    rates,
    hold: { ...hold, ...rates, status: 'active', walletAmount },
  };
}

/**
 * Takes what is captured in all, converted at the hold's rates and rounded up once, less what was taken before: so several
 * captures never take more than one would. What goes beyond the hold needs money that is available.
 */
function capture({ leg, amount }: PendingOperation, hold: HoldState, terms: HoldTerms): HoldOutcome {
  if (!terms.isAllowed) return { reason: 'currency_not_allowed' };
  const rates = ratesOf(hold);
  const most = hold.amount + hold.overCapture;
  const captured = hold.captured + amount;
  if (captured > most) return { reason: 'capture_exceeds_hold' };
  if (convert(amount, rates.currencyRate, rates.walletRate, 'down') === 0n)
    return { reason: 'amount_too_small' };
  const capturedWallet = convert(captured, rates.currencyRate, rates.walletRate, 'up');
  // Money that came in between may pay for it, but what was taken in all has to be an amount.
  if (capturedWallet > MAX_AMOUNT) return { reason: 'capture_exceeds_hold' };
  const taken = capturedWallet - hold.capturedWallet;
  const beyond = taken - reservedBy(hold);
  const exceeded = beyond > 0n ? terms.exceeds(beyond) : undefined;
  if (exceeded !== undefined) return exceeded;
  const isLast = leg === 'capture' || captured === most;
  const status = isLast ? 'captured' : 'active';
  return {
    reason: null,
    walletAmount: taken,
    taken,
    rates,
    hold: { ...hold, captured, capturedWallet, status },
  };
}

/** Ends a hold: what it reserves is given back, or taken as a whole. */
function end(hold: HoldState, after: Partial<HoldState>, taken: bigint): HoldOutcome {
  return {
    reason: null,
    walletAmount: reservedBy(hold),
    taken,
    rates: ratesOf(hold),
    hold: { ...hold, ...after },
  };
}

function ratesOf({ currencyRate, walletRate }: HoldState): AppliedRates {
  return {
    currencyRate: known(currencyRate, 'rate of an active hold'),
    walletRate: known(walletRate, 'rate of the wallet of an active hold'),
  };
}
