import type { Context } from 'aws-lambda';
import { answerCustomResource, readCustomResource } from '../lib/aws/custom-resource.ts';
import { readCredentials } from '../lib/aws/secrets.ts';
import { grantApplicationRole } from '../lib/postgres/application-role.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { migrate } from '../lib/postgres/migrate.ts';
import type { Database } from '../lib/postgres/server.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { logger } from '../lib/runtime/log.ts';

const { DATABASE_URL, DATABASE_MASTER_SECRET, DATABASE_VERSION } = readConfig([
  'DATABASE_URL',
  'DATABASE_MASTER_SECRET',
  'DATABASE_VERSION',
]);

/**
 * Brings the database to this version: as part of a deployment, where CloudFormation asks for it, or invoked by hand. On
 * Aurora it works as the database's owner, and gives the functions' role its rights.
 */
export const handler = async (
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ readonly Migrations: readonly string[] }> => {
  const asked = readCustomResource(event);
  if (asked === undefined) return { Migrations: await bringUp() };
  const wanted = asked.ResourceProperties['Version'];
  // Asked for another version, a deployment is being rolled back: the database is ahead then, which is no harm.
  const work = async () => {
    if (wanted === DATABASE_VERSION) await bringUp();
    else logger.info('left as it is for another version', { wanted });
  };
  await answerCustomResource(asked, work, context.getRemainingTimeInMillis());
  return { Migrations: [] };
};

async function bringUp(): Promise<readonly string[]> {
  const owner = await ownerOf(DATABASE_URL);
  const ran = await migrate(owner);
  logger.info('migrated', { ran });
  if (typeof DATABASE_URL !== 'string') {
    const sql = openDatabase(owner);
    try {
      await grantApplicationRole(sql, DATABASE_URL.user);
    } finally {
      await sql.end();
    }
  }
  return ran;
}

async function ownerOf(database: Exclude<Database, { readonly password: string }>): Promise<Database> {
  if (typeof database === 'string' || DATABASE_MASTER_SECRET === undefined) return database;
  const { username: user, password } = await readCredentials(DATABASE_MASTER_SECRET);
  return { ...database, user, password };
}
