import type { Sql } from '../lib/postgres/database.ts';
import type { Database } from '../lib/postgres/server.ts';
import { DEFAULT_BASE_PORT } from '../localstack/addresses.ts';
import { type Command, EXIT_FAILED } from './cli.ts';
import { PORT, readDatabase, withDatabase } from './target.ts';

/** The books can't be checked; 1 says that they are off. */
const EXIT_UNCHECKED = 2;

/** Seconds that a check may take: four hours, some billion operations. */
const LIMIT_SECONDS = 14_400;

/** What a check found, as text. */
export interface Outcome {
  readonly text: string;
  readonly isClean: boolean;
}

/**
 * A command that checks the books of a database.
 *
 * @param summary what `--help` says first
 */
export function bookCommand(
  name: 'reconcile' | 'verify',
  summary: string,
  check: (sql: Sql, seconds: number) => Promise<Outcome>,
): Command<typeof PORT, Database> {
  return {
    script: `npm run ${name}`,
    help: `${summary}

  npm run ${name} [-- options]

  --port N    of the local system that npm start was given this port (default ${DEFAULT_BASE_PORT})
  -h, --help  this text

Instead of --port, DATABASE_URL names the database where it is set. The exit code is 0 where nothing is off, 1 where
something is, 2 where the database can't be checked.
`,
    options: PORT,
    read: (values) => readDatabase(values),
    run: async (database) => {
      const { text, isClean } = await withDatabase(database, 'checked', (sql) => check(sql, LIMIT_SECONDS));
      console.log(text);
      return isClean ? 0 : EXIT_FAILED;
    },
    failed: EXIT_UNCHECKED,
  };
}
