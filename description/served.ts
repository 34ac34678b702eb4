import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CompressedFile } from '../lib/http/compressed.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** A file of this folder without its line breaks and indentation, which are no part of a JSON text. */
function served(name: string): CompressedFile {
  const lines = readFileSync(join(import.meta.dirname, name), 'utf8').split('\n');
  const text = lines.map((line) => line.trimStart()).join('');
  return { type: JSON_TYPE, gzip: gzipSync(text, { level: 9 }).toString('base64') };
}

/** The descriptions as a function serves them. Packaging puts the value into the bundle (deployment/made-at-packaging.ts). */
export const SERVED = {
  openapi: { number: served('openapi.json'), string: served('openapi.strings.json') },
  events: served('events.json'),
} as const;
