import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

test('the demo runs to its end', async () => {
  const { stdout } = await run(process.execPath, ['localstack/demo.ts', '--port', String(port)]);
  expect(stdout).toContain('decline: insufficient_funds');
  expect(stdout).toContain('"WalletsMoved":');
  expect(stdout).toContain('That is the whole story.');
});
