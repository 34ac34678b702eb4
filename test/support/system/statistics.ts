import { array, type Sql } from '../../../lib/postgres/database.ts';

/** The tables that hold rows: where tables are partitioned, the partitions. (The tree of a table without any is empty.) */
async function storedTables(sql: Sql, names: readonly string[]): Promise<string[]> {
  const stored = await sql<{ name: string }[]>`
    SELECT coalesce(part.relid, named.oid)::regclass::text AS name FROM unnest(${array(names)}::regclass[]) AS named(oid)
      LEFT JOIN LATERAL pg_partition_tree(named.oid) AS part ON true
    WHERE part.isleaf IS NOT FALSE`;
  if (stored.length < names.length) throw new Error(`found ${stored.length} tables of ${names.length}`);
  return stored.map(({ name }) => name);
}

/** Leaves the statistics of tables as they are: nobody counts their rows but the test. */
export async function keepStatistics(sql: Sql, names: readonly string[]): Promise<void> {
  for (const name of await storedTables(sql, names))
    await sql.unsafe(`ALTER TABLE ${name} SET (autovacuum_enabled = off)`);
}

/** Counts the rows of tables, as autovacuum would. */
export async function countRows(sql: Sql, names: readonly string[]): Promise<void> {
  for (const name of await storedTables(sql, names)) await sql.unsafe(`ANALYZE ${name}`);
}

/**
 * Makes the statistics say what `ANALYZE` notes of a queue whose last row was just taken: pages, and no row on them. Whatever the
 * table grows to, the planner takes it for one row until it is counted again.
 */
export async function countAsEmptied(sql: Sql, names: readonly string[]): Promise<void> {
  await sql`
    UPDATE pg_class SET relpages = 1, reltuples = 0 WHERE oid = ANY (${array(await storedTables(sql, names))}::regclass[])`;
}
