import { migrate } from '../lib/postgres/migrate.ts';
import { readConfig } from '../lib/runtime/config.ts';

try {
  const ran = await migrate(readConfig(['DATABASE_URL']).DATABASE_URL);
  console.log(ran.length === 0 ? 'Nothing to migrate.' : `Migrated: ${ran.join(', ')}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
