import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAmount, parseAmount, typedAmount } from '../../../console/src/amount.ts';
import { exactUnits } from '../../../console/src/exact.ts';
import { parseRate } from '../../../console/src/rate.ts';

test.each([
  [0n, '0.00'],
  [1n, '0.000001'],
  [2_150_000n, '2.15'],
  [1_000_000_000n, '1,000.00'],
  [9_007_199_254_740_993n, '9,007,199,254.740993'],
  [9_223_372_036_854_775_807n, '9,223,372,036,854.775807'],
  [-1_500_000n, '-1.50'],
])('%d millionths are shown as %s', (amount, shown) => {
  expect(formatAmount(amount)).toBe(shown);
});

test.each([
  ['12.34', 12_340_000n],
  [' 7 ', 7_000_000n],
  ['.5', 500_000n],
  ['3.', 3_000_000n],
  ['0.000001', 1n],
  ['1.10000000', 1_100_000n],
  ['9007199254.740993', 9_007_199_254_740_993n],
])('%s is read to the last digit', (text, amount) => {
  expect(parseAmount(text)).toEqual({ ok: true, amount });
});

test.each([
  ['', 'Type an amount'],
  ['0', 'more than zero'],
  ['-3', 'more than zero'],
  ['1,234', 'without commas'],
  ['1e3', '“1e3” is no amount'],
  ['twelve', '“twelve” is no amount'],
  ['0.1234567', 'at most six decimals; this one has 7'],
  ['9223372036854.775808', 'at most 9,223,372,036,854.775807'],
])('“%s” is refused with a sentence', (text, sentence) => {
  expect(parseAmount(text)).toEqual({ ok: false, error: expect.stringContaining(sentence) });
});

test('nothing is an amount where it is a limit', () => {
  expect(parseAmount('0.00', true)).toEqual({ ok: true, amount: 0n });
});

test('what is typed of any amount is read as that amount', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 9_223_372_036_854_775_807n }), (amount) => {
      expect(parseAmount(typedAmount(amount))).toEqual({ ok: true, amount });
    }),
  );
});

test.each([
  ['45711819.888115749641847891', '45.711819888115749641847891'],
  ['182847279', '182.847279'],
  ['50000000.0000', '50.00'],
  ['1.5', '0.0000015'],
])('%s millionths, not rounded yet, are %s', (millionths, units) => {
  expect(exactUnits(millionths)).toBe(units);
});

describe('a rate', () => {
  test('keeps its digits as they were typed', () => {
    expect(parseRate(' 01.093809000 ')).toEqual({ ok: true, rate: '1.093809' });
    expect(parseRate('0.000000000001')).toEqual({ ok: true, rate: '0.000000000001' });
  });

  test.each([
    ['0.0', 'more than zero'],
    ['1,09', 'with a point'],
    ['0.0000000000001', 'at most 12 decimals'],
  ])('of “%s” is refused with a sentence', (text, sentence) => {
    expect(parseRate(text)).toEqual({ ok: false, error: expect.stringContaining(sentence) });
  });
});
