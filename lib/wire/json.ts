import { readDecimal } from '../ledger/decimal.ts';

/** A JSON number as its text, so that no digit is lost: `{ rawJSON: '9007199254740993' }`. */
export interface RawNumber {
  readonly rawJSON: string;
}

// ECMAScript's "JSON.parse source text access", which Node has and TypeScript's libraries lack.
const json = JSON as unknown as {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/**
 * Parses text that may be no JSON, and has no number of which each digit counts: JSON.parse rounds.
 *
 * @returns the value; undefined, which no JSON means, if the text is no JSON
 */
export function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes JSON; a bigint becomes a number with all its digits. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? json.rawJSON(item.toString()) : item,
  );
}

export const isRawNumber = (value: unknown): value is RawNumber => json.isRawJSON(value);

/** Whether a parsed value is an object: neither an array nor a number, which is kept as an object. */
export const isJsonObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);

/** A JSON number written exactly as this text, which must be a JSON number. */
export const rawNumber = (text: string): RawNumber => json.rawJSON(text);

/**
 * A parsed value in the one form that all texts of it share: names in order, no blanks, a number in one spelling. Two
 * requests are the same if these are.
 *
 * @param value of parseJson
 */
export function canonicalJson(value: unknown): string {
  if (isRawNumber(value)) return canonicalNumber(value.rawJSON);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
}

/** An integer as most are written, which stays as it is. */
const SHORT_INTEGER = /^(?:0|[1-9]\d{0,14})$/;
const SHORT_DIGITS = 15;

/** A short integer as its digits, any other number with an exponent; one beyond all use stays as it is written. */
function canonicalNumber(text: string): string {
  if (SHORT_INTEGER.test(text)) return text;
  const decimal = readDecimal(text);
  if (decimal === undefined) return text;
  const { isNegative, digits, exponent } = decimal;
  if (digits === '') return '0';
  if (!isNegative && exponent >= 0 && digits.length + exponent <= SHORT_DIGITS)
    return digits + '0'.repeat(exponent);
  return `${isNegative ? '-' : ''}${digits}e${exponent}`;
}
