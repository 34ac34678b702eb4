import { known } from './known.ts';
import {
  creditLeg,
  type DeclineReason,
  type HoldLeg,
  type HoldStatus,
  isHoldLeg,
  type NewLeg,
  type PendingOperation,
  returnLeg,
} from './leg.ts';
import { convert, MAX_AMOUNT } from './money.ts';
import type { Rate } from './rate.ts';

/** A wallet under its row lock; amounts are millionths of a unit of its currency. */
export interface WalletState {
  readonly id: bigint;
  readonly currency: string;
  readonly balance: bigint;
  /** What active holds reserve of the balance. */
  readonly held: bigint;
  /** At most this much may still come back from transfers; exactly this much if `exact`. */
  readonly returnable: bigint;
  readonly exact: boolean;
}

export interface HoldState {
  readonly id: string;
  /** Millionths of a unit of its wallet's currency. */
  readonly amount: bigint;
  readonly status: HoldStatus;
}

export type Decision = Success | Decline;

interface Success {
  readonly status: 'success';
  readonly operation: PendingOperation;
  /** Added, taken or reserved, in millionths of a unit of the wallet's currency. */
  readonly walletAmount: bigint;
  readonly balanceAfter: bigint;
  readonly currencyRate: bigint;
  readonly walletRate: bigint;
  readonly next: NewLeg | null;
}

interface Decline {
  readonly status: 'decline';
  readonly operation: PendingOperation;
  readonly reason: DeclineReason;
  readonly next: NewLeg | null;
}

export interface Decisions {
  readonly decisions: readonly Decision[];
  /** Every wallet and hold that the decisions are about, as they are afterwards. */
  readonly wallets: readonly WalletState[];
  readonly holds: readonly HoldState[];
  /** Wallets whose upper bound on returns declined a credit: decide again with their exact returnable amount. */
  readonly inexact: readonly bigint[];
}

/**
 * Decides pending operations in the order given. Pure: no clock, no I/O, the same input gives the same output.
 *
 * @param wallets the locked wallets
 * @param operations pending operations of those wallets, in id order
 * @param rates every currency that has a rate, withdrawn ones included
 * @param holds every hold that an operation is about
 * @throws Error if an operation's wallet, currency or hold is missing: a bug, not a refusal
 */
export function decide(
  wallets: readonly WalletState[],
  operations: readonly PendingOperation[],
  rates: ReadonlyMap<string, Rate>,
  holds: readonly HoldState[] = [],
): Decisions {
  const states = new Map(wallets.map((wallet) => [wallet.id, wallet]));
  const holdStates = new Map(holds.map((hold) => [hold.id, hold]));
  const changed = new Set<bigint>();
  const inexact = new Set<bigint>();
  const decisions = operations.map((operation) => {
    const wallet = known(states.get(operation.walletId), `wallet ${operation.walletId}`);
    const hold = operation.holdId === null ? null : known(holdStates.get(operation.holdId), 'hold');
    const decision = decideOne(wallet, operation, rates, hold);
    if (decision.status === 'decline' && decision.reason === 'balance_limit' && !wallet.exact) {
      inexact.add(wallet.id);
    }
    for (const next of walletsAfter(decision, wallet, hold, states)) {
      states.set(next.id, next);
      changed.add(next.id);
    }
    if (hold !== null) holdStates.set(hold.id, holdAfter(decision, hold));
    return decision;
  });
  return {
    decisions,
    wallets: [...changed].map((id) => known(states.get(id), `wallet ${id}`)),
    holds: [...holdStates.values()],
    inexact: [...inexact],
  };
}

