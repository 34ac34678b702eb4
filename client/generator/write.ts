import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from './generate.ts';

/** Writes the client's types anew, after a change of a description. */
for (const [path, text] of await generate())
  await writeFile(join(import.meta.dirname, '..', '..', path), text);
