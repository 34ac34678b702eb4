import type { Sql, Statements } from '../lib/postgres/database.ts';

const TABLES = ['wallets', 'operations'];

export interface Population {
  readonly wallets: number;
  /** Wallets with recent operations. */
  readonly active: number;
  /** Groups that the wallets are in before balancing. */
  readonly currentGroups: number;
}

/** Operations of the busiest wallets. Equally many wallets have one less, two less and so on, down to one. */
const MAX_OPERATIONS = 3;

/** Step through the active wallets, so that their order differs from that of their ids; prime, so that it reaches each. */
const STRIDE = 7_919;

/**
 * Fills a migrated database: wallets spread over the groups by id, like new wallets, and operations of the last 25 minutes
 * by evenly spaced wallets, in mixed order. One transaction empties the tables first, so that none of it is logged if the
 * server's `wal_level` is minimal.
 */
export async function fillWallets(sql: Sql, { wallets, active, currentGroups }: Population): Promise<void> {
  await sql.begin(async (tx) => {
    await withoutIndexes(tx, async () => {
      await tx`TRUNCATE wallets, operations`;
      await tx`
        INSERT INTO wallets (id, name, country, city, currency, wallet_group)
        SELECT n, 'Bench', 'UK', 'London', 'USD', 1 + n / (${wallets}::bigint / ${active}) % ${currentGroups} FROM generate_series(1, ${wallets}::bigint) AS n`;
      for (let turn = 0; turn < MAX_OPERATIONS; turn++) {
        await tx`
          INSERT INTO operations (transaction_id, leg, wallet_id, amount, currency, correlation_id, created_at)
          SELECT gen_random_uuid(), 'receipt', (1 + n * ${STRIDE}::bigint % ${active}) * (${wallets}::bigint / ${active}),
            1, 'USD', 'bench', now() - interval '25 minutes' * (${turn} + 1 - n::float8 / ${active}) / ${MAX_OPERATIONS}
          FROM generate_series(0, ${active}::bigint - 1) AS n
          WHERE (n * ${STRIDE}::bigint % ${active}) % ${MAX_OPERATIONS} >= ${turn}`;
      }
    });
  });
  await sql.unsafe('VACUUM ANALYZE wallets, operations');
}

/** Reads the active wallets' rows into memory, where settling their operations would have left them. */
export async function warmUp(sql: Sql): Promise<void> {
  await sql`
    SELECT count(wallet_group) FROM operations
    CROSS JOIN LATERAL (SELECT wallet_group FROM wallets WHERE id = wallet_id OFFSET 0) AS wallet`;
}

/** Runs work while both tables have no triggers and no indexes, then builds these again: faster than keeping them. */
async function withoutIndexes(tx: Statements, work: () => Promise<void>): Promise<void> {
  const constraints = await tx<{ drop: string; add: string }[]>`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS add
    FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid IN ('wallets'::regclass, 'operations'::regclass)`;
  const indexes = await tx<{ drop: string; add: string }[]>`
    SELECT format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS add FROM pg_index
    WHERE indrelid IN ('wallets'::regclass, 'operations'::regclass)
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`;
  const all = [...constraints, ...indexes];
  for (const { drop } of all) await tx.unsafe(drop);
  for (const table of TABLES) await tx.unsafe(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  await work();
  for (const table of TABLES) await tx.unsafe(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  for (const { add } of all) await tx.unsafe(add);
}
