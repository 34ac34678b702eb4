import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sql } from '../lib/postgres/database.ts';
import { makeFolder, removeFolder } from '../test/support/temp.ts';
import { FLOOR } from './backlog.ts';

/** Writes the floor's batches with pgbench, PostgreSQL's own client, one transaction each; returns the milliseconds taken. */
export async function floorByPgbench(url: string, sql: Sql, batches: number): Promise<number> {
  const folder = await makeFolder('pgbench');
  try {
    await sql.unsafe('DROP SEQUENCE IF EXISTS floor_batch; CREATE SEQUENCE floor_batch MINVALUE 0 START 0');
    const ofBatch = (statement: string): string =>
      `${statement.replace('$1', ':batch').replaceAll('\n', ' ')};`;
    const lines = [
      "SELECT nextval('floor_batch')::integer AS batch \\gset",
      'BEGIN;',
      ofBatch(FLOOR.published),
      ofBatch(FLOOR.pending),
      ofBatch(FLOOR.operations),
      ofBatch(FLOOR.wallets),
      ofBatch(FLOOR.outbox),
      'COMMIT;',
    ];
    const file = join(folder, 'floor.sql');
    await writeFile(file, `${lines.join('\n')}\n`);
    const args = [
      '--no-vacuum',
      '--protocol=prepared',
      '--transactions',
      String(batches),
      '--file',
      file,
      url,
    ];
    const startedMs = performance.now();
    await promisify(execFile)('pgbench', args);
    return performance.now() - startedMs;
  } finally {
    await removeFolder(folder);
  }
}

/** Whether this machine has pgbench. */
export async function hasPgbench(): Promise<boolean> {
  return await promisify(execFile)('pgbench', ['--version']).then(
    () => true,
    () => false,
  );
}
