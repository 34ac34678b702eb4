import { resolve } from 'node:path';
import { runner } from 'node-pg-migrate';
import { type Database, serverOf } from './server.ts';

/**
 * Runs the migrations that have not run yet, in the order of their numbers, each in a transaction of its own.
 * Two callers at once take turns under an advisory lock.
 *
 * @param database as a role that owns it
 * @param directory where the SQL files are; by default `migrations` in the working directory, which is the task
 *   root in Lambda and the project's root everywhere else
 * @returns the names of the migrations that ran, in order; empty when there was nothing to do
 * @throws the database's error when a migration fails; that migration left nothing behind
 */
export async function migrate(database: Database, directory = resolve('migrations')): Promise<string[]> {
  const server = serverOf(database);
  const { host, port, tls } = await server.address();
  const ran = await runner({
    databaseUrl: {
      ...{ host, port, database: server.database, user: server.user, options: NO_TIME_LIMITS },
      password: await server.password(),
      ssl: tls && (tls.authorities === undefined ? true : { ca: [...tls.authorities] }),
    },
    dir: directory,
    direction: 'up',
    migrationsTable: 'migrations',
    singleTransaction: false,
    advisoryLockMode: 'wait',
    log: () => {},
  });
  return ran.map(({ name }) => name);
}

/** A migration may take longer than a request does: building an index on a large table, for one. */
const NO_TIME_LIMITS = '-c statement_timeout=0 -c lock_timeout=0 -c transaction_timeout=0';
