import type { Sql } from '../lib/postgres/database.ts';
import { MAX_OPERATIONS } from '../lib/settle/reads.ts';
import { addDetails, WITH_DETAILS } from './details.ts';
import { addRollUps } from './roll-ups.ts';
import { withoutIndexes } from './without-indexes.ts';

/** The kind of a backlog: which wallets its operations touch, and what they do. */
export type Backlog = 'receipts' | 'converted' | 'hot' | 'within' | 'across';

/** The only wallet of a hot backlog. */
const HOT_WALLET = 1;

/** Ids like the service's own: UUIDs of version 7, which sort by time. */
const UUID_V7 = `(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7' ||
  lpad(to_hex(n % 4096), 3, '0') || '8' || substr(md5(random()::text), 1, 15))::uuid`;

/** The id of each row's transaction. No row has a correlation id: as if no request had brought one. */
const MADE = `CROSS JOIN LATERAL (SELECT ${UUID_V7} AS id) AS made`;

/**
 * Makes wallets, all in group 1, and the rates of three currencies.
 *
 * @param oddCurrency of wallets with odd ids; the others are in USD
 */
export async function makeWallets(sql: Sql, count: number, oddCurrency = 'EUR'): Promise<void> {
  await sql.unsafe(`
    INSERT INTO currencies (name, rate) VALUES ('EUR', 1093809000000), ('THB', 29758000000) ON CONFLICT DO NOTHING;
    INSERT INTO currency_rates (name, rate) SELECT name, rate FROM currencies;
    INSERT INTO wallets (name, country, city, currency, wallet_group)
    SELECT 'Bench', 'UK', 'London', CASE n % 2 WHEN 0 THEN 'USD' ELSE '${oddCurrency}' END, 1 FROM generate_series(1, ${count}) AS n`);
}

/**
 * Assigns the wallets to groups round-robin. With two groups, wallets n and n + 2 share a group, n and n + 1 do not.
 */
export async function assignGroups(sql: Sql, groups: number): Promise<void> {
  await sql.unsafe(`
    UPDATE wallets SET wallet_group = (id - 1) % ${groups} + 1 WHERE wallet_group <> (id - 1) % ${groups} + 1`);
  await sql.unsafe('VACUUM (ANALYZE) wallets');
}

/** Records a receipt for each wallet, large enough for all later transfers. */
export async function fundWallets(sql: Sql): Promise<void> {
  await sql.unsafe(`
    INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency)
    SELECT made.id, 'receipt', wallets.id, wallet_group, 1000000000000, currency
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM wallets) AS wallets ${MADE} ORDER BY n`);
  await sql.unsafe('VACUUM (ANALYZE) pending_operations');
}

/**
 * Records pending operations on random wallets, as the handlers do.
 *
 * @param count operations; transfers count once
 */
export async function addBacklog(
  sql: Sql,
  backlog: Backlog,
  count: number,
  wallets: number,
  { isVacuumed = true } = {},
): Promise<void> {
  const isTransfer = backlog === 'within' || backlog === 'across';
  const step = backlog === 'across' ? 1 : 2;
  const target = `(wallet.id + ${step} - 1) % ${wallets} + 1`;
  await sql.unsafe(`
    INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, counterparty_id, amount, currency)
    SELECT made.id, '${isTransfer ? 'debit' : 'receipt'}', wallet.id, wallet_group, ${isTransfer ? target : 'NULL'}, 1000000,
      ${backlog === 'converted' ? "'THB'" : 'currency'}
    FROM (
      SELECT n, ${backlog === 'hot' ? HOT_WALLET : `1 + floor(random() * ${wallets})::bigint`} AS id
      FROM generate_series(1, ${count}) AS n
    ) AS drawn JOIN wallets AS wallet USING (id) ${MADE} ORDER BY n`);
  if (!isVacuumed) return;
  await sql.unsafe('VACUUM (ANALYZE) pending_operations, operations, wallets');
  await sql.unsafe('VACUUM outbox');
}

/** Wallets of a generated journal. */
export const HISTORY_WALLETS = 100_000;

/**
 * Makes wallets and a journal of settled receipts, the same number for each wallet, whose books were checked already.
 * Everything that reports, settling and the check of the books read is as the service writes it, except the hashes, which
 * cover only the ids.
 *
 * @param operations a multiple of {@link HISTORY_WALLETS}
 */
