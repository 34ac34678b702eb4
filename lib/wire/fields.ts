import * as z from 'zod';
import { readDecimal, toInteger } from '../ledger/decimal.ts';
import { MAX_AMOUNT } from '../ledger/money.ts';
import { parseRate, RATE_BOUNDS, RATE_RULE } from '../ledger/rate.ts';
import { field, isEmpty, malformed, Problem, shown } from './field.ts';
import { isJsonObject, isRawNumber, type RawNumber } from './json.ts';
import { time } from './time.ts';

/** The longest name or place, in characters, as the database counts them. */
const MAX_TEXT_LENGTH = 200;

/** The most rates in one update: more than there are currencies in the world, few enough for one statement. */
const MAX_RATES = 1_000;

const CURRENCY_NAME = /^[A-Z0-9]{3,12}$/;
const DIGITS = /^\d{1,19}$/;
const PLAIN_INTEGER = /^(?:0|[1-9]\d{0,18})$/;

/** Digits of the largest whole number that is taken. */
const MAX_DIGITS = MAX_AMOUNT.toString().length;

/** A JSON number that is whole, whatever its spelling: `1000000.0` and `1e6` are 1000000. */
function wholeNumber({ rawJSON }: RawNumber): bigint | undefined {
  if (PLAIN_INTEGER.test(rawJSON)) return BigInt(rawJSON);
  const decimal = readDecimal(rawJSON);
  return decimal && toInteger(decimal, 0, MAX_DIGITS);
}

/** A string of digits. */
const digitsOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' && DIGITS.test(value) ? BigInt(value) : undefined;

/** The schema of a whole number of 64 bits from 1 up. The maximum is rounded here: who writes the schema knows it exactly. */
const POSITIVE_INTEGER = {
  type: 'integer',
  format: 'int64',
  minimum: 1,
  maximum: Number(MAX_AMOUNT),
} as const;

/** A whole number of 64 bits from 1 up, or from 0, as a JSON number, or where allowed as a string of digits. */
function positiveInteger(what: string, { orString, from = 1 }: { orString: boolean; from?: 0 | 1 }) {
  return field({ ...POSITIVE_INTEGER, minimum: from }, (value) => {
    if (isEmpty(value)) return new Problem('missing');
    const number = isRawNumber(value) ? wholeNumber(value) : orString ? digitsOf(value) : undefined;
    if (number !== undefined && number >= BigInt(from) && number <= MAX_AMOUNT) return number;
    return malformed(`must be ${what} from ${from} to ${MAX_AMOUNT}, not ${shown(value)}`);
  });
}

/** An amount in a body: millionths of a unit. */
export const amount = positiveInteger('a whole number of millionths of a unit', { orString: true });

/** An amount in a body that may be nothing, as it is if missing. */
export const amountOrNothing = field({ ...POSITIVE_INTEGER, minimum: 0, default: 0 }, (value) => {
  if (value === undefined) return 0n;
  const number = isRawNumber(value) ? wholeNumber(value) : digitsOf(value);
  if (number !== undefined && number >= 0n && number <= MAX_AMOUNT) return number;
  return malformed(
    `must be a whole number of millionths of a unit from 0 to ${MAX_AMOUNT}, not ${shown(value)}`,
  );
});

/** A balance in a body, which may be negative: millionths of a unit. */
export const balance = field(
  { ...POSITIVE_INTEGER, minimum: -Number(MAX_AMOUNT), isExact: 'signed' },
  (value) => {
    if (isEmpty(value)) return new Problem('missing');
    const text = isRawNumber(value) ? value.rawJSON : value;
    const isNegative = typeof text === 'string' && text.startsWith('-');
    const size = isNegative ? text.slice(1) : text;
    const number = isRawNumber(value) ? wholeNumber({ ...value, rawJSON: String(size) }) : digitsOf(size);
    if (number !== undefined && number <= MAX_AMOUNT) return isNegative ? -number : number;
    return malformed(
      `must be a whole number of millionths of a unit from -${MAX_AMOUNT} to ${MAX_AMOUNT}, not ${shown(value)}`,
    );
  },
);

/** A limit in a body: millionths of a unit, 0 for nothing at all. */
export const limit = positiveInteger('a whole number of millionths of a unit', { orString: true, from: 0 });

/** A wallet's id in a body. */
export const walletId = positiveInteger('a whole number', { orString: false });

/** An amount or an id in a path or query, where everything is a string. */
export const integerText = positiveInteger('a whole number', { orString: true });

/** A currency's name. What can't be one is refused as an unknown one is, with the sentence that callers know. */
export const currency = field({ type: 'string', pattern: CURRENCY_NAME.source }, (value) => {
  if (isEmpty(value)) return new Problem('missing');
  if (typeof value !== 'string') return malformed(`must be a string, not ${shown(value)}`);
  return CURRENCY_NAME.test(value) ? value : new Problem('not_allowed');
});

/** A list of 1 to `max` things that are looked at one by one. */
export function list(max: number) {
  return field({ type: 'array', minItems: 1, maxItems: max }, (value): readonly unknown[] | Problem => {
    if (isEmpty(value) || (Array.isArray(value) && value.length === 0)) return new Problem('missing');
    if (!Array.isArray(value)) return malformed(`must be an array, not ${shown(value)}`);
    return value.length > max ? malformed(`must have at most ${max} entries, not ${value.length}`) : value;
  });
}

const UUID = z.uuid();