function decideOne(
  wallet: WalletState,
  operation: PendingOperation,
  rates: ReadonlyMap<string, Rate>,
  hold: HoldState | null,
): Decision {
  const from = known(rates.get(operation.currency), `rate of ${operation.currency}`);
  const to = known(rates.get(wallet.currency), `rate of ${wallet.currency}`);
  const applied = { currencyRate: from.rate, walletRate: to.rate };
  const accept = (walletAmount: bigint, balanceAfter: bigint, next: NewLeg | null = null): Decision => {
    return { status: 'success', operation, walletAmount, balanceAfter, next, ...applied };
  };
  const decline = (reason: DeclineReason): Decision => {
    const next = operation.leg === 'credit' ? returnLeg(operation, reason) : null;
    return { status: 'decline', operation, reason, next };
  };
  const { balance, held, returnable } = wallet;
  const { leg, amount } = operation;

  // Returns and releases only give back the wallet's own money, so they succeed whatever the rates. A credit leaves
  // room below the largest balance for all that may come back.
  if (leg === 'return') return accept(amount, balance + amount);
  if (hold !== null && leg !== 'hold' && hold.status !== 'active') return decline('hold_not_active');
  if (leg === 'release' || leg === 'expiry') return accept(amount, balance);
  if (!from.allowed || !to.allowed) return decline('currency_not_allowed');

  switch (leg) {
    case 'receipt':
    case 'credit': {
      const added = convert(amount, from.rate, to.rate, 'down');
      if (added === 0n) return decline('amount_too_small');
      return balance + returnable + added > MAX_AMOUNT
        ? decline('balance_limit')
        : accept(added, balance + added);
    }
    case 'debit':
    case 'payout': {
      // Rounded up, the smallest amount of a cheap currency would take a whole millionth of a dear one.
      if (convert(amount, from.rate, to.rate, 'down') === 0n) return decline('amount_too_small');
      const taken = convert(amount, from.rate, to.rate, 'up');
      if (taken > balance - held) return decline('insufficient_funds');
      const next = leg === 'debit' ? creditLeg(operation, taken, wallet.currency) : null;
      return accept(taken, balance - taken, next);
    }
    case 'hold':
      return amount > balance - held ? decline('insufficient_funds') : accept(amount, balance);
    case 'capture':
      return accept(amount, balance - amount, creditLeg(operation, amount, wallet.currency));
  }
}

/** The wallet after a decision; after a credit also the origin, if it is among the locked wallets. */
function walletsAfter(
  decision: Decision,
  wallet: WalletState,
  hold: HoldState | null,
  states: ReadonlyMap<bigint, WalletState>,
): WalletState[] {
  if (decision.status === 'decline') return [wallet];
  const { operation, walletAmount, balanceAfter } = decision;
  const settled = { ...wallet, balance: balanceAfter };
  switch (operation.leg) {
    case 'receipt':
    case 'payout':
      return [settled];
    case 'credit': {
      // What the target keeps can no longer come back.
      const origin = states.get(known(operation.counterpartyId, 'origin of a credit'));
      if (origin === undefined) return [settled];
      const taken = known(operation.originAmount, 'amount taken for a credit');
      return [settled, { ...origin, returnable: origin.returnable - taken }];
    }
    case 'debit':
      return [{ ...settled, returnable: wallet.returnable + walletAmount }];
    case 'return':
      return [{ ...settled, returnable: wallet.returnable - walletAmount }];
    case 'hold':
      return [{ ...settled, held: wallet.held + walletAmount }];
    case 'release':
    case 'expiry':
      return [{ ...settled, held: wallet.held - walletAmount }];
    case 'capture': {
      const released = known(hold, 'hold of a capture').amount;
      return [{ ...settled, held: wallet.held - released, returnable: wallet.returnable + walletAmount }];
    }
  }
}

/** The status of a hold after one of its legs succeeded. */
export const HOLD_STATUS_AFTER = {
  hold: 'active',
  capture: 'captured',
  release: 'released',
  expiry: 'expired',
} as const satisfies Record<HoldLeg, HoldStatus>;

function holdAfter({ status, operation: { leg } }: Decision, hold: HoldState): HoldState {
  if (!isHoldLeg(leg)) return hold;
  if (status === 'success') return { ...hold, status: HOLD_STATUS_AFTER[leg] };
  // A declined capture, release or expiry leaves the hold as it is.
  return leg === 'hold' ? { ...hold, status: 'declined' } : hold;
}
