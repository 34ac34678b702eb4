import { type Sql, withPool } from '../lib/postgres/database.ts';
import type { Database } from '../lib/postgres/server.ts';
import { DEFAULT_BASE_PORT } from '../localstack/addresses.ts';
import { type Command, EXIT_FAILED, type Values } from './cli.ts';
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

/** A command of its own: what it does, and the options that only it has, with their lines of `--help`. */
interface Check<Flags extends Options> {
  readonly name: 'reconcile' | 'verify';
  /** What `--help` says first. */
  readonly summary: string;
  readonly options: Flags;
  readonly optionsHelp: string;
  /** Gets two connections. */
  readonly run: (
    sql: Sql,
    seconds: number,
    values: Values<Flags & typeof PORT>,
    beside: Sql,
  ) => Promise<Outcome>;
}

type Options = Readonly<Record<string, { readonly type: 'boolean' }>>;

/** A command that checks the books of a database. */
export function bookCommand<Flags extends Options>({
  name,
  summary,
  options,
  optionsHelp,
  run,
}: Check<Flags>): Command<Flags & typeof PORT, { database: Database; values: Values<Flags & typeof PORT> }> {
  return {
    script: `npm run ${name}`,
    help: `${summary}

  npm run ${name} [-- options]

  --port N    of the local system that npm start was given this port (default ${DEFAULT_BASE_PORT})
${optionsHelp}  -h, --help  this text

Instead of --port, DATABASE_URL names the database where it is set. The exit code is 0 where nothing is off, 1 where
something is, 2 where the database can't be checked.
`,
    options: { ...PORT, ...options },
    read: (values) => ({ database: readDatabase(values), values }),
    run: async ({ database, values }) => {
      const { text, isClean } = await withDatabase(database, 'checked', (sql) =>
        withPool(database, (beside) => run(sql, LIMIT_SECONDS, values, beside)),
      );
      console.log(text);
      return isClean ? 0 : EXIT_FAILED;
    },
    failed: EXIT_UNCHECKED,
  };
}
