import { join } from 'node:path';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { migrate } from '../lib/postgres/migrate.ts';
import { startPostgres } from '../localstack/embedded/postgres.ts';
import { freePort } from '../localstack/ports.ts';
import { makeFolder, removeFolder } from '../test/support/temp.ts';

/** A PostgreSQL server for one measurement, in a temporary folder. */
export interface BenchPostgres {
  /** Process id of the server. */
  readonly pid: number;
  /** Makes a migrated database, or a copy of one; nobody may use the original meanwhile. */
  readonly makeDatabase: (name: string, copyOf?: string, strategy?: CopyStrategy) => Promise<string>;
  readonly urlOf: (name: string) => string;
  /** Makes a database without tables. */
  readonly makeEmptyDatabase: (name: string) => Promise<string>;
  readonly dropDatabase: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** `FILE_COPY` is faster for gigabytes; `WAL_LOG` leaves the copy in the server's memory. */
type CopyStrategy = 'FILE_COPY' | 'WAL_LOG';

/**
 * As durable as the defaults (fsync, synchronous commit). No checkpoint or autovacuum starts in the middle of one side
 * of a comparison: both run between rounds.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '1GB',
  max_wal_size: '16GB',
  checkpoint_timeout: '1d',
  autovacuum: 'off',
  maintenance_work_mem: '512MB',
};

/** The settings in words, for a measurement's conditions. */
export const SERVER = 'PostgreSQL 17 with fsync and synchronous commit, 1 GB of buffers';

/** Starts an empty server. */
export async function startBenchPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchPostgres> {
  const folder = await makeFolder('bench');
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    settings: { ...SETTINGS, ...settings },
    log: () => {},
  });
  const asOwner = async (statement: string): Promise<void> => {
    const sql = openBench(postgres.url);
    await sql.unsafe(statement);
    await sql.end();
  };
  const urlOf = (name: string): string => Object.assign(new URL(postgres.url), { pathname: name }).href;
  const makeEmptyDatabase = async (name: string): Promise<string> => {
    await asOwner(`CREATE DATABASE ${name}`);
    return urlOf(name);
  };
  return {
    pid: postgres.pid,
    urlOf,
    makeEmptyDatabase,
    async makeDatabase(name, copyOf, strategy = 'FILE_COPY') {
      if (copyOf === undefined) {
        const url = await makeEmptyDatabase(name);
        await migrate(url);
        return url;
      }
      await asOwner(`CREATE DATABASE ${name} TEMPLATE ${copyOf} STRATEGY ${strategy}`);
      await copySettings(postgres.url, copyOf, name);
      return urlOf(name);
    },
    dropDatabase: (name) => asOwner(`DROP DATABASE ${name} WITH (FORCE)`),
    async stop() {
      await postgres.stop();
      await removeFolder(folder);
    },
  };
}

/** A copied database lacks the original's settings. It gets all but the time limits: preparation needs longer ones. */
async function copySettings(serverUrl: string, original: string, copy: string): Promise<void> {
  const sql = openBench(serverUrl);
  const settings = await sql<{ name: string; value: string }[]>`
    SELECT split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
    FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = ${original}) AND setrole = 0`;
  for (const { name, value } of settings.filter((setting) => !setting.name.endsWith('_timeout')))
    await sql.unsafe(`ALTER DATABASE ${copy} SET ${name} = '${value}'`);
  await sql.end();
}

/** Seconds that a statement of a preparation may take: enough for building an index over ten million rows. */
const PREPARATION_SECONDS = 900;

/** Connections of a processor: as many as its function has. */
export const PROCESSOR_CONNECTIONS = 2;

/** Opens a pool for preparing and checking, whose statements may take long. */
export function openBench(url: string, max = 1): Sql {
  const unlimited = new URL(url);
  unlimited.searchParams.set('statement_timeout', `${PREPARATION_SECONDS}s`);
  unlimited.searchParams.set('transaction_timeout', `${PREPARATION_SECONDS}s`);
  return openDatabase(unlimited.href, max);
}
