import { describe, expect, test } from 'vitest';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { emptyDatabase } from '../../support/system/database.ts';
import { expectFinalJournal } from '../../support/system/journal.ts';
import { PARTITIONS, SPREAD_BY, spreadByWallet } from '../../support/system/spread.ts';

/*
 * The tests of accepting and settling run once more on this schema: the project `spread` of vitest.config.ts.
 */

const TABLES = Object.keys(SPREAD_BY);

async function migrated(): Promise<Sql> {
  const url = await emptyDatabase();
  await migrate(url);
  return openDatabase(url);
}

/** The columns, keys, checks, triggers and views of a schema, partitions left out. */
async function described(sql: Sql) {
  const columns = await sql`
    SELECT table_name, column_name, domain_name, udt_name, is_nullable, column_default
    FROM information_schema.columns JOIN pg_class ON relname = table_name
    WHERE table_schema = 'public' AND NOT relispartition ORDER BY table_name, ordinal_position`;
  const constraints = await sql`
    SELECT conrelid::regclass::text AS relation, pg_get_constraintdef(pg_constraint.oid) AS definition
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT relispartition ORDER BY 1, 2`;
  const triggers = await sql`
    SELECT pg_get_triggerdef(pg_trigger.oid) AS definition FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND NOT relispartition ORDER BY 1`;
  const views = await sql`SELECT viewname FROM pg_views WHERE schemaname = 'public' ORDER BY 1`;
  const sequences = await sql`
    SELECT objid::regclass::text AS sequence, refobjid::regclass::text AS owner FROM pg_depend
    WHERE deptype = 'a' AND classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
      AND objid IN (SELECT oid FROM pg_class WHERE relkind = 'S') ORDER BY 1`;
  return [columns, constraints, triggers, views, sequences].map((found) => [...found]);
}

describe('a schema that is spread by wallet', async () => {
  const sql = await migrated();
  const before = await described(sql);
  await spreadByWallet(sql);

  test('has its tables of wallets and operations in partitions', async () => {
    const found = await sql`
      SELECT inhparent::regclass::text AS name, count(*)::integer AS parts FROM pg_inherits
      JOIN pg_class ON pg_class.oid = inhrelid AND relkind = 'r' GROUP BY 1 ORDER BY 1`;
    expect([...found]).toEqual(TABLES.toSorted().map((name) => ({ name, parts: PARTITIONS })));
  });

  test('is otherwise the same', async () => {
    expect(await described(sql)).toEqual(before);
  });

  test('has the wallet in every unique key', async () => {
    const keys = await sql<{ table: string; columns: string[] }[]>`
      SELECT indrelid::regclass::text AS table, array_to_json(ARRAY(
        SELECT attname FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey)))::text AS columns
      FROM pg_index WHERE indisunique AND indrelid = ANY (${`{${TABLES.join()}}`}::regclass[])`;
    expect(keys.length).toBeGreaterThanOrEqual(TABLES.length);
    for (const { table, columns } of keys)
      expect(JSON.parse(String(columns)), table).toContain(SPREAD_BY[table as keyof typeof SPREAD_BY]);
  });

  test('refuses a unique key without the wallet', async () => {
    await expect(sql`CREATE UNIQUE INDEX ON operations (transaction_id)`).rejects.toThrow(
      'unique constraint on partitioned table must include all partitioning columns',
    );
  });

  test('refuses changes of the journal', async () => {
    await expectFinalJournal(sql);
    await sql.end();
  });
});
