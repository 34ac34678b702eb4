import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { karmarkarKarp, MAX_GROUPS } from '../../../lib/groups/differencing.ts';
import { timed } from '../../support/cpu-time.ts';

const sumsOf = (loads: readonly number[], groups: number) => {
  const sums = new Array<number>(groups).fill(0);
  karmarkarKarp(loads, groups).forEach((group, item) => {
    sums[group] = (sums[group] ?? Number.NaN) + (loads[item] ?? Number.NaN);
  });
  return sums.toSorted((a, b) => a - b);
};

const countsOf = (loads: readonly number[], groups: number) => {
  const counts = new Array<number>(groups).fill(0);
  for (const group of karmarkarKarp(loads, groups)) counts[group] = (counts[group] ?? Number.NaN) + 1;
  return counts;
};

const spreadOf = (values: readonly number[]) => Math.max(...values) - Math.min(...values);

/**
 * The method as the papers tell it, slowly: every spread it can end with, as equal differences may be taken in any
 * order. Tuples are sorted descending and less their smallest sum, so the first sum is the difference.
 */
const spreadsByTheBook = (loads: readonly number[], groups: number): Set<number> => {
  const spreads = new Set<number>();
  const seen = new Set<string>();
  const normal = (sums: number[]) => {
    const sorted = sums.toSorted((a, b) => b - a);
    return sorted.map((sum) => sum - (sorted.at(-1) ?? 0));
  };
  const difference = (tuple: readonly number[] | undefined) => tuple?.[0] ?? 0;
  const visit = (unsorted: number[][]) => {
    const tuples = unsorted.toSorted(
      (a, b) => difference(b) - difference(a) || (a.join() < b.join() ? -1 : 1),
    );
    const key = tuples.join(';');
    if (seen.has(key)) return;
    seen.add(key);
    if (tuples.length < 2) {
      spreads.add(difference(tuples[0]));
      return;
    }
    const [largest, second] = [difference(tuples[0]), difference(tuples[1])];
    tuples.forEach((a, i) => {
      if (difference(a) !== largest) return;
      tuples.forEach((b, j) => {
        if (j <= i || difference(b) !== second) return;
        const joined = normal(a.map((sum, lane) => sum + (b[groups - 1 - lane] ?? 0)));
        visit([...tuples.filter((_, at) => at !== i && at !== j), joined]);
      });
    });
  };
  visit(loads.map((load) => normal([load, ...new Array<number>(groups - 1).fill(0)])));
  return spreads;
};

