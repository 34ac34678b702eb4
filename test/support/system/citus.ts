import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { SPREAD_BY } from './spread.ts';

/** Shards of each table: a few on each of two or three servers. */
const SHARDS = 8;

/** Of this version on, PostgreSQL has `transaction_timeout`. */
const TRANSACTION_TIMEOUT_SINCE = 170_000;

const MIGRATIONS = join(import.meta.dirname, '../../../migrations');

/**
 * Makes a database on the servers of a Citus cluster, with the schema of the migrations, its tables spread by wallet.
 *
 * @param cluster URL of a database on the coordinator that has the extension and knows the workers; its user must be able to
 *   make databases on each of them
 * @param name of the new database
 * @returns its URL on the coordinator, and what drops it
 */
export async function citusDatabase(
  cluster: string,
  name: string,
): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const coordinator = urlOf(cluster, { name });
  const workers = await workersOf(cluster);
  const servers = [cluster, ...workers.map((worker) => urlOf(cluster, worker))];
  for (const url of servers) {
    await run(url, [`CREATE DATABASE ${name}`]);
    await run(urlOf(url, { name }), ['CREATE EXTENSION citus']);
  }
  const { host, port } = addressOf(coordinator);
  await run(coordinator, [
    `ALTER DATABASE ${name} SET citus.enable_unsafe_triggers = on`,
    `SELECT citus_set_coordinator_host('${host}', ${port})`,
    ...workers.map((worker) => `SELECT citus_add_node('${worker.host}', ${worker.port})`),
  ]);
  await withDatabase(coordinator, async (sql) => {
    for (const text of await migrationsFor(sql)) await sql.unsafe(text);
  });
  await run(coordinator, spreadOverServers());
  const drop = async () => {
    for (const url of servers) await run(url, [`DROP DATABASE ${name} WITH (FORCE)`]);
  };
  return { url: coordinator, drop };
}

/** The statements that spread the tables of a migrated, empty database. */
function spreadOverServers(): string[] {
  return [
    // Its lock of a row and that of the row's copy would wait for each other. The code keeps the same bound.
    'DROP TRIGGER currencies_are_bounded ON currencies',
    "SELECT create_reference_table('currencies')",
    // Each statement that shows a wallet or a transaction looks up its details, which Citus refuses of a table of the coordinator.
    "SELECT create_reference_table('transaction_details')",
    "SELECT create_reference_table('wallet_details')",
    ...Object.entries(SPREAD_BY).map(([table, column]) => {
      const beside = table === 'wallets' ? `shard_count := ${SHARDS}` : "colocate_with := 'wallets'";
      return `SELECT create_distributed_table('${table}', '${column}', ${beside})`;
    }),
  ];
}

/** The migrations' statements, as far as this server knows their settings. */
async function migrationsFor(sql: Sql): Promise<string[]> {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(MIGRATIONS, name), 'utf8')));
  const [server] = await sql<{ version: number }[]>`
    SELECT current_setting('server_version_num')::integer AS version`;
  if ((server?.version ?? 0) >= TRANSACTION_TIMEOUT_SINCE) return texts;
  return texts.map((text) => text.replace(/^.*\btransaction_timeout\b.*\n/gm, ''));
}

interface Address {
  readonly host: string;
  readonly port: number;
}

async function workersOf(cluster: string): Promise<Address[]> {
  return await withDatabase(cluster, async (sql) => {
    const workers = await sql<Address[]>`
      SELECT nodename AS host, nodeport AS port FROM pg_dist_node WHERE groupid <> 0 AND isactive ORDER BY 1, 2`;
    if (workers.length === 0) throw new Error('the coordinator knows no workers: SELECT citus_add_node(…)');
    return workers;
  });
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  await withDatabase(url, async (sql) => {
    for (const statement of statements) await sql.unsafe(statement);
  });
}

async function withDatabase<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openDatabase(url);
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

function addressOf(url: string): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 5432) };
}

/** The same URL with another server or database. */
function urlOf(text: string, other: Partial<Address> & { readonly name?: string }): string {
  const url = new URL(text);
  if (other.host !== undefined) url.hostname = other.host;
  if (other.port !== undefined) url.port = String(other.port);
  if (other.name !== undefined) url.pathname = other.name;
  return url.href;
}
