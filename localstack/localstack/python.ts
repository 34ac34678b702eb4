import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** LocalStack 4.14.0 is written for 3.13; for 3.12 it lacks one name, which run.py gives it. Later ones are not tried. */
const COMMANDS = ['python3.13', 'python3.12', 'python3', 'python'];
const VERSIONS = new Set(['3.13', '3.12']);

/** A Python that is there answers in a fraction of it. */
const ANSWER_LIMIT_MS = 15_000;

/** What LocalStack consists of, each package with its version. */
export const REQUIREMENTS = fileURLToPath(new URL('../python/requirements.txt', import.meta.url));

/** What is done with the packages once they are there. */
export const PREPARE = fileURLToPath(new URL('../python/prepare.py', import.meta.url));

export interface Python {
  readonly command: string;
  /** Such as `3.13`. */
  readonly version: string;
}

/** The first Python that LocalStack runs on and that can make virtual environments; pyenv's count, too. */
export function findPython(): Python | undefined {
  const pyenv = join(
    process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'),
    'versions',
    '3.1*',
    'bin',
    'python3',
  );
  for (const command of [...COMMANDS, ...globSync(pyenv).toSorted().toReversed()]) {
    const ask = 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])';
    const { status, stdout } = spawnSync(command, ['-c', ask], {
      encoding: 'utf8',
      timeout: ANSWER_LIMIT_MS,
    });
    const version = stdout?.trim();
    if (status === 0 && VERSIONS.has(version)) return { command, version };
  }
  return undefined;
}

/** Where LocalStack is installed for this user: a folder of its own for each way to install it and each Python. */
export function environmentFolder({ version }: Python): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(readFileSync(PREPARE));
  const way = hash.digest('hex').slice(0, 8);
  return join(cache, 'my-little-ps', `localstack-4.14.0-python${version}-${way}`);
}

/** An environment gets its name once it is complete, so one that has it is whole, unless its Python was removed. */
export function isInstalled(folder: string): boolean {
  return existsSync(join(folder, 'bin', 'python'));
}

/** Where an installation by this process is made before it gets its name. */
export function partialFolder(folder: string, pid: number): string {
  return `${folder}.partial-${pid}`;
}

/** Deletes what installations left behind that were interrupted: those of processes that are gone. */
export function removeAbandoned(folder: string, isAlive: (pid: number) => boolean): void {
  if (!existsSync(dirname(folder))) return;
  for (const name of readdirSync(dirname(folder))) {
    const pid = Number(/\.partial-(\d+)$/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}
