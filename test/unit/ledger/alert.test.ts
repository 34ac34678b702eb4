import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALERT_DIRECTIONS, isCrossed } from '../../../lib/ledger/alert.ts';

const balance = fc.bigInt({ min: -5n, max: 5n });

describe('an alert', () => {
  test.each([
    ['below', 5n, 4n, true],
    ['below', 6n, 5n, false],
    ['below', 4n, 3n, false],
    ['below', 4n, 5n, false],
    ['above', 5n, 6n, true],
    ['above', 4n, 5n, false],
    ['above', 6n, 7n, false],
    ['above', 6n, 5n, false],
  ] as const)('%s 5 tells %i to %i: %s', (direction, before, after, isTold) => {
    expect(isCrossed({ direction, threshold: 5n }, before, after)).toBe(isTold);
  });

  test('fires only at the edge, and between two firings the balance was on its other side', () => {
    const edge = fc.record({ direction: fc.constantFrom(...ALERT_DIRECTIONS), threshold: balance });
    fc.assert(
      fc.property(edge, fc.array(balance, { minLength: 2 }), ({ direction, threshold }, balances) => {
        const isBeyond = (at: bigint) => (direction === 'below' ? at < threshold : at > threshold);
        const firings = balances.flatMap((after, index) =>
          index > 0 && isCrossed({ direction, threshold }, balances[index - 1] ?? 0n, after) ? [index] : [],
        );
        const turns = balances.flatMap((after, index) =>
          index > 0 && isBeyond(after) && !isBeyond(balances[index - 1] ?? 0n) ? [index] : [],
        );
        expect(firings).toEqual(turns);
        for (const [place, firing] of firings.slice(1).entries())
          expect(balances.slice(firings[place], firing).some((at) => !isBeyond(at))).toBe(true);
      }),
    );
  });
});
