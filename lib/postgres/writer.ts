import type postgres from 'postgres';
import type { Statements } from './database.ts';

/** What a server says by itself, at sign-in and whenever it changes, that takes no writes (PostgreSQL 14 and later). */
const SIGNS = ['in_hot_standby', 'default_transaction_read_only'] as const;

/** Follows what a server says by itself. */
export function readerSigns() {
  const seen = new Set<string>();
  return {
    note: (name: string, value: unknown): void => {
      if (!(SIGNS as readonly string[]).includes(name)) return;
      if (value === 'on') seen.add(name);
      else seen.delete(name);
    },
    areSeen: (): boolean => seen.size > 0,
  };
}

/** Asks whether a server takes no writes: it is a standby, or was made read-only. */
export async function isReader<T extends Record<string, unknown>>(sql: postgres.ISql<T>): Promise<boolean> {
  const [row] = await sql`SELECT current_setting('transaction_read_only') AS "readOnly"`;
  return row?.['readOnly'] === 'on';
}

/**
 * Asks for a server that takes writes, and writes nothing.
 *
 * @throws the error that a write gets from a server that takes none
 */
export async function demandWriter(sql: Statements): Promise<void> {
  await sql`
    DO $$
    BEGIN
      IF current_setting('transaction_read_only')::boolean THEN
        RAISE EXCEPTION 'the server takes no writes' USING ERRCODE = 'read_only_sql_transaction';
      END IF;
    END
    $$`;
}
