import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { WEBHOOK_MUTANTS } from '../../webhooks/mutant-list.ts';

test.each(WEBHOOK_MUTANTS)('can still be put back: $name', async ({ file, find }) => {
  expect((await readFile(file, 'utf8')).split(find).length - 1, `times that ${file} has\n${find}`).toBe(1);
});
