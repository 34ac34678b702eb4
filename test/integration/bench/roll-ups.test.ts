import { expect, test } from 'vitest';
import { HISTORY_WALLETS, makeHistory } from '../../../bench/backlog.ts';
import { fillWallets } from '../../../bench/balance-data.ts';
import { generateJournal } from '../../../bench/journal.ts';
import { runPasses, WHOLE_PASSES } from '../../../lib/books/passes.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { testDatabase } from '../../support/system/database.ts';

const shape = { operations: 20_000, wallets: 50, heavyEvery: 10 };

test.each<[string, (sql: Sql) => Promise<unknown>]>([
  ['a journal', (sql) => generateJournal(sql, shape, () => {})],
  ['a history', (sql) => makeHistory(sql, HISTORY_WALLETS)],
  ['wallets to balance', (sql) => fillWallets(sql, { wallets: 600, active: 300, currentGroups: 4 })],
])('%s has the roll-ups of what it settled', async (_name, fill) => {
  const { sql } = await testDatabase();
  await fill(sql);
  expect(await runPasses(sql, sql``, WHOLE_PASSES)).toEqual([]);
  expect((await sql`SELECT FROM money_totals`).count).toBeGreaterThan(0);
  const [row] = await sql<{ kept: number; settled: number }[]>`
    SELECT (SELECT sum(succeeded) FROM settled_minutes)::float8 AS kept, count(*)::float8 AS settled
    FROM operations WHERE processed_at >= (SELECT min(minute) FROM settled_minutes)`;
  expect(row?.kept).toBeGreaterThan(0);
  expect(row?.kept).toBe(row?.settled);
});
