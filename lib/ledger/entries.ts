import type { Leg, OperationStatus, OperationType } from './leg.ts';

/** The kinds of account between which settled operations move money. */
export const ACCOUNTS = ['wallet', 'outside', 'transit', 'exchange'] as const;

/** A part of the double entry of an operation. */
export interface Entry {
  readonly account: (typeof ACCOUNTS)[number];
  /** Whose wallet; null of the other accounts. */
  readonly walletId: bigint | null;
  readonly currency: string;
  /** Millionths of a unit: what comes in, or goes out if it is negative. */
  readonly amount: bigint;
}

/** What the entries of an operation follow from. */
export interface EnteredOperation {
  readonly walletId: bigint;
  readonly leg: Leg;
  /** Null if it is about a hold alone. */
  readonly type: OperationType | null;
  readonly status: OperationStatus;
  readonly amount: bigint;
  readonly currency: string;
  readonly walletAmount: bigint | null;
  /** On a credit: what was taken from the origin. */
  readonly originAmount: bigint | null;
  readonly originCurrency: string | null;
}

const FROM_OUTSIDE: ReadonlySet<Leg> = new Set(['receipt', 'payout', 'linked_receipt', 'linked_payout']);

/**
 * The double entry of an operation, as the view `ledger_entries` has it: the entries of each currency sum to zero. `exchange` takes in
 * one currency and gives another, rounding included; `transit` has what left its origin and did not arrive yet.
 *
 * @param walletCurrency that of the operation's wallet
 * @returns none of what is pending, moved nothing or is about a hold alone
 */
export function entriesOf(operation: EnteredOperation, walletCurrency: string): Entry[] {
  const { leg, type, status, walletId, amount, currency, walletAmount } = operation;
  if (leg === 'credit' && status === 'decline') return takenBack(operation);
  if (type === null || walletAmount === null) return [];
  const sign = type === 'in' ? 1n : -1n;
  const counter = FROM_OUTSIDE.has(leg) ? 'outside' : 'transit';
  return [
    { account: 'wallet', walletId, currency: walletCurrency, amount: sign * walletAmount },
    { account: counter, walletId: null, currency, amount: -sign * amount },
    { account: 'exchange', walletId: null, currency, amount: sign * amount },
    { account: 'exchange', walletId: null, currency: walletCurrency, amount: -sign * walletAmount },
  ];
}

/** A credit that is declined is in transit again in its origin's currency, on its way back. */
function takenBack({ amount, currency, originAmount, originCurrency }: EnteredOperation): Entry[] {
  if (originAmount === null || originCurrency === null) return [];
  return [
    { account: 'transit', walletId: null, currency, amount: -amount },
    { account: 'exchange', walletId: null, currency, amount },
    { account: 'exchange', walletId: null, currency: originCurrency, amount: -originAmount },
    { account: 'transit', walletId: null, currency: originCurrency, amount: originAmount },
  ];
}

/** Adds entries up by account, wallet and currency; what comes to nothing is left out. */
export function addUp(entries: readonly Entry[]): Entry[] {
  const sums = new Map<string, Entry>();
  for (const entry of entries) {
    const key = [entry.currency, entry.account, entry.walletId ?? ''].join(' ');
    sums.set(key, { ...entry, amount: (sums.get(key)?.amount ?? 0n) + entry.amount });
  }
  return Array.from(sums.values()).filter(({ amount }) => amount !== 0n);
}

/** What the entries of each currency sum to: 0, or something is wrong. */
export function sumByCurrency(entries: readonly Entry[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { currency, amount } of entries) sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  return sums;
}
