import { expect, test } from 'vitest';
import { makeFolder, removeFolder } from '../support/temp.ts';
import { runCuts } from './cut-run.ts';

/** Milliseconds: a run takes 20 seconds on a machine that is not busy. */
const LIMIT_MS = 600_000;

const PAYMENTS = 150;

/** The first balances of its wallets are payments, too. */
const FUNDED = 20;

test(
  'each payment is made exactly once while half of all requests are cut, before, within or after the reply',
  async () => {
    const folder = await makeFolder('cut');
    const { problems, facts } = await runCuts({ payments: PAYMENTS, seed: 1, folder, log: () => {} });
    expect(problems, `logs are in ${folder}`).toEqual([]);
    const numbers = new Map(facts);
    expect(numbers.get('payments, each made once')).toBe(PAYMENTS + FUNDED);
    expect(numbers.get('linked transactions among them')).toBeGreaterThan(0);
    const cuts = facts.filter(([name]) => name.startsWith('tries cut ') && !name.endsWith('not at all'));
    expect(cuts).toHaveLength(5);
    for (const [way, count] of cuts) expect(count, way).toBeGreaterThan(0);
    await removeFolder(folder);
  },
  LIMIT_MS,
);
