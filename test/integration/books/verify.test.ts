import fc from 'fast-check';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../../lib/books/chain-walk.ts';
import { findSuspects } from '../../../lib/books/suspects.ts';
import { verifyChains } from '../../../lib/books/verify.ts';
import { MAX_ID } from '../../../lib/ledger/id.ts';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { readSnapshot } from '../../../lib/postgres/snapshot.ts';
import { runCommand } from '../../support/command.ts';
import { storyBooks } from '../../support/system/books.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

const SECONDS = 60;

/** Rows of the story that are tried for each column. */
const ROWS_TRIED = 3;

/** Another value for each column that the hash covers, and for the hash. */
const CHANGES = {
  id: 'id + 1000',
  transaction_id: 'gen_random_uuid()',
  leg: `CASE leg WHEN 'receipt' THEN 'payout' ELSE 'receipt' END::operation_leg`,
  counterparty_id: 'coalesce(counterparty_id, 0) + 1',
  amount: 'amount + 1',
  currency: `CASE currency WHEN 'USD' THEN 'EUR' ELSE 'USD' END`,
  origin_amount: 'coalesce(origin_amount, 0) + 1',
  origin_currency: `CASE origin_currency WHEN 'USD' THEN 'EUR' ELSE 'USD' END`,
  refund_of: 'gen_random_uuid()',
  hold_id: 'gen_random_uuid()',
  correlation_id: `correlation_of(correlation_id, transaction_id) || '.'`,
  created_at: `created_at + interval '1 microsecond'`,
  status: `CASE status WHEN 'success' THEN 'decline' ELSE 'success' END::operation_status`,
  reason: `CASE reason WHEN 'balance_limit' THEN 'amount_too_small' ELSE 'balance_limit' END::decline_reason`,
  wallet_amount: 'coalesce(wallet_amount, 0) + 1',
  balance_after: 'coalesce(balance_after, 0) + 1',
  currency_rate: 'coalesce(currency_rate, 0) + 1',
  wallet_rate: 'coalesce(wallet_rate, 0) + 1',
  processed_at: `processed_at + interval '1 microsecond'`,
  hash: 'sha256(hash)',
  position: 'position + 1000',
};

const found = async (sql: Sql): Promise<readonly Finding[]> => (await verifyChains(sql, SECONDS)).findings;

/** Lifts the rules that stand in the database itself: who tampers may have the right to. */
async function lift(sql: Sql): Promise<void> {
  const rules = await sql<{ name: string }[]>`
    SELECT conname AS name FROM pg_constraint
    WHERE conrelid = 'operations'::regclass AND contype IN ('c', 'p', 'u')`;
  for (const { name } of rules) await sql`ALTER TABLE operations DROP CONSTRAINT ${sql(name)}`;
}

