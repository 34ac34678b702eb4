import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { problemOf } from '../../../lib/wire/field.ts';
import * as fields from '../../../lib/wire/fields.ts';
import { parseJson } from '../../../lib/wire/parse-json.ts';
import { MAX } from '../../support/constants.ts';

/** What a field makes of a value, or what it says is wrong with it. */
function read(field: z.ZodType, value: unknown): unknown {
  const result = field.safeParse(value);
  return result.success ? result.data : result.error.issues.map(({ message }) => message).join('; ');
}

/** The same of a value in a JSON body. */
const readJson = (field: z.ZodType, json: string): unknown => read(field, parseJson(json));

const INTEGERS = { amount: fields.amount, walletId: fields.walletId };

describe.each(Object.entries(INTEGERS))('%s in a body', (_name, field) => {
  test.each([
    ['1', 1n],
    ['9007199254740993', 9_007_199_254_740_993n],
    [String(MAX), MAX],
    ['1.0', 1n],
    ['1000000.0', 1_000_000n],
    ['1e6', 1_000_000n],
    ['1E+6', 1_000_000n],
    ['0.000001e12', 1_000_000n],
    ['1000000000e-3', 1_000_000n],
    ['9007199254740993.000', 9_007_199_254_740_993n],
    ['9.223372036854775807e18', MAX],
    [`5.${'0'.repeat(60_000)}`, 5n],
  ])('is %s with all its digits', (json, value) => {
    expect(readJson(field, json)).toBe(value);
  });

  test.each(['null', '""', '" "'])('is missing as %s', (json) => {
    expect(readJson(field, json)).toBe('is missing');
    expect(read(field, undefined)).toBe('is missing');
  });

  test.each([
    ['0', '0'],
    ['-0', '-0'],
    ['-5', '-5'],
    [String(MAX + 1n), String(MAX + 1n)],
    ['5.5', '5.5'],
    ['0.0', '0.0'],
    ['0e6', '0e6'],
    ['-1e6', '-1e6'],
    ['1e-1', '1e-1'],
    ['1.5e0', '1.5e0'],
    ['9.223372036854775808e18', '9.223372036854775808e18'],
    ['1E400', '1E400'],
    ['1e999999999', '1e999999999'],
    [`1e${'9'.repeat(60)}`, `1e${'9'.repeat(38)}`],
    ['"1000000.0"', '"1000000.0"'],
    ['9'.repeat(60), '9'.repeat(40)],
    ['" 5"', '" 5"'],
    ['"5 "', '"5 "'],
    ['"5.5"', '"5.5"'],
    ['"-5"', '"-5"'],
    ['"+5"', '"+5"'],
    ['"1e6"', '"1e6"'],
    ['"0x10"', '"0x10"'],
    ['"5n"', '"5n"'],
    ['"5\\n"', '"5\\n"'],
    ['"٥"', '"٥"'],
    [`"${MAX + 1n}"`, `"${MAX + 1n}"`],
    ['"five"', '"five"'],
    ['true', 'boolean'],
    ['false', 'boolean'],
    ['[]', 'an array'],
    ['[5]', 'an array'],
    ['{}', 'object'],
    ['{"rawJSON":"5"}', 'object'],
  ])('is refused as %s, with what it got', (json, shown) => {
    expect(readJson(field, json)).toMatch(/^must be a whole number.* from 1 to 9223372036854775807, not /);
    expect(readJson(field, json)).toMatch(new RegExp(`, not ${shown.replace(/[\\+.]/g, '\\$&')}$`));
  });
});

test('an amount is taken as a string of digits, an id is not', () => {
  expect(readJson(fields.amount, '"5"')).toBe(5n);
  expect(readJson(fields.amount, `"${MAX}"`)).toBe(MAX);
  expect(readJson(fields.walletId, '"5"')).toMatch(/^must be a whole number .*, not "5"$/);
});

