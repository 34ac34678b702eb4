import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serveParent } from './parent.ts';
import { isAlive } from './processes.ts';
import { isInstalled, type Python, partialFolder, REQUIREMENTS, removeAbandoned } from './python.ts';

/** Everything is in the list, with its version. Compiling is left to the first run, which needs a small part. */
const INSTALL = [
  '-m',
  'pip',
  'install',
  '--no-deps',
  '--no-compile',
  '--no-input',
  '--disable-pip-version-check',
];

// pip and what it starts are of this process's group: all of it ends with the parent, whatever it is doing.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));

/** Makes a virtual environment with LocalStack beside its place and moves it there once it is complete. */
await serveParent(async () => {
  const { python, folder } = JSON.parse(process.argv[2] ?? '') as { python: Python; folder: string };
  removeAbandoned(folder, isAlive);
  const partial = partialFolder(folder, process.pid);
  mkdirSync(dirname(folder), { recursive: true });
  try {
    await install(python, partial);
    // One whose Python was removed since is of no use.
    if (!isInstalled(folder)) rmSync(folder, { recursive: true, force: true });
    rename(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return { ready: null, stop: () => Promise.resolve() };
});

async function install(python: Python, partial: string): Promise<void> {
  const own = join(partial, 'bin', 'python');
  await run(python.command, ['-m', 'venv', partial]);
  await run(own, [...INSTALL, '--progress-bar', 'off', '--requirement', REQUIREMENTS]);
  await run(own, ['-c', 'import localstack.aws.components']);
}

/** Another start may have been faster; its environment is the same. */
function rename(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!isInstalled(folder)) throw error;
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0)
    throw new Error(`"${command} ${args.slice(0, 3).join(' ')}" ended with ${signal ?? `exit code ${code}`}`);
}
