import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** The pinned packages' own lower bound. */
const NEEDS =
  'Python 3.11 or newer with its venv module (on Debian and Ubuntu: apt-get install python3-venv)';

/** A slow network takes minutes for some 60 packages. */
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * The folder with the programs (`python`, `cfn-lint`) of a virtual environment that holds some packages, by default those of requirements.txt, made outside
 * the repository when it is not there yet.
 *
 * @returns undefined where it can't be made: then this says aloud what is not run, and why
 * @throws Error instead in CI (`CI=true`), where a check that does not run is a failure
 */
export async function pythonPrograms(
  whatFor: string,
  requirements = REQUIREMENTS,
): Promise<string | undefined> {
  try {
    return await virtualEnvironment(requirements);
  } catch (error) {
    const reason = `${whatFor} did NOT run: it takes ${NEEDS} and the packages of ${requirements}. ${explain(error)}`;
    if (process.env['CI'] === 'true') throw new Error(reason);
    console.warn(`\n*** ${reason}\n`);
    return undefined;
  }
}

function explain(error: unknown): string {
  const output = error as { readonly stderr?: string; readonly stdout?: string };
  return [String(error), output.stdout, output.stderr].filter(Boolean).join('\n').trim();
}

async function virtualEnvironment(requirements: string): Promise<string> {
  const { stdout: version } = await run('python3', ['--version']);
  const hash = createHash('sha256')
    .update(version)
    .update(await readFile(requirements));
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'my-little-ps', `python-${hash.digest('hex').slice(0, 16)}`);
  const programs = join(folder, 'bin');
  // Written last, so that an environment which broke off is made anew.
  const complete = join(folder, 'complete');
  if (await exists(complete)) return programs;
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(
    join(programs, 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements],
    { timeout: INSTALL_TIMEOUT_MS, maxBuffer: Number.POSITIVE_INFINITY },
  );
  await run(join(programs, 'python'), ['-m', 'pip', 'check', '--disable-pip-version-check']);
  await writeFile(complete, '');
  return programs;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
