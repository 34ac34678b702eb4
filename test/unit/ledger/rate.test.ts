import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRate, parseRate } from '../../../lib/ledger/rate.ts';

const MAX_RATE = 10n ** 21n;
const rates = fc.bigInt({ min: 1n, max: MAX_RATE });

describe('parseRate', () => {
  test.each([
    ['1', 1_000_000_000_000n],
    ['1.0', 1_000_000_000_000n],
    ['1.093809', 1_093_809_000_000n],
    ['0.009803', 9_803_000_000n],
    ['0.029758', 29_758_000_000n],
    ['0.000000000001', 1n],
    ['1.000000000001', 1_000_000_000_001n],
    ['0.100000000000', 100_000_000_000n],
    ['1000000000', MAX_RATE],
    ['1000000000.000000000000', MAX_RATE],
    ['999999999.999999999999', MAX_RATE - 1n],
    ['5e-7', 500_000n],
    ['5E-7', 500_000n],
    ['1e-12', 1n],
    ['1.5e-11', 15n],
    ['1e9', MAX_RATE],
    ['1E+9', MAX_RATE],
    ['1.25e2', 125_000_000_000_000n],
    ['1e0', 1_000_000_000_000n],
    ['1.093809000000000000', 1_093_809_000_000n],
    ['1.0938090000000', 1_093_809_000_000n],
    ['1.1000000000000', 1_100_000_000_000n],
    ['0.0000000000010', 1n],
    ['10e-13', 1n],
    ['1.20e-11', 12n],
    [`1.5${'0'.repeat(60_000)}`, 1_500_000_000_000n],
    [`0.0${'0'.repeat(60_000)}15e60000`, 15_000_000_000n],
  ])('reads %s', (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  test.each([
    ['zero', '0'],
    ['zero with a fraction', '0.0'],
    ['zero with an exponent', '0e5'],
    ['minus zero', '-0'],
    ['a negative', '-1.5'],
    ['a negative exponent form', '-5e-7'],
    ['13 fraction digits', '1.0000000000001'],
    ['less than the least', '0.0000000000001'],
    ['less than the least as an exponent', '1e-13'],
    ['13 fraction digits behind an exponent', '1.2e-12'],
    ['more than the most', '1000000000.000000000001'],
    ['more than the most as an exponent', '1e10'],
    ['far more than the most', '99e99'],
    ['a huge exponent', '1e999999999'],
    ['a huge negative exponent', '1e-999999999'],
    ['an exponent beyond any number', `1e${'9'.repeat(1_000)}`],
    ['all digits that a body holds', '9'.repeat(65_000)],
    ['nothing', ''],
    ['a space', ' '],
    ['spaces around', ' 1 '],
    ['a line break behind', '1\n'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['a word', 'one'],
    ['a plus', '+1'],
    ['no whole part', '.5'],
    ['no fraction', '1.'],
    ['no exponent', '1e'],
    ['two points', '1.0.0'],
    ['a decimal comma', '1,5'],
    ['a hexadecimal number', '0x10'],
    ['a separator', '1_000'],
    ['a bigint', '1n'],
    ['digits of another script', '١'],
  ])('refuses %s', (_what, text) => {
    expect(parseRate(text)).toBeUndefined();
  });

  test('reads every number of up to 12 fraction digits as JSON.stringify writes it, exponents included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), fc.integer({ min: 0, max: 12 }), (digits, places) => {
        const text = JSON.stringify(Number(`${digits}e-${places}`));
        expect(parseRate(text)).toBe(BigInt(digits) * 10n ** BigInt(12 - places));
      }),
    );
  });

  test('reads whole and fraction digits to the last one', () => {
    const digits = fc.stringMatching(/^[0-9]{1,12}$/);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), digits, (whole, fraction) => {
        const rate = BigInt(whole) * 10n ** 12n + BigInt(fraction.padEnd(12, '0'));
        expect(parseRate(`${whole}.${fraction}`)).toBe(rate === 0n ? undefined : rate);
      }),
    );
  });
});

describe('formatRate', () => {
  test.each([
    [1n, '0.000000000001'],
    [500_000n, '0.0000005'],
    [1_093_809_000_000n, '1.093809'],
    [1_000_000_000_000n, '1'],
    [10_000_000_000_000n, '10'],
    [MAX_RATE - 1n, '999999999.999999999999'],
    [MAX_RATE, '1000000000'],
  ])('writes %s as %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });

  test('writes a JSON number, without trailing zeros, that reads back as the same rate', () => {
    fc.assert(
      fc.property(rates, (rate) => {
        const text = formatRate(rate);
        expect(text).toMatch(/^(0|[1-9]\d*)(\.\d{0,11}[1-9])?$/);
        expect(parseRate(text)).toBe(rate);
      }),
    );
  });
});
