import { stat, utimes } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { PATIENCE } from '../../support/constants.ts';
import type { client } from '../../support/system/client.ts';

/** A file that every function has. */
const EDITED = 'lib/wire/json.ts';

const EDITS = 3;

/** Several, which functions that stop have to close before new ones are told of. */
const CONNECTIONS = 4;

/**
 * Tests that a running system runs what is edited.
 *
 * @param log what it said so far
 */
export function testTakingOver(http: () => ReturnType<typeof client>, log: readonly string[]): void {
  const takeovers = () => log.filter((line) => line.startsWith(`Took over ${EDITED} in `)).length;
  const ask = () => Promise.all(Array.from({ length: CONNECTIONS }, () => http().get('/health')));

  test('takes an edited file over while it runs, and says so when every request reaches it', async () => {
    const before = takeovers();
    for (let edits = 1; edits <= EDITS; edits++) {
      await ask();
      await utimes(EDITED, (await stat(EDITED)).atime, new Date());
      await vi.waitUntil(() => takeovers() === before + edits, { ...PATIENCE, interval: 1 });
      for (const { payload } of await ask()) expect(payload).toMatchObject({ Status: 'ok' });
    }
  });
}
