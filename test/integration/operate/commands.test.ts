import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freeBasePort } from '../../../localstack/ports.ts';
import { runCommand } from '../../support/command.ts';
import { testDatabase } from '../../support/system/database.ts';

const { url } = await testDatabase();

/** Ports where nothing listens, below the range from which systems take ports for outgoing connections. */
const NOWHERE = ['--port', String(await freeBasePort(23_000))];

const MIGRATE: readonly string[] = ['migrate'];
const KEYS: readonly string[] = ['keys', 'list'];
const COMMANDS = [MIGRATE, KEYS, ['reconcile'], ['verify'], ['redrive']];

/** Where the AWS SDK is to find a Lambda service that does not answer. */
const NO_LAMBDA = {
  ...{ AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' },
  ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
};

const run = async ([name = '', ...args]: readonly string[], env = {}) => await runCommand(name, args, env);

describe('every command for operators', () => {
  test.each(COMMANDS)('helps: %s', async (...command) => {
    const { stdout, ...rest } = await run([...command, '-h']);
    for (const word of ['-h, --help', '--port', 'DATABASE_URL', `npm run ${command[0]}`])
      expect(stdout).toContain(word);
    expect(rest).toEqual({ code: 0, stderr: '' });
  });

  test.each(COMMANDS)('refuses two systems at once: %s', async (...command) => {
    const { code, stdout, stderr } = await run([...command, '--port', '5000'], { DATABASE_URL: url });
    expect(stderr).toBe(
      '--port and DATABASE_URL name two systems: give one of them.\n' +
        `npm run ${command[0]} -- --help lists the options.\n`,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test.each(COMMANDS)('says in one sentence that a local system is not there: %s', async (...command) => {
    const { code, stdout, stderr } = await run([...command, ...NOWHERE]);
    expect(stderr).toMatch(
      /^The (database|queue) at \S+ does not answer \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)\. A local one is started by npm start\.\n$/,
    );
    expect({ code, stdout }).toEqual({ code: /reconcile|verify/.test(command[0] ?? '') ? 2 : 1, stdout: '' });
  });
});

describe('npm run migrate', () => {
  test('finds nothing to do in a database that is up to date', async () => {
    expect(await run(MIGRATE, { DATABASE_URL: url })).toEqual({
      ...{ code: 0, stdout: 'Nothing to migrate.\n', stderr: '' },
    });
  });

  test('names every migration that it ran', async () => {
    const { url: empty, sql } = await testDatabase();
    await sql.unsafe('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const files = await readdir(join(import.meta.dirname, '../../../migrations'));
    const names = files.map((file) => file.replace(/\.sql$/, '')).toSorted();
    expect(await run(MIGRATE, { DATABASE_URL: empty })).toEqual({
      ...{ code: 0, stdout: `Migrated: ${names.join(', ')}.\n`, stderr: '' },
    });
  });

  test('names the database where a migration fails', async () => {
    const { url: broken, sql } = await testDatabase();
    await sql.unsafe('DROP TABLE migrations');
    const { code, stderr } = await run(MIGRATE, { DATABASE_URL: broken });
    expect(stderr).toMatch(
      /^The database at 127\.0\.0\.1:\d+\/\S+ can't be migrated: [^\n]* already exists\.\n$/,
    );
    expect(code).toBe(1);
  });
});

test('npm run keys says which function of a stage does not answer', async () => {
  const { code, stdout, stderr } = await run([...KEYS, '--stage', 'prod'], NO_LAMBDA);
  expect(stderr).toBe(
    "The function my-little-ps-prod-keys in eu-central-1 can't be invoked: connect ECONNREFUSED 127.0.0.1:1.\n",
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test('npm run redrive says which of the addresses is missing', async () => {
  const { code, stderr } = await run(['redrive'], {
    QUEUE_URL: '',
    DEAD_LETTER_QUEUE_URL: '',
    DATABASE_URL: url,
  });
  expect(stderr).toMatch(/^With DATABASE_URL, set QUEUE_URL and DEAD_LETTER_QUEUE_URL, too\.\n/);
  expect(code).toBe(2);
});
