import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { MigrationRefused, migrate } from '../../../lib/postgres/migrate.ts';
import { runCommand } from '../../support/command.ts';
import { emptyDatabase } from '../../support/system/database.ts';
import { expectFinalJournal } from '../../support/system/journal.ts';
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
    expect(await migrate(url)).toEqual(['0001_schema']);
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
    expect(runs.flat()).toEqual(['0001_schema']);
  });
});

describe("migrations that can't go on", () => {
  let folder: string;
  const first = () => join(folder, '0001_first.sql');

  beforeEach(async () => {
    folder = await makeFolder('migrations');
    await writeFile(first(), '-- Up Migration\nCREATE TABLE first (id int);\n');
    return () => removeFolder(folder);
  });

  /** The tables of the schema, and what is noted of the migrations. */
  async function contents(url: string) {
    const sql = openDatabase(url);
    const tables =
      await sql`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`;
    const ran = await sql`SELECT * FROM migrations ORDER BY id`;
    await sql.end();
    return { tables: [...tables], ran: [...ran] };
  }

  test('name one that was edited after it ran, and change nothing', async () => {
    const url = await emptyDatabase();
    await migrate(url, folder);
    const before = await contents(url);
    await writeFile(first(), '-- Up Migration\nCREATE TABLE first (id bigint);\n');
    await writeFile(join(folder, '0002_second.sql'), '-- Up Migration\nCREATE TABLE second (id int);\n');
    const refusal = await migrate(url, folder).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(MigrationRefused);
    expect(refusal).toMatchObject({
      message:
        'migrations/0001_first.sql was edited after it ran here. Restore the file as it was, and put the change into a ' +
        'new migration. Nothing was changed.',
    });
    expect(await contents(url)).toEqual(before);
  });

  test('go on once the edited file is as it was, whatever the ends of its lines', async () => {
    const url = await emptyDatabase();
    await migrate(url, folder);
    await writeFile(first(), '-- Up Migration\r\nCREATE TABLE first (id int);\r\n');
    await writeFile(join(folder, '0002_second.sql'), '-- Up Migration\nCREATE TABLE second (id int);\n');
    expect(await migrate(url, folder)).toEqual(['0002_second']);
  });

  test('note no checksum of one that failed', async () => {
    const url = await emptyDatabase();
    await writeFile(join(folder, '0002_second.sql'), '-- Up Migration\nSELECT 1 / 0;\n');
    await expect(migrate(url, folder)).rejects.toThrow('division by zero');
    const sql = openDatabase(url);
    expect(await sql`SELECT name FROM migration_checksums`).toEqual([{ name: '0001_first' }]);
    await sql.end();
  });

  test('do nothing in a database that a later version migrated', async () => {
    const url = await emptyDatabase();
    const second = join(folder, '0002_second.sql');
    await writeFile(second, '-- Up Migration\nCREATE TABLE second (id int);\n');
    await migrate(url, folder);
    await rm(second);
    expect(await migrate(url, folder)).toEqual([]);
  });

  test.each(['0001_ledger', '0001_schema'])(
    'refuse the schema of a version before the first release, that of %s without a checksum',
    async (name) => {
      const url = await unreleasedDatabase(name);
      const before = await contents(url);
      const refusal = await migrate(url).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(MigrationRefused);
      expect(refusal).toMatchObject({
        message:
          `${name} ran here in a version before the first release, and no migration leads on from that schema. ` +
          'Make a new database (locally: npm start -- --reset, which deletes the data). Nothing was changed.',
      });
      expect(await contents(url)).toEqual(before);
    },
  );

  test('are told by npm run migrate in one sentence', async () => {
    const url = await unreleasedDatabase('0001_ledger');
    const { code, stdout, stderr } = await runCommand('migrate', [], { DATABASE_URL: url });
    expect(stderr).toMatch(
      /^The database at 127\.0\.0\.1:\d+\/\S+ can't be migrated: 0001_ledger ran here [^\n]* Nothing was changed\.\n$/,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

/** A database as versions before the first release left it. */
async function unreleasedDatabase(migration: string): Promise<string> {
  const url = await emptyDatabase();
  const sql = openDatabase(url);
  await sql.unsafe(`
    CREATE TABLE migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
    INSERT INTO migrations (name, run_on) VALUES ('${migration}', now());
    CREATE TABLE operations (id bigint PRIMARY KEY)`);
  await sql.end();
  return url;
}

describe('the journal', () => {
  test('refuses to change a settled operation, to delete, and to delete a wallet', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    const sql = openDatabase(url);
    await sql`INSERT INTO wallets (name, country, city, currency, wallet_group) VALUES ('a', 'b', 'c', 'USD', 1)`;
    await expectFinalJournal(sql);
    await expect(sql`DELETE FROM wallets`).rejects.toThrow('append-only');
    await expect(sql`TRUNCATE wallets`).rejects.toThrow('append-only');
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
