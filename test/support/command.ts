import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a command of operate/ to its end, whatever its exit code. */
export async function runCommand(name: string, args: readonly string[], env: Record<string, string> = {}) {
  // The tests' own settings would name a second system.
  const { DATABASE_URL: _database, QUEUE_URL: _queue, ...rest } = process.env;
  const run = promisify(execFile)(process.execPath, [`operate/${name}.ts`, ...args], {
    env: { ...rest, ...env },
  });
  return await run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code: Number(code), stdout: String(stdout), stderr: String(stderr) }),
  );
}