describe('a currency', () => {
  test.each(['USD', 'EUR', 'A1B', '123', 'ABCDEFGHIJKL'])('may be %s', (name) => {
    expect(read(fields.currency, name)).toBe(name);
  });

  test.each(['usd', 'US', 'ABCDEFGHIJKLM', 'US D', ' USD', 'USD\n', 'US-D', 'ÜSD', '€€€', 'US\0', "US';--"])(
    'is not allowed as %j',
    (name) => {
      expect(read(fields.currency, name)).toBe('is not allowed');
    },
  );

  test.each([
    ['null', 'is missing'],
    ['""', 'is missing'],
    ['5', 'must be a string, not 5'],
    ['true', 'must be a string, not boolean'],
    ['["USD"]', 'must be a string, not an array'],
    ['{}', 'must be a string, not object'],
  ])('is refused as %s', (json, problem) => {
    expect(readJson(fields.currency, json)).toBe(problem);
  });
});

describe('a name or a place', () => {
  test.each([
    ['Jon Snow'],
    ["Robert'); DROP TABLE wallets;--"],
    ['雪'.repeat(200)],
    ['🐎'.repeat(200)],
    [' in the middle of spaces '],
    ['\u0001\u007f\ufeff'],
  ])('is kept as it is: %j', (value) => {
    expect(read(fields.text, value)).toBe(value);
  });

  test.each([
    ['null', 'is missing'],
    ['""', 'is missing'],
    ['" \\t\\n\\u00a0\\u3000"', 'is missing'],
    ['5', 'must be a string, not 5'],
    ['false', 'must be a string, not boolean'],
    ['["x"]', 'must be a string, not an array'],
    ['"a\\u0000b"', 'must be valid Unicode without NUL'],
    ['"a\\ud800"', 'must be valid Unicode without NUL'],
    ['"\\udc0e\\ud83d"', 'must be valid Unicode without NUL'],
    [`"${'a'.repeat(201)}"`, 'must have at most 200 characters, not 201'],
    [`"${'🐎'.repeat(201)}"`, 'must have at most 200 characters, not 201'],
  ])('is refused as %s', (json, problem) => {
    expect(readJson(fields.text, json)).toBe(problem);
  });
});

describe('rates', () => {
  test('are integers of 10^-12 by name', () => {
    const json = '{"USD": 1.0, "EUR": 1.093809, "SHIB": 5e-7, "123": 1000000000, "MIN": 0.000000000001}';
    expect(readJson(fields.rates, json)).toEqual(
      new Map([
        ['USD', 10n ** 12n],
        ['EUR', 1_093_809_000_000n],
        ['SHIB', 500_000n],
        ['123', 10n ** 21n],
        ['MIN', 1n],
      ]),
    );
  });

  const object = (count: number) =>
    `{${Array.from({ length: count }, (_, i) => `"R${String(i).padStart(4, '0')}": 1.5`).join(',')}}`;

  test('are up to 1000', () => {
    expect((readJson(fields.rates, object(1_000)) as Map<string, bigint>).size).toBe(1_000);
    expect(readJson(fields.rates, object(1_001))).toBe('must have at most 1000 rates, not 1001');
  });

  test.each(['null', '""', '{}'])('are missing as %s', (json) => {
    expect(readJson(fields.rates, json)).toBe('is missing');
  });

  test.each([
    ['[]', /^must be an object of rates by currency, not an array$/],
    ['1.5', /^must be an object of rates by currency, not 1.5$/],
    ['"EUR"', /^must be an object of rates by currency, not "EUR"$/],
    ['{"eur": 1.5}', /^has "eur": a name is 3 to 12 of A-Z and 0-9$/],
    ['{"__proto__": 1.5}', /^has "__proto__": a name is/],
    [
      '{"EUR": 0}',
      /^has 0 for EUR: a rate is a number from 0.000000000001 to 1000000000 with up to 12 fraction digits$/,
    ],
    ['{"EUR": -1}', /^has -1 for EUR: a rate is/],
    ['{"EUR": 1.0000000000001}', /^has 1.0000000000001 for EUR: a rate is/],
    ['{"EUR": "1.5"}', /^has "1.5" for EUR: a rate is/],
    ['{"EUR": null}', /^has \w+ for EUR: a rate is/],
    ['{"USD": 1, "EUR": [1.5]}', /^has an array for EUR: a rate is/],
  ])('are refused as %s', (json, problem) => {
    expect(readJson(fields.rates, json)).toMatch(problem);
  });
});

