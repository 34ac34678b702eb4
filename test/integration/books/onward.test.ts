import { afterAll, describe, expect, test } from 'vitest';
import { createReconciler } from '../../../functions/reconcile.ts';
import { reconcileOnward } from '../../../lib/books/onward.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { runCommand } from '../../support/command.ts';
import { storyBooks, tellStory } from '../../support/system/books.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

const SECONDS = 60;

/** Runs that must be enough to get through the story's books with the smallest portions. */
const MAX_RUNS = 100;

const offIn = async (sql: Sql, seconds = SECONDS, sizes?: { operations: number; wallets: number }) => {
  const report = await reconcileOnward(sql, seconds, undefined, sizes);
  const off = report.checks.filter(({ problems }) => problems > 0);
  expect(report.isClean).toBe(off.length === 0);
  return { ...report, off };
};

const statesOf = (sql: Sql) => sql`
  SELECT wallet_id, position, balance, unlisted, hash, booked_at FROM book_checks ORDER BY wallet_id`;

const wantedStatesOf = (sql: Sql) => sql`
  SELECT id AS wallet_id, chain_length AS position, balance, unlisted, chain_head AS hash, booked_at FROM wallets ORDER BY id`;

describe('the check of the books that goes on', async () => {
  const books = await storyBooks();
  afterAll(books.close);
  const { usd, eur, other } = books.story.wallets;

  test('is clean after every message of a busy story, and remembers the state of each wallet', async () => {
    const { sql } = await testDatabase();
    let operations = 0;
    await tellStory(sql, async () => {
      const report = await offIn(sql);
      expect(report.off).toEqual([]);
      operations += report.operations;
    });
    expect((await offIn(sql)).off).toEqual([]);
    expect(await statesOf(sql)).toEqual(await wantedStatesOf(sql));
    expect(operations).toBeGreaterThan(64);
  });

  test('checks what came since, all that is pending, and a part of the rest', async () => {
    await books.copy(async (sql) => {
      expect(await offIn(sql)).toMatchObject({ operations: 67, wallets: 8, again: 0, known: 0, off: [] });
      const system = testSystem(sql);
      await system.receive(other, 7n, 'USD');
      await system.settleAll();
      const settled = await sql`SELECT FROM pending_operations`;
      const report = await offIn(sql, SECONDS, { operations: 5, wallets: 2 });
      // Settled since: the story's three pending ones with what followed, and the new one.
      expect(report).toMatchObject({ wallets: 8, known: 64, again: 5, off: [], unfinished: [] });
      const [row] = await sql`SELECT sum(chain_length)::int - 64 AS since FROM wallets`;
      expect(report.operations).toBe(row?.['since'] + settled.count);
      expect(await statesOf(sql)).toEqual(await wantedStatesOf(sql));
    });
  });

  test('plans each portion by its own size, however many there are', async () => {
    await books.copy(async (sql) => {
      await offIn(sql, SECONDS, { operations: 2, wallets: 1 });
      const [kept] = await sql`
        SELECT sum(generic_plans)::int AS generic, sum(custom_plans)::int AS own FROM pg_prepared_statements
        WHERE cardinality(parameter_types) > 0 AND statement LIKE '%slice%'`;
      expect(kept?.['own']).toBeGreaterThan(20);
      expect(kept?.['generic']).toBe(0);
    });
  });

  test('finds a tampered operation among the new ones, until it is as it was', async () => {
    await books.copy(async (sql) => {
      await offIn(sql);
      const system = testSystem(sql);
      await system.receive(other, 7n, 'USD');
      await system.settleAll();
      const last = sql`wallet_id = ${other} AND position = (SELECT chain_length FROM wallets WHERE id = ${other})`;
      await sql`UPDATE operations SET wallet_amount = wallet_amount + 1 WHERE ${last}`;
      for (const _run of [1, 2]) {
        const { off } = await offIn(sql);
        expect(off.map(({ name }) => name)).toEqual(['balances', 'balances after', 'conversions']);
        expect(off[0]?.rows).toMatchObject([{ walletId: `${other}` }]);
      }
      await sql`UPDATE operations SET wallet_amount = wallet_amount - 1 WHERE ${last}`;
      expect((await offIn(sql)).off).toEqual([]);
      expect(await statesOf(sql)).toEqual(await wantedStatesOf(sql));
    });
  });

  test('finds a changed wallet of which nothing is new, and an operation after the end of its chain', async () => {
    await books.copy(async (sql) => {
      await offIn(sql);
      await sql`UPDATE wallets SET balance = balance + 1 WHERE id = ${usd}`;
      await sql`DELETE FROM wallets WHERE id = ${eur}`;
      const { off } = await offIn(sql);
      const rows = off.flatMap((check) => check.rows.map((row) => `${check.name} ${row.walletId}`));
      expect(rows).toEqual(expect.arrayContaining([`balances ${usd}`, `wallets ${eur}`]));
    });
  });

  test('finds a changed operation that was checked before once its turn comes, and then in every run', async () => {
    await books.copy(async (sql) => {
      await offIn(sql);
      const [row] = await sql`
        UPDATE operations SET balance_after = balance_after + 1 WHERE wallet_id = ${usd} AND position = 5 RETURNING id`;
      const sizes = { operations: 4, wallets: 10 };
      expect((await offIn(sql, SECONDS, sizes)).off).toEqual([]);
      for (const _run of [1, 2]) {
        const { off } = await offIn(sql, SECONDS, sizes);
        expect(off.map(({ name }) => name)).toContain('balances after');
        expect(off.flatMap(({ rows }) => rows)).toContainEqual(
          expect.objectContaining({ walletId: `${usd}`, operationId: `${row?.['id']}` }),
        );
      }
    });
  });

  test('goes on behind a wallet that was off, and finds nothing more once it is as it was', async () => {
    await books.copy(async (sql) => {
      await offIn(sql);
      const second = sql`wallet_id = ${usd} AND position = 2`;
      await sql`UPDATE operations SET balance_after = balance_after + 1 WHERE ${second}`;
      expect((await offIn(sql, SECONDS, { operations: 2, wallets: 10 })).off).not.toEqual([]);
      await sql`UPDATE operations SET balance_after = balance_after - 1 WHERE ${second}`;
      for (const _run of [1, 2]) expect((await offIn(sql)).off).toEqual([]);
      expect(await statesOf(sql)).toEqual(await wantedStatesOf(sql));
    });
  });

  test('checks all again, part by part, with each run', async () => {
    await books.copy(async (sql) => {
      await offIn(sql);
      let [again, runs] = [0, 0];
      do {
        const report = await offIn(sql, SECONDS, { operations: 5, wallets: 3 });
        expect(report.off).toEqual([]);
        again += report.again;
        runs += 1;
      } while ((await sql`SELECT FROM book_progress WHERE part = 'again' AND wallet_id > 0`).count > 0);
      expect(again).toBe(64);
      expect(runs).toBeGreaterThan(7);
    });
  });

  test('finds that a checked chain was written anew, with its hashes', async () => {
    await books.copy(async (sql) => {
      await offIn(sql);
      await sql`UPDATE operations SET hash = sha256(hash) WHERE wallet_id = ${usd}`;
      await sql`
        UPDATE wallets SET chain_head = hash FROM operations
        WHERE wallets.id = ${usd} AND wallet_id = ${usd} AND position = chain_length`;
      const { off } = await offIn(sql);
      expect(off.map(({ name }) => name)).toEqual(['chain ends', 'checked before']);
    });
  });

  test.each([
    { operations: 1, wallets: 1 },
    { operations: 3, wallets: 2 },
    { operations: 7, wallets: 10 },
  ])('goes on where it ran out of time, with portions of %j', async (sizes) => {
    await books.copy(async (sql) => {
      let [operations, runs] = [0, 0];
      for (let isThrough = false; !isThrough && runs < MAX_RUNS; runs++) {
        const report = await offIn(sql, 0, sizes);
        expect(report.off).toEqual([]);
        operations += report.operations;
        isThrough = report.unfinished.every(({ part }) => part !== 'new');
        if (runs === 0)
          expect(report.unfinished).toContainEqual({ part: 'new', walletId: expect.any(String) });
      }
      expect(runs).toBeGreaterThan(4);
      expect(operations).toBeGreaterThanOrEqual(64);
      expect(await statesOf(sql)).toEqual(await wantedStatesOf(sql));
    });
  });

  test('leaves a wallet that is off behind, and gets through the others', async () => {
    await books.copy(async (sql) => {
      await sql`UPDATE operations SET balance_after = balance_after + 1 WHERE wallet_id = ${usd} AND position = 2`;
      const { off, unfinished } = await offIn(sql, SECONDS, { operations: 1, wallets: 1 });
      expect(off.map(({ name }) => name)).toContain('balances after');
      expect(unfinished).toEqual([]);
      const states = await statesOf(sql);
      expect(states.find(({ wallet_id }) => wallet_id === usd)).toMatchObject({ position: 1n });
      const wanted = await wantedStatesOf(sql);
      expect(states.filter(({ wallet_id }) => wallet_id !== usd)).toEqual(
        wanted.filter(({ wallet_id }) => wallet_id !== usd),
      );
    });
  });

  test('is clean when two of it run at once', async () => {
    await books.copy(async (sql) => {
      const sizes = { operations: 3, wallets: 2 };
      const reports = await Promise.all([offIn(sql, SECONDS, sizes), offIn(sql, SECONDS, sizes)]);
      for (const { off } of reports) expect(off).toEqual([]);
      expect(await statesOf(sql)).toEqual(await wantedStatesOf(sql));
    });
  });

  test('tells by its function how far it came', async () => {
    await books.copy(async (sql) => {
      await sql`
        INSERT INTO wallets (id, name, country, city, currency, wallet_group)
        SELECT id, 'Jon Snow', 'UK', 'London', 'USD', 1 FROM generate_series(100, 20100) AS id`;
      const reconcile = createReconciler({ sql }, 0);
      expect(await reconcile()).toMatchObject({ unfinished: [{ part: 'new', walletId: '10091' }] });
      expect(await reconcile()).toMatchObject({ unfinished: [{ part: 'new', walletId: '20091' }] });
      await reconcile();
      expect((await sql`SELECT FROM book_progress WHERE part = 'new' AND wallet_id = 0`).count).toBe(1);
    });
  });
});

