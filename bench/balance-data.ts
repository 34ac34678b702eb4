import type { Sql, Tx } from '../lib/postgres/database.ts';
import { addRollUps } from './roll-ups.ts';
import { withoutIndexes } from './without-indexes.ts';

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
    await withoutIndexes(tx, TABLES, async () => {
      await tx`TRUNCATE wallets, operations`;
      for (let turn = 0; turn < MAX_OPERATIONS; turn++) {
        await tx`
          INSERT INTO operations (id, transaction_id, leg, wallet_id, position, amount, wallet_amount, balance_after, currency,
            currency_rate, wallet_rate, status, hash, created_at, processed_at)
          SELECT nextval('operation_ids'), gen_random_uuid(), 'receipt',
            (1 + n * ${STRIDE}::bigint % ${active}) * (${wallets}::bigint / ${active}), ${turn} + 1, 1, 1, ${turn} + 1, 'USD',
            1000000000000, 1000000000000, 'success', sha256(int8send(n)), at, at
          FROM generate_series(0, ${active}::bigint - 1) AS n CROSS JOIN LATERAL (
            SELECT now() - interval '25 minutes' * (${MAX_OPERATIONS - turn} - n::float8 / ${active}) / ${MAX_OPERATIONS} AS at
          ) AS time
          WHERE (n * ${STRIDE}::bigint % ${active}) % ${MAX_OPERATIONS} >= ${turn}`;
      }
      await insertWallets(tx, { wallets, active, currentGroups });
    });
  });
  await addRollUps(sql);
  await sql.unsafe('VACUUM ANALYZE wallets, operations');
}

/** Each with what its last operation left. */
async function insertWallets(tx: Tx, { wallets, active, currentGroups }: Population): Promise<void> {
  await tx.unsafe('SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on');
  await tx`
    INSERT INTO wallets (id, name, country, city, currency, wallet_group, balance, chain_length, chain_head, booked_at)
    SELECT n, 'Bench', 'UK', 'London', 'USD', 1 + n / (${wallets}::bigint / ${active}) % ${currentGroups},
      coalesce(balance_after, 0), coalesce(position, 0), coalesce(hash, ''), processed_at
    FROM generate_series(1, ${wallets}::bigint) AS n LEFT JOIN (
      SELECT DISTINCT ON (wallet_id) wallet_id, position, balance_after, hash, processed_at FROM operations
      ORDER BY wallet_id, position DESC
    ) AS last ON wallet_id = n ORDER BY n`;
}

/** Reads the active wallets' rows into memory, where settling their operations would have left them. */
export async function warmUp(sql: Sql): Promise<void> {
  await sql`
    SELECT count(wallet_group) FROM operations
    CROSS JOIN LATERAL (SELECT wallet_group FROM wallets WHERE id = wallet_id OFFSET 0) AS wallet`;
}
