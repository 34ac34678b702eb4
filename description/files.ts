import { join } from 'node:path';
import { makeEventSchemas } from './events.ts';
import { documentText } from './json-schema.ts';
import { makeOpenApi } from './openapi.ts';

const at = (name: string): string => join(import.meta.dirname, name);

/** The files that are made, by path; a test holds them against the code. */
export const FILES: ReadonlyMap<string, () => string> = new Map([
  [at('openapi.json'), () => documentText(makeOpenApi('number'))],
  [at('openapi.strings.json'), () => documentText(makeOpenApi('string'))],
  [at('events.json'), () => documentText(makeEventSchemas())],
]);
