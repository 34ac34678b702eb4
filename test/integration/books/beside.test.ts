import { afterAll, describe, expect, test, vi } from 'vitest';
import { reconcileOnward } from '../../../lib/books/onward.ts';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { PATIENCE } from '../../support/constants.ts';
import { storyBooks } from '../../support/system/books.ts';
import { countOpen, holdOpen } from '../../support/system/open-transaction.ts';
import { testSystem } from '../../support/system/system.ts';

const SECONDS = 60;

/** An operation of a wallet a portion: each part has many. */
const SMALL = { operations: 1, wallets: 1 };

/** Portions in which the one part writes about a wallet that the other finds off: more than a transaction is tried. */
const OPERATIONS_OF_ONE = 120;

/** How many rows of each check are off. */
const problemsOf = ({ checks }: Awaited<ReturnType<typeof reconcile>>) =>
  Object.fromEntries(
    checks.filter(({ problems }) => problems > 0).map(({ name, problems }) => [name, problems]),
  );

const checkedUpTo = async (sql: Sql): Promise<Map<bigint, bigint>> => {
  const marks = await sql<{ id: bigint; position: bigint }[]>`
    SELECT wallet_id AS id, position FROM book_checks`;
  return new Map(marks.map(({ id, position }) => [id, position]));
};

describe('the check of the books by two connections', async () => {
  const books = await storyBooks();
  afterAll(books.close);

  /** Books that were clean, some of whose wallets got further since. */
  async function withNews(work: (sql: Sql, beside: Sql, onlooker: Sql) => Promise<void>): Promise<void> {
    await books.copy(async (sql, url) => {
      const [beside, onlooker] = [openDatabase(url), openDatabase(url, 2)];
      try {
        expect((await reconcileOnward(sql, SECONDS)).isClean).toBe(true);
        const system = testSystem(sql);
        for (const wallet of Object.values(books.story.wallets)) await system.receive(wallet, 7n, 'USD');
        await system.settleAll();
        await work(sql, beside, onlooker);
      } finally {
        await Promise.all([beside.end(), onlooker.end()]);
      }
    });
  }

  test('does both parts at once, and comes as far as by one', async () => {
    await withNews(async (sql, beside, onlooker) => {
      const begin = await holdBoth(onlooker);
      const running = reconcileOnward(sql, SECONDS, beside, SMALL);
      await vi.waitUntil(async () => (await waitingOf(onlooker)).length === 2, PATIENCE);
      await begin();
      const report = await running;
      expect(report).toMatchObject({ isClean: true, unfinished: [], known: 64, wallets: 8, again: 1 });
      const wallets = await sql<
        { id: bigint; length: bigint }[]
      >`SELECT id, chain_length AS length FROM wallets`;
      expect(await checkedUpTo(sql)).toEqual(new Map(wallets.map(({ id, length }) => [id, length])));
    });
  });

  test('counts once what both parts meet', async () => {
    await withNews(async (sql, beside) => {
      // Its debit was checked before, its credit was not.
      await sql`
        UPDATE operations SET currency_rate = currency_rate + 1 WHERE leg = 'debit'
          AND transaction_id = ${books.story.ids.inFlight}`;
      const wanted = problemsOf(await reconcile(sql, SECONDS));
      expect(Object.keys(wanted)).toEqual(['rates']);
      expect(problemsOf(await reconcileOnward(sql, SECONDS, beside))).toEqual(wanted);
    });
  });

  test('tells what is off in a wallet of which it remembers more and more meanwhile', async () => {
    await withNews(async (sql, beside) => {
      const { usd } = books.story.wallets;
      const system = testSystem(sql);
      for (let count = 0; count < OPERATIONS_OF_ONE; count++) await system.receive(usd, 7n, 'USD');
      await system.settleAll();
      await sql`UPDATE operations SET currency_rate = currency_rate + 1 WHERE wallet_id = ${usd} AND position = 1`;
      const report = await reconcileOnward(sql, SECONDS, beside, SMALL);
      expect(problemsOf(report)).toEqual(problemsOf(await reconcile(sql, SECONDS)));
      const again = await reconcileOnward(sql, SECONDS, beside);
      expect(problemsOf(again)).toEqual({ rates: 1 });
    });
  });

  test('ends the other part with its portion where one fails, and only then', async () => {
    await withNews(async (sql, beside, onlooker) => {
      const before = await checkedUpTo(sql);
      const pending = () => sql`SELECT xmin FROM book_progress WHERE part = 'pending'`;
      const untouched = [...(await pending())];
      const begin = await holdBoth(onlooker);
      let hasEnded = false;
      const running = reconcileOnward(sql, SECONDS, beside, SMALL).finally(() => {
        hasEnded = true;
      });
      const failing = expect(running).rejects.toThrow('canceling statement due to user request');
      await vi.waitUntil(async () => (await waitingOf(onlooker)).length === 2, PATIENCE);
      await onlooker`
        SELECT pg_cancel_backend(pid) FROM pg_locks WHERE relation = 'book_results'::regclass AND NOT granted`;
      // Its transaction is rolled back, so the failure is known.
      await vi.waitUntil(async () => (await countOpen(onlooker)) === 2, PATIENCE);
      expect(hasEnded).toBe(false);
      await begin();
      await failing;
      expect(await countOpen(onlooker)).toBe(0);
      const after = await checkedUpTo(sql);
      expect([...after].filter(([id, position]) => before.get(id) !== position)).toHaveLength(1);
      expect([...(await pending())]).toEqual(untouched);
    });
  });
});

/** Keeps portions of both parts from beginning. */
const holdBoth = (sql: Sql) =>
  holdOpen(sql, (tx) => tx`LOCK TABLE book_progress, book_results IN SHARE UPDATE EXCLUSIVE MODE`);

const waitingOf = (sql: Sql) => sql`
  SELECT FROM pg_locks WHERE relation IN ('book_progress'::regclass, 'book_results'::regclass) AND NOT granted`;
