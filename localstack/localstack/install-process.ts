import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serveParent } from '../processes/parent.ts';
import { isAlive } from '../processes/pids.ts';
import { isInstalled, PREPARE, type Python, partialFolder, REQUIREMENTS, removeAbandoned } from './python.ts';

/** Everything is in the list, with its version. Compiling is left to prepare.py: LocalStack loads a small part. */
const INSTALL = [
  '--no-deps',
  '--no-compile',
  '--no-input',
  '--disable-pip-version-check',
  '--progress-bar',
  'off',
];

/** The package that the index is asked for when an installation failed, whatever its version: any is a sign of life. */
const PACKAGE = 'localstack-core';

// pip and what it starts are of this process's group: all of it ends with the parent, whatever it is doing.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));

/** Makes a virtual environment with LocalStack beside its place and moves it there once it is complete. */
await serveParent(async () => {
  const { python, folder } = JSON.parse(process.argv[2] ?? '') as { python: Python; folder: string };
  removeAbandoned(folder, isAlive);
  const partial = partialFolder(folder, process.pid);
  mkdirSync(dirname(folder), { recursive: true });
  try {
    await run(python.command, ['-m', 'venv', partial]);
    const own = join(partial, 'bin', 'python');
    const problem = await pip(own, [...INSTALL, '--requirement', REQUIREMENTS]);
    if (problem !== undefined) {
      if (await hasIndexLocalStack(own)) throw new Error(problem);
      return { ready: { unavailable: `pip finds no package index that has ${PACKAGE}.` }, stop };
    }
    await run(own, [PREPARE]);
    // One whose Python was removed since is of no use.
    if (!isInstalled(folder)) rmSync(folder, { recursive: true, force: true });
    rename(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return { ready: { unavailable: null }, stop };
});

/** Whether there is an index that answers and has LocalStack: then what failed to install is broken, not out of reach. */
async function hasIndexLocalStack(own: string): Promise<boolean> {
  const dry = ['--dry-run', '--only-binary', ':all:', PACKAGE];
  return (await pip(own, [...INSTALL, ...dry])) === undefined;
}

/** Another start may have been faster; its environment is the same. */
function rename(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!isInstalled(folder)) throw error;
  }
}

async function pip(own: string, args: readonly string[]): Promise<string | undefined> {
  return await whyFailed(own, ['-m', 'pip', 'install', ...args]);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const problem = await whyFailed(command, args);
  if (problem !== undefined) throw new Error(problem);
}

/** Nothing when the command ended well; otherwise how it ended. */
async function whyFailed(command: string, args: readonly string[]): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code === 0) return undefined;
  return `"${command} ${args.slice(0, 3).join(' ')}" ended with ${signal ?? `exit code ${code}`}`;
}

/** There is nothing to stop: it is ready when it is done. */
function stop(): Promise<void> {
  return Promise.resolve();
}
