import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../lib/postgres/database.ts';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { startPostgres } from '../../../localstack/embedded/postgres.ts';
import { freeBasePort } from '../../../localstack/ports.ts';
import { VOLATILE } from '../../support/postgres-server.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';

test('--help lists the options', () => {
  const { status, stdout } = start(['--help']);
  expect(status).toBe(0);
  for (const option of ['--port', '--data', '--reset', '--auth', '--localstack'])
    expect(stdout).toContain(option);
  for (const rate of ['BALANCER_RATE', 'RELAY_RATE', 'RECONCILE_RATE']) expect(stdout).toContain(rate);
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});

test.each([
  [['--prot', '5000'], /Unknown option '--prot'[\s\S]*npm start -- --help/],
  [['now'], /Unexpected argument 'now'[\s\S]*npm start -- --help/],
  [['--port'], /--port[\s\S]*argument missing[\s\S]*npm start -- --help/],
  [['--port', '70000'], /--port takes a number from 1024 to 65531, not "70000"\./],
])('%j is refused with a sentence', (args, sentence) => {
  const { status, stdout, stderr } = start(args);
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/\n +at /);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

test('a taken port is named, and nothing is left behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-start-'));
  const base = await freeBasePort(22_000);
  const other = createServer().listen({ port: base + 2, host: LOOPBACK });
  await once(other, 'listening');
  const { status, stderr } = start(['--port', String(base), '--data', folder]);
  other.close();
  expect(stderr).toContain(
    `Port ${base + 2} (for the queue) is taken by another program. Choose other ports: npm start`,
  );
  expect(status).toBe(1);
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

test('data of a version before the first release is refused with a sentence, and left as it is', async () => {
  const folder = await makeFolder('start');
  const base = await freeBasePort(24_000);
  const data = join(folder, 'postgres');
  const server = await startPostgres({ dataDir: data, port: base + 4, settings: VOLATILE, log: () => {} });
  const sql = openDatabase(server.url);
  await sql.unsafe(`
    CREATE TABLE migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
    INSERT INTO migrations (name, run_on) VALUES ('0001_ledger', now())`);
  await sql.end();
  await server.stop();
  const { status, stderr } = start(['--port', String(base), '--data', folder]);
  expect(stderr).toBe(
    '0001_ledger ran here in a version before the first release, and no migration leads on from that schema. ' +
      'Make a new database (locally: npm start -- --reset, which deletes the data). Nothing was changed.\n',
  );
  expect(status).toBe(1);
  await removeFolder(folder);
});

test.each([
  ['RELAY_RATE', 'cron(0 12 * * ? *)'],
  ['BALANCER_RATE', 'rate(1 minutes)'],
  ['RECONCILE_RATE', 'rate(30 days)'],
])('%s=%s, which does not run here, is refused before anything starts', (variable, rate) => {
  const { status, stdout, stderr } = start([], { [variable]: rate });
  expect(stderr).toBe(
    `${variable}: the schedule ${rate} does not run here: take rate(N minutes), rate(N hours) or rate(N days), ` +
      'up to 24 days.\nnpm start -- --help lists the options.\n',
  );
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

test('--localstack with neither Docker nor Python says what is missing', () => {
  const { status, stderr } = start(['--localstack'], {
    PATH: dirname(process.execPath),
    PYENV_ROOT: '/nowhere',
  });
  expect(stderr).toBe(
    '--localstack needs Docker, or Python 3.12 or 3.13 with its modules venv and ensurepip. ' +
      'Here there is no command "docker", and no such Python is found. Or run without LocalStack: npm start.\n',
  );
  expect(status).toBe(1);
});

function start(args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ['localstack/start.ts', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}
