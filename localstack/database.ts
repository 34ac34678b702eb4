import { join } from 'node:path';
import { openDatabase } from '../lib/postgres/database.ts';
import { grantRoles } from '../lib/postgres/grant-roles.ts';
import { migrate } from '../lib/postgres/migrate.ts';
import { PROJECT } from './processes/child.ts';

/** Runs the migrations, and makes the roles as which the functions sign in, with the owner's password. */
export async function prepareDatabase(url: string): Promise<void> {
  await migrate(url, join(PROJECT, 'migrations'));
  const sql = openDatabase(url);
  try {
    await grantRoles(sql, { password: decodeURIComponent(new URL(url).password) });
  } finally {
    await sql.end();
  }
}
