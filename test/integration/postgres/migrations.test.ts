import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { emptyDatabase } from '../../support/system/database.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';

describe('migrations', () => {
  let folder: string;
  const pools: Sql[] = [];

  beforeAll(async () => {
    folder = await makeFolder('migrations');
    await writeFile(join(folder, '0001_first.sql'), '-- Up Migration\nCREATE TABLE first (id int);');
    await writeFile(
      join(folder, '0002_second.sql'),
      '-- Up Migration\nCREATE TABLE second (id int);\nINSERT INTO second VALUES (1);\nSELECT 1 / 0;',
    );
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await removeFolder(folder);
  });

  async function tables(url: string): Promise<string[]> {
    const sql = openDatabase(url);
    pools.push(sql);
    const rows = await sql<
      { name: string }[]
    >`SELECT relname AS name FROM pg_class WHERE relname IN ('first', 'second')`;
    return rows.map(({ name }) => name).sort();
  }

  test('run once, in order', async () => {
    const url = await emptyDatabase();
    expect(await migrate(url)).toEqual(['0001_ledger', '0002_api_keys']);
    expect(await migrate(url)).toEqual([]);
  });

  test('leave nothing half done when one fails, and keep those before it', async () => {
    const url = await emptyDatabase();
    await expect(migrate(url, folder)).rejects.toThrow('division by zero');
    expect(await tables(url)).toEqual(['first']);
  });

  test('go on where they stopped, once mended', async () => {
    const url = await emptyDatabase();
    await expect(migrate(url, folder)).rejects.toThrow();
    await writeFile(join(folder, '0002_second.sql'), '-- Up Migration\nCREATE TABLE second (id int);');
    expect(await migrate(url, folder)).toEqual(['0002_second']);
    expect(await tables(url)).toEqual(['first', 'second']);
  });

  test('take turns when two start at once', async () => {
    const url = await emptyDatabase();
    const runs = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(runs.flat()).toEqual(['0001_ledger', '0002_api_keys']);
  });
});

describe('the journal', () => {
  test('refuses to change a settled operation, to delete, and to delete a wallet', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    const sql = openDatabase(url);
    await sql`INSERT INTO wallets (name, country, city, currency, wallet_group) VALUES ('a', 'b', 'c', 'USD', 1)`;
    await sql`
      INSERT INTO operations (transaction_id, leg, wallet_id, amount, currency, correlation_id, status, reason, processed_at,
        position, hash)
      VALUES (gen_random_uuid(), 'receipt', 1, 1, 'USD', 'c', 'decline', 'balance_limit', now(), 1, sha256(''))`;
    await expect(sql`UPDATE operations SET amount = 2`).rejects.toThrow('append-only');
    await expect(sql`DELETE FROM operations`).rejects.toThrow('append-only');
    await expect(sql`TRUNCATE operations`).rejects.toThrow('append-only');
    await expect(sql`DELETE FROM wallets`).rejects.toThrow('append-only');
    await sql.end();
  });

  test('limits the time of every statement and transaction by the server', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    const sql = openDatabase(url);
    const [limits] = await sql`
      SELECT current_setting('statement_timeout') AS statement, current_setting('transaction_timeout') AS transaction,
        current_setting('lock_timeout') AS lock, current_setting('timezone') AS zone`;
    expect(limits).toEqual({ statement: '8s', transaction: '9s', lock: '5s', zone: 'UTC' });
    await sql.end();
  });
});
