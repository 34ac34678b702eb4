import { afterEach, expect, test, vi } from 'vitest';
import { environment } from '../../../bench/accept.ts';
import type { Done, Request, Task } from '../../../bench/accept-process.ts';
import { makeWallets } from '../../../bench/backlog.ts';
import { startProcess } from '../../../bench/processes.ts';
import { testDatabase } from '../../support/system/database.ts';

const WALLETS = 2;

/** Each request is made once more, to warm up. */
const OPERATIONS: Record<Request, number> = { bare: 3, single: 3, keyed: 3, batch: 3 * 500 };

/** The tests' own settings would stand in for missing ones. */
const SETTINGS = ['DATABASE_URL', 'QUEUE_URL', 'EVENT_BUS_NAME', 'WALLET_GROUPS', 'API_KEYS'];

afterEach(() => {
  vi.unstubAllEnvs();
});

test('what measures accepting starts with the settings that the handlers ask for, and accepts', async () => {
  const { sql, url } = await testDatabase();
  await makeWallets(sql, WALLETS);
  for (const name of SETTINGS) vi.stubEnv(name, undefined);
  const accepting = startProcess<Task, Done>('accept-process.ts', environment('http://127.0.0.1:1'));
  try {
    for (const request of ['bare', 'single', 'keyed', 'batch'] as const) {
      const before = (await sql`SELECT FROM pending_operations`).count;
      const task = { request, url, atOnce: 1, requests: 2, wallets: WALLETS, queueUrl: null };
      expect((await accepting.perform(task)).perSecond).toBeGreaterThan(0);
      expect((await sql`SELECT FROM pending_operations`).count - before).toBe(OPERATIONS[request]);
    }
  } finally {
    await accepting.stop();
  }
});
