import { randomUUID } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { citusDatabase } from './citus.ts';
import { spreadByWallet } from './spread.ts';

export interface TestDatabase {
  readonly url: string;
  readonly sql: Sql;
  /** One more pool on the same database, as another Lambda instance has. */
  open(max?: number): Sql;
}

const newName = (): string => `test_${randomUUID().replaceAll('-', '')}`;

/** Makes an empty database on the run's server. */
export async function emptyDatabase(): Promise<string> {
  const name = newName();
  const server = openDatabase(inject('postgresUrl'));
  await server.unsafe(`CREATE DATABASE ${name}`);
  await server.end();
  const url = new URL(inject('postgresUrl'));
  url.pathname = name;
  return url.href;
}

/**
 * Makes a migrated database for a test file; its pools are closed after the file's tests. In the project `spread` its
 * tables are partitioned by wallet, or spread over the workers of the Citus cluster that CITUS_URL names.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const cluster = process.env['CITUS_URL'];
  const { url, drop } = cluster === undefined ? await ownDatabase() : await citusDatabase(cluster, newName());
  const pools: Sql[] = [];
  const open = (max = 1): Sql => {
    const sql = openDatabase(url, max);
    pools.push(sql);
    return sql;
  };
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end({ timeout: 5 })));
    await drop();
  });
  const sql = open(4);
  return { url, sql, open };
}

/** A database on the run's server, which ends with it. */
async function ownDatabase() {
  const url = await emptyDatabase();
  await migrate(url);
  if (process.env['SPREAD_BY_WALLET'] === 'yes') {
    const sql = openDatabase(url);
    await spreadByWallet(sql);
    await sql.end();
  }
  return { url, drop: () => Promise.resolve() };
}
