import { openDatabase } from '../postgres/database.ts';
import type { Database } from '../postgres/server.ts';
import type { Config } from '../runtime/config.ts';

/** What the settings say of the database. */
type Named = Config<'database'>['database'];

/**
 * The database that the settings name. If they name a secret, its URL is read with the first connection; the client of
 * Secrets Manager is loaded then, and not before.
 */
export function databaseOf(named: Named): Database {
  if (typeof named === 'string' || !('secret' in named)) return named;
  const readUrl = async () => {
    // In the bundles of a stage without such a secret this is false by a constant: they go without the client.
    if (process.env['WITHOUT_DATABASE_SECRET'] !== 'true') {
      const { readDatabaseUrl } = await import('./secrets.ts');
      return await readDatabaseUrl(named.secret);
    }
    throw new Error('this stage was deployed without a secret');
  };
  return { readUrl };
}

/** A function's need of the database (see lib/runtime/entry.ts). */
export const database = {
  setting: 'database',
  open: (named: Named) => ({ sql: openDatabase(databaseOf(named)) }),
} as const;

/**
 * A need of it by who has two transactions under way at once: two pools of one connection, as each watches whether its own lives, and
 * one that breaks leaves the other alone. deployment/connections.ts counts both.
 */
export const databaseForTwo = {
  setting: 'database',
  open: (named: Named) => ({ ...database.open(named), beside: database.open(named).sql }),
} as const;
