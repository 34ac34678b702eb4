import { convert, MAX_AMOUNT } from './money.ts';

/** Why an operation was declined. */
export type DeclineReason =
  | 'insufficient_funds'
  | 'balance_limit'
  | 'amount_too_small'
  | 'currency_not_allowed';

/** `receipt`: money in from outside. A transfer is a `debit`, then a `credit`; a declined credit makes a `return`. */
export type Leg = 'receipt' | 'debit' | 'credit' | 'return';

/** A wallet under its row lock; amounts are millionths of a unit of its currency. */
export interface WalletState {
  readonly id: bigint;
  readonly currency: string;
  readonly balance: bigint;
  /** At most this much may still come back from transfers; exactly this much if `exact`. */
  readonly returnable: bigint;
  readonly exact: boolean;
}

export interface PendingOperation {
  readonly id: bigint;
  readonly transactionId: string;
  readonly leg: Leg;
  readonly walletId: bigint;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
  /** On a credit: what the origin's debit took, which a decline gives back. */
  readonly originAmount: bigint | null;
  readonly originCurrency: string | null;
  /** On a return: why the credit was declined. */
  readonly reason: DeclineReason | null;
  readonly correlationId: string;
}

export interface Rate {
  /** USD per unit, as an integer of 10⁻¹². */
  readonly rate: bigint;
  /** False once the currency was withdrawn. */
  readonly allowed: boolean;
}

/** A leg that a decision makes: pending, in the same transaction. */
export type NewLeg = Omit<PendingOperation, 'id'>;

export type Decision = Success | Decline;

interface Success {
  readonly status: 'success';
  readonly operation: PendingOperation;
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

export interface Settlement {
  readonly decisions: readonly Decision[];
  /** The state after it of every wallet that a decision changed. */
  readonly wallets: readonly WalletState[];
  /** Wallets whose bound on returns refused a credit: decide again with their exact returnable amount. */
  readonly inexact: readonly bigint[];
}

/**
 * Decides what becomes of pending operations, in the order given. Pure: no clock, no I/O, the same input gives
 * the same output.
 *
 * @param wallets the locked wallets
 * @param operations pending operations of those wallets, in id order
 * @param rates every currency that has a rate, withdrawn ones included
 * @throws Error when an operation's wallet or currency is not among those given: a bug, not a refusal
 */
export function decide(
  wallets: readonly WalletState[],
  operations: readonly PendingOperation[],
  rates: ReadonlyMap<string, Rate>,
): Settlement {
  const states = new Map(wallets.map((wallet) => [wallet.id, wallet]));
  const changed = new Set<bigint>();
  const inexact = new Set<bigint>();
  const decisions: Decision[] = [];
  for (const operation of operations) {
    const wallet = known(states.get(operation.walletId), `wallet ${operation.walletId}`);
    const decision = settle(wallet, operation, rates);
    if (decision.status === 'decline' && decision.reason === 'balance_limit' && !wallet.exact) {
      inexact.add(wallet.id);
    }
    if (decision.status === 'success') {
      states.set(wallet.id, after(wallet, decision));
      changed.add(wallet.id);
      const origin =
        operation.leg === 'credit' ? states.get(known(operation.counterpartyId, 'origin')) : undefined;
      if (origin !== undefined) {
        states.set(origin.id, withoutReturn(origin, operation));
        changed.add(origin.id);
      }
    }
    decisions.push(decision);
  }
  return {
    decisions,
    wallets: [...changed].map((id) => known(states.get(id), `wallet ${id}`)),
    inexact: [...inexact],
  };
}

function settle(
  wallet: WalletState,
  operation: PendingOperation,
  rates: ReadonlyMap<string, Rate>,
): Decision {
  const from = known(rates.get(operation.currency), `rate of ${operation.currency}`);
  const to = known(rates.get(wallet.currency), `rate of ${wallet.currency}`);
  const applied = { currencyRate: from.rate, walletRate: to.rate };
  const accept = (walletAmount: bigint, balanceAfter: bigint, next: NewLeg | null): Decision => {
    return { status: 'success', operation, walletAmount, balanceAfter, next, ...applied };
  };
  const decline = (reason: DeclineReason): Decision => {
    const next = operation.leg === 'credit' ? returnLeg(operation, reason) : null;
    return { status: 'decline', operation, reason, next };
  };

  // Money that comes back is the wallet's own: it needs no rate, and room was kept for it.
  if (operation.leg === 'return') {
    return accept(operation.amount, wallet.balance + operation.amount, null);
  }
  if (!from.allowed || !to.allowed) return decline('currency_not_allowed');
  if (operation.leg === 'debit') {
    const taken = convert(operation.amount, from.rate, to.rate, 'up');
    if (taken > wallet.balance) return decline('insufficient_funds');
    return accept(taken, wallet.balance - taken, creditLeg(operation, taken, wallet.currency));
  }
  const added = convert(operation.amount, from.rate, to.rate, 'down');
  if (added === 0n) return decline('amount_too_small');
  if (wallet.balance + wallet.returnable + added > MAX_AMOUNT) return decline('balance_limit');
  return accept(added, wallet.balance + added, null);
}

function after(wallet: WalletState, { operation, walletAmount, balanceAfter }: Success): WalletState {
  const returned = { receipt: 0n, credit: 0n, debit: walletAmount, return: -walletAmount }[operation.leg];
  return { ...wallet, balance: balanceAfter, returnable: wallet.returnable + returned };
}

/** What a credit took for good can't come back: the origin's row has the news at once where it is at hand. */
function withoutReturn(origin: WalletState, credit: PendingOperation): WalletState {
  const taken = known(credit.originAmount, `amount taken for operation ${credit.id}`);
  return { ...origin, returnable: origin.returnable - taken };
}

function creditLeg(debit: PendingOperation, taken: bigint, originCurrency: string): NewLeg {
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
    correlationId: debit.correlationId,
  };
}

function returnLeg(credit: PendingOperation, reason: DeclineReason): NewLeg {
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
    correlationId: credit.correlationId,
  };
}

function known<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`unknown ${what}`);
  return value;
}