describe('all books at once', async () => {
  const books = await storyBooks();
  afterAll(books.close);

  test('are checked by the function, if its event says so', async () => {
    await books.copy(async (sql) => {
      const report = await createReconciler({ sql })({ Full: true });
      expect(report).toMatchObject({ operations: 67, wallets: 8, isClean: true });
      expect(await statesOf(sql)).toEqual([]);
      expect(await createReconciler({ sql })({ 'detail-type': 'Scheduled Event' })).toHaveProperty(
        'again',
        0,
      );
    });
  });

  test('are checked by npm run reconcile -- --full, also where no other run looks', async () => {
    await books.copy(async (sql, url) => {
      await reconcileOnward(sql, SECONDS);
      await sql`
        INSERT INTO holds (id, wallet_id, amount, currency, status, position, wallet_amount, currency_rate, wallet_rate, captured, captured_wallet, expires_at)
        VALUES (gen_random_uuid(), 1, 5, 'USD', 'captured', 1, 5, 1, 1, 5, 5, now())`;
      const environment = { DATABASE_URL: url };
      const onward = await runCommand('reconcile', [], environment);
      expect(onward.stdout).toContain(
        'Operations that were clean before: 64, of which 64 were checked again',
      );
      expect(onward.code).toBe(0);
      const full = await runCommand('reconcile', ['--full'], environment);
      expect(full.stdout).toMatch(/^Checked 67 operations and 8 wallets as of \d{4}-.*\n\n/);
      expect(full.stdout).toContain('OFF  holds');
      expect(full.code).toBe(1);
    });
  });
});
