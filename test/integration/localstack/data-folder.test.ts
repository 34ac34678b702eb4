import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../lib/postgres/database.ts';
import { whyDataUnusable } from '../../../localstack/data-folder.ts';
import { startPostgres } from '../../../localstack/embedded/postgres.ts';
import { freePort } from '../../../localstack/ports.ts';
import { PATIENCE } from '../../support/constants.ts';
import { VOLATILE } from '../../support/postgres-server.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';

const IS_ROOT = process.getuid?.() === 0;

let folder: string;

beforeEach(async () => {
  folder = await makeFolder('data');
});
afterEach(async () => {
  await removeFolder(folder);
});

/** Starts the system on that folder, and expects it to be refused before it does anything. */
function expectRefused(dataDir: string, sentence: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['localstack/start.ts', '--data', dataDir], {
    encoding: 'utf8',
    timeout: PATIENCE.timeout,
  });
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: `${sentence}\n` });
}

const ELSEWHERE = 'keep data elsewhere: npm start -- --data DIR.';

describe('npm start -- --data', () => {
  test('refuses a file, and leaves it as it is', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'mine');
    expectRefused(file, `${file} is a file, and no folder: ${ELSEWHERE}`);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  test('refuses a folder below a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expectRefused(join(file, 'data'), `${join(file, 'data')} can't be made (ENOTDIR): ${ELSEWHERE}`);
  });

  test('refuses a folder with other files in it, also with --reset, and leaves them', async () => {
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres', 'notes.txt'), 'mine');
    expectRefused(folder, `${folder} has other files in it, such as postgres. Empty it, or ${ELSEWHERE}`);
    const { status } = spawnSync(process.execPath, ['localstack/start.ts', '--reset', '--data', folder]);
    expect(status).toBe(1);
    expect(await readdir(folder)).toEqual(['postgres']);
    expect(await readFile(join(folder, 'postgres', 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('refuses a place below a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'mine');
    const place = join(file, 'here');
    expectRefused(place, `${place} can't be made (ENOTDIR): ${ELSEWHERE}`);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  test.skipIf(IS_ROOT)('refuses a folder that may not be written to', async () => {
    await chmod(folder, 0o555);
    expectRefused(folder, `${folder} can't be written to (EACCES): ${ELSEWHERE}`);
    expectRefused(join(folder, 'new'), `${join(folder, 'new')} can't be made (EACCES): ${ELSEWHERE}`);
    await chmod(folder, 0o755);
  });
});

describe('a data folder', () => {
  test('that is missing leaves nothing behind when it is looked at', async () => {
    expect(whyDataUnusable(join(folder, 'a', 'b'))).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  test('that is empty, or was used before, is taken', async () => {
    expect(whyDataUnusable(folder)).toBeUndefined();
    await mkdir(join(folder, 'logs'));
    await writeFile(join(folder, 'logs', 'postgres.log'), '');
    await writeFile(join(folder, 'notes.txt'), '');
    expect(whyDataUnusable(folder)).toBeUndefined();
  });

  test("that is another user's names chown, and never deleting", async () => {
    const { uid } = await stat(folder);
    const other = uid + 1;
    expect(whyDataUnusable(folder, other)).toBe(
      `${folder} belongs to another user (number ${uid}). Make the data yours, with root's rights: ` +
        `sudo chown -R ${other} ${folder}. Or ${ELSEWHERE}`,
    );
  });

  test.runIf(IS_ROOT)(
    "with data that root copied names chown; done, the copy's rights don't matter",
    async () => {
      const start = async (dataDir: string) =>
        await startPostgres({ dataDir, port: await freePort(), settings: VOLATILE, log: () => {} });
      const [data, copy] = [join(folder, 'postgres'), join(folder, 'copy')];
      await (await start(data)).stop();
      spawnSync('cp', ['-r', data, copy]);
      const chownRight = `chown -R postgres ${copy}`;
      await expect(start(copy)).rejects.toThrow(
        `${copy} belongs to another user (number 0). Make it that of PostgreSQL's user, with root's rights: ${chownRight}. `,
      );
      expect(spawnSync('sh', ['-c', chownRight]).status).toBe(0);
      const server = await start(copy);
      const sql = openDatabase(server.url);
      expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]);
      await sql.end();
      await server.stop();
      expect(dirname(copy)).toBe(folder);
      await chown(copy, 0, 0);
    },
  );
});
