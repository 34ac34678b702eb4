import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isRawNumber,
  parseJson,
  parseOrUndefined,
  rawNumber,
  stringifyJson,
} from '../../../lib/wire/json.ts';
import { MAX } from '../../support/constants.ts';

const MIN = -(2n ** 63n);

/** Any JSON, as the text that JSON.stringify writes for it. */
const texts = fc.jsonValue().map((value) => JSON.stringify(value));

describe('parseJson', () => {
  test.each([
    '9007199254740993',
    String(MAX),
    String(MIN),
    '1.093809',
    '0.000000000001',
    '5e-7',
    '-0',
    '1.0',
    '1E400',
  ])('keeps the number %s as its text, however deep it is', (number) => {
    expect(parseJson(number)).toEqual({ rawJSON: number });
    const nested = parseJson(`{"a": [ {"b": ${number}}, [${number}] ]}`);
    expect(nested).toEqual({ a: [{ b: { rawJSON: number } }, [{ rawJSON: number }]] });
    expect(isRawNumber((nested as { a: [{ b: unknown }] }).a[0].b)).toBe(true);
  });

  test('keeps rates as text', () => {
    const { Rates } = parseJson('{"Rates": {"USD": 1.0, "EUR": 1.093809}}') as { Rates: object };
    expect(Rates).toEqual({ USD: { rawJSON: '1.0' }, EUR: { rawJSON: '1.093809' } });
  });

  test('leaves everything else as it is, and mistakes no object of the caller for a number', () => {
    const text = '{"a":"5","b":true,"c":null,"d":[],"e":{},"f":{"rawJSON":"1"},"":"x"}';
    const value = parseJson(text) as { f: unknown };
    expect(value).toEqual(JSON.parse(text));
    expect(isRawNumber(value.f)).toBe(false);
  });

  test('makes of a field named __proto__ a field like any other', () => {
    const value = parseJson('{"__proto__": {"Amount": 1}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test.each([
    '',
    ' ',
    '{',
    '{"a":}',
    "{'a':1}",
    '{"a":1,}',
    'undefined',
    'NaN',
    '01',
    '+1',
    '.5',
    '1n',
    '\u{feff}{}',
  ])('throws a SyntaxError for %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test('throws a RangeError for what is nested too deeply, and does not crash', () => {
    const depth = 200_000;
    expect(() => parseJson('['.repeat(depth) + ']'.repeat(depth))).toThrow(RangeError);
  });
});

describe('stringifyJson', () => {
  test('writes bigints as numbers with all their digits, however deep they are', () => {
    const value = { a: 9_007_199_254_740_993n, b: [MAX, { c: MIN }], d: [[0n]] };
    expect(stringifyJson(value)).toBe(
      '{"a":9007199254740993,"b":[9223372036854775807,{"c":-9223372036854775808}],"d":[[0]]}',
    );
  });

  test('writes raw numbers word for word, and takes nothing for one that is none', () => {
    expect(stringifyJson({ Rate: rawNumber('1.093809000') })).toBe('{"Rate":1.093809000}');
    for (const text of ['', 'x', '{}', '[1]', ' 1', '1 ', '1,2']) {
      expect(() => rawNumber(text)).toThrow(SyntaxError);
    }
  });

  test('leaves out what is undefined, and keeps null', () => {
    expect(stringifyJson({ a: undefined, b: null })).toBe('{"b":null}');
  });

  test('gives back any 64-bit integer that was parsed, and parses any that was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: MIN, max: MAX }), (number) => {
        expect(stringifyJson(parseJson(`{"a":[${number}]}`))).toBe(`{"a":[${number}]}`);
        expect(parseJson(stringifyJson([number]))).toEqual([{ rawJSON: number.toString() }]);
      }),
    );
  });

  test('gives back any JSON that was parsed', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(stringifyJson(parseJson(text))).toBe(text);
      }),
    );
  });
});

describe('parseOrUndefined', () => {
  test('is what JSON.parse makes of JSON', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseOrUndefined(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('keeps all digits where it is told to parse so', () => {
    expect(parseOrUndefined(`{"a": ${MAX}}`, parseJson)).toEqual({ a: { rawJSON: String(MAX) } });
  });

  test.each(['', ' ', '{', '{"a": 1', "{'a': 1}", 'undefined', '01', '1,', '\u0000'])(
    'is undefined of %j, which is no JSON',
    (text) => {
      expect(parseOrUndefined(text)).toBeUndefined();
      expect(parseOrUndefined(text, parseJson)).toBeUndefined();
    },
  );

  test('is undefined of JSON that is nested too deeply', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(() => parseJson(deep)).toThrow(RangeError);
    expect(parseOrUndefined(deep, parseJson)).toBeUndefined();
  });

  test('throws what is no matter of the text', () => {
    const broken = (): never => {
      throw new TypeError('a bug');
    };
    expect(() => parseOrUndefined('1', broken)).toThrow('a bug');
  });
});
