import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inBatches } from '../../../lib/aws/in-batches.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('inBatches', () => {
  test('hands over every item once, in order, in batches of the size, and gives results in that order', async () => {
    const small = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), small, small, async (count, size, atOnce) => {
        const batches: (readonly number[])[] = [];
        const results = await inBatches(upTo(count), size, atOnce, async (batch) => {
          batches.push(batch);
          return batch.map((item) => item * 2);
        });
        expect(batches.flat()).toEqual(upTo(count));
        expect(batches.slice(0, -1).every(({ length }) => length === size)).toBe(true);
        expect(batches.length).toBe(Math.ceil(count / size));
        expect(results).toEqual(upTo(count).map((item) => item * 2));
      }),
    );
  });

  test('gives results in the order of the items when later batches end first', async () => {
    const ends: (() => void)[] = [];
    const all = inBatches(upTo(6), 2, 3, async (batch) => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return batch;
    });
    expect(ends).toHaveLength(3);
    for (const end of ends.toReversed()) end();
    expect(await all).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('has as many batches under way as it may, and no more', async () => {
    let underWay = 0;
    let most = 0;
    await inBatches(upTo(20), 1, 4, async (batch) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return batch;
    });
    expect(most).toBe(4);
  });

  test('throws once what is under way has ended, and begins nothing more', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const all = inBatches(upTo(9), 1, 3, async ([item = -1]) => {
      begun.push(item);
      if (item === 0) throw new Error('the first one failed');
      await new Promise((resolve) => setImmediate(resolve));
      ended.push(item);
      return [item];
    });
    await expect(all).rejects.toThrow('the first one failed');
    expect(begun).toEqual([0, 1, 2]);
    expect(ended).toEqual([1, 2]);
  });

  test('does nothing for no items', async () => {
    const none = await inBatches([], 10, 8, async () => {
      throw new Error('there was no batch to work on');
    });
    expect(none).toEqual([]);
  });
});
