import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDecimal, toInteger } from '../../../lib/ledger/decimal.ts';

const integerOf = (text: string, scale = 0, maxDigits = 19): bigint | undefined => {
  const decimal = readDecimal(text);
  return decimal && toInteger(decimal, scale, maxDigits);
};

/** A number in several spellings: an integer, with some of its digits behind a point and an exponent that moves it back. */
const spelled = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 19n - 1n }), fc.nat(19), fc.nat(40), fc.constantFrom('e', 'E'))
  .map(([number, places, zeros, e]) => {
    const digits = number.toString().padStart(places + 1, '0');
    const whole = digits.slice(0, digits.length - places);
    const fraction = digits.slice(digits.length - places) + '0'.repeat(zeros);
    const point = fraction === '' ? '' : `.${fraction}`;
    return { number, text: `${whole}${point}${e}${places % 2 === 0 ? '+' : ''}${places}` };
  });

describe('readDecimal', () => {
  test.each([
    ['1000000', '1', 6],
    ['1000000.0', '1', 6],
    ['1e6', '1', 6],
    ['1E+6', '1', 6],
    ['0.1e7', '1', 6],
    ['1000000000e-3', '1', 6],
    ['1.0938090', '1093809', -6],
    ['100.001', '100001', -3],
    ['0', '', 0],
    ['0.000', '', 0],
    ['0e5', '', 0],
    [`0e${'9'.repeat(60_000)}`, '', 0],
    [`1e000${'0'.repeat(60_000)}6`, '1', 6],
  ])('reads %s', (text, digits, exponent) => {
    expect(readDecimal(text)).toEqual({ isNegative: false, digits, exponent });
  });

  test('knows a negative number, and no negative zero', () => {
    expect(readDecimal('-1.50')).toEqual({ isNegative: true, digits: '15', exponent: -1 });
    expect(readDecimal('-0.0')).toEqual({ isNegative: false, digits: '', exponent: 0 });
  });

  test.each(['', ' 1', '1 ', '01', '+1', '.5', '1.', '1e', '0x1', '1_0', 'NaN', '١', '1\n', '1,5'])(
    'reads nothing of %j, which is no JSON number',
    (text) => {
      expect(readDecimal(text)).toBeUndefined();
    },
  );

  test.each([`1e${'9'.repeat(10)}`, `1e-${'9'.repeat(60_000)}`])(
    'refuses an exponent of ten digits',
    (text) => {
      expect(readDecimal(text)).toBeUndefined();
    },
  );
});

describe('toInteger', () => {
  test('is the same for every spelling of a whole number', () => {
    fc.assert(
      fc.property(spelled, ({ number, text }) => {
        expect([text, integerOf(text)]).toEqual([text, number]);
        expect(readDecimal(text)).toEqual(readDecimal(number.toString()));
      }),
    );
  });

  test('keeps every digit of a number that a float would round', () => {
    expect(integerOf('9007199254740993.0')).toBe(9_007_199_254_740_993n);
    expect(integerOf('9.223372036854775807e18')).toBe(9_223_372_036_854_775_807n);
  });

  test('moves the point by the scale', () => {
    expect(integerOf('1.093809000000000000', 12, 22)).toBe(1_093_809_000_000n);
    expect(integerOf('1e-12', 12, 22)).toBe(1n);
  });

  test.each([
    ['digits beyond the scale', '1.5'],
    ['digits beyond the scale by an exponent', '15e-1'],
    ['a negative number', '-1'],
    ['a digit too many', '12345678901234567890'],
    ['a digit too many by an exponent', '1e19'],
  ])('refuses %s', (_what, text) => {
    expect(integerOf(text)).toBeUndefined();
  });

  test('refuses at once what would be a number of a billion digits, and no text makes a slow one', () => {
    const texts = ['1e400', '1e999999999', '1e-999999999', '9'.repeat(65_000), `1${'0'.repeat(65_000)}`];
    const slow = [`${'0.'}${'0'.repeat(65_000)}1`, `${'10'.repeat(32_000)}`, `1.${'0'.repeat(65_000)}1`];
    const started = performance.now();
    for (const text of [...texts, ...slow]) expect(integerOf(text)).toBeUndefined();
    // A quadratic reader takes seconds for each.
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
