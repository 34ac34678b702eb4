import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { MUTANTS } from '../../simulation/mutant-list.ts';

describe('each known bug that the simulator must find', () => {
  test.each(MUTANTS)('can still be put back: $name', async ({ patches }) => {
    for (const { file, find } of patches) {
      const found = (await readFile(file, 'utf8')).split(find).length - 1;
      expect(found, `times that ${file} has\n${find}`).toBe(1);
    }
  });
});
