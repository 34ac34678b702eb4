import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a command of operate/ to its end, whatever its exit code. */
export async function runCommand(name: string, args: readonly string[], env: Record<string, string> = {}) {
  const { DATABASE_URL: _ofThisTest, ...rest } = process.env;
  const run = promisify(execFile)(process.execPath, [`operate/${name}.ts`, ...args], {
    env: { ...rest, ...env },
  });
  return await run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code: Number(code), stdout: String(stdout), stderr: String(stderr) }),
  );
}
