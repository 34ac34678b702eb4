import type { Statements } from '../lib/postgres/database.ts';

/** What drops a key or an index, and what makes it again. */
interface Index {
  readonly drop: string;
  readonly add: string;
}

/**
 * Runs work while tables have no keys, no indexes and no triggers, then makes these again: an index built once over all
 * rows takes a tenth of the time.
 *
 * @param tables names, as in SQL
 * @param run runs one statement; for many rows, with a long time limit
 */
export async function withoutIndexes(
  sql: Statements,
  tables: readonly string[],
  work: () => Promise<void>,
  run: (statement: string) => Promise<unknown> = (statement) => sql.unsafe(statement),
): Promise<void> {
  const indexes: Index[] = [];
  for (const table of tables) indexes.push(...(await keysOf(sql, table)), ...(await indexesOf(sql, table)));
  for (const { drop } of indexes) await run(drop);
  for (const table of tables) await run(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  await work();
  for (const table of tables) await run(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  for (const { add } of indexes) await run(add);
}

async function keysOf(sql: Statements, table: string): Promise<Index[]> {
  return await sql<Index[]>`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS add
    FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = ${table}::regclass`;
}

async function indexesOf(sql: Statements, table: string): Promise<Index[]> {
  return await sql<Index[]>`
    SELECT format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS add FROM pg_index
    WHERE indrelid = ${table}::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`;
}
