import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type RunnerOption, runner } from 'node-pg-migrate';
import { withPool } from './database.ts';
import type { Database } from './server.ts';
import { sourceOf } from './server-source.ts';

/** A database that no migration can bring further; the message is a sentence that says what to do. It was not changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

/**
 * Runs the migrations that have not run yet, in the order of their numbers, each in a transaction of its own, which notes
 * the checksum of what ran. Two callers at once take turns under an advisory lock.
 *
 * @param database as a role that owns it
 * @param directory where the SQL files are; by default `migrations` in the working directory, which is the task
 *   root in Lambda and the project's root everywhere else
 * @returns the names of the migrations that ran, in order; empty when there was nothing to do
 * @throws MigrationRefused if a migration was edited after it ran, or the schema is of a version before the first release
 * @throws the database's error when a migration fails; that migration left nothing behind
 */
export async function migrate(database: Database, directory = resolve('migrations')): Promise<string[]> {
  const server = await sourceOf(database).find();
  const { host, port, tls } = await server.address();
  const running = runner({
    databaseUrl: {
      ...{ host, port, database: server.database, user: server.user, options: NO_TIME_LIMITS },
      password: await server.password(),
      ssl: tls && (tls.authorities === undefined ? true : { ca: [...tls.authorities] }),
    },
    dir: directory,
    direction: 'up',
    migrationsTable: 'migrations',
    migrationLoaderStrategies: [{ extensions: ['.sql'], loader: loaderFor(database) }],
    singleTransaction: false,
    advisoryLockMode: 'wait',
    log: () => {},
  });
  const ran = await running.catch((error: unknown) => Promise.reject(withoutWrapping(error)));
  return ran.map(({ name }) => name);
}

/** A migration may take longer than a request does: building an index on a large table, for one. */
const NO_TIME_LIMITS = '-c statement_timeout=0 -c lock_timeout=0 -c transaction_timeout=0';

/** The first migration of the versions before the first release; none of today's leads on from it. */
const UNRELEASED = '0001_ledger';

/** The runner says of whatever its loader throws that it could not load the files. */
function withoutWrapping(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof MigrationRefused ? error.cause : error;
}

type Strategies = NonNullable<RunnerOption['migrationLoaderStrategies']>;
type Loader = Exclude<Strategies[number]['loader'], string>;

/** A migration's file. */
interface MigrationFile {
  readonly path: string;
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly checksum: string;
}

/** Reads the files, and refuses what ran otherwise; the runner calls it while it holds its lock. */
function loaderFor(database: Database): Loader {
  return async (paths) => {
    const files = await Promise.all(paths.map(readMigration));
    await refuseOtherSchemas(database, files);
    return files.map((file) => ({ id: file.path, filePaths: [file.path], actions: actionsOf(file) }));
  };
}

async function readMigration(path: string): Promise<MigrationFile> {
  // Git may write other ends of lines, which change nothing of what runs.
  const text = (await readFile(path, 'utf8')).replaceAll('\r\n', '\n');
  const checksum = createHash('sha256').update(text).digest('hex');
  return { path, name: basename(path, '.sql'), text, checksum };
}

/** What the runner sends in one transaction, with its own note that the migration ran. */
function actionsOf({ name, text, checksum }: MigrationFile): Awaited<ReturnType<Loader>>[number]['actions'] {
  return {
    up: (builder) => {
      builder.sql(text);
      builder.sql(`
        CREATE TABLE IF NOT EXISTS migration_checksums (name text PRIMARY KEY, checksum text NOT NULL);
        INSERT INTO migration_checksums VALUES ('${name.replaceAll("'", "''")}', '${checksum}')`);
    },
    down: false,
  };
}

interface Ran {
  readonly name: string;
  readonly checksum: string | null;
}

/** A database that is ahead of these files is no other schema: its previous version's code still runs with it. */
async function refuseOtherSchemas(database: Database, files: readonly MigrationFile[]): Promise<void> {
  const ran = await readRan(database);
  const unknown = ran.find(({ name, checksum }) => name === UNRELEASED || checksum === null);
  if (unknown !== undefined)
    throw new MigrationRefused(
      `${unknown.name} ran here in a version before the first release, and no migration leads on from that schema. ` +
        'Make a new database (locally: npm start -- --reset, which deletes the data). Nothing was changed.',
    );
  const checksums = new Map(files.map(({ name, checksum }) => [name, checksum]));
  const edited = ran.find(({ name, checksum }) => (checksums.get(name) ?? checksum) !== checksum);
  if (edited !== undefined)
    throw new MigrationRefused(
      `migrations/${edited.name}.sql was edited after it ran here. Restore the file as it was, and put the change ` +
        'into a new migration. Nothing was changed.',
    );
}

/** The migrations that ran, in order, each with its checksum if one was noted. */
async function readRan(database: Database): Promise<Ran[]> {
  return await withPool(database, async (sql) => {
    const [tables] = await sql<{ checksums: boolean }[]>`
      SELECT to_regclass('public.migration_checksums') IS NOT NULL AS checksums`;
    if (tables?.checksums)
      return await sql<Ran[]>`
        SELECT migrations.name, checksum FROM migrations LEFT JOIN migration_checksums USING (name) ORDER BY id`;
    return await sql<Ran[]>`SELECT name, NULL AS checksum FROM migrations ORDER BY id`;
  });
}
