import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MyLittlePs } from '../../client/src/index.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';

const run = promisify(execFile);

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 40_000 + (process.pid % 10_000);

const BLOCK_END = '--- end of block ---';

let folder: string;
let local: Local;
let port: number;

beforeAll(async () => {
  folder = await makeFolder('readme');
  port = await freeBasePort(FIRST_PORT);
  local = await startLocal({ port, dataDir: folder, env: { WALLET_GROUPS: '4' }, log: () => {} });
});
afterAll(async () => {
  await local.stop();
  await removeFolder(folder);
});

/** Replaces times and transaction ids, which differ between runs. */
const steady = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .trim();

/** Splits a text into lines, and JSON replies that follow each other without a line break. */
const lines = (text: string): string[] => steady(text).replaceAll('}{"payload"', '}\n{"payload"').split('\n');

test('each command of the README gives the reply that the README shows', async () => {
  const readme = await readFile('README.md', 'utf8');
  const pairs = [...readme.matchAll(/```sh\n(.*?)```\n```(?:json|csv)\n(.*?)```/gs)];
  expect(pairs.length).toBeGreaterThan(8);
  const script = pairs.map(([, commands]) => `${commands}\necho; echo "${BLOCK_END}"`).join('\n');
  const onPort = script.replaceAll(':4567', `:${port}`).replaceAll(':4568', `:${port + 1}`);
  const { stdout } = await run('bash', ['-c', onPort]);
  const replies = stdout.split(BLOCK_END);
  for (const [index, [, commands, shown = '']] of pairs.entries()) {
    expect(lines(replies[index] ?? ''), commands).toEqual(lines(shown));
  }
});

const demo = (...args: string[]) => run(process.execPath, ['localstack/demo.ts', ...args]);

test('the demo runs to its end', async () => {
  const { stdout } = await demo('--port', String(port));
  expect(stdout).toContain('decline: insufficient_funds');
  expect(stdout).toContain('"WalletsMoved":');
  expect(stdout).toContain('That is the whole story.');
});

test('the demo shows amounts in units', async () => {
  const { stdout } = await demo('--port', String(port));
  for (const line of ['1.00 EUR → 36.756804 THB', 'in of wallet \\d+: 200.00 USD → 182.847279 EUR'])
    expect(stdout).toMatch(new RegExp(`^  ${line}$`, 'm'));
});

test('the demo moves a wallet, however often it ran and however busy the system is', async () => {
  const ps = new MyLittlePs({ url: local.urls.http });
  const person = { Name: 'busy', Country: 'UK', City: 'York', Currency: 'EUR' };
  const receipt = { WalletId: (await ps.wallets.create(person)).WalletID, Amount: 1n, Currency: 'EUR' };
  await ps.transactions.batch(Array.from({ length: 100 }, () => receipt));
  for (let times = 1; times <= 2; times++) {
    const { stdout } = await demo('--port', String(port));
    expect(stdout).toMatch(/"WalletsMoved":[1-9]/);
  }
});

test('the demo runs against any address, without its Invoke API, and changes no rate there', async () => {
  const ps = new MyLittlePs({ url: local.urls.http });
  await ps.currencies.update({ EUR: '1.5' });
  const { stdout } = await demo('--url', `${local.urls.http}/`);
  expect(stdout).toContain('200.00 USD → 133.333333 EUR');
  expect(stdout).toContain('That is the whole story.');
  expect(await ps.currencies.list()).toContainEqual({
    Name: 'EUR',
    Rate: '1.5',
    UpdatedAt: expect.any(String),
  });
});

test.each([
  [['--url', 'localhost'], '--url takes the address of an API, such as https://host/stage, not "localhost".'],
  [['--url', 'http://a', '--port', '5000'], '--port and --url name two systems: give one of them.'],
])('the demo refuses %j with a sentence', async (args, sentence) => {
  await expect(demo(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
});

test('the demo fails where nothing answers', async () => {
  await expect(demo('--url', 'http://127.0.0.1:1')).rejects.toMatchObject({
    code: 1,
    stderr: 'Nothing answers at http://127.0.0.1:1. A local system is started with: npm start\n',
  });
});
