import type { Operation } from './journal.ts';

/** The rates that may have applied to a currency during a step, and whether it may have been allowed, and withdrawn. */
export interface Possible {
  readonly rates: ReadonlySet<bigint>;
  readonly allowed: boolean;
  readonly withdrawn: boolean;
}

export type PossibleRates = ReadonlyMap<string, Possible>;

/** Whether a leg adds to the balance (1), subtracts from it (-1) or leaves it unchanged (0). */
const SIGNS: Readonly<Record<string, bigint>> = {
  receipt: 1n,
  credit: 1n,
  return: 1n,
  debit: -1n,
  payout: -1n,
  capture: -1n,
  hold: 0n,
  release: 0n,
  expiry: 0n,
  part_capture: -1n,
  payout_hold: 0n,
  payout_cancel: 0n,
  linked_receipt: 1n,
  linked_credit: 1n,
  linked_debit: -1n,
  linked_payout: -1n,
};

export const signOf = ({ leg }: Pick<Operation, 'leg'>): bigint => SIGNS[leg] ?? 0n;

/** Converts an amount, rounding incoming money down and outgoing money up; independent of the code under test. */
export function convert(amount: bigint, from: bigint, to: bigint, sign: bigint): bigint {
  const scaled = amount * from;
  const down = scaled / to;
  return sign < 0n && down * to < scaled ? down + 1n : down;
}
