import type { Leg, OperationStatus } from './leg.ts';

/** What is in all wallets, and in transit: what left its origin and did not arrive yet. In millionths of a unit. */
export interface Money {
  inWallets: bigint;
  inTransit: bigint;
}

/** A settled operation, as far as it moves money. */
export interface MovedMoney {
  readonly leg: Leg;
  readonly status: OperationStatus;
  readonly amount: bigint;
  readonly currency: string;
  readonly originAmount: bigint | null;
  readonly originCurrency: string | null;
  /** In the wallet's currency; null if declined. */
  readonly walletAmount: bigint | null;
}

/**
 * What each leg does on success: whether it brings money into its wallet or takes it out, and whether what is on its other side is
 * in transit or outside; undefined if it is only about a hold.
 */
const MOVES: Readonly<Record<Leg, readonly [sign: 1n | -1n, isTransit: boolean] | undefined>> = {
  receipt: [1n, false],
  debit: [-1n, true],
  credit: [1n, true],
  return: [1n, true],
  payout: [-1n, false],
  capture: [-1n, true],
  hold: undefined,
  release: undefined,
  expiry: undefined,
  part_capture: [-1n, true],
  payout_hold: undefined,
  payout_cancel: undefined,
  linked_debit: [-1n, true],
  linked_credit: [1n, true],
  linked_receipt: [1n, false],
  linked_payout: [-1n, false],
};

/**
 * Adds what a settled operation moves to sums by currency: the accounts `wallet` and `transit` of the view ledger_entries, by the
 * same rules. A declined credit changes what is in transit from what the caller named to what was taken from the origin.
 *
 * @param walletCurrency the currency of its wallet
 */
export function addMoved(sums: Map<string, Money>, operation: MovedMoney, walletCurrency: string): void {
  const { leg, status, amount, currency, originAmount, originCurrency, walletAmount } = operation;
  if (status === 'success') {
    const move = MOVES[leg];
    if (move === undefined) return;
    const [sign, isTransit] = move;
    of(sums, walletCurrency).inWallets += sign * (walletAmount ?? 0n);
    if (isTransit) of(sums, currency).inTransit -= sign * amount;
  } else if (leg === 'credit') {
    of(sums, currency).inTransit -= amount;
    if (originCurrency !== null) of(sums, originCurrency).inTransit += originAmount ?? 0n;
  }
}

function of(sums: Map<string, Money>, currency: string): Money {
  let money = sums.get(currency);
  if (money === undefined) {
    money = { inWallets: 0n, inTransit: 0n };
    sums.set(currency, money);
  }
  return money;
}
