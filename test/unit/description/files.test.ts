import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { FILES } from '../../../description/files.ts';

test.each([...FILES])(
  'a description is what the routes and the events make: npm run describe writes it (%s)',
  async (path, text) => {
    expect(await readFile(path, 'utf8'), basename(path)).toBe(text());
  },
);
