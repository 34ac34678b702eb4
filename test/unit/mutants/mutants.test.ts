import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { LINKED_MUTANTS } from '../../mutants/of-linked.ts';
import { WEBHOOK_MUTANTS } from '../../mutants/of-webhooks.ts';

test.each([...LINKED_MUTANTS, ...WEBHOOK_MUTANTS])('can still be put back: $name', async ({ file, find }) => {
  expect((await readFile(file, 'utf8')).split(find).length - 1, `times that ${file} has\n${find}`).toBe(1);
});
