import * as z from 'zod';
import { MAX_AMOUNT } from '../ledger/money.ts';
import { parseRate, RATE_RULE } from '../ledger/rate.ts';
import { isRawNumber } from './json.ts';

/** The longest name or place, in characters, as the database counts them. */
const MAX_TEXT_LENGTH = 200;

/** The most rates in one update: more than there are currencies in the world, few enough for one statement. */
const MAX_RATES = 1_000;

const CURRENCY_NAME = /^[A-Z0-9]{3,12}$/;
const DIGITS = /^\d{1,19}$/;
const INTEGER = /^-?(0|[1-9]\d*)$/;

/** What is wrong with a field: some of it callers know by a sentence of the whole reply. */
export type ProblemCode = 'missing' | 'not_allowed' | 'unknown' | 'malformed';

/** What is said of a field, after its name; only what is malformed has more than one way to be so. */
export const SENTENCE_OF = {
  missing: () => 'is missing',
  not_allowed: () => 'is not allowed',
  unknown: () => 'is not a known field',
  malformed: (detail: string) => detail,
} as const satisfies Record<ProblemCode, (detail: string) => string>;

/** What is wrong with a field, in `params` of zod's issue. */
interface ProblemParams {
  readonly problem: ProblemCode;
}

/** The code of an issue that zod found; one without a code of ours is malformed. */
export function problemOf(issue: z.core.$ZodIssue): ProblemCode {
  if (issue.code === 'unrecognized_keys') return 'unknown';
  const params = issue.code === 'custom' ? (issue.params as ProblemParams | undefined) : undefined;
  return params?.problem ?? 'malformed';
}

/** A field read by a function that answers the value, or what is wrong with it. */
function field<T>(read: (value: unknown) => T | Problem) {
  return z
    .unknown()
    .optional()
    .transform((value, context): T => {
      const result = read(value);
      if (!(result instanceof Problem)) return result;
      const params: ProblemParams = { problem: result.code };
      context.addIssue({ code: 'custom', message: result.message, params });
      return z.NEVER;
    });
}

/** A problem in place of a field's value: it is returned, never thrown. */
class Problem extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail = '') {
    super(SENTENCE_OF[code](detail));
    this.code = code;
  }
}

const malformed = (detail: string): Problem => new Problem('malformed', detail);

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

function shown(value: unknown): string {
  if (isRawNumber(value)) return value.rawJSON.slice(0, 40);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}

/** A whole number of 64 bits from 1 up, as a JSON number, or where allowed as a string of digits. */
function positiveInteger(what: string, { orString }: { orString: boolean }) {
  return field((value) => {
    if (isEmpty(value)) return new Problem('missing');
    const text = isRawNumber(value) ? value.rawJSON : orString && typeof value === 'string' ? value : '';
    const number = INTEGER.test(text) || DIGITS.test(text) ? BigInt(text) : 0n;
    if (number >= 1n && number <= MAX_AMOUNT) return number;
    return malformed(`must be ${what} from 1 to ${MAX_AMOUNT}, not ${shown(value)}`);
  });
}

/** An amount in a body: millionths of a unit. */
export const amount = positiveInteger('a whole number of millionths of a unit', { orString: true });

/** A wallet's id in a body. */
export const walletId = positiveInteger('a whole number', { orString: false });

/** An amount or an id in a path or query, where everything is a string. */
export const integerText = positiveInteger('a whole number', { orString: true });

/** A currency's name. What can't be one is refused as an unknown one is, with the sentence that callers know. */
export const currency = field((value) => {
  if (isEmpty(value)) return new Problem('missing');
  if (typeof value !== 'string') return malformed(`must be a string, not ${shown(value)}`);
  return CURRENCY_NAME.test(value) ? value : new Problem('not_allowed');
});

/** A list of 1 to `max` things that are looked at one by one. */
export function list(max: number) {
  return field((value): readonly unknown[] | Problem => {
    if (isEmpty(value) || (Array.isArray(value) && value.length === 0)) return new Problem('missing');
    if (!Array.isArray(value)) return malformed(`must be an array, not ${shown(value)}`);
    return value.length > max ? malformed(`must have at most ${max} entries, not ${value.length}`) : value;
  });
}

