import { readConfig } from '../lib/config.ts';
import { logger } from '../lib/log.ts';
import { migrate } from '../lib/migrations.ts';

const config = readConfig(['DATABASE_URL']);

/** Brings the database to this version; invoked by hand after a deployment. */
export const handler = async (): Promise<{ readonly Migrations: readonly string[] }> => {
  const ran = await migrate(config.DATABASE_URL);
  logger.info('migrated', { ran });
  return { Migrations: ran };
};
