import { writeFile } from 'node:fs/promises';
import { FILES } from './files.ts';

/** Writes the descriptions anew, after a change of a route or an event. */
for (const [path, text] of FILES) await writeFile(path, text());
