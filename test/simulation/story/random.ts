import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeded choices: the same seed gives the same choices on every machine. */
export interface Random {
  /** A whole number from min to max, both included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** One of the choices, with a probability proportional to its weight. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T;
}

/** Resolution of a probability. */
const PARTS = 1_000_000;

/** The largest reference in a script; far larger than any number of items, so that its modulo is about uniform. */
export const MAX_REFERENCE = 1_000_000;

/**
 * @param seeds a run's seed, and the number of a stream of choices: each step of a script has its own stream, so that
 *   earlier steps do not change it
 */
export function random(...seeds: readonly number[]): Random {
  const generator = xoroshiro128plus(seeds.reduce(mixed, 0));
  // The generator's first numbers resemble those of neighbouring seeds.
  for (let i = 0; i < 16; i++) uniformInt(generator, 0, PARTS);
  const int = (min: number, max: number): number => uniformInt(generator, min, max);
  return {
    int,
    chance: (probability) => int(0, PARTS - 1) < probability * PARTS,
    pick: (items) => at(items, int(0, items.length - 1)),
    weighted: (choices) => {
      let left = (int(0, PARTS - 1) / PARTS) * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [choice, weight] of choices) {
        left -= weight;
        if (left < 0) return choice;
      }
      throw new Error('no choice has a weight');
    },
  };
}

/** The item that a reference means. References are numbers of any size, so that a script with fewer steps still runs. */
export function at<T>(items: readonly T[], reference: number): T {
  const item = items[reference % items.length];
  if (item === undefined) throw new Error('there are no items to choose from');
  return item;
}

/** The finaliser of MurmurHash3 (Appleby, public domain): seeds that differ in one bit end far apart. */
function mixed(hash: number, seed: number): number {
  let h = (hash ^ seed) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) + 0x9e3779b9;
}
