import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUILD_SETTINGS, layoutOf } from '../../../bench/against/build.ts';
import type { Requests } from '../../../bench/against/requests.ts';
import type { Done, Task } from '../../../bench/against-process.ts';
import { makeWallets } from '../../../bench/backlog.ts';
import { type BenchProcess, startProcess } from '../../../bench/processes.ts';
import { testDatabase } from '../../support/system/database.ts';

const REQUESTS: Requests = {
  operations: 'half and half',
  count: 8,
  perRequest: 4,
  atOnce: 2,
  wallets: [1, 4],
  order: 'in turn',
  step: 2,
  amount: '1000000',
};

const SINGLE: Requests = { ...REQUESTS, operations: 'receipts', count: 3, perRequest: 1, isKeyed: true };

let side: BenchProcess<Task, Done>;

beforeEach(() => {
  side = startProcess('against-process.ts', BUILD_SETTINGS, resolve('.'));
});

afterEach(async () => {
  await side.stop();
});

test('a build in a folder accepts, settles, and has its books checked', async () => {
  const { sql, url } = await testDatabase();
  await makeWallets(sql, 4);
  expect(await side.perform({ kind: 'accept', url, requests: REQUESTS })).toMatchObject({ count: 8 });
  expect(await side.perform({ kind: 'accept', url, requests: SINGLE })).toMatchObject({ count: 3 });
  expect((await sql`SELECT FROM pending_operations`).count).toBe(11);
  expect((await sql`SELECT FROM idempotency_keys`).count).toBe(3);
  expect((await side.perform({ kind: 'settle', url, groups: [1] })).count).toBeGreaterThanOrEqual(11);
  expect((await sql`SELECT FROM pending_operations`).count).toBe(0);
  await side.perform({ kind: 'reconcile', url });
  expect((await side.perform({ kind: 'verify', url })).count).toBeGreaterThanOrEqual(11);
});

test('books that are off fail a comparison', async () => {
  const { sql, url } = await testDatabase();
  await makeWallets(sql, 4);
  await sql`UPDATE wallets SET balance = 1 WHERE id = 1`;
  await expect(side.perform({ kind: 'reconcile', url })).rejects.toThrow('the books are off');
});

test('an operation is settled beside a busy wallet of its group, and the relay wakes what is left', async () => {
  const { sql, url } = await testDatabase();
  await makeWallets(sql, 4);
  const busy: Requests = { ...REQUESTS, operations: 'receipts', wallets: [1, 1] };
  const stranger: Requests = { ...busy, wallets: [3, 3], count: 1, perRequest: 1 };
  expect(await side.perform({ kind: 'neighbour', url, busy, stranger })).toMatchObject({ count: 9 });
  await side.perform({ kind: 'accept', url, requests: SINGLE });
  expect(await side.perform({ kind: 'relay', url })).toMatchObject({ count: 3 });
});

test('a folder without a build of a known layout is refused', () => {
  expect(() => layoutOf(resolve('docs'))).toThrow('has no build of a known layout');
});
