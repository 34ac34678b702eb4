import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, parseOrUndefined, rawNumber, stringifyJson } from '../../../lib/wire/json.ts';
import { parseJson } from '../../../lib/wire/parse-json.ts';
import { MAX } from '../../support/constants.ts';

const MIN = -(2n ** 63n);

/** Any JSON, as the text that JSON.stringify writes for it. */
const texts = fc.jsonValue().map((value) => JSON.stringify(value));

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

  test.each(['', ' ', '{', '{"a": 1', "{'a': 1}", 'undefined', '01', '1,', '\u0000'])(
    'is undefined of %j, which is no JSON',
    (text) => {
      expect(parseOrUndefined(text)).toBeUndefined();
    },
  );
});

describe('canonicalJson', () => {
  const canonical = (text: string): string => canonicalJson(parseJson(text));

  test.each([
    ['the order of names', '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'],
    ['blanks', '{"a":[1,{"b":2}]}', ' { "a" : [ 1 ,\r\n\t{ "b" : 2 } ] } '],
    ['the spelling of a number', '{"a":1000000,"b":1.5}', '{"a":1e6,"b":15.0e-1}'],
    ['an exponent', '[100]', '[0.01E+4]'],
    ['minus zero', '[0]', '[-0.0]'],
    ['escapes in a name and a text', '{"aé":"/"}', '{"\\u0061\\u00e9":"\\/"}'],
  ])('is the same whatever %s', (_what, one, other) => {
    expect(canonical(other)).toBe(canonical(one));
  });

  test.each([
    ['another number', '[1]', '[2]'],
    ['another sign', '[1]', '[-1]'],
    ['another last digit', '[9007199254740993]', '[9007199254740992]'],
    ['a power of ten', '[10]', '[100]'],
    ['a text of digits', '[1]', '["1"]'],
    ['another order of items', '[1,2]', '[2,1]'],
    ['another name', '{"a":1}', '{"A":1}'],
    ['a name more', '{"a":1}', '{"a":1,"b":null}'],
    ['a value one level up', '[[1],2]', '[[1,2]]'],
    ['an object for an array', '{}', '[]'],
    ['a text for what it reads as', '["true"]', '[true]'],
    ['an exponent that is not computed', '[1e9999999999]', '[1e9999999998]'],
  ])('is another one for %s', (_what, one, other) => {
    expect(canonical(other)).not.toBe(canonical(one));
  });

  test('is the same for every spelling of any integer, short or long', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.nat({ max: 20 }),
        (digits, zeros) => {
          const plain = String(digits * 10n ** BigInt(zeros));
          const tenfold = String(digits * 10n ** BigInt(zeros + 1));
          const spellings = [`${plain}.0`, `${digits}e${zeros}`, `${digits}.000E+${zeros}`, `${tenfold}e-1`];
          for (const spelling of spellings) expect(canonical(spelling)).toBe(canonical(plain));
        },
      ),
      {
        examples: [
          [0n, 0],
          [0n, 20],
        ],
      },
    );
  });

  test('reads back as the same value, and is the same for no other', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const sorted = canonicalJson(parseJson(canonicalJson(parseJson(one))));
        expect(sorted).toBe(canonical(one));
        if (canonical(one) === canonical(other)) expect(JSON.parse(one)).toEqual(JSON.parse(other));
      }),
    );
  });
});
