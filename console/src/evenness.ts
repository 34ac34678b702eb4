import { largest } from './amount.ts';

/** How evenly loads are spread. */
export interface Evenness {
  readonly busiest: bigint;
  readonly total: bigint;
  /** By how many percent the busiest has more than an even share; undefined if there is no load. */
  readonly excessPercent: number | undefined;
}

/** A percentage is told to a tenth. */
const TENTHS = 1_000n;

/** Tells how even loads are: 0 percent if each group has the same. */
export function evennessOf(loads: readonly bigint[]): Evenness {
  const total = loads.reduce((sum, load) => sum + load, 0n);
  const busiest = largest(loads);
  if (total === 0n) return { busiest, total, excessPercent: undefined };
  const share = (busiest * BigInt(loads.length) - total) * TENTHS;
  return { busiest, total, excessPercent: Number(share / total) / 10 };
}
