import { expect, test } from 'vitest';
import { addWaiting, fillConsole } from '../../../bench/console-data.ts';
import type { Done, Task } from '../../../bench/console-process.ts';
import { REQUESTS, requestsOf } from '../../../bench/console-requests.ts';
import { openBench } from '../../../bench/postgres.ts';
import { startProcess } from '../../../bench/processes.ts';
import { testDatabase } from '../../support/system/database.ts';

const shape = { operations: 10_000, wallets: 100, heavyEvery: 10 };

/** Characters of a reply that has something in it. */
const FOUND: Readonly<Record<string, number>> = {
  'GET /wallet/{id}/history, whole time': 50_000,
  'GET /operations/{id}, newest first': 10_000,
  'GET /transaction/{id}/story': 5_000,
  'GET /transactions?reference=': 400,
  'GET /transactions?wallet=': 10_000,
  'GET /wallets': 5_000,
  'GET /currency/{c}/rates, 1,000': 30_000,
  'GET /keys, 1,000': 100_000,
  'GET /webhook/{id}/deliveries': 5_000,
};

test('what measures the console asks for what is there', async () => {
  const { url } = await testDatabase();
  const sql = openBench(url);
  await fillConsole(sql, shape, () => {});
  await addWaiting(sql, REQUESTS, shape.wallets);
  const kinds = await requestsOf(sql, shape);
  const process = startProcess<Task, Done>('console-process.ts');
  try {
    for (const [kind, asked] of Object.entries(kinds)) {
      const { times, characters } = await process.perform({ url, asked });
      expect(times).toHaveLength(REQUESTS);
      expect(characters, kind).toBeGreaterThan(FOUND[kind] ?? 0);
    }
    expect(Object.keys(kinds)).toEqual(expect.arrayContaining(Object.keys(FOUND)));
  } finally {
    await process.stop();
    await sql.end();
  }
});
