import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convert, convertUnrounded, MAX_AMOUNT } from '../../../lib/ledger/money.ts';
import { RATE_ONE } from '../../../lib/ledger/rate.ts';
import { MAX } from '../../support/constants.ts';

const amounts = fc.bigInt({ min: 0n, max: MAX_AMOUNT });
const rates = fc.bigInt({ min: 1n, max: 10n ** 21n });

const USD = RATE_ONE;
const EUR = 1_093_809_000_000n;
const RUB = 9_803_000_000n;
const THB = 29_758_000_000n;

describe('convert', () => {
  test('knows the largest signed 64-bit integer and the rate of one dollar', () => {
    expect(MAX_AMOUNT).toBe(MAX);
    expect(RATE_ONE).toBe(10n ** 12n);
  });

  test.each([
    ['200 USD to EUR', 200_000_000n, USD, EUR, 182_847_279n, 182_847_280n],
    ['1 EUR to THB', 1_000_000n, EUR, THB, 36_756_804n, 36_756_805n],
    ['1 THB to RUB', 1_000_000n, THB, RUB, 3_035_601n, 3_035_602n],
    ['1 EUR to USD', 1_000_000n, EUR, USD, 1_093_809n, 1_093_809n],
    ['a millionth of a RUB to EUR', 1n, RUB, EUR, 0n, 1n],
    ['nothing', 0n, EUR, RUB, 0n, 0n],
    [
      'an odd number above 2^53',
      9_007_199_254_740_993n,
      USD,
      USD,
      9_007_199_254_740_993n,
      9_007_199_254_740_993n,
    ],
    [
      'the most there is at the farthest rates',
      MAX_AMOUNT,
      10n ** 21n,
      1n,
      MAX_AMOUNT * 10n ** 21n,
      MAX_AMOUNT * 10n ** 21n,
    ],
    ['the most there is at the farthest rates back', MAX_AMOUNT, 1n, 10n ** 21n, 0n, 1n],
  ])('converts %s', (_what, amount, from, to, down, up) => {
    expect(convert(amount, from, to, 'down')).toBe(down);
    expect(convert(amount, from, to, 'up')).toBe(up);
  });

  test('rounds to the whole numbers next to the true value, which are one apart unless it is whole itself', () => {
    fc.assert(
      fc.property(amounts, rates, rates, (amount, from, to) => {
        const down = convert(amount, from, to, 'down');
        const up = convert(amount, from, to, 'up');
        const trueTimesTo = amount * from;
        expect(down * to <= trueTimesTo && trueTimesTo < (down + 1n) * to).toBe(true);
        expect(trueTimesTo <= up * to && (up - 1n) * to < trueTimesTo).toBe(true);
        expect(up - down).toBe(trueTimesTo % to === 0n ? 0n : 1n);
      }),
    );
  });

  test('changes nothing between currencies of one rate', () => {
    fc.assert(
      fc.property(amounts, rates, fc.constantFrom('down', 'up'), (amount, rate, rounding) => {
        expect(convert(amount, rate, rate, rounding)).toBe(amount);
      }),
    );
  });

  test('makes no money through any chain of currencies and back', () => {
    fc.assert(
      fc.property(amounts, rates, fc.array(rates, { maxLength: 5 }), (amount, home, chain) => {
        const { sum } = [...chain, home].reduce(
          ({ sum, at }, to) => ({ sum: convert(sum, at, to, 'down'), at: to }),
          { sum: amount, at: home },
        );
        expect(sum).toBeLessThanOrEqual(amount);
      }),
    );
  });

  test('takes for a debit at least what it credits when that is converted back', () => {
    fc.assert(
      fc.property(amounts, rates, rates, rates, (amount, named, origin, target) => {
        const taken = convert(amount, named, origin, 'up');
        const added = convert(amount, named, target, 'down');
        expect(added * target).toBeLessThanOrEqual(taken * origin);
      }),
    );
  });

  test('gives nobody more for splitting an amount', () => {
    fc.assert(
      fc.property(amounts, amounts, rates, rates, (a, b, from, to) => {
        const parts = (rounding: 'down' | 'up') =>
          convert(a, from, to, rounding) + convert(b, from, to, rounding);
        expect(parts('down')).toBeLessThanOrEqual(convert(a + b, from, to, 'down'));
        expect(parts('up')).toBeGreaterThanOrEqual(convert(a + b, from, to, 'up'));
      }),
    );
  });

  test.each([
    ['a negative amount', -1n, USD, EUR],
    ['a rate of zero to convert from', 1n, 0n, EUR],
    ['a rate of zero to convert to', 1n, USD, 0n],
    ['a negative rate to convert from', 1n, -USD, EUR],
    ['negative rates on both sides', 1n, -USD, -EUR],
  ])('throws for %s', (_what, amount, from, to) => {
    expect(() => convert(amount, from, to, 'down')).toThrow(RangeError);
    expect(() => convert(amount, from, to, 'up')).toThrow(RangeError);
  });
});

describe('convertUnrounded', () => {
  test.each([
    ['an amount that no rate changes', 9_007_199_254_740_993n, USD, USD, '9007199254740993'],
    ['200 USD to EUR', 200_000_000n, USD, EUR, '182847279.552462998567391564'],
    ['what ends behind the point', 1n, EUR, USD, '1.093809'],
    ['less than a millionth', 1n, RUB, EUR, '0.008962259407263973'],
    ['nothing', 0n, EUR, RUB, '0'],
    ['the least there is', 1n, 1n, 10n ** 21n, '0'],
  ])('gives %s with all digits up to the eighteenth', (_what, amount, from, to, text) => {
    expect(convertUnrounded(amount, from, to)).toBe(text);
  });

  test('lies between what convert rounds down and up', () => {
    fc.assert(
      fc.property(amounts, rates, rates, (amount, from, to) => {
        const [whole = '', fraction] = convertUnrounded(amount, from, to).split('.');
        expect(BigInt(whole)).toBe(convert(amount, from, to, 'down'));
        if (fraction !== undefined) expect(convert(amount, from, to, 'up')).toBe(BigInt(whole) + 1n);
      }),
    );
  });
});
