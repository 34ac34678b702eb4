import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addEach,
  bucketOf,
  countAt,
  LAST_BUCKET,
  PERCENTILE_ERROR,
  percentile,
} from '../../../lib/ledger/settle-times.ts';

const HOUR_MS = 3_600_000;

const counted = (times: readonly number[]): number[] => {
  const counts: number[] = [];
  for (const ms of times) countAt(counts, bucketOf(ms));
  return counts;
};

describe('buckets of settle times', () => {
  test('begin at a millisecond, and end above an hour', () => {
    expect([-5, 0, 1].map(bucketOf)).toEqual([0, 0, 0]);
    expect(bucketOf(1.01)).toBe(1);
    expect(bucketOf(HOUR_MS)).toBeLessThanOrEqual(LAST_BUCKET);
    expect(bucketOf(HOUR_MS * 24)).toBe(LAST_BUCKET);
  });

  test('rise with the time', () => {
    const ms = fc.double({ min: 0, max: HOUR_MS, noNaN: true });
    fc.assert(
      fc.property(ms, ms, (a, b) => {
        expect(bucketOf(Math.min(a, b))).toBeLessThanOrEqual(bucketOf(Math.max(a, b)));
      }),
    );
  });
});

describe('a percentile', () => {
  test('is off by less than a tenth, from a millisecond to an hour', () => {
    const times = fc.array(fc.integer({ min: 1, max: HOUR_MS }), { minLength: 1, maxLength: 200 });
    expect(PERCENTILE_ERROR).toBeLessThan(0.1);
    fc.assert(
      fc.property(times, fc.constantFrom(0.5, 0.95, 1), (all, share) => {
        const exact = all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1] as number;
        const found = percentile(counted(all), share) as number;
        // A share is compared with a product of floats, and a percentile has three digits.
        expect(Math.abs(found / exact - 1)).toBeLessThan(PERCENTILE_ERROR + 0.006);
      }),
    );
  });

  test('is told of what is there, and of nothing else', () => {
    expect(percentile([], 0.5)).toBeNull();
    expect(percentile([0, 0, 0], 0.95)).toBeNull();
    expect(percentile(counted([100]), 0.5)).toBe(percentile(counted([100, 100, 100]), 0.95));
    expect(percentile(counted([1, 1, 1_000]), 0.5)).toBe(1);
  });

  test('of sums is that of all together', () => {
    const times = fc.array(fc.integer({ min: 0, max: HOUR_MS }), { maxLength: 50 });
    fc.assert(
      fc.property(times, times, (a, b) => {
        const sums = counted(a);
        addEach(sums, counted(b));
        expect(sums).toEqual(counted([...a, ...b]));
      }),
    );
  });
});