describe('verify', async () => {
  const books = await storyBooks();
  afterAll(books.close);
  const { wallets } = books.story;
  const usd = wallets.usd.toString();

  /** Tampers with a copy, and answers what is found. */
  const foundAfter = (tamper: (sql: Sql) => Promise<unknown>): Promise<readonly Finding[]> =>
    books.copy(async (sql) => {
      await lift(sql);
      await tamper(sql);
      return await found(sql);
    });

  test('finds nothing in an empty database, and nothing that nobody touched', async () => {
    const { sql } = await testDatabase();
    const size = { operations: 0, wallets: 0 };
    const clean = { checkedAt: expect.stringMatching(/^\d{4}-/), problems: 0, findings: [], isClean: true };
    expect(await verifyChains(sql, SECONDS)).toEqual({ ...size, ...clean });
    const told = await books.copy((copy) => verifyChains(copy, SECONDS));
    expect(told).toEqual({ ...clean, operations: 64, wallets: 8 });
  });

  test('recomputes in the database the very hashes that were written, whatever the text of a correlation id', async () => {
    const { sql } = await testDatabase();
    const system = testSystem(sql);
    await system.setRates();
    const wallet = await system.wallet('EUR');
    const odd = [
      '"',
      '\\',
      "'",
      '\u0001\u001f\b\t\n\f\r',
      '\u007f\u0080',
      'é€😀',
      '\u2028',
      '</',
      '%s',
      '$1',
    ];
    for (const [index, id] of odd.entries()) {
      const amount = BigInt(10 ** index) * 1_000_003n;
      await system.receive(wallet, amount, index % 2 === 0 ? 'USD' : 'THB');
      await sql`UPDATE pending_operations SET correlation_id = ${id}, created_at = ${`2026-01-02 03:04:05.${index}`}`;
      await system.settleAll();
    }
    const looked = await readSnapshot(sql, SECONDS, ({ tx }) => findSuspects(tx, 0n, MAX_ID));
    expect(looked).toEqual({ operations: odd.length, wallets: 1, suspects: [] });
    const story = await books.copy((copy) =>
      readSnapshot(copy, SECONDS, ({ tx }) => findSuspects(tx, 0n, MAX_ID)),
    );
    expect(story).toEqual({ operations: 64, wallets: 8, suspects: [] });
  });

  test.each(Object.entries(CHANGES))('finds any settled row whose %s was changed', async (column, value) => {
    const settled = await books.copy(
      (sql) => sql`
      SELECT id, wallet_id, position FROM operations ORDER BY id`,
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...settled), async (row) => {
        const id = column === 'id' ? row['id'] + 1000n : row['id'];
        const findings = await foundAfter((sql) =>
          sql.unsafe(`UPDATE operations SET ${column} = ${value} WHERE id = ${row['id']}`),
        );
        expect(findings).toMatchObject([
          {
            kind: 'changed',
            walletId: `${row['wallet_id']}`,
            position: `${row['position']}`,
            operationId: `${id}`,
          },
        ]);
      }),
      { numRuns: ROWS_TRIED },
    );
  });

  test('finds a row that was moved to another wallet, in both', async () => {
    const findings = await foundAfter(
      (sql) =>
        sql`UPDATE operations SET wallet_id = ${wallets.eur} WHERE wallet_id = ${wallets.usd} AND position = 3`,
    );
    expect(findings).toMatchObject([
      { kind: 'removed', walletId: usd, position: '3', operationId: null },
      { kind: 'inserted', walletId: `${wallets.eur}`, position: '3' },
    ]);
  });

  test.each([
    ['first', 1n],
    ['middle', 5n],
    ['last', 13n],
  ])('finds that the %s row was removed', async (_which, position) => {
    const findings = await foundAfter(
      (sql) => sql`DELETE FROM operations WHERE wallet_id = ${wallets.usd} AND position = ${position}`,
    );
    const gone = { kind: 'removed', walletId: usd, position: `${position}`, operationId: null };
    expect(findings).toMatchObject([gone]);
    expect(findings[0]?.says).toMatch(/^there is no operation at position \d+; /);
  });

  test('finds that a row was removed, though later ones were numbered anew', async () => {
    const findings = await foundAfter(async (sql) => {
      await sql`DELETE FROM operations WHERE wallet_id = ${wallets.usd} AND position = 5`;
      await sql`UPDATE operations SET position = position - 1 WHERE wallet_id = ${wallets.usd} AND position > 5`;
    });
    expect(findings).toMatchObject([{ kind: 'removed', walletId: usd, position: '5' }]);
  });

  test('finds that all rows of a wallet were removed', async () => {
    const findings = await foundAfter((sql) => sql`DELETE FROM operations WHERE wallet_id = ${wallets.thb}`);
    expect(findings).toMatchObject([{ kind: 'removed', walletId: '3', position: '1', operationId: null }]);
  });

  const insert = (sql: Sql, position: bigint, walletId = wallets.usd) => sql`
    INSERT INTO operations (id, transaction_id, leg, wallet_id, amount, currency, status, wallet_amount, balance_after,
      currency_rate, wallet_rate, position, hash, created_at, processed_at, correlation_id)
    VALUES (777, gen_random_uuid(), 'receipt', ${walletId}, 7, 'USD', 'success', 7, 7, 1, 1, ${position}, sha256('x'),
      now(), now(), 'c')`;

  test.each([
    ['after the last', 14n],
    ['far after the last', 99n],
    ['beside another', 5n],
    ['beside the last', 13n],
  ])('finds that a row was inserted %s', async (_where, position) => {
    const findings = await foundAfter((sql) => insert(sql, position));
    expect(findings).toMatchObject([
      { kind: 'inserted', walletId: usd, position: `${position}`, operationId: '777' },
    ]);
  });

  test('finds that a row was inserted, though later ones were numbered anew', async () => {
    const findings = await foundAfter(async (sql) => {
      await sql`UPDATE operations SET position = position + 1 WHERE wallet_id = ${wallets.usd} AND position >= 5`;
      await insert(sql, 5n);
    });
    expect(findings).toMatchObject([{ kind: 'inserted', walletId: usd, position: '5', operationId: '777' }]);
  });

  test('finds that two rows were swapped', async () => {
    const findings = await foundAfter(
      (sql) => sql`
        UPDATE operations SET position = 11 - position WHERE wallet_id = ${wallets.usd} AND position IN (5, 6)`,
    );
    expect(findings).toMatchObject([{ kind: 'changed', walletId: usd, position: '5' }]);
  });

  test.each([
    ['chain_head', `chain_head = sha256('x')`],
    ['chain_head', `chain_head = ''`],
    ['chain_length', 'chain_length = chain_length + 1'],
    ['chain_length', 'chain_length = chain_length - 1'],
  ])("finds that a wallet's %s was changed: %s", async (column, change) => {
    const findings = await foundAfter((sql) => sql.unsafe(`UPDATE wallets SET ${change} WHERE id = ${usd}`));
    expect(findings).toMatchObject([{ kind: 'wallet changed', walletId: usd, operationId: null }]);
    expect(findings[0]?.says).toContain(column);
  });

  test('finds that the last row was removed and the length with it', async () => {
    const findings = await foundAfter(async (sql) => {
      await sql`DELETE FROM operations WHERE wallet_id = ${wallets.usd} AND position = 13`;
      await sql`UPDATE wallets SET chain_length = 12 WHERE id = ${wallets.usd}`;
    });
    expect(findings).toMatchObject([{ kind: 'wallet changed', walletId: usd, position: '12' }]);
  });

  test('finds rows whose wallet is not there', async () => {
    const findings = await foundAfter(async (sql) => {
      await sql`DELETE FROM wallets WHERE id = ${wallets.eur}`;
      await insert(sql, 1n, 4_000n);
    });
    expect(findings).toMatchObject([
      { kind: 'wallet missing', walletId: '2', position: '1' },
      { kind: 'wallet missing', walletId: '4000', position: '1', operationId: '777' },
    ]);
  });

  test('counts every broken wallet of very many by two connections, and tells of the first', async () => {
    await books.copy(async (sql, url) => {
      await sql`
        INSERT INTO wallets (id, name, country, city, currency, wallet_group)
        SELECT id, 'Jon Snow', 'UK', 'London', 'USD', 1 FROM generate_series(9, 20001) AS id`;
      await sql`UPDATE wallets SET chain_length = 1, booked_at = now() WHERE id > 9900`;
      const beside = openDatabase(url);
      onTestFinished(() => beside.end());
      const { problems, wallets: count, findings } = await verifyChains(sql, SECONDS, beside);
      expect({ problems, count }).toEqual({ problems: 10_101, count: 20_001 });
      const ids = findings.map(({ walletId }) => Number(walletId));
      expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => 9_901 + index));
    });
  });
});

