import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Json, JsonNumber, readJson, writeJson } from '../../../client/src/json.ts';

/** As JSON.parse gives it: every number a double. */
function withDoubles(json: Json): unknown {
  if (json instanceof JsonNumber) return Number(json.text);
  if (Array.isArray(json)) return json.map(withDoubles);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, withDoubles(value)]));
}

const outcomeOf = (read: () => unknown): unknown => {
  try {
    return { value: read() };
  } catch (error) {
    return (error as Error).name;
  }
};

describe('readJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 1, 2), (text, indent) => {
        const given = JSON.stringify(JSON.parse(text), null, indent);
        expect(withDoubles(readJson(given))).toEqual(JSON.parse(given));
      }),
    );
  });

  test('refuses what JSON.parse refuses, and nothing else', () => {
    const pieces = fc.constantFrom(
      ...'{}[]",:\\ \n01-+.eE'.split(''),
      'true',
      'null',
      '"a"',
      '"\\u00e9"',
      '\u0001',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        expect(outcomeOf(() => withDoubles(readJson(text)))).toEqual(outcomeOf(() => JSON.parse(text)));
      }),
      { numRuns: 20_000 },
    );
  });

  test.each(['9007199254740993', '18446744073709551617', '-0', '1.093809', '0.000000000001', '1e400'])(
    'keeps the number %s as it is written',
    (number) => {
      expect(readJson(`{"Rate": ${number}}`)).toEqual({ Rate: new JsonNumber(number) });
    },
  );

  test('makes a field of __proto__, and no prototype', () => {
    const read = readJson('{"__proto__": {"isAdmin": true}}');
    expect(Object.hasOwn(read as object, '__proto__')).toBe(true);
    expect((read as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test('refuses what is nested too deep, without a full stack', () => {
    expect(() => readJson('['.repeat(100_000))).toThrow(SyntaxError);
  });
});

describe('writeJson', () => {
  test('writes a bigint as a string of digits, decimal text as a number, and leaves out what is undefined', () => {
    const body = { WalletId: 9007199254740993n, Rate: new JsonNumber('0.000000000001'), Amount: undefined };
    expect(writeJson({ Operations: [body, 'a"b', null, 5, true] })).toBe(
      '{"Operations":[{"WalletId":"9007199254740993","Rate":0.000000000001},"a\\"b",null,5,true]}',
    );
  });

  test.each([9007199254740992, 1.5, Number.NaN])(
    'refuses the number %d, which may not be what was meant',
    (number) => {
      expect(() => writeJson({ Amount: number })).toThrow(/give amounts and ids as bigint/);
    },
  );

  test('refuses what JSON has no word for', () => {
    expect(() => writeJson({ Name: Symbol('a') })).toThrow(TypeError);
  });
});
