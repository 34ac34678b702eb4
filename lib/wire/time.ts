import * as z from 'zod';
import { field, malformed, shown } from './field.ts';

/** The times that RFC 3339 can write, in UTC, as milliseconds since 1970. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

const DATE = /^\d{4}-\d\d-\d\d$/;

/** Offsets that PostgreSQL does not take. */
const WIDE_OFFSET = /[+-](1[6-9]|2\d):\d\d$/;

/** A time whose `+` became a blank: a URL means a blank by it. */
const BLANK_FOR_PLUS = /^\S+ \d\d:\d\d$/;

/** Digits of a second's fraction that the database keeps. It would round the others, which are cut off instead. */
const FRACTION_DIGITS = 6;
const BEYOND_MICROSECONDS = /(?<=\.\d{6})\d+/;

/**
 * A moment in RFC 3339, or a date, which means its midnight in UTC; kept as text so that no microsecond is lost, undefined
 * where not given.
 */
export const time = field({ type: 'string', format: 'date-time', isOptional: true }, (value) => {
  if (value === undefined) return undefined;
  const given = typeof value === 'string' ? value.toUpperCase().replace(BEYOND_MICROSECONDS, '') : '';
  const full = DATE.test(given) ? `${given}T00:00:00Z` : given;
  const instant = z.iso.datetime({ offset: true }).safeParse(full).success ? Date.parse(full) : Number.NaN;
  if (instant >= FIRST_TIME && instant <= LAST_TIME)
    return WIDE_OFFSET.test(full) ? inUtc(full, instant) : full;
  const hint = BLANK_FOR_PLUS.test(given) ? ': in a URL, write its + as %2B' : '';
  return malformed(`must be a time in RFC 3339, such as 2026-01-31T12:00:00Z, not ${shown(value)}${hint}`);
});

function inUtc(text: string, instant: number): string {
  const [fraction = ''] = /\.\d+/.exec(text) ?? [];
  return `${new Date(instant).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}${fraction}Z`;
}

/** A moment as microseconds since 1970. @param text RFC 3339, with six digits after the point at most */
export function microsecondsOf(text: string): bigint {
  const [, micros = ''] = /\.\d{3}(\d{1,3})/.exec(text) ?? [];
  return BigInt(Date.parse(text)) * 1_000n + BigInt(micros.padEnd(3, '0'));
}

/**
 * A time of the database as callers see it: always with six digits after the point, so that times as texts are in order
 * and a column of them is of one width.
 *
 * @param text RFC 3339 in UTC
 */
export function shownTime(text: string): string {
  const [second = '', fraction = ''] = text.slice(0, -1).split('.');
  return `${second}.${fraction.padEnd(FRACTION_DIGITS, '0')}Z`;
}

/** The same of a time that there may not be. */
export const shownTimeOrNull = (text: string | null): string | null =>
  text === null ? null : shownTime(text);
