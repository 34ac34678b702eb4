import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createKey } from '../lib/access/api-key-store.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { startLocal } from '../localstack/local.ts';
import { freeBasePort } from '../localstack/ports.ts';
import { type Command, EXIT_FAILED, runCommand } from '../operate/cli.ts';
import { pythonPrograms } from './support/python.ts';
import { RATES } from './support/system/system.ts';
import { makeFolder, removeFolder } from './support/temp.ts';

/** Examples that schemathesis makes for each operation by default: a minute's worth. */
const DEFAULT_EXAMPLES = 15;

/** More than that take hours. */
const MAX_EXAMPLES = 10_000;

/** First port of the search for free ones: far from ports in common use. */
const FIRST_PORT = 20_000 + (process.pid % 20_000);

const FOLDER = join(import.meta.dirname, 'contract');

/** Where schemathesis finds its hooks: a module, which is not compiled into our folder. */
const HOOKS = { SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1' };

const HELP = `Compares a running system with the description of its API: schemathesis makes requests out of the description, good
ones and bad ones, and looks whether each reply is one that it tells of.

  npm run test:contract [-- --examples N] [-- --seed N]

  --examples N  examples for each operation and phase (default ${DEFAULT_EXAMPLES}, at most ${MAX_EXAMPLES})
  --seed N      another seed than that of every run (test/contract/schemathesis.toml)
  -h, --help    this text

It takes Python 3.11 or newer; the packages are installed outside of this folder.
`;

const OPTIONS = {
  examples: { type: 'string', default: String(DEFAULT_EXAMPLES) },
  seed: { type: 'string' },
} as const;

interface Options {
  readonly examples: string;
  readonly seed: string | undefined;
}

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm run test:contract',
  help: HELP,
  options: OPTIONS,
  read: ({ examples, seed }) => {
    if (!/^[1-9]\d*$/.test(examples) || Number(examples) > MAX_EXAMPLES)
      throw new Error(`--examples takes a number from 1 to ${MAX_EXAMPLES}.`);
    if (seed !== undefined && !/^\d{1,9}$/.test(seed)) throw new Error('--seed takes up to nine digits.');
    return { examples, seed };
  },
  run: compare,
};

async function compare({ examples, seed }: Options): Promise<number> {
  const programs = await pythonPrograms('schemathesis', join(FOLDER, 'requirements.txt'));
  if (programs === undefined) return EXIT_FAILED;
  const dataDir = await makeFolder('contract');
  const local = await startLocal({
    port: await freeBasePort(FIRST_PORT),
    dataDir,
    auth: true,
    log: () => {},
  });
  try {
    const key = await fill(local.urls.database, local.urls.http);
    const isGood = await runSchemathesis(programs, dataDir, local.urls.http, key, [
      ...['--max-examples', examples],
      ...(seed === undefined ? [] : ['--seed', seed]),
    ]);
    // .ci/run adds these up.
    console.log(isGood ? '1 passed, 0 failed' : '0 passed, 1 failed');
    return isGood ? 0 : EXIT_FAILED;
  } finally {
    await local.stop();
    await removeFolder(dataDir);
  }
}

/** Makes a key, rates and two wallets, so that the description's examples find what they name. */
async function fill(databaseUrl: string, url: string): Promise<string> {
  const sql = openDatabase(databaseUrl);
  const made = await createKey(sql, randomUUID(), { name: 'contract', scopes: ['admin'] });
  await sql.end();
  if (made === undefined) throw new Error('no key was made');
  const wallet = (Currency: string) =>
    JSON.stringify({ Name: 'Jon Snow', Country: 'UK', City: 'London', Currency });
  for (const [path, body] of [
    ['/update_currencies', RATES],
    ['/wallet', wallet('EUR')],
    ['/wallet', wallet('USD')],
  ]) {
    const reply = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${made.key}` },
      body: body as string,
    });
    if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
  }
  return made.key;
}

/** With one worker: ast.parse of CPython 3.11 fails now and then when two threads use it. */
async function runSchemathesis(
  programs: string,
  folder: string,
  url: string,
  key: string,
  options: readonly string[],
): Promise<boolean> {
  const child = spawn(
    join(programs, 'schemathesis'),
    [
      ...['--config-file', join(FOLDER, 'schemathesis.toml'), 'run', `${url}/openapi.json`],
      ...['--header', `Authorization: Bearer ${key}`, '--no-color', ...options],
    ],
    { cwd: folder, stdio: 'inherit', env: { ...process.env, ...HOOKS } },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

process.exitCode = await runCommand(command, process.argv.slice(2));
