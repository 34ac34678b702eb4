import { expect, test } from 'vitest';
import { makeFolder, removeFolder } from '../support/temp.ts';
import { runKills } from './kill-run.ts';

/** Many times what it takes on two cores, and more than the run gives itself: a run that hangs says so. */
const LIMIT_MS = 900_000;

test(
  'nothing is lost, doubled or made up while the functions, the queue and PostgreSQL are killed',
  async () => {
    const folder = await makeFolder('kill');
    const size = { kills: 6, operations: 500, seed: 1, maxPauseMs: 4_000 };
    const { problems, facts } = await runKills({ ...size, folder, log: () => {} });
    expect(problems, `logs are in ${folder}`).toEqual([]);
    const numbers = new Map(facts);
    expect(numbers.get('kills')).toBe(6);
    expect(numbers.get('operations accepted')).toBeGreaterThanOrEqual(500);
    expect(numbers.get('linked transactions accepted')).toBeGreaterThan(0);
    await removeFolder(folder);
  },
  LIMIT_MS,
);