describe('a number in a query', () => {
  const limit = fields.queryInteger(1, 1_000, 100);

  test.each([
    [undefined, 100],
    ['1', 1],
    ['1000', 1_000],
    ['007', 7],
  ])('is of %j %d', (value, number) => {
    expect(read(limit, value)).toBe(number);
  });

  test.each([
    '',
    ' ',
    '0',
    '-1',
    '1001',
    '1.5',
    '1e2',
    '5,6',
    '0x10',
    'ten',
    '9'.repeat(19),
    '9'.repeat(400),
  ])('is refused as %j', (value) => {
    expect(read(limit, value)).toMatch(/^must be a whole number from 1 to 1000, not "/);
  });
});

describe('seconds in a body', () => {
  const field = fields.seconds(1, 60, 30);

  test.each([
    ['60', 60],
    ['60.0', 60],
    ['6e1', 60],
  ])('are %s', (json, seconds) => {
    expect(readJson(field, json)).toBe(seconds);
    expect(read(field, undefined)).toBe(30);
  });

  test.each(['0', '61', '1.5', '1e400', '-1', '"5"', 'null'])('are refused as %s', (json) => {
    expect(readJson(field, json)).toMatch(/^must be a whole number of seconds from 1 to 60, not /);
  });
});

describe('the id of a transaction', () => {
  test.each(['0197a1b2-c3d4-7e5f-8a6b-0123456789ab', '0197A1B2-C3D4-7E5F-8A6B-0123456789AB'])(
    'may be %s',
    (id) => {
      expect(read(fields.uuid, id)).toBe(id);
    },
  );

  test.each([
    '1',
    'x'.repeat(36),
    '0197a1b2c3d47e5f8a6b0123456789ab',
    "0197a1b2-c3d4-7e5f-8a6b-0123456789a'",
  ])('is refused as %j', (id) => {
    expect(read(fields.uuid, id)).toBe(`must be a UUID, not ${JSON.stringify(id)}`);
  });
});

describe('the code of a problem', () => {
  const schema = z.strictObject({
    name: fields.text,
    currency: fields.currency,
    amount: fields.amount,
    list: fields.list(1),
  });
  const good = { name: 'a', currency: 'USD', amount: parseJson('1'), list: [1] };

  const codesOf = (value: object): unknown[] => {
    const { error } = schema.safeParse(value);
    return (error?.issues ?? []).map((issue) => problemOf(issue));
  };

  test.each([
    ['a field that is not there', { name: undefined }, 'missing'],
    ['a field with nothing in it', { amount: null }, 'missing'],
    ['a list with nothing in it', { list: [] }, 'missing'],
    ['a name that no currency has', { currency: 'usd' }, 'not_allowed'],
    ['a field that nobody knows', { other: 1 }, 'unknown'],
    ['a value of the wrong type', { currency: true }, 'malformed'],
    ['a value out of range', { amount: parseJson('0') }, 'malformed'],
  ] as const)('of %s', (_what, wrong, code) => {
    expect(codesOf({ ...good, ...wrong })).toEqual([code]);
  });

  test('of a text that says what another problem is called', () => {
    const said = z.strictObject({ name: z.string().refine(() => false, 'is missing') });
    const { error } = said.safeParse({ name: 'a' });
    expect(error?.issues.map((issue) => problemOf(issue))).toEqual(['malformed']);
  });

  test('is there for every problem of several fields', () => {
    expect(codesOf({ name: '', currency: 'x', amount: 'x', list: [1], other: 1 })).toEqual([
      ...['missing', 'not_allowed', 'malformed', 'unknown'],
    ]);
  });
});