describe('npm run verify', async () => {
  const books = await storyBooks();
  afterAll(books.close);

  test('exits with 0 where every chain is whole', async () => {
    const { code, stdout } = await books.copy((_sql, url) => runCommand('verify', [], { DATABASE_URL: url }));
    expect(stdout).toMatch(
      /^Checked 64 settled operations of 8 wallets as of \d.*Z\.\n\nEvery chain is whole\.\n$/,
    );
    expect(code).toBe(0);
  });

  test('names what was changed and exits with 1', async () => {
    const { code, stdout, changed } = await books.copy(async (sql, url) => {
      const [row] = await sql`
        UPDATE operations SET amount = amount + 1 WHERE wallet_id = 4 AND position = 1
        RETURNING format('operation %s of transaction %s', id, transaction_id) AS name`;
      return { ...(await runCommand('verify', [], { DATABASE_URL: url })), changed: row?.['name'] };
    });
    const found = new RegExp(
      `\n {2}changed: wallet 4, position 1, ${changed}: its hash is not .*\n\n1 broken chain: .*\n$`,
    );
    expect(stdout).toMatch(found);
    expect(code).toBe(1);
  });

  test('exits with 2 where the database does not answer', async () => {
    const env = { DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/nothing' };
    const { code, stdout, stderr } = await runCommand('verify', [], env);
    expect(stderr).toMatch(/^The database at 127\.0\.0\.1:1\/nothing does not answer .*\.\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
