import { join } from 'node:path';
import { type Command, EXIT_FAILED, runCommand, wholeNumber } from '../../operate/cli.ts';
import { failureText, progressLine, type SeedReport, tallyTable } from './report.ts';
import { runTasks, withServer } from './workers.ts';

const HELP = `Simulates my-little-ps under faults, with a seed for each run.

  npm run simulate -- --seed N [--steps M]              one run
  npm run simulate -- --seeds K [--steps M] [--from N]  K runs, of the seeds from N (1) on, in two processes

  --steps M   steps of each run (default 2000)
  -h, --help  this text

The exit code is 0 where no rule was broken, 1 where one was, 2 where the options were wrong.
`;

const ROOT = join(import.meta.dirname, '..', '..');

const OPTIONS = {
  seed: { type: 'string' },
  seeds: { type: 'string' },
  from: { type: 'string' },
  steps: { type: 'string', default: '2000' },
} as const;

interface Options {
  readonly first: number;
  readonly seeds: number;
  readonly steps: number;
}

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm run simulate',
  help: HELP,
  options: OPTIONS,
  read: ({ seed, seeds, from, steps }) => {
    const numbers = { steps: wholeNumber('steps', steps) };
    if (seed !== undefined && seeds === undefined) {
      if (from !== undefined) throw new Error('--from goes with --seeds alone.');
      return { ...numbers, first: wholeNumber('seed', seed), seeds: 1 };
    }
    if (seed !== undefined || seeds === undefined)
      throw new Error('Give either --seed, for one run, or --seeds, for several.');
    return { ...numbers, first: wholeNumber('from', from ?? '1'), seeds: wholeNumber('seeds', seeds) };
  },
  run: simulate,
};

async function simulate({ first, seeds, steps }: Options): Promise<number> {
  const started = performance.now();
  const reports: SeedReport[] = [];
  await withServer(async (serverUrl) => {
    const tasks = Array.from({ length: seeds }, (_, index) => ({
      serverUrl,
      seed: first + index,
      steps,
      isShrunk: true,
    }));
    await runTasks(ROOT, tasks, (report) => {
      reports.push(report);
      console.log(`${reports.length}/${seeds} ${progressLine(report)}`);
      if (report.failure !== undefined) console.log(failureText(report));
      return true;
    });
  });
  const failed = reports.filter(({ failure }) => failure !== undefined).map(({ seed }) => seed);
  const minutes = (performance.now() - started) / 60_000;
  console.log(`\n${tallyTable(reports)}\n`);
  console.log(`${seeds} seeds × ${steps} steps in ${minutes.toFixed(1)} minutes: ${verdict(failed)}`);
  return failed.length === 0 ? 0 : EXIT_FAILED;
}

function verdict(failed: readonly number[]): string {
  return failed.length === 0
    ? 'clean'
    : `rules broken by seeds ${failed.toSorted((a, b) => a - b).join(', ')}`;
}

process.exitCode = await runCommand(command, process.argv.slice(2));
