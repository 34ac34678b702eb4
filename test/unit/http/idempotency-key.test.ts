import { describe, expect, test } from 'vitest';
import { readIdempotencyKey } from '../../../lib/http/idempotency-key.ts';

const read = (header: string) => {
  const key = readIdempotencyKey({ 'idempotency-key': header });
  return key.ok ? key.value : key.refusal.error;
};

const NOT_VISIBLE = 'Idempotency-Key must be 1 to 255 visible ASCII characters';
const NOT_ONE = 'there must be one Idempotency-Key, and no comma in it';

describe('an Idempotency-Key', () => {
  test('may be left out', () => {
    expect(readIdempotencyKey({})).toEqual({ ok: true, value: undefined });
  });

  test.each([
    ['order-17', 'order-17'],
    ['"order-17"', 'order-17'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['a"b', 'a"b'],
    ['a\\b', 'a\\b'],
    ["'a'", "'a'"],
    ['a;b=c', 'a;b=c'],
    ['~'.repeat(255), '~'.repeat(255)],
    [`"${'~'.repeat(255)}"`, '~'.repeat(255)],
  ])('is read from %j', (header, key) => {
    expect(read(header)).toBe(key);
  });

  test.each([
    '',
    '""',
    '"',
    '"a',
    'a"',
    '"a"b"',
    '"a\\"',
    '"a\\b"',
    '"a";v=1',
    '"a b"',
    'a b',
    'ä',
    '~'.repeat(256),
    `"${'~'.repeat(256)}"`,
  ])('is refused as %j', (header) => {
    expect(read(header)).toBe(NOT_VISIBLE);
  });

  test.each(['a,b', 'a, b', '"a","b"', '"a,b"', 'a,', ',a', ','])(
    'is refused as %j: there may be two',
    (header) => {
      expect(read(header)).toBe(NOT_ONE);
    },
  );
});
