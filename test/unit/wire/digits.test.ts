import { describe, expect, test } from 'vitest';
import {
  AMOUNTS_AND_IDS,
  IDS_IN_BODIES,
  withDigitsAsText,
  withIdsAsNumbers,
} from '../../../lib/wire/digits.ts';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { parseJson } from '../../../lib/wire/parse-json.ts';

const asText = (value: unknown): unknown => JSON.parse(withDigitsAsText(stringifyJson(value)));

const idsAsNumbers = (body: string): string => stringifyJson(withIdsAsNumbers(parseJson(body)));

describe('amounts and ids as text', () => {
  test('keep every digit and their sign, at any depth', () => {
    const digits = [0n, -5n, 9_007_199_254_740_993n, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 30n];
    for (const name of AMOUNTS_AND_IDS)
      for (const number of digits)
        expect(asText({ payload: { List: [{ [name]: number }] } })).toEqual({
          payload: { List: [{ [name]: String(number) }] },
        });
  });

  test('are the only fields that change', () => {
    const value = {
      Rate: 1.5,
      Position: 7,
      Group: 2,
      Limit: 100,
      Offset: 0,
      amount: 5,
      XAmount: 5,
      AmountX: 5,
    };
    expect(asText(value)).toEqual(value);
  });

  test('stay what they are if they are no numbers', () => {
    const value = { Next: null, WalletAmount: null, CounterpartyId: null, Amount: 'x', Balance: [1] };
    expect(asText(value)).toEqual(value);
    expect(asText({ Next: 'v1.7.8' })).toEqual({ Next: 'v1.7.8' });
  });

  test.each(['"Amount":5', '{"Amount":5}', '\\"Amount":5', '\\', '"', '","Amount":5,"x":"', 'Amount'])(
    'are never found within a text: %s',
    (text) => {
      const json = stringifyJson({ Name: text, [text]: text, Amount: text });
      expect(withDigitsAsText(json)).toBe(json);
    },
  );
});

describe('ids of a body that are strings of digits', () => {
  test('become numbers, at any depth, and nothing else does', () => {
    for (const name of IDS_IN_BODIES)
      expect(idsAsNumbers(`{"Operations":[{"${name}":"9223372036854775807","Amount":"5"}]}`)).toBe(
        `{"Operations":[{"${name}":9223372036854775807,"Amount":"5"}]}`,
      );
    expect(idsAsNumbers('{"WalletId":"007"}')).toBe('{"WalletId":7}');
  });

  test.each([
    '""',
    '"-1"',
    '"1.0"',
    '"1e3"',
    '" 1"',
    '"0x1"',
    '"12345678901234567890"',
    'null',
    'true',
    '[]',
    '["1"]',
  ])('are left as they are if they are something else: %s', (value) => {
    expect(idsAsNumbers(`{"WalletId":${value}}`)).toBe(`{"WalletId":${value}}`);
  });
});
