import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { type Command, EXIT_FAILED, messageOf, runCommand, UsageError } from '../operate/cli.ts';
import * as accept from './accept.ts';
import { COMPARED, partsAgainst, ROUNDS } from './against.ts';
import * as balance from './balance.ts';
import * as bundles from './bundles.ts';
import * as consolePages from './console.ts';
import * as endToEnd from './end-to-end.ts';
import { growthPart, LARGEST, MOST_OPERATIONS } from './growth.ts';
import * as linked from './linked.ts';
import * as local from './local.ts';
import { isMet, type Measurement, machine, type Part } from './measurement.ts';
import * as partition from './partition.ts';
import { pgledgerPart } from './pgledger.ts';
import * as report from './report.ts';
import { table, writeChart } from './results.ts';
import * as settle from './settle.ts';

const PARTS: readonly Part[] = [
  ...[partition, bundles, settle, accept, endToEnd, local, balance, report, linked],
  { name: consolePages.name, run: (log) => consolePages.run(log) },
];
const NAMES = [...PARTS, growthPart(LARGEST)].map(({ name }) => name);

const HELP = `Measures my-little-ps on this machine.

  npm run bench [-- PART …] [-- --json FILE]
  npm run bench -- --against FOLDER [PART …] [--rounds N]
  npm run bench -- pgledger --sql FILE [--sql FILE …]

  PART              ${NAMES.join(', ')}; all of them by default
  --against FOLDER  compare this build with the one in FOLDER, a clone of this repository at another commit with its
                    node_modules, in turn; its parts are ${COMPARED.join(', ')}
  --rounds N        rounds of that comparison (default ${ROUNDS})
  --largest N       operations in the longest journal of growth, tens of millions up to ${MOST_OPERATIONS} (default ${LARGEST})
  --sql FILE        what makes pgledger in an empty database: its SQL, after what it needs
  --json FILE       write what was measured to FILE, too
  -h, --help        this text

Each part draws bench/results/PART.svg. docs/performance.md explains the table.
`;

interface Options {
  readonly parts: readonly Part[];
  readonly json: string | undefined;
}

const OPTIONS = {
  json: { type: 'string' },
  against: { type: 'string' },
  rounds: { type: 'string', default: String(ROUNDS) },
  largest: { type: 'string', default: String(LARGEST) },
  sql: { type: 'string', multiple: true },
} as const;

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm run bench',
  help: HELP,
  options: OPTIONS,
  takesWords: true,
  read: ({ json, against, rounds, largest, sql }, names) => {
    if (!/^[1-9]\d?$/.test(rounds)) throw new Error('--rounds takes a number from 1 to 99.');
    if (!/^([1-9]|10)0000000$/.test(largest))
      throw new Error(`--largest takes tens of millions from ${LARGEST} to ${MOST_OPERATIONS}.`);
    if (json === '') throw new Error('--json takes a file, such as --json bench.json.');
    const all =
      against !== undefined
        ? partsAgainst(against, Number(rounds))
        : sql !== undefined
          ? [pgledgerPart(sql)]
          : [...PARTS, growthPart(Number(largest))];
    const unknown = names.filter((asked) => !all.some(({ name }) => name === asked));
    if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}.`);
    return { parts: names.length === 0 ? all : all.filter(({ name }) => names.includes(name)), json };
  },
  run: measure,
};

/** Runs the parts one after another; returns the measurements and the failed parts, each with its error. */
async function runParts(parts: readonly Part[]) {
  const measurements: Measurement[] = [];
  const failures: string[] = [];
  for (const { name, run } of parts) {
    console.log(`\n# ${name}`);
    const startedMs = performance.now();
    try {
      const measured = await run((line) => console.log(`  ${line}`));
      measurements.push(...measured);
      const file = await writeChart(name, measured);
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      console.log(`  done in ${seconds} s; drawn in ${relative('.', file)}`);
    } catch (error) {
      console.error(error);
      failures.push(`${name}: ${messageOf(error)}`);
    }
  }
  return { measurements, failures };
}

/** Checked before half an hour of measuring, not after it. */
async function canWrite(file: string): Promise<boolean> {
  return await access(dirname(file), constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function measure({ parts, json }: Options): Promise<number> {
  if (json !== undefined && !(await canWrite(json)))
    throw new UsageError(`--json takes a file in a folder that can be written to, not ${json}.`);
  console.log(machine());
  const { measurements, failures } = await runParts(parts);
  console.log(`\n${machine()}\n\n${table(measurements)}`);
  const missed = measurements.filter((measurement) => isMet(measurement) === false);
  if (missed.length > 0) console.log(`\n${missed.length} targets missed.`);
  if (json !== undefined) {
    const measured = measurements.map((each) => ({
      ...each,
      conditions: `${each.conditions}; ${machine()}`,
    }));
    await writeFile(json, `${JSON.stringify(measured, null, 2)}\n`);
  }
  for (const failure of failures) console.error(`\nThe part ${failure}`);
  return failures.length > 0 ? EXIT_FAILED : 0;
}

process.exitCode = await runCommand(command, process.argv.slice(2));
