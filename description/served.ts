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

/**
 * The descriptions as a function serves them. They are read when they are needed: what only imports this, such as the command that
 * writes them, works without. Packaging puts the values into the bundle (deployment/made-at-packaging.ts).
 */
export const SERVED = {
  openapi: {
    get number() {
      return served('openapi.json');
    },
    get string() {
      return served('openapi.strings.json');
    },
  },
  get events() {
    return served('events.json');
  },
};