export async function makeHistory(sql: Sql, operations: number): Promise<void> {
  await makeWallets(sql, HISTORY_WALLETS);
  const each = operations / HISTORY_WALLETS;
  await sql.begin((tx) =>
    withoutIndexes(tx, ['operations'], async () => {
      // With wal_level minimal, a table truncated in the same transaction is not logged.
      await tx.unsafe(`
        TRUNCATE operations;
        INSERT INTO operations (id, transaction_id, wallet_id, amount, wallet_amount, balance_after, created_at, processed_at,
          leg, status, currency, currency_rate, wallet_rate, position, hash, has_details)
        SELECT n, made.id,
          1 + n % ${HISTORY_WALLETS}, 1000000, 1000000, 1000000 * (1 + n / ${HISTORY_WALLETS}),
          now() - interval '1 second' * (${operations} - n), now() - interval '1 second' * (${operations} - n),
          'receipt', 'success', CASE n % 2 WHEN 0 THEN 'EUR' ELSE 'USD' END, 1000000000000, 1000000000000,
          1 + n / ${HISTORY_WALLETS}, sha256(int8send(n)), n % ${WITH_DETAILS} = 0
        FROM generate_series(0, ${operations}::bigint - 1) AS n CROSS JOIN LATERAL (
          SELECT (lpad(to_hex(n), 12, '0') || '7' || '0008' || substr(md5(n::text), 1, 15))::uuid AS id
        ) AS made;
        SELECT setval('operation_ids', ${operations});
        UPDATE wallets SET balance = 1000000::bigint * ${each}, chain_length = ${each}, chain_head = sha256(int8send(${operations}::bigint - ${HISTORY_WALLETS} + id - 1)),
          booked_at = now() - interval '1 second' * (${HISTORY_WALLETS} - id + 1)`);
    }),
  );
  await sql.unsafe(`
    INSERT INTO currency_rates (name, rate) VALUES ('EUR', 1000000000000), ('USD', 1000000000000);
    INSERT INTO book_checks (wallet_id, position, balance, unlisted, hash, booked_at)
    SELECT id, chain_length, balance, unlisted, chain_head, booked_at FROM wallets`);
  await sql.unsafe('VACUUM (ANALYZE, FREEZE) operations');
  await addDetails(sql);
  await addRollUps(sql);
  await sql.unsafe(
    'VACUUM (ANALYZE) wallets, book_checks, transaction_details, transaction_metadata, wallet_details',
  );
}

/**
 * Precomputes what to write for each pending receipt, in batches in the processor's order, so that the floor's statements
 * only have to read it.
 *
 * @returns the number of batches
 */
export async function prepareFloor(sql: Sql): Promise<number> {
  await sql.unsafe(`
    DROP TABLE IF EXISTS floor_rows;
    CREATE UNLOGGED TABLE floor_rows AS
    SELECT (row_number() OVER (ORDER BY wallet_id, id) - 1) / ${MAX_OPERATIONS} AS batch, id AS operation_id, wallet_id, amount,
      id AS position, created_at, leg, transaction_id, currency, correlation_id, sha256(int8send(id)) AS hash
    FROM pending_operations;
    CREATE INDEX ON floor_rows (batch)`);
  await sql.unsafe('VACUUM (ANALYZE) floor_rows');
  const [row] = await sql<{ batches: number }[]>`SELECT max(batch)::integer + 1 AS batches FROM floor_rows`;
  return row?.batches ?? 0;
}

/**
 * The floor: the changes that settling makes, as bare statements. They take no lock first, read no state, and check and
 * hash nothing; the rows, their indexes and the tables' own constraints are the same. `$1` is the batch.
 */
export const FLOOR = {
  pending: `
    DELETE FROM pending_operations USING floor_rows
    WHERE batch = $1 AND pending_operations.wallet_id = floor_rows.wallet_id AND id = operation_id`,
  operations: `
    INSERT INTO operations (wallet_id, position, id, amount, wallet_amount, balance_after, created_at, processed_at, leg,
      status, transaction_id, currency, currency_rate, wallet_rate, hash, correlation_id)
    SELECT wallet_id, position, operation_id, amount, amount, amount, created_at, now(), leg, 'success', transaction_id,
      currency, 1000000000000, 1000000000000, hash, correlation_id FROM floor_rows WHERE batch = $1`,
  wallets: `
    UPDATE wallets SET balance = floor_rows.amount, chain_length = floor_rows.position, chain_head = floor_rows.hash,
      booked_at = now()
    FROM floor_rows WHERE batch = $1 AND id = wallet_id`,
  outbox: `
    INSERT INTO outbox (wallet_ids, positions) SELECT array_agg(wallet_id), array_agg(position)
    FROM (SELECT *, row_number() OVER () / 100 AS portion FROM floor_rows WHERE batch = $1) AS numbered GROUP BY portion`,
  /** Deletes what the previous transaction staged, as if published. Nothing else writes to the floor's database. */
  published: 'DELETE FROM outbox WHERE $1::integer IS NOT NULL',
} as const;
