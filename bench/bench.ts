import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { parseArgs } from 'node:util';
import * as accept from './accept.ts';
import * as balance from './balance.ts';
import * as bundles from './bundles.ts';
import * as endToEnd from './end-to-end.ts';
import * as growth from './growth.ts';
import { isMet, type Measurement, machine, type Part } from './measurement.ts';
import * as partition from './partition.ts';
import * as report from './report.ts';
import { table, writeChart } from './results.ts';
import * as settle from './settle.ts';

const PARTS: readonly Part[] = [partition, bundles, settle, accept, endToEnd, balance, report, growth];

const HELP = `Measures my-little-ps on this machine.

  npm run bench [-- PART …] [-- --json FILE]

  PART         ${PARTS.map(({ name }) => name).join(', ')}; all of them by default
  --json FILE  also write the measurements to FILE
  --help       this text

Each part draws bench/results/PART.svg. docs/performance.md explains the table.
`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Options {
  readonly parts: readonly Part[];
  readonly json: string | undefined;
}

/** Reads the command line; returns the options, or a text to print and the exit code. */
function readOptions(args: string[]): Options | { print: string; exitCode: number } {
  const usageError = (sentence: string) => ({
    print: `${sentence}\nnpm run bench -- --help lists the parts and options.`,
    exitCode: EXIT_USAGE,
  });
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { json: { type: 'string' }, help: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    if (values.help) return { print: HELP, exitCode: 0 };
    const unknown = positionals.filter((part) => !PARTS.some(({ name }) => name === part));
    if (unknown.length > 0) return usageError(`There is no part ${unknown.join(', ')}.`);
    if (values.json === '') return usageError('--json takes a file, such as --json bench.json.');
    const parts = positionals.length === 0 ? PARTS : PARTS.filter(({ name }) => positionals.includes(name));
    return { parts, json: values.json };
  } catch (error) {
    return usageError(error instanceof Error ? error.message : String(error));
  }
}

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
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
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

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if ('print' in options) {
    (options.exitCode === 0 ? console.log : console.error)(options.print);
    return options.exitCode;
  }
  const { json } = options;
  if (json !== undefined && !(await canWrite(json))) {
    console.error(`--json takes a file in a folder that can be written to, not ${json}.`);
    return EXIT_USAGE;
  }
  console.log(machine());
  const { measurements, failures } = await runParts(options.parts);
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

process.exitCode = await main(process.argv.slice(2));