/** The id of a transaction or a hold. */
export const uuid = field({ type: 'string', format: 'uuid' }, (value) => {
  if (isEmpty(value)) return new Problem('missing');
  const parsed = UUID.safeParse(value);
  return parsed.success ? parsed.data : malformed(`must be a UUID, not ${shown(value)}`);
});

/** The schema of a number with a default. */
const integerSchema = (minimum: number, maximum: number, byDefault: number) =>
  ({ type: 'integer', minimum, maximum, default: byDefault }) as const;

/** A number of seconds in a body, with a default where it is not given. */
export function seconds(min: number, max: number, byDefault: number) {
  return field(integerSchema(min, max, byDefault), (value) =>
    value === undefined ? byDefault : secondsOf(value, min, max),
  );
}

/** A number of seconds in a body that must be given. */
export function secondsGiven(min: number, max: number) {
  return field({ type: 'integer', minimum: min, maximum: max }, (value) =>
    isEmpty(value) ? new Problem('missing') : secondsOf(value, min, max),
  );
}

const secondsOf = (value: unknown, min: number, max: number): number | Problem =>
  countOf(value, min, max, 'a whole number of seconds');

function countOf(value: unknown, min: number, max: number, what: string): number | Problem {
  const number = isRawNumber(value) ? Number(wholeNumber(value)) : Number.NaN;
  if (number >= min && number <= max) return number;
  return malformed(`must be ${what} from ${min} to ${max}, not ${shown(value)}`);
}

/** A small whole number in a body that must be given. */
export function countGiven(min: number, max: number) {
  return field({ type: 'integer', minimum: min, maximum: max }, (value) =>
    isEmpty(value) ? new Problem('missing') : countOf(value, min, max, 'a whole number'),
  );
}

/** The same, undefined if missing. */
export function optionalCount(min: number, max: number) {
  return field({ type: 'integer', minimum: min, maximum: max, isOptional: true }, (value) =>
    value === undefined ? undefined : countOf(value, min, max, 'a whole number'),
  );
}

/** A yes or no in a body; no if missing. */
export const flag = field({ type: 'boolean', default: false }, (value) => {
  if (value === undefined) return false;
  return typeof value === 'boolean' ? value : malformed(`must be true or false, not ${shown(value)}`);
});

/** A yes or no in a body; yes if missing. */
export const flagUnlessNot = field({ type: 'boolean', default: true }, (value) => {
  if (value === undefined) return true;
  return typeof value === 'boolean' ? value : malformed(`must be true or false, not ${shown(value)}`);
});

const TEXT = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_TEXT_LENGTH,
  pattern: String.raw`^[^\u0000]*\S[^\u0000]*$`,
} as const;

/** A name or a place: 1 to 200 characters, none of them NUL, which PostgreSQL can't keep. */
export const text = field(TEXT, (value) => {
  if (isEmpty(value)) return new Problem('missing');
  if (typeof value !== 'string') return malformed(`must be a string, not ${shown(value)}`);
  const length = Array.from(value).length;
  if (length > MAX_TEXT_LENGTH)
    return malformed(`must have at most ${MAX_TEXT_LENGTH} characters, not ${length}`);
  return value.includes('\0') || !value.isWellFormed()
    ? malformed('must be valid Unicode without NUL')
    : value;
});

const RATES = {
  type: 'object',
  minProperties: 1,
  maxProperties: MAX_RATES,
  propertyNames: { pattern: CURRENCY_NAME.source },
  additionalProperties: { type: 'number', ...RATE_BOUNDS },
} as const;

/** Rates by currency: USD per unit, as integers of 10⁻¹². */
export const rates = field(RATES, (value): ReadonlyMap<string, bigint> | Problem => {
  if (isEmpty(value)) return new Problem('missing');
  if (!isJsonObject(value)) return malformed(`must be an object of rates by currency, not ${shown(value)}`);
  const entries = Object.entries(value);
  if (entries.length === 0) return new Problem('missing');
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

/** A whole number in a query, with a default where it is not given. */
export function queryInteger(min: number, max: number, byDefault: number) {
  return field(integerSchema(min, max, byDefault), (value) => {
    if (value === undefined) return byDefault;
    const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    return malformed(`must be a whole number from ${min} to ${max}, not ${shown(value)}`);
  });
}

/** One of several words in a query or a body, with a default if missing. */
export function choice<const Word extends string>(words: readonly Word[], byDefault: Word) {
  return field({ type: 'string', enum: words, default: byDefault }, (value): Word | Problem => {
    const given = value === undefined ? byDefault : words.find((word) => word === value);
    return given ?? malformed(`must be ${words.join(' or ')}, not ${shown(value)}`);
  });
}

/** One of several words in a body that must be given. */
export function wordOf<const Word extends string>(words: readonly Word[]) {
  return field({ type: 'string', enum: words }, (value): Word | Problem => {
    if (isEmpty(value)) return new Problem('missing');
    const given = words.find((word) => word === value);
    return given ?? malformed(`must be ${words.join(' or ')}, not ${shown(value)}`);
  });
}

/** One of several words in a query, or none. */
export function optionalChoice<const Word extends string>(words: readonly Word[]) {
  return field({ type: 'string', enum: words, isOptional: true }, (value): Word | undefined | Problem => {
    if (value === undefined) return undefined;
    const given = words.find((word) => word === value);
    return given ?? malformed(`must be ${words.join(', ')} or left out, not ${shown(value)}`);
  });
}

/** The parameters of a report: a wallet, and a period that may be open at either end. */
export const period = { walletId: integerText, from: time, to: time };
