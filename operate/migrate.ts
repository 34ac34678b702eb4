import { join } from 'node:path';
import { migrate } from '../lib/postgres/migrate.ts';
import type { Database } from '../lib/postgres/server.ts';
import { DEFAULT_BASE_PORT } from '../localstack/addresses.ts';
import { type Command, runCommand } from './cli.ts';
import { databaseError, PORT, readDatabase } from './target.ts';

const MIGRATIONS = join(import.meta.dirname, '..', 'migrations');

const HELP = `Brings a database to this version's schema: runs the migrations that have not run yet, one after another.

  npm run migrate [-- options]

  --port N    of the local system that npm start was given this port (default ${DEFAULT_BASE_PORT})
  -h, --help  this text

Instead of --port, DATABASE_URL names the database where it is set, as a role that owns it. The exit code is 0 where every
migration has run, 1 where one failed, which then left nothing behind.
`;

const command: Command<typeof PORT, Database> = {
  script: 'npm run migrate',
  help: HELP,
  options: PORT,
  read: (values) => readDatabase(values),
  run: async (database) => {
    const ran = await migrate(database, MIGRATIONS).catch((error: unknown) =>
      Promise.reject(databaseError(error, database, 'migrated')),
    );
    console.log(ran.length === 0 ? 'Nothing to migrate.' : `Migrated: ${ran.join(', ')}.`);
    return 0;
  },
};

process.exitCode = await runCommand(command, process.argv.slice(2));
