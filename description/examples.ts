import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AMOUNTS_AND_IDS, IDS_IN_BODIES } from '../lib/wire/digits.ts';
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

/** Amounts and ids, in requests and in replies. */
const NUMBERS = new RegExp(`"(${[...AMOUNTS_AND_IDS, ...IDS_IN_BODIES].join('|')})":(-?\\d+)`, 'g');

/** An example's JSON as a value; its numbers keep all digits when it is written. */
export function exampleValue(text: string, amounts: Amounts): unknown {
  return parseJson(amounts === 'string' ? text.replaceAll(NUMBERS, '"$1":"$2"') : text);
}
