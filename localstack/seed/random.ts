import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeded choices: the same seed gives the same choices on every machine. */
export interface Random {
  /** A whole number from min to max, both included. */
  readonly int: (min: number, max: number) => number;
  /** True in so many of a hundred cases. */
  readonly percent: (share: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
}

/** The golden ratio in 32 bits: streams of one seed begin far apart. */
const STREAM = 0x9e3779b9;

/** The generator's first numbers resemble those of neighbouring seeds. */
const SKIPPED = 16;

/** @param stream one of several independent rows of choices with the same seed */
export function random(seed: number, stream: number): Random {
  const generator = xoroshiro128plus((seed ^ Math.imul(stream + 1, STREAM)) | 0);
  const int = (min: number, max: number): number => uniformInt(generator, min, max);
  for (let i = 0; i < SKIPPED; i++) int(0, 1);
  return {
    int,
    percent: (share) => int(1, 100) <= share,
    pick: (items) => itemAt(items, int(0, items.length - 1)),
  };
}

/** Chooses indexes with a probability proportional to their weights. */
export type Weighted = (random: Random) => number;

/** @param weights whole numbers, whose sum is 1 or more and below 2³¹ */
export function weighted(weights: readonly number[]): Weighted {
  const sums: number[] = [];
  let sum = 0;
  for (const weight of weights) {
    sum += weight;
    sums.push(sum);
  }
  return ({ int }) => firstAbove(sums, int(0, sum - 1));
}

/** The first index whose sum is above a number, by halving. */
function firstAbove(sums: readonly number[], number: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The weight of the first of many; the sum of up to a million stays below 2³¹. */
const FIRST_WEIGHT = 10_000_000;

/** Weights of a long tail (Zipf): few have most of the activity, and many have little. */
export const longTail = (count: number): Weighted =>
  weighted(Array.from({ length: count }, (_, rank) => Math.ceil(FIRST_WEIGHT / (rank + 1))));

/** @throws RangeError if there is no item at that index */
export function itemAt<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no item ${index}`);
  return item;
}
