import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runKills } from './kill-run.ts';

/** Several times what it takes on two cores. */
const LIMIT_MS = 300_000;

test(
  'nothing is lost, doubled or made up while the functions, the queue and PostgreSQL are killed',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-kill-'));
    // When started by root, PostgreSQL runs as another user, who needs access.
    await chmod(folder, 0o755);
    const size = { kills: 6, operations: 500, seed: 1, maxPauseMs: 4_000 };
    const { problems, facts } = await runKills({ ...size, folder, log: () => {} });
    expect(problems, `logs are in ${folder}`).toEqual([]);
    const numbers = new Map(facts);
    expect(numbers.get('kills')).toBe(6);
    expect(numbers.get('operations accepted')).toBeGreaterThanOrEqual(500);
    await rm(folder, { recursive: true, force: true });
  },
  LIMIT_MS,
);
