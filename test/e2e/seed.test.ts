import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MyLittlePs } from '../../client/src/index.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';

const run = promisify(execFile);

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 50_000 + (process.pid % 10_000);

let folder: string;
let local: Local;

beforeAll(async () => {
  folder = await makeFolder('seed');
  local = await startLocal({ port: await freeBasePort(FIRST_PORT), dataDir: folder, log: () => {} });
});
afterAll(async () => {
  await local.stop();
  await removeFolder(folder);
});

const SEED = 'localstack/seed.ts';
const seed = (...args: string[]) => run(process.execPath, [SEED, ...args]);

test('the seed makes as much as it is told to, keeps rates, and shows that the balances add up', async () => {
  const ps = new MyLittlePs({ url: local.urls.http });
  await ps.currencies.update({ EUR: '1.5' });
  const { stdout } = await seed('--url', local.urls.http, '--wallets', '40', '--operations', '1200');
  expect(stdout).toContain('100 %  40 of 40 wallets');
  expect(stdout).toContain('100 %  1,200 of 1,200 operations');
  for (const kind of ['salary', 'purchase', 'gift', 'hold', 'refund'])
    expect(stdout).toMatch(new RegExp(`operations: ${kind} +[1-9]`));
  expect(stdout).toContain('The wallets hold exactly what was sent in, plus what was exchanged.');

  const rates = new Map((await ps.currencies.list()).map(({ Name, Rate }) => [Name, Rate]));
  expect(rates.get('EUR')).toBe('1.5');
  const wallets = await Array.fromAsync(ps.wallets.list());
  expect(wallets.length).toBe(40);
  expect(wallets.filter(({ Balance, Available }) => Balance !== Available)).toEqual([]);
});

test('Ctrl-C stops the seed after the requests under way, and it says what was made', async () => {
  const args = [SEED, '--url', local.urls.http, '--wallets', '2000', '--operations', '1000000'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('10 %') && !text.includes('Stopping')) child.kill('SIGINT');
  });
  expect(await once(child, 'close')).toEqual([130, null]);
  expect(text).toMatch(/Stopped: [\d,]+ wallets were opened and [\d,]+ operations accepted/);
});

test.each([
  [['--wallets', '11'], '--wallets takes a number from 12 to 100000, not 11.'],
  [['--operations', '0'], '--operations takes a positive whole number, not "0".'],
  [['--operations', '10000001'], '--operations takes a number from 1 to 10000000, not 10000001.'],
  [['--seed', 'x'], '--seed takes a positive whole number, not "x".'],
  [['--url', 'http://a', '--port', '5000'], '--port and --url name two systems: give one of them.'],
])('the seed refuses %j with a sentence', async (args, sentence) => {
  await expect(seed(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
});
