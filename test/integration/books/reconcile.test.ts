import { afterAll, describe, expect, test, vi } from 'vitest';
import { createReconciler } from '../../../functions/reconcile.ts';
import { CHECKS } from '../../../lib/books/check.ts';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { verifyChains } from '../../../lib/books/verify.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { metrics } from '../../../lib/runtime/metrics.ts';
import { runCommand } from '../../support/command.ts';
import { storyBooks, tellStory } from '../../support/system/books.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

const SECONDS = 60;

/** What is off, by check. */
async function found(sql: Sql): Promise<unknown> {
  const { checks, isClean } = await reconcile(sql, SECONDS);
  const off = checks.filter(({ problems }) => problems > 0);
  expect(isClean).toBe(off.length === 0);
  return off;
}

const database = await testDatabase();

describe('books that nobody touched', () => {
  test('are clean while there is nothing in them', async () => {
    const { sql } = await testDatabase();
    expect(await reconcile(sql, SECONDS)).toEqual({
      checkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      operations: 0,
      wallets: 0,
      checks: Object.keys(CHECKS).map((name) => ({ name, problems: 0, rows: [] })),
      isClean: true,
    });
  });

  test('are clean after every message of a busy story, also in the middle of transfers', async () => {
    const { sql } = await testDatabase();
    let timesInTransit = 0;
    await tellStory(sql, async () => {
      expect(await found(sql)).toEqual([]);
      expect((await verifyChains(sql, SECONDS)).findings).toEqual([]);
      const transit = await sql`
        SELECT currency FROM ledger_entries WHERE account = 'transit' GROUP BY currency HAVING sum(amount) <> 0`;
      if (transit.length > 0) timesInTransit += 1;
    });
    expect(timesInTransit).toBeGreaterThan(5);
    const { operations, wallets } = await reconcile(sql, SECONDS);
    expect({ operations, wallets }).toEqual({ operations: 67, wallets: 8 });
  });

  test('are clean in any snapshot while transfers are settled', async () => {
    const system = testSystem(database.sql);
    await system.setRates();
    const [a, b] = [await system.wallet('USD'), await system.wallet('EUR')];
    await system.receive(a, 1_000_000_000n, 'USD');
    await system.receive(b, 1_000_000_000n, 'THB');
    for (let i = 0; i < 100; i++) {
      await system.transfer(a, b, 1_000_003n, 'THB');
      await system.transfer(b, a, 30_007n, 'EUR');
    }
    let isSettling = true;
    const settling = system.settleAll().finally(() => {
      isSettling = false;
    });
    const other = database.open();
    while (isSettling) expect(await found(other)).toEqual([]);
    await settling;
    expect(await found(other)).toEqual([]);
  });
});

describe('the function reconcile', async () => {
  const books = await storyBooks();
  afterAll(books.close);

  test('answers and counts what is off', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    await books.copy(async (sql) => {
      const handler = createReconciler({ sql });
      expect((await handler()).isClean).toBe(true);
      expect(counted.mock.calls).toEqual([
        ['ReconcileProblems', 'Count', 0],
        ['ReconcileChecked', 'Count', 67],
      ]);
      await sql`UPDATE wallets SET balance = balance + 1`;
      const report = await handler();
      expect(report.isClean).toBe(false);
      expect(counted.mock.calls.slice(2)).toContainEqual(['ReconcileProblems', 'Count', 19]);
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    });
  });

  test('counts no zero, which ends the alarm, unless it came through all', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const problems = () => counted.mock.calls.filter(([name]) => name === 'ReconcileProblems');
    await books.copy(async (sql) => {
      // The sum by currency, which each run compares, stays as it is.
      const move = (amount: bigint) =>
        sql`UPDATE wallets SET balance = balance + CASE id WHEN 1 THEN ${amount}::bigint ELSE ${-amount}::bigint END WHERE id IN (1, 4)`;
      await move(1n);
      await createReconciler({ sql })();
      const found = problems();
      expect(found).toEqual([['ReconcileProblems', 'Count', expect.any(Number)]]);
      expect(found).not.toEqual([['ReconcileProblems', 'Count', 0]]);
      // The next run begins behind all wallets, and has no time to begin again from the first.
      await sql`UPDATE book_progress SET wallet_id = 1000000 WHERE part = 'new'`;
      expect(await createReconciler({ sql }, 0)()).toMatchObject({
        isClean: true,
        unfinished: [{ part: 'new' }],
      });
      expect(problems()).toEqual(found);
      await move(-1n);
      await createReconciler({ sql })();
      expect(problems()).toEqual([...found, ['ReconcileProblems', 'Count', 0]]);
    });
  });

  test('throws where the database is out', async () => {
    const sql = database.open();
    await sql.end();
    await expect(createReconciler({ sql })()).rejects.toThrow();
  });
});

describe('npm run reconcile', async () => {
  const books = await storyBooks();
  afterAll(books.close);

  test('prints every check and exits with 0 where the books are clean', async () => {
    const { code, stdout } = await books.copy((_sql, url) =>
      runCommand('reconcile', [], { DATABASE_URL: url }),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Checked 67 operations and 8 wallets as of \d{4}-/);
    for (const [name, says] of Object.entries(CHECKS)) expect(stdout).toContain(`  ok   ${name}: ${says}\n`);
    expect(stdout).toMatch(/\nThe books are clean\.\n$/);
  });

  test('names the rows that are off and exits with 1', async () => {
    const { code, stdout } = await books.copy(async (sql, url) => {
      await sql`UPDATE wallets SET balance = balance + 1 WHERE id = 3`;
      return await runCommand('reconcile', [], { DATABASE_URL: url });
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/ {2}OFF {2}balances: .*\n {9}wallet 3: expected 202374209, found 202374210\n/);
    expect(stdout).toMatch(
      /\n3 of 30 checks found rows that are off: .*operations\.md tells what to do\.\n$/,
    );
  });

  test('says in one sentence that the database does not answer, without its password, and exits with 2', async () => {
    const url = 'postgres://someone:secret@127.0.0.1:1/nothing';
    const { code, stdout, stderr } = await runCommand('reconcile', [], { DATABASE_URL: url });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^The database at 127\.0\.0\.1:1\/nothing does not answer .*\.\n$/);
    expect(stderr).not.toContain('secret');
  });

  test.each([
    [['--prot', '5000'], {}, /Unknown option '--prot'[\s\S]*npm run reconcile -- --help/],
    [['--port', '70000'], {}, /--port takes a number from 1024 to 65531, not "70000"\./],
    [[], { DATABASE_URL: 'http://secret' }, /^DATABASE_URL takes a URL such as postgres:/],
  ])('refuses %j with %j', async (args, env, sentence) => {
    const { code, stdout, stderr } = await runCommand('reconcile', args, env);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n +at |secret/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('lists its options', async () => {
    const { code, stdout } = await runCommand('reconcile', ['--help']);
    expect(code).toBe(0);
    for (const option of ['--port', '--help', 'DATABASE_URL']) expect(stdout).toContain(option);
  });
});
