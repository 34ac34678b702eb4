import type { Context } from 'aws-lambda';
import { answerCustomResource, readCustomResource } from '../lib/aws/custom-resource.ts';
import { readCredentials } from '../lib/aws/secrets.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { grantRoles } from '../lib/postgres/grant-roles.ts';
import { migrate } from '../lib/postgres/migrate.ts';
import type { Database } from '../lib/postgres/server.ts';
import type { Config } from '../lib/runtime/config.ts';
import { entry, setting } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { observed } from '../lib/runtime/observed.ts';

type Migration = Config<'database' | 'DATABASE_MASTER_SECRET' | 'DATABASE_VERSION'>;

/**
 * Makes the function that brings the database to this version: as part of a deployment, where CloudFormation asks for it,
 * or invoked by hand. On Aurora it works as the database's owner, and gives the functions' roles their rights.
 */
export const createMigration =
  (migration: Migration) =>
  async (
    event: unknown,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<{ readonly Migrations: readonly string[] }> => {
    const request = readCustomResource(event);
    if (request === undefined) return { Migrations: await migrateDatabase(migration) };
    const wanted = request.ResourceProperties['Version'];
    // If another version is wanted, a deployment is being rolled back: the database is ahead then, which is no harm.
    const work = async () => {
      if (wanted === migration.DATABASE_VERSION) await migrateDatabase(migration);
      else logger.info('left as it is for another version', { wanted });
    };
    await answerCustomResource(request, work, context.getRemainingTimeInMillis());
    return { Migrations: [] };
  };

async function migrateDatabase(migration: Migration): Promise<readonly string[]> {
  const owner = await ownerOf(migration);
  const ran = await migrate(owner);
  logger.info('migrated', { ran });
  if (typeof migration.database !== 'string') {
    const sql = openDatabase(owner);
    try {
      await grantRoles(sql);
    } finally {
      await sql.end();
    }
  }
  return ran;
}

async function ownerOf({ database, DATABASE_MASTER_SECRET }: Migration): Promise<Database> {
  if (typeof database === 'string' || DATABASE_MASTER_SECRET === undefined) return database;
  const { username: user, password } = await readCredentials(DATABASE_MASTER_SECRET);
  return { ...database, user, password };
}

export const handler = entry(
  setting('database'),
  setting('DATABASE_MASTER_SECRET'),
  setting('DATABASE_VERSION'),
)(observed('migrate', createMigration));
