import { runTx, type Sql, type Tx } from '../../../lib/postgres/database.ts';

/** The tables that can be spread over several servers, and the column that says where a row belongs. */
export const SPREAD_BY = {
  wallets: 'id',
  pending_operations: 'wallet_id',
  operations: 'wallet_id',
  holds: 'wallet_id',
  wallet_limits: 'wallet_id',
  wallet_changes: 'wallet_id',
  wallet_alerts: 'wallet_id',
} as const;

/** Enough that a few wallets fall into different ones. */
export const PARTITIONS = 8;

const SEQUENCES = ['wallet_ids', 'operation_ids'] as const;

/**
 * Turns the tables of a migrated, empty database into ones that are partitioned by wallet, with the same columns, keys,
 * indexes, checks, triggers and views. PostgreSQL takes no unique key there that lacks the wallet, so whatever works on
 * these tables needs none; an engine that spreads them over servers asks for the same.
 *
 * @param sql connected as the owner of the tables
 */
export async function spreadByWallet(sql: Sql): Promise<void> {
  await runTx(sql, async (tx) => {
    const views = await dropViews(tx);
    for (const name of SEQUENCES) await tx.unsafe(`ALTER SEQUENCE ${name} OWNED BY NONE`);
    for (const [table, column] of Object.entries(SPREAD_BY)) await partition(tx, table, column);
    await tx.unsafe('ALTER SEQUENCE wallet_ids OWNED BY wallets.id');
    await tx.unsafe('ALTER SEQUENCE operation_ids OWNED BY pending_operations.id');
    for (const { name, definition } of views) await tx.unsafe(`CREATE VIEW ${name} AS ${definition}`);
  });
}

interface Definition {
  readonly name: string;
  readonly definition: string;
}

/** Drops the views, in the way of the tables that they read. */
async function dropViews(tx: Tx): Promise<Definition[]> {
  const views = await tx<Definition[]>`
    SELECT viewname AS name, pg_get_viewdef(format('%I.%I', schemaname, viewname)::regclass) AS definition
    FROM pg_views WHERE schemaname = 'public'`;
  for (const { name } of views) await tx.unsafe(`DROP VIEW ${name}`);
  return views;
}

async function partition(tx: Tx, table: string, column: string): Promise<void> {
  const triggers = await tx<{ definition: string }[]>`
    SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger
    WHERE tgrelid = ${table}::regclass AND NOT tgisinternal ORDER BY tgname`;
  await tx.unsafe(`ALTER TABLE ${table} RENAME TO ${table}_before`);
  await tx.unsafe(`CREATE TABLE ${table} (LIKE ${table}_before INCLUDING ALL) PARTITION BY HASH (${column})`);
  await tx.unsafe(`DROP TABLE ${table}_before`);
  for (let part = 0; part < PARTITIONS; part++)
    await tx.unsafe(`CREATE TABLE ${table}_${part} PARTITION OF ${table}
      FOR VALUES WITH (MODULUS ${PARTITIONS}, REMAINDER ${part})`);
  for (const { definition } of triggers) await tx.unsafe(definition);
}
