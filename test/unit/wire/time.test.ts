import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { shownTime, shownTimeOrNull, time } from '../../../lib/wire/time.ts';

/** What a field makes of a value, or what it says is wrong with it. */
function read(field: z.ZodType, value: unknown): unknown {
  const result = field.safeParse(value);
  return result.success ? result.data : result.error.issues.map(({ message }) => message).join('; ');
}

describe('a time', () => {
  test('may be left out', () => {
    expect(read(time, undefined)).toBeUndefined();
  });

  test('is kept as text, so that no digit of its fraction is lost', () => {
    expect(read(time, '2026-01-31T12:00:00.123456+05:30')).toBe('2026-01-31T12:00:00.123456+05:30');
  });

  test.each(['', 'now', '2026-02-30', '2026-01-31T12:00:00', 'infinity', 'epoch', 5, null, []])(
    'is refused as %j',
    (value) => {
      expect(read(time, value)).toMatch(/^must be a time in RFC 3339, such as 2026-01-31T12:00:00Z, not /);
    },
  );

  test.each([
    ['2026-01-31', '2026-01-31T00:00:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['0001-01-01', '0001-01-01T00:00:00Z'],
  ])('may be the date %s, which means its midnight in UTC', (date, midnight) => {
    expect(read(time, date)).toBe(midnight);
  });

  test.each([
    ['2026-01-31T12:00:00.123456+16:00', '2026-01-30T20:00:00.123456Z'],
    ['2026-01-31T12:00:00+23:59', '2026-01-30T12:01:00Z'],
    ['2026-01-31T12:00:00.5-23:59', '2026-02-01T11:59:00.5Z'],
    ['1969-12-31T00:00:00.999999-23:59', '1969-12-31T23:59:00.999999Z'],
    ['2026-01-31T12:00:00.1234567-18:30', '2026-02-01T06:30:00.123456Z'],
    ['0001-01-02T12:00:00+23:59', '0001-01-01T12:01:00Z'],
  ])('may have an offset that PostgreSQL does not take, and is then the same in UTC: %s', (given, utc) => {
    expect(read(time, given)).toBe(utc);
  });

  test.each(['2026-01-31T12:00:00+24:00', '2026-01-31T12:00:00-23:60', '0001-01-01T00:00:00+16:00'])(
    'may be no farther away: %s',
    (given) => {
      expect(read(time, given)).toMatch(/^must be a time in RFC 3339/);
    },
  );

  test('whose + became a blank on its way is refused with a hint', () => {
    expect(read(time, '2026-01-31T12:00:00 05:30')).toBe(
      'must be a time in RFC 3339, such as 2026-01-31T12:00:00Z, not "2026-01-31T12:00:00 05:30": ' +
        'in a URL, write its + as %2B',
    );
    expect(read(time, '2026-01-31 12:00:00Z')).not.toContain('%2B');
  });
});

describe('a time in a reply', () => {
  test.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000000Z'],
    ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500000Z'],
    ['2026-01-31T12:00:00.123456Z', '2026-01-31T12:00:00.123456Z'],
    ['0001-01-01T00:00:00.00001Z', '0001-01-01T00:00:00.000010Z'],
  ])('has six digits after the point: %s', (text, shown) => {
    expect(shownTime(text)).toBe(shown);
    expect(shownTimeOrNull(text)).toBe(shown);
  });

  test('may be none', () => {
    expect(shownTimeOrNull(null)).toBeNull();
  });
});
