import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AMOUNTS_AND_IDS, digitsAsText, IDS_IN_BODIES } from '../lib/wire/digits.ts';
import { parseJson } from '../lib/wire/parse-json.ts';
import type { Amounts } from './openapi.ts';

/** A request, and the reply that a running system gave: a test sends it again and compares. */
export interface Example {
  /** The operation that it belongs to. */
  readonly operationId: string;
  /** The code of an error; null if it succeeded. */
  readonly code: string | null;
  readonly request: { readonly path: string; readonly body?: string };
  readonly reply: { readonly status: number; readonly body: string };
}

/** The recorded examples. */
const FILE = join(import.meta.dirname, 'examples.json');

const EXAMPLES = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Example[];

export const examplesOf = (operationId: string): readonly Example[] =>
  EXAMPLES.filter((example) => example.operationId === operationId);

/** Writes amounts and ids of requests and replies as strings of digits. */
const withDigits = digitsAsText([...AMOUNTS_AND_IDS, ...IDS_IN_BODIES]);

/** An example's JSON as a value; its numbers keep all digits when it is written. */
export const exampleValue = (text: string, amounts: Amounts): unknown =>
  parseJson(amounts === 'string' ? withDigits(text) : text);
