import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstThatRuns, runStart, STATEMENT, type System, startWithKey } from '../support/start.ts';

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 45_000 + (process.pid % 4_000);

/** Milliseconds that the start may take on a busy machine. */
const START_LIMIT_MS = 300_000;

/** Statement of the curl program: the file of operations. */
const LINE = /\nin,9007199254740993,USD,.*,success,,9007199254740993,USD,9007199254740993,,,\n/;

const PYTHONS = ['python3.13', 'python3.12', 'python3'];

const python = await firstThatRuns(PYTHONS, ['--version']);
if (python === undefined) {
  const reason = `docs/start/start.py did NOT run: there is none of ${PYTHONS.join(', ')}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  console.warn(`\n*** ${reason}\n`);
}

const PROGRAMS: [string, readonly string[]][] = [
  ['curl', ['bash', 'start.sh']],
  ['TypeScript', [process.execPath, 'start.ts']],
  ...(python === undefined ? [] : ([['Python', [python, 'start.py']]] as [string, string[]][])),
];

let system: System;

beforeAll(async () => {
  system = await startWithKey(FIRST_PORT);
}, START_LIMIT_MS);
afterAll(() => system?.stop());

describe.each(PROGRAMS)('the start in %s', (language, command) => {
  test('pays into a new wallet and prints its statement, with every digit', async () => {
    const { code, stdout, stderr } = await runStart(command, system);
    expect([code, stderr]).toEqual([0, '']);
    if (language === 'curl') expect(`${stdout}\n`).toMatch(LINE);
    else expect(stdout).toBe(STATEMENT);
  });

  test('ends with the reason if its key is refused', async () => {
    const { code, stdout, stderr } = await runStart(command, { ...system, key: 'nobody' });
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('unauthorized');
    expect(stderr).toContain('401');
  });
});

test('docs/start.md shows the very programs', async () => {
  const text = await readFile('docs/start.md', 'utf8');
  const shown = [...text.matchAll(/```\w+\n(.*?)```/gs)].map(([, code]) => code);
  const files = await readdir('docs/start');
  expect(files).toHaveLength(5);
  for (const file of files) expect(shown).toContain(await readFile(join('docs/start', file), 'utf8'));
});
