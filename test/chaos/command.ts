import { EXIT_FAILED, messageOf, runCommand, wholeNumber } from '../../operate/cli.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';
import { type Fact, printTable } from './table.ts';

/** A command that runs a system in a folder of its own and says what went wrong. */
export interface ChaosCommand<Name extends string> {
  readonly script: string;
  readonly help: string;
  /** Options that take a positive whole number, with their defaults. */
  readonly numbers: Readonly<Record<Name, number>>;
  readonly run: (
    numbers: Readonly<Record<Name, number>>,
    folder: string,
    log: (line: string) => void,
  ) => Promise<{ readonly problems: readonly string[]; readonly facts: readonly Fact[] }>;
}

/** Runs a command from its options to its exit code: 0 where nothing is wrong, 1 where something is, 2 for bad options. */
export async function runChaos<Name extends string>(
  command: ChaosCommand<Name>,
  args: readonly string[],
): Promise<number> {
  const { script, help, numbers } = command;
  const names = Object.keys(numbers) as Name[];
  const options = {
    ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    keep: { type: 'boolean' as const, default: false },
  };
  const read = (values: Readonly<Record<string, unknown>>) => {
    const given = names.map((name): [Name, number] => {
      const text = values[name];
      return [name, typeof text === 'string' ? wholeNumber(name, text) : numbers[name]];
    });
    return { numbers: Object.fromEntries(given) as Record<Name, number>, keep: values['keep'] === true };
  };
  const run = async (chosen: ReturnType<typeof read>) =>
    await runInFolder(command, chosen.numbers, chosen.keep);
  return await runCommand({ script, help, options, read, run }, args);
}

async function runInFolder<Name extends string>(
  command: ChaosCommand<Name>,
  numbers: Readonly<Record<Name, number>>,
  keep: boolean,
): Promise<number> {
  const folder = await makeFolder('chaos');
  console.log(
    `${Object.entries(numbers)
      .map(([name, value]) => `--${name} ${String(value)}`)
      .join(' ')}, in ${folder}`,
  );
  const { problems, facts } = await command
    .run(numbers, folder, (line) => console.log(line))
    .catch((error: unknown) => {
      // Whoever looks for the cause needs the stack and the logs.
      console.error(error);
      throw new Error(
        `The run did not come to its end: ${messageOf(error)}\nData and logs are kept in ${folder}`,
      );
    });
  printTable(facts, problems);
  if (problems.length > 0 || keep) console.log(`Data and logs are kept in ${folder}`);
  else await removeFolder(folder);
  return problems.length > 0 ? EXIT_FAILED : 0;
}