const UUID = z.uuid();

/** The id of a transaction or a hold. */
export const uuid = field((value) => {
  if (isEmpty(value)) return new Problem('missing');
  const parsed = UUID.safeParse(value);
  return parsed.success ? parsed.data : malformed(`must be a UUID, not ${shown(value)}`);
});

/** A number of seconds in a body, with a default where it is not given. */
export function seconds(min: number, max: number, byDefault: number) {
  return field((value) => {
    if (value === undefined) return byDefault;
    const number = isRawNumber(value) && DIGITS.test(value.rawJSON) ? Number(value.rawJSON) : Number.NaN;
    if (number >= min && number <= max) return number;
    return malformed(`must be a whole number of seconds from ${min} to ${max}, not ${shown(value)}`);
  });
}

/** A name or a place: 1 to 200 characters, none of them NUL, which PostgreSQL can't keep. */
export const text = field((value) => {
  if (isEmpty(value)) return new Problem('missing');
  if (typeof value !== 'string') return malformed(`must be a string, not ${shown(value)}`);
  const length = Array.from(value).length;
  if (length > MAX_TEXT_LENGTH)
    return malformed(`must have at most ${MAX_TEXT_LENGTH} characters, not ${length}`);
  return value.includes('\0') || !value.isWellFormed()
    ? malformed('must be valid Unicode without NUL')
    : value;
});

/** Rates by currency: USD per unit, as integers of 10⁻¹². */
export const rates = field((value): ReadonlyMap<string, bigint> | Problem => {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
  if (isEmpty(value) || (isObject && Object.keys(value).length === 0)) return new Problem('missing');
  if (!isObject) return malformed(`must be an object of rates by currency, not ${shown(value)}`);
  const entries = Object.entries(value);
  if (entries.length > MAX_RATES)
    return malformed(`must have at most ${MAX_RATES} rates, not ${entries.length}`);
  const parsed = new Map<string, bigint>();
  for (const [name, given] of entries) {
    if (!CURRENCY_NAME.test(name)) return malformed(`has ${shown(name)}: a name is 3 to 12 of A-Z and 0-9`);
    const rate = isRawNumber(given) ? parseRate(given.rawJSON) : undefined;
    if (rate === undefined) return malformed(`has ${shown(given)} for ${name}: ${RATE_RULE}`);
    parsed.set(name, rate);
  }
  return parsed;
});
/** The times that RFC 3339 can write, in UTC, as milliseconds since 1970. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** Offsets that PostgreSQL does not take. */
const WIDE_OFFSET = /[+-](1[6-9]|2\d):\d\d$/;

/** What of a second's fraction the database does not keep: it would round. */
const BEYOND_MICROSECONDS = /(?<=\.\d{6})\d+/;

/** A moment in RFC 3339, kept as text so that no microsecond is lost; undefined where not given. */
export const time = field((value) => {
  if (value === undefined) return undefined;
  const given = typeof value === 'string' ? value.toUpperCase().replace(BEYOND_MICROSECONDS, '') : '';
  const instant = z.iso.datetime({ offset: true }).safeParse(given).success ? Date.parse(given) : Number.NaN;
  if (instant >= FIRST_TIME && instant <= LAST_TIME && !WIDE_OFFSET.test(given)) return given;
  return malformed(`must be a time in RFC 3339, such as 2026-01-31T12:00:00Z, not ${shown(value)}`);
});

/** A whole number in a query, with a default where it is not given. */
export function queryInteger(min: number, max: number, byDefault: number) {
  return field((value) => {
    if (value === undefined) return byDefault;
    const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    return malformed(`must be a whole number from ${min} to ${max}, not ${shown(value)}`);
  });
}

/** The parameters of a report: a wallet, and a period that may be open at either end. */
export const period = { walletId: integerText, from: time, to: time };
