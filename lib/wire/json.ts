/** A JSON number as its text, so that no digit is lost: `{ rawJSON: '9007199254740993' }`. */
export interface RawNumber {
  readonly rawJSON: string;
}

// ECMAScript's "JSON.parse source text access", which Node has and TypeScript's libraries lack.
const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/**
 * Parses JSON with every number kept as its text.
 *
 * @returns the value, its numbers as {@link RawNumber}
 * @throws SyntaxError when the text is no JSON, RangeError when it is nested too deeply
 */
export function parseJson(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
  );
}

/**
 * Parses text that may be no JSON.
 *
 * @param parse by default JSON.parse, which rounds numbers; {@link parseJson} keeps all digits
 * @returns the value; undefined, which no JSON means, if the text is no JSON or is nested too deeply
 */
export function parseOrUndefined(text: string, parse: (text: string) => unknown = JSON.parse): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
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

/** A JSON number written exactly as this text, which must be a JSON number. */
export const rawNumber = (text: string): RawNumber => json.rawJSON(text);
