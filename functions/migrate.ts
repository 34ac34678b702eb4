import type { Context } from 'aws-lambda';
import {
  answerCustomResource,
  type CustomResourceRequest,
  readCustomResource,
} from '../lib/aws/custom-resource.ts';
import { readCredentials, readDatabaseUrl } from '../lib/aws/secrets.ts';
import type { AuroraAddress } from '../lib/postgres/aurora-sign-in.ts';
import { whileUnreachable } from '../lib/postgres/awake.ts';
import { withPool } from '../lib/postgres/database.ts';
import { grantRoles } from '../lib/postgres/grant-roles.ts';
import { migrate } from '../lib/postgres/migrate.ts';
import { isEarlier } from '../lib/postgres/order.ts';
import { type OwnerSignIn, signInAsOwner } from '../lib/postgres/owner.ts';
import type { Config } from '../lib/runtime/config.ts';
import { entry, setting } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { observed } from '../lib/runtime/observed.ts';

type Migration = Config<'database' | 'DATABASE_MASTER_SECRET' | 'DATABASE_VERSION'>;

/**
 * Milliseconds of the function's time that stay for the migrations. What is before, five minutes of its fifteen, is how
 * long it tries to reach the secret, and a database that resumes (half a minute), restarts or fails over (a minute or two).
 */
const WORK_MS = 600_000;

/**
 * Makes the function that brings the database to this version: as part of a deployment, where CloudFormation asks for it,
 * or invoked by hand. On Aurora it works as the database's owner, and gives the functions' roles their rights.
 *
 * @param signIns the owner's ways into the database; other ones only in tests
 */
export const createMigration =
  (migration: Migration, signIns = ownerSignIns) =>
  async (
    event: unknown,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<{ readonly Migrations: readonly string[] }> => {
    const remainingMs = context.getRemainingTimeInMillis();
    const run = () => migrateDatabase(migration, signIns, Math.max(remainingMs - WORK_MS, 0));
    const request = readCustomResource(event);
    if (request === undefined) return { Migrations: await run() };
    const wanted = request.ResourceProperties['Version'];
    const work = async () => {
      if (wanted === migration.DATABASE_VERSION) await run();
      // This code is not rolled back yet.
      else logger.info('left as it is for another version', { wanted });
    };
    await answerCustomResource(request, work, remainingMs, goesBack(request));
    return { Migrations: [] };
  };

/**
 * Whether a deployment goes back to an earlier version, as it does when it is rolled back. The database has all that this
 * version needs, as it was there before: whatever made the deployment fail must not make its end fail, too.
 */
function goesBack({
  RequestType,
  ResourceProperties,
  OldResourceProperties,
}: CustomResourceRequest): boolean {
  return RequestType === 'Update' && isEarlier(ResourceProperties['Order'], OldResourceProperties['Order']);
}

async function migrateDatabase(
  migration: Migration,
  signIns: typeof ownerSignIns,
  limitMs: number,
): Promise<readonly string[]> {
  const begunMs = performance.now();
  const ways = await whileUnreachable(() => signIns(migration), limitMs);
  const owner = await signInAsOwner(ways, limitMs - (performance.now() - begunMs));
  const ran = await migrate(owner);
  logger.info('migrated', { ran });
  if (isAurora(migration.database)) await withPool(owner, (sql) => grantRoles(sql));
  return ran;
}

const isAurora = (database: Migration['database']): database is AuroraAddress =>
  typeof database === 'object' && 'host' in database;

/** The owner's ways into a database. On Aurora, RDS decides whether its master signs in with the password or an identity. */
export async function ownerSignIns({ database, DATABASE_MASTER_SECRET }: Migration): Promise<OwnerSignIn[]> {
  if (!isAurora(database)) {
    const url = typeof database === 'string' ? database : await readDatabaseUrl(database.secret);
    return [{ how: "with the URL's password", database: url }];
  }
  const byIdentity = { how: 'with an AWS identity', database };
  if (DATABASE_MASTER_SECRET === undefined) return [byIdentity];
  const { username: user, password } = await readCredentials(DATABASE_MASTER_SECRET);
  const byPassword = { how: 'with the password of its secret', database: { ...database, user, password } };
  return [byPassword, { ...byIdentity, database: { ...database, user } }];
}

export const handler = entry(
  setting('database'),
  setting('DATABASE_MASTER_SECRET'),
  setting('DATABASE_VERSION'),
)(observed('migrate', (migration: Migration) => createMigration(migration)));
