import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Fact, printTable } from './table.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** A command that runs a system in a temporary folder and reports problems. */
export interface Command<Name extends string> {
  readonly help: string;
  /** Options that take a positive whole number, with their defaults. */
  readonly numbers: Readonly<Record<Name, number>>;
  readonly run: (
    numbers: Readonly<Record<Name, number>>,
    folder: string,
    log: (line: string) => void,
  ) => Promise<{ readonly problems: readonly string[]; readonly facts: readonly Fact[] }>;
}

/** Runs a command; returns the exit code: 0 without problems, 1 with problems, 2 for bad options. */
export async function runCommand<Name extends string>(
  command: Command<Name>,
  args: readonly string[],
): Promise<number> {
  try {
    const options = readOptions(command, args);
    if (options === undefined) {
      console.log(command.help);
      return 0;
    }
    return await runInFolder(command, options.numbers, options.keep);
  } catch (error) {
    const isUsage =
      error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    console.error(error instanceof Error && isUsage ? error.message : error);
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function runInFolder<Name extends string>(
  command: Command<Name>,
  numbers: Readonly<Record<Name, number>>,
  keep: boolean,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-chaos-'));
  // When started by root, PostgreSQL runs as another user, who needs access.
  await chmod(folder, 0o755);
  console.log(
    `${Object.entries(numbers)
      .map(([name, value]) => `--${name} ${String(value)}`)
      .join(' ')}, in ${folder}`,
  );
  const { problems, facts } = await command.run(numbers, folder, (line) => console.log(line));
  printTable(facts, problems);
  if (problems.length > 0 || keep) console.log(`Data and logs are kept in ${folder}`);
  else await rm(folder, { recursive: true, force: true });
  return problems.length > 0 ? EXIT_FAILED : 0;
}

function readOptions<Name extends string>({ numbers }: Command<Name>, args: readonly string[]) {
  const names = Object.keys(numbers) as Name[];
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const texts: Readonly<Record<string, unknown>> = values;
  const read = names.map((name): [Name, number] => {
    const given = texts[name];
    const text = typeof given === 'string' ? given : String(numbers[name]);
    if (/^[1-9]\d{0,8}$/.test(text)) return [name, Number(text)];
    const problem = `--${name} takes a positive whole number, not "${text}"`;
    throw Object.assign(new Error(problem), { code: 'ERR_PARSE_ARGS' });
  });
  return { numbers: Object.fromEntries(read) as Record<Name, number>, keep: values.keep === true };
}
