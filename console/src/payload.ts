import { type Json, JsonNumber, readJson, writeJson } from '../../client/src/json.ts';

/** An integer as JSON writes it, which a bigint holds to the last digit. */
const INTEGER = /^-?\d+$/;

/** A value of a reply: whole numbers are bigint, other numbers their text. */
type Value = null | boolean | string | bigint | Value[] | { readonly [name: string]: Value };

function exact(json: Json): Value {
  if (json instanceof JsonNumber) return INTEGER.test(json.text) ? BigInt(json.text) : json.text;
  if (Array.isArray(json)) return json.map(exact);
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(Object.entries(json).map(([name, item]) => [name, exact(item)]));
}

/**
 * Reads a reply's payload without losing a digit.
 *
 * @returns undefined if the text is no JSON or has no payload
 */
export function readPayload(text: string): unknown {
  try {
    const body = exact(readJson(text));
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? body['payload'] : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes a request's body; a bigint becomes a number with all of its digits. A field that is undefined is left out. */
export const writeBody = (body: unknown): string => writeJson(withNumbers(body));

function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return new JsonNumber(String(value));
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null || value instanceof JsonNumber) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withNumbers(item)]));
}
