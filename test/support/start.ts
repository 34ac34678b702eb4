import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createKey } from '../../lib/access/api-key-store.ts';
import { openDatabase } from '../../lib/postgres/database.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { makeFolder, removeFolder } from './temp.ts';

const execute = promisify(execFile);

/** Where the programs are that the docs page and docs/start.md begin with. */
const FOLDER = resolve('docs/start');

/** Many times what each takes, the compilers included: the machine may be busy. */
const RUN_LIMIT_MS = 120_000;

/** What each program but curl's prints: more than a double can hold, and every digit of it. */
export const STATEMENT = '1 in 9007199254740993 USD balance 9007199254740993\n';

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A system that asks for keys, and a key for it. */
export interface System {
  readonly url: string;
  readonly key: string;
  readonly stop: () => Promise<void>;
}

/** Starts a local system whose requests need a key, on five free ports in a row from one on. */
export async function startWithKey(firstPort: number): Promise<System> {
  const folder = await makeFolder('start');
  let local: Local | undefined;
  const stop = async () => {
    await local?.stop();
    await removeFolder(folder);
  };
  try {
    const port = await freeBasePort(firstPort);
    local = await startLocal({ port, dataDir: join(folder, 'data'), auth: true, log: () => {} });
    const sql = openDatabase(local.urls.database, 1);
    const made = await createKey(sql, randomUUID(), { name: 'start', scopes: ['admin'] });
    await sql.end();
    return { url: local.urls.http, key: made?.key ?? '', stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs a program of docs/start to its end, whatever its exit code. */
export async function runStart(
  command: readonly string[],
  { url, key }: Pick<System, 'url' | 'key'>,
): Promise<Ended> {
  const [program = '', ...args] = command;
  const env = { ...process.env, URL: url, KEY: key };
  const run = execute(program, args, { cwd: FOLDER, env, timeout: RUN_LIMIT_MS });
  return await run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({
      ...{ code: typeof code === 'number' ? code : -1 },
      ...{ stdout: String(stdout), stderr: String(stderr) },
    }),
  );
}

/** The first of these commands that runs here. */
export async function firstThatRuns(
  commands: readonly string[],
  args: readonly string[],
): Promise<string | undefined> {
  for (const command of commands) {
    const isThere = await execute(command, [...args]).then(
      () => true,
      () => false,
    );
    if (isThere) return command;
  }
  return undefined;
}