describe('karmarkarKarp', () => {
  test('splits a worked example into 12, 12 and 11', () => {
    expect(sumsOf([1, 7, 5, 10, 9, 3], 3)).toEqual([11, 12, 12]);
  });

  test('puts the largest of three loads against the two others', () => {
    expect(sumsOf([1234, 5678, 0, 3456], 2)).toEqual([4690, 5678]);
  });

  test('ends with a difference of 2 for 8, 7, 6, 5, 4, as differencing does and a perfect split would not', () => {
    expect(sumsOf([8, 7, 6, 5, 4], 2)).toEqual([14, 16]);
  });

  test('ends as the method by the book does, whatever the ties', () => {
    const cases = fc.tuple(fc.array(fc.nat(12), { maxLength: 8 }), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(cases, ([loads, groups]) => {
        expect(spreadsByTheBook(loads, groups)).toContain(spreadOf(sumsOf(loads, groups)));
      }),
      { numRuns: 500 },
    );
  });

  test('ends as the method by the book does for many loads of all magnitudes', () => {
    const load = fc.tuple(fc.nat(2 ** 30), fc.nat(20)).map(([digits, shift]) => digits * 2 ** shift);
    const cases = fc.tuple(fc.array(load, { maxLength: 60, size: 'max' }), fc.integer({ min: 1, max: 10 }));
    fc.assert(
      fc.property(fc.noBias(cases), ([loads, groups]) => {
        expect(spreadsByTheBook(loads, groups)).toContain(spreadOf(sumsOf(loads, groups)));
      }),
      // Smaller loads have more ties than can be followed up.
      { numRuns: 200, endOnFailure: true },
    );
  });

  test('gives every load a group in range, the same ones each time, from any kind of array', () => {
    const cases = fc.tuple(fc.array(fc.nat()), fc.integer({ min: 1, max: 70 }));
    fc.assert(
      fc.property(cases, ([loads, groups]) => {
        const result = karmarkarKarp(loads, groups);
        expect(result).toHaveLength(loads.length);
        expect(result.every((group) => group < groups)).toBe(true);
        expect(karmarkarKarp(Uint32Array.from(loads), groups)).toEqual(result);
        expect(karmarkarKarp(Float64Array.from(loads), groups)).toEqual(result);
      }),
    );
  });

  test('splits equal loads evenly', () => {
    expect(countsOf(new Array<number>(1000).fill(7), 8)).toEqual(new Array(8).fill(125));
    expect(spreadOf(countsOf(new Array<number>(1003).fill(7), 10))).toBe(1);
  });

  test('deals loads of zero evenly, next to others too', () => {
    expect(countsOf(new Array<number>(100).fill(0), 10)).toEqual(new Array(10).fill(10));
    const loads = [900, 0, 0, 50, 0, 0, 40, 0, 0, 0, 10];
    const zeros = [0, 0, 0];
    karmarkarKarp(loads, 3).forEach((group, item) => {
      if (loads[item] === 0) zeros[group] = (zeros[group] ?? 0) + 1;
    });
    expect(zeros.toSorted((a, b) => a - b)).toEqual([2, 2, 3]);
  });

  test('gives each load a group of its own when there are fewer of them than groups', () => {
    expect(sumsOf([5, 0, 9], 5)).toEqual([0, 0, 0, 5, 9]);
    expect(spreadOf(countsOf([5, 0, 9], 5))).toBe(1);
  });

  test('takes no loads, and one group', () => {
    expect(karmarkarKarp([], 4)).toEqual(new Uint16Array(0));
    expect(karmarkarKarp([3, 0, 4], 1)).toEqual(new Uint16Array(3));
  });

  test('keeps sums up to 2^53 - 1 exact', () => {
    const half = 2 ** 52;
    expect(sumsOf([half - 1, half - 3, 2, 1], 2)).toEqual([half - 1, half]);
  });

  test('takes the most groups there can be', () => {
    const loads = Array.from({ length: 2 * MAX_GROUPS }, (_, item) => item);
    expect(new Set(sumsOf(loads, MAX_GROUPS))).toEqual(new Set([2 * MAX_GROUPS - 1]));
  });

  test.each([
    [[1, -1], 2, 'load 1 must be an integer'],
    [[0.5], 2, 'load 0 must be an integer'],
    [[Number.NaN], 1, 'load 0 must be an integer'],
    [[1, 2 ** 53], 2, 'load 1 must be an integer'],
    [[2 ** 53 - 1, 0, 1], 2, 'the loads up to 2 come to more than'],
    [[1], 0, 'groups must be an integer from 1'],
    [[1], 1.5, 'groups must be an integer from 1'],
    [[1], MAX_GROUPS + 1, 'groups must be an integer from 1'],
    [{ length: 2 ** 31 + 1 }, 2, 'at most 2147483648 loads'],
  ])('refuses %j in %d groups', (loads, groups, message) => {
    const call = () => karmarkarKarp(loads as ArrayLike<number>, groups);
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  });

  test('splits 200,000 loads into 100 groups in less than two seconds of processor time', () => {
    const loads = Array.from({ length: 200_000 }, (_, item) => 1 + ((item * 7919) % 1_000_003));
    const [sums, cpuMs] = timed(() => sumsOf(loads, 100));
    expect(cpuMs).toBeLessThan(2000);
    expect(spreadOf(sums)).toBeLessThan(10);
  });
});
