/** How deep arrays and objects may lie in each other: ten times as deep as any reply. */
const MAX_DEPTH = 50;

/** A number as its text: `9007199254740993` and `1.093809` would lose digits as doubles, in every engine. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What JSON text says, with every number as its text. */
export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

// Each is tried at one place of the text (y).
const BLANKS = /[ \t\n\r]*/y;
// Everything from the blank on but the quote and the backslash, and what may follow a backslash.
const STRING = /"[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\u{10ffff}]*)*"/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** A text, and how far it is read. */
interface Reader {
  readonly text: string;
  at: number;
}

/**
 * Reads JSON without making doubles of its numbers. `JSON.parse` gives the text of a number to its reviver in some engines
 * only (not in Node 20), so this reader is the same everywhere.
 *
 * @throws SyntaxError if the text is no JSON, or nested more than {@link MAX_DEPTH} deep
 */
export function readJson(text: string): Json {
  const reader: Reader = { text, at: 0 };
  take(reader, BLANKS);
  const value = readValue(reader, 0);
  if (reader.at < text.length) throw notJson(reader);
  return value;
}

/** Reads a value and, as everything here does, the blanks behind it. */
function readValue(reader: Reader, depth: number): Json {
  const start = reader.text[reader.at];
  if (start === '{') return readObject(reader, depth + 1);
  if (start === '[') return readArray(reader, depth + 1);
  if (start === '"') return readString(reader);
  const number = take(reader, NUMBER);
  if (number !== undefined) {
    take(reader, BLANKS);
    return new JsonNumber(number);
  }
  const word = WORDS.get(take(reader, WORD) ?? '');
  if (word === undefined) throw notJson(reader);
  take(reader, BLANKS);
  return word;
}

function readObject(reader: Reader, depth: number): JsonObject {
  const fields: [string, Json][] = [];
  readItems(reader, '}', depth, () => {
    const name = readString(reader);
    if (!skip(reader, ':')) throw notJson(reader);
    fields.push([name, readValue(reader, depth)]);
  });
  // Unlike an assignment, this makes a field of `__proto__` as well.
  return Object.fromEntries(fields);
}

function readArray(reader: Reader, depth: number): Json[] {
  const items: Json[] = [];
  readItems(reader, ']', depth, () => items.push(readValue(reader, depth)));
  return items;
}

/** Reads an opening bracket, items with commas between them, and the closing bracket. */
function readItems(reader: Reader, close: string, depth: number, readItem: () => void): void {
  if (depth > MAX_DEPTH) throw new SyntaxError(`nested more than ${MAX_DEPTH} deep`);
  skip(reader, reader.text[reader.at] ?? '');
  if (skip(reader, close)) return;
  do readItem();
  while (skip(reader, ','));
  if (!skip(reader, close)) throw notJson(reader);
}

function readString(reader: Reader): string {
  const text = take(reader, STRING);
  if (text === undefined) throw notJson(reader);
  take(reader, BLANKS);
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

/** @returns whether the character stood here */
function skip(reader: Reader, character: string): boolean {
  if (reader.text[reader.at] !== character) return false;
  reader.at += 1;
  take(reader, BLANKS);
  return true;
}

/** What the pattern matches at this place; undefined if it matches nothing. */
function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const [found] = pattern.exec(reader.text) ?? [];
  if (found !== undefined) reader.at += found.length;
  return found;
}

const notJson = ({ at }: Reader): SyntaxError => new SyntaxError(`no JSON at character ${at}`);

/**
 * Writes a request's body: a bigint becomes a string of digits, a JsonNumber its text. A field that is undefined is left out.
 *
 * @throws TypeError for a number that is not a safe integer, which would not be the number that the caller means
 */
export function writeJson(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${fields.map(([name, item]) => `${JSON.stringify(name)}:${writeJson(item)}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new TypeError(`${value} is not exact: give amounts and ids as bigint, rates as decimal text`);
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} can't be sent`);
  return text;
}
