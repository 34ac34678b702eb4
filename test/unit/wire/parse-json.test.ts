import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRawNumber, parseOrUndefined, stringifyJson } from '../../../lib/wire/json.ts';
import { DoubledNameError, JsonSyntaxError, parseJson } from '../../../lib/wire/parse-json.ts';
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
    '{"a" 1}',
    '{1:2}',
    '[1 2]',
    '"\\x"',
    '"\\u12g4"',
    '"a\nb"',
    '1.',
    '-',
    'tru',
    'truee',
    '{}{}',
    '\u00a0{}',
    '// a\n{}',
  ])('throws a SyntaxError for %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test('throws a RangeError for what is nested too deeply, and does not crash', () => {
    const depth = 200_000;
    expect(() => parseJson('['.repeat(depth) + ']'.repeat(depth))).toThrow(RangeError);
  });
});

/** JSON with a few characters changed, most of which is no JSON any more. */
const damaged = fc
  .tuple(
    texts,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom('"', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', '\\', ' ', '\n', 'u', ''),
      ),
    ),
  )
  .map(([text, changes]) =>
    changes.reduce((changed, [at, by]) => {
      const place = at % (changed.length + 1);
      return changed.slice(0, place) + by + changed.slice(place + 1);
    }, text),
  );

/** A value as JSON.parse has it, but for minus zero. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => (isRawNumber(item) ? Number(item.rawJSON) : item)),
  );

describe('what parseJson takes', () => {
  test('is what JSON.parse takes, and means the same, but for names that stand twice', () => {
    let taken = 0;
    fc.assert(
      fc.property(damaged, (text) => {
        const parsed = parseOrUndefined(text);
        const expected = parsed === undefined ? undefined : plain(parsed);
        let read: unknown;
        try {
          read = plain(parseJson(text));
          taken += 1;
        } catch (error) {
          if (error instanceof DoubledNameError) return;
          expect(error).toBeInstanceOf(SyntaxError);
        }
        expect(read).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test('may be nested 50 deep, and no deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parseJson(nested(50))).not.toThrow();
    expect(() => parseJson(nested(51))).toThrow('nested more than 50 deep');
    expect(() => parseJson('{"a":'.repeat(51))).toThrow(RangeError);
  });

  test('is read in time that grows with its length alone', () => {
    const long = [
      `"${'a'.repeat(130_000)}"`,
      `"${'\\n'.repeat(65_000)}"`,
      `[${'1,'.repeat(65_000)}1]`,
      ' '.repeat(130_000),
    ];
    const started = performance.now();
    for (const text of [...long, ...long.map((each) => each.slice(0, -1))]) {
      try {
        parseJson(text);
      } catch (error) {
        expect(error).toBeInstanceOf(JsonSyntaxError);
      }
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('a name that stands twice', () => {
  test.each([
    ['in an object', '{"Amount":1,"Amount":7000000}', 'Amount'],
    ['with the same value', '{"a":1,"a":1}', 'a'],
    ['far apart', '{"a":1,"b":2,"c":3,"a":4}', 'a'],
    ['deep down', '{"Rates":{"EUR":1.1,"EUR":1.2}}', 'Rates.EUR'],
    ['in an object of a list', '{"Operations":[{"a":1},{"a":1,"b":2,"a":1}]}', 'Operations.1.a'],
    ['once with escapes', '{"Amount":1,"\\u0041mount":2}', 'Amount'],
    ['as __proto__', '{"__proto__":1,"__proto__":2}', '__proto__'],
    ['as the empty name', '{"":1,"":2}', ''],
  ])('is refused %s, by what leads to it', (_where, text, path) => {
    expect(() => parseJson(text)).toThrow(DoubledNameError);
    expect(() => parseJson(text)).toThrow(`${path} stands twice`);
  });

  test.each(['{"a":{"a":1},"b":{"a":2}}', '[{"a":1},{"a":2}]', '{"a":1,"A":2}', '{"é":1,"e\u0301":2}'])(
    'is none in %s',
    (text) => {
      expect(() => parseJson(text)).not.toThrow();
    },
  );

  test('is shown in part if it is long', () => {
    const name = 'x'.repeat(60_000);
    const read = () => parseJson(`{"a":{"${name}":1,"${name}":2}}`);
    expect(read).toThrow(new DoubledNameError(`a.${'x'.repeat(40)}`));
  });
});

describe('where a text stops to be JSON', () => {
  test.each([
    ['', 'line 1, column 1 has the end instead of a value'],
    ['{"a": 1', 'line 1, column 8 has the end instead of "," or "}"'],
    ['{"a": 1,}', 'line 1, column 9 has "}" instead of a name in double quotes'],
    ["{'a': 1}", 'line 1, column 2 has "\'" instead of a name in double quotes'],
    ['{"a" 1}', 'line 1, column 6 has "1" instead of ":"'],
    ['{"a":\n  05}', 'line 2, column 4 has "5" instead of "," or "}"'],
    ['[1 2]', 'line 1, column 4 has "2" instead of "," or "]"'],
    ['{} // x', 'line 1, column 4 has "/" instead of the end'],
    ['{"a": "x\ny"}', 'line 1, column 9 has U+000A instead of the rest of a string'],
    ['{"a": "\\q"}', 'line 1, column 8 has "\\" instead of the rest of a string'],
    ['{"a": NaN}', 'line 1, column 7 has "N" instead of a value'],
    ['{"a": 🐎}', 'line 1, column 7 has U+1F40E instead of a value'],
    ['"secret', 'line 1, column 8 has the end instead of the rest of a string'],
    ['{"a": 1 "b"}', `line 1, column 9 has '"' instead of "," or "}"`],
  ])('is told for %j, with one character of it', (text, message) => {
    expect(() => parseJson(text)).toThrow(new JsonSyntaxError(message));
  });
});

test('a name is as it is written, whatever was parsed before, with which JSON.parse of Node 24 mistakes it', () => {
  for (const text of [String.raw`{"\\":1}`, String.raw`{"\"":1}`]) {
    JSON.parse(text);
    expect(stringifyJson(parseJson(text))).toBe(text);
  }
});
