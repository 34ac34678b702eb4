import { rawNumber } from './json.ts';

/** How deep arrays and objects may lie in each other: ten times as deep as any body that is taken. */
const MAX_DEPTH = 50;

/** The longest name or path of names that an error repeats, in characters. */
const MAX_NAME_CHARACTERS = 40;
const MAX_PATH_CHARACTERS = 100;

/** What is wrong with a text that is no JSON: where, and a sentence's end that repeats one character at most. */
export class JsonSyntaxError extends SyntaxError {}

/** A name that stands twice in an object, with what leads to it: `Operations.3.Amount`. */
export class DoubledNameError extends SyntaxError {
  constructor(path: string) {
    super(`${path} stands twice`);
  }
}

// Each is tried at one place of the text (y). Strings are taken whole runs at a time.
const NUMBER_OR_WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// Everything from the blank on but the quote and the backslash, and what may follow a backslash.
const STRING_BODY = /"[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\u{10ffff}]*)*/uy;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Space, tab, line feed and carriage return. */
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

const WORDS: ReadonlyMap<string, unknown> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** A text, and how far it is read. */
interface Reader {
  readonly text: string;
  at: number;
  /** The names and indexes that lead to the value being read. */
  readonly path: (string | number)[];
  /** What a number becomes. */
  readonly numberOf: (digits: string) => unknown;
}

/**
 * Parses JSON with every number kept as its text, and nothing read in two ways: a name that stands twice in an object,
 * however it is written, is refused.
 *
 * @param numberOf what a number becomes, by its text: a RawNumber by default; `Number` only if no digit can get lost
 * @returns the value
 * @throws JsonSyntaxError if the text is no JSON, DoubledNameError, RangeError if it is nested more than
 *   {@link MAX_DEPTH} deep
 */
export function parseJson(text: string, numberOf: (digits: string) => unknown = rawNumber): unknown {
  const reader: Reader = { text, at: 0, path: [], numberOf };
  skipBlanks(reader);
  const value = readValue(reader);
  if (reader.at < text.length) throw unexpected(reader, 'the end');
  return value;
}

/** Reads a value and, as everything here does, the blanks behind it. */
function readValue(reader: Reader): unknown {
  const start = reader.text[reader.at];
  if (start === '{') return readObject(reader);
  if (start === '[') return readArray(reader);
  if (start === '"') return readString(reader);
  const word = take(reader, NUMBER_OR_WORD);
  if (word === undefined) throw unexpected(reader, 'a value');
  skipBlanks(reader);
  return WORDS.has(word) ? WORDS.get(word) : reader.numberOf(word);
}

function readObject(reader: Reader): object {
  const fields = new Map<string, unknown>();
  readItems(reader, '}', () => {
    if (reader.text[reader.at] !== '"') throw unexpected(reader, 'a name in double quotes');
    const name = readString(reader);
    reader.path.push(name);
    if (fields.has(name)) throw new DoubledNameError(shownPath(reader.path));
    if (!skip(reader, ':')) throw unexpected(reader, '":"');
    fields.set(name, readValue(reader));
    reader.path.pop();
  });
  // Unlike an assignment, this makes a field of `__proto__` as well.
  return Object.fromEntries(fields);
}

function readArray(reader: Reader): unknown[] {
  const items: unknown[] = [];
  readItems(reader, ']', () => {
    reader.path.push(items.length);
    items.push(readValue(reader));
    reader.path.pop();
  });
  return items;
}

/** Reads an opening bracket, items with commas between them, and the closing bracket. */
function readItems(reader: Reader, close: string, readItem: () => void): void {
  if (reader.path.length >= MAX_DEPTH) throw new RangeError(`nested more than ${MAX_DEPTH} deep`);
  skip(reader, reader.text[reader.at] ?? '');
  if (skip(reader, close)) return;
  do readItem();
  while (skip(reader, ','));
  if (!skip(reader, close)) throw unexpected(reader, `"," or "${close}"`);
}

function readString(reader: Reader): string {
  const plain = readPlainString(reader);
  if (plain !== undefined) return plain;
  const body = take(reader, STRING_BODY) ?? '';
  if (!skip(reader, '"')) throw unexpected(reader, 'the rest of a string');
  return JSON.parse(`${body}"`) as string;
}

/** Reads a string as most are, in a third of the time: undefined, and nothing read, if there is anything special in it. */
function readPlainString(reader: Reader): string | undefined {
  const start = reader.at + 1;
  for (let end = start; end < reader.text.length; end++) {
    const code = reader.text.charCodeAt(end);
    if (code === BACKSLASH || code < 0x20) return undefined;
    if (code !== QUOTE) continue;
    reader.at = end;
    skip(reader, '"');
    return reader.text.slice(start, end);
  }
  return undefined;
}

/** @returns whether the character stood here */
function skip(reader: Reader, character: string): boolean {
  if (reader.text[reader.at] !== character) return false;
  reader.at += 1;
  skipBlanks(reader);
  return true;
}

function skipBlanks(reader: Reader): void {
  while (BLANKS.has(reader.text.charCodeAt(reader.at))) reader.at += 1;
}

/** The longest text at this place that the pattern matches; undefined if it matches none. */
function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const [found] = pattern.exec(reader.text) ?? [];
  if (found !== undefined) reader.at += found.length;
  return found;
}

/** Where a text stops to be JSON. One character is no secret, and a text of a few lines needs no more. */
function unexpected({ text, at }: Reader, expected: string): JsonSyntaxError {
  const lines = text.slice(0, at).split('\n');
  const place = `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
  return new JsonSyntaxError(`${place} has ${shownCharacter(text, at)} instead of ${expected}`);
}

function shownCharacter(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return 'the end';
  if (code > 0x20 && code < 0x7f) return text[at] === '"' ? `'"'` : `"${text[at]}"`;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

const shownPath = (path: readonly (string | number)[]): string =>
  path
    .map((part) => String(part).slice(0, MAX_NAME_CHARACTERS))
    .join('.')
    .slice(-MAX_PATH_CHARACTERS);
