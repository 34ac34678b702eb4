import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { orderOf } from '../lib/postgres/order.ts';
import { RIGHTS_VERSION } from '../lib/postgres/roles.ts';

/** What decides which rights the functions' roles have. */
export const RIGHTS_FILES = ['roles.ts', 'grant-roles.ts'].map((name) => join('lib', 'postgres', name));

/** What a deployment wants the database to be. */
export interface DatabaseVersion {
  /** Hash of the files that decide what the migrate function does to the database; it runs again when this changes. */
  readonly hash: string;
  /** Its place among the versions (lib/postgres/order.ts). */
  readonly order: string;
}

/** Reads the version that the files of the service want the database to have. */
export function versionOfDatabase(folder: string): DatabaseVersion {
  const migrations = readdirSync(join(folder, 'migrations')).filter((file) => file.endsWith('.sql'));
  const hash = createHash('sha256');
  for (const file of [...migrations.sort().map((name) => join('migrations', name)), ...RIGHTS_FILES])
    hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  return { hash: hash.digest('hex'), order: orderOf(migrations, RIGHTS_VERSION) };
}
