import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serveParent } from './parent.ts';
import { isAlive } from './processes.ts';
import { type Python, partialFolder, REQUIREMENTS, removeAbandoned } from './python.ts';

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
  await run(python.command, ['-m', 'venv', partial]);
  await run(join(partial, 'bin', 'python'), [
    ...INSTALL,
    '--progress-bar',
    'off',
    '--requirement',
    REQUIREMENTS,
  ]);
  await run(join(partial, 'bin', 'python'), ['-c', 'import localstack.aws.components']);
  // Another start may have been faster; its environment is the same.
  if (existsSync(folder)) rmSync(partial, { recursive: true });
  else renameSync(partial, folder);
  return { ready: null, stop: () => Promise.resolve() };
});

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0)
    throw new Error(`"${command} ${args.slice(0, 3).join(' ')}" ended with ${signal ?? `exit code ${code}`}`);
}
