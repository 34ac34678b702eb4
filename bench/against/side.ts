import type { Sql } from '../../lib/postgres/database.ts';
import { TEST_CLIENT_VARIABLES } from '../../test/support/aws.ts';
import type { Done, Task } from '../against-process.ts';
import { type BenchPostgres, openBench } from '../postgres.ts';
import { startProcess } from '../processes.ts';
import { BUILD_SETTINGS } from './build.ts';

/** A build on one side of the comparison. */
export interface Side {
  readonly name: 'this' | 'other';
  readonly perform: (task: Task) => Promise<Done>;
  /** The URL of a database of this side. */
  readonly urlOf: (name: string) => string;
  /** Makes a database with the build's schema; returns its URL. */
  readonly makeDatabase: (name: string) => Promise<string>;
  /** Copies a database of this side, its settings included; returns the copy's URL. */
  readonly copyDatabase: (name: string, original: string) => Promise<string>;
  readonly dropDatabase: (name: string) => Promise<void>;
  /** @throws Error with the names of the build's own checks that found something */
  readonly reconcile: (url: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Opens a side: a process that runs the build in `folder`.
 *
 * @param folder a clone of this repository with its node_modules
 */
export function openSide(name: Side['name'], folder: string, server: BenchPostgres): Side {
  const env = { ...TEST_CLIENT_VARIABLES, ...BUILD_SETTINGS };
  const worker = startProcess<Task, Done>('against-process.ts', env, folder);
  const own = (database: string): string => `${name}_${database}`;
  return {
    name,
    perform: worker.perform,
    stop: worker.stop,
    urlOf: (database) => server.urlOf(own(database)),
    async makeDatabase(database) {
      const url = await server.makeEmptyDatabase(own(database));
      await worker.perform({ kind: 'migrate', url });
      return url;
    },
    copyDatabase: (database, original) => server.makeDatabase(own(database), own(original), 'WAL_LOG'),
    dropDatabase: (database) => server.dropDatabase(own(database)),
    async reconcile(url) {
      await worker.perform({ kind: 'reconcile', url });
    },
  };
}

/** Does something with a database's own connection, such as VACUUM. */
export async function withDatabase<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openBench(url);
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
