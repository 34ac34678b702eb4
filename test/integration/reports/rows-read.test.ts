import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Sql } from '../../../lib/postgres/database.ts';
import { bookRows } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { prepare } from '../../support/system/prepare.ts';
import { keepStatistics } from '../../support/system/statistics.ts';
import { testSystem } from '../../support/system/system.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

/** Operations of the wallet, one a second, and as many of each of two others. */
const COUNT = 50_000;

/** Pending ones of the wallet. */
const PENDING = 10_000;

/** Rows of a page, or of a period. */
const ROWS = 100;

/** Rows that find them: a few bisections of 16 steps each. */
const SEARCH = 120;

/** More runs than PostgreSQL makes before it keeps one plan for a prepared statement. */
const RUNS = 7;

describe('a report reads what it shows and little more', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  await system.setRates();
  const wallet = await system.wallet('EUR');
  const others = [await system.wallet('EUR'), await system.wallet('EUR')];

  const at = (second: number) => new Date(START + second * 1_000).toISOString();
  const reportsOf = (pool: Sql) => {
    const { handlers } = testSystem(pool);
    const path = { walletId: String(wallet) };
    const middle = { from: at(COUNT / 2), to: at(COUNT / 2 + ROWS) };
    const list = async (query: Record<string, string>) =>
      (await call(handlers.listOperations, { path, query: { limit: String(ROWS), ...query } })).payload;
    return {
      'a first page': () => list({ from: at(0) }),
      'a page by offset': () => list({ from: at(0), offset: String(COUNT - ROWS) }),
      'a page of pending ones': () => list({ from: at(0), offset: String(COUNT) }),
      'a page of a period': () => list(middle),
      'a page of a period, newest first': () => list({ ...middle, order: 'desc' }),
      'a page of pending ones, newest first': () => list({ order: 'desc' }),
      'a page by cursor': async () => list({ after: (await list(middle)).Next }),
      'a total': () => call(handlers.totalOperations, { path, query: middle }),
      'a file': () => call(handlers.downloadOperations, { path, query: middle }),
      'a story': async () => {
        const [row] = await pool<{ id: string }[]>`
          SELECT transaction_id AS id FROM operations WHERE wallet_id = ${wallet} AND position = ${COUNT / 2}`;
        return await call(handlers.getStory, { path: { transactionId: row?.id ?? randomUUID() } });
      },
      'a search by a correlation id': () =>
        call(handlers.searchTransactions, { query: { correlationId: randomUUID() } }),
      'a history': () => call(handlers.getHistory, { path, query: { from: at(0), points: String(ROWS) } }),
      'a past balance': () => call(handlers.getWallet, { path, query: { at: at(COUNT / 2) } }),
    };
  };

  /** Rows that the tables of operations gave out since the last reset: by index, and by reading them whole. */
  const rowsRead = async (pool: Sql) => {
    await pool`SELECT pg_stat_force_next_flush()`;
    const [row] = await pool<{ byIndex: bigint; bySequence: bigint }[]>`
      SELECT sum(idx_tup_fetch)::bigint AS "byIndex", sum(seq_tup_read)::bigint AS "bySequence"
      FROM pg_stat_user_tables WHERE relname IN ('operations', 'pending_operations')`;
    return row ?? { byIndex: -1n, bySequence: -1n };
  };

  /** A connection whose plans were kept while the tables were empty. */
  const early = open();
  beforeAll(async () => {
    await keepStatistics(sql, ['operations', 'pending_operations']);
    // A worker that summarizes blocks for this index reads them whole, at a time of its own, and is counted like a report.
    await sql`ALTER INDEX operations_by_time SET (autosummarize = off)`;
    await sql`VACUUM ANALYZE operations`;
    await sql`VACUUM ANALYZE pending_operations`;
    for (const report of Object.values(reportsOf(early))) {
      for (let run = 0; run < RUNS; run++) await report();
    }
    for (const id of [...others, wallet]) {
      await prepare(sql, (tx) =>
        bookRows(
          tx,
          id,
          tx`SELECT n AS amount, ${at(0)}::timestamptz + n * interval '1 second' AS at, 'receipt' AS leg,
            'success' AS status, 'EUR' AS currency, n AS number FROM generate_series(1, ${COUNT}::int) AS n`,
        ),
      );
    }
    await sql`
      INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, correlation_id)
      SELECT gen_random_uuid(), 'receipt', id, 1, 1, 'EUR', 'c' FROM wallets, generate_series(1, ${PENDING}::int)`;
  });

  const REPORTS = Object.keys(reportsOf(sql)) as (keyof ReturnType<typeof reportsOf>)[];
  const check = async (pool: Sql, name: (typeof REPORTS)[number]) => {
    for (let run = 0; run < RUNS; run++) {
      const before = await rowsRead(pool);
      await reportsOf(pool)[name]();
      const after = await rowsRead(pool);
      expect(after.bySequence - before.bySequence).toBe(0n);
      const pages = name === 'a page by cursor' ? 2 : 1;
      expect(Number(after.byIndex - before.byIndex)).toBeLessThanOrEqual(pages * (ROWS + SEARCH));
    }
  };

  test.each(REPORTS)('%s, by a plan that was kept since the tables were empty', (name) => check(early, name));

  test.each(REPORTS)('%s, with statistics from when the tables were empty', (name) => check(open(), name));

  test('all of them with current statistics', async () => {
    await sql`VACUUM ANALYZE operations`;
    await sql`VACUUM ANALYZE pending_operations`;
    const pool = open();
    for (const name of REPORTS) await check(pool, name);
  });

  test('all of them in a database without settings of its own for the planner', async () => {
    const name = new URL(sql.options.host[0] ? `postgres://x/${sql.options.database}` : '').pathname.slice(1);
    for (const setting of ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'])
      await sql.unsafe(`ALTER DATABASE ${name} RESET enable_${setting}`);
    const pool = open();
    for (const report of REPORTS) await check(pool, report);
  });
});
