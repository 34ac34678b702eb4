import { execFile } from 'node:child_process';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../operate/cli.ts';

/** A slow network takes minutes for a generator's packages, and a busy machine for its compiler. */
const PROGRAM_TIMEOUT_MS = 10 * 60_000;

/** Lines of a failed program's output that say why, which compilers print last. */
const TOLD_LINES = 40;

/** How a program is run. */
export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end.
 *
 * @returns what it printed on the standard output
 * @throws Error with the end of its output, if it fails
 */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env }: Surroundings = {},
): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, timeout: PROGRAM_TIMEOUT_MS };
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      ...options,
      maxBuffer: Number.POSITIVE_INFINITY,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    const told = `${stdout}\n${stderr}`.trim().split('\n').slice(-TOLD_LINES).join('\n');
    throw new Error(`${program} failed: ${told || messageOf(error)}`);
  }
}

/** The programs that are not on PATH. */
export async function missingOf(programs: readonly string[]): Promise<readonly string[]> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const isThere = async (program: string) =>
    (await Promise.all(folders.map((folder) => exists(join(folder, program))))).includes(true);
  const found = await Promise.all(programs.map(isThere));
  return programs.filter((_program, index) => !found[index]);
}

/**
 * A folder outside the repository that is filled once, and kept for later runs.
 *
 * @param name changes with whatever is put into it, such as a version
 * @param fill fills it; if that fails, nothing is kept
 */
export async function keptFolder(name: string, fill: (folder: string) => Promise<unknown>): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'my-little-ps', name);
  // Written last, so that an installation which broke off is made anew.
  const marker = join(folder, 'complete');
  if (await exists(marker)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await fill(folder);
  await writeFile(marker, '');
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
