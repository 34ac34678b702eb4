import { describe, expect, inject, test } from 'vitest';
import { run } from './run.ts';
import { generate } from './story/generate.ts';

/** A bounded sample of what `npm run simulate` does at any length. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const STEPS = 250;

describe('the system under faults', () => {
  test.each(SEEDS)('keeps its promises in the story of seed %i', async (seed) => {
    const { failure, story } = await run(inject('postgresUrl'), generate(seed, STEPS));
    expect(failure, story.slice(-10).join('\n')).toBeUndefined();
  });
});
