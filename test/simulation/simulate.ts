import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { failureText, progressLine, type SeedReport, tallyTable } from './report.ts';
import { runTasks, withServer } from './workers.ts';

const HELP = `Simulates my-little-ps under faults, with a seed for each run.

  npm run simulate -- --seed N --steps M              one run
  npm run simulate -- --seeds K --steps M [--from N]  K runs, of the seeds from N (1) on, in two processes
`;

const ROOT = join(import.meta.dirname, '..', '..');

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    steps: { type: 'string', default: '2000' },
    help: { type: 'boolean', default: false },
  },
});
const numbers = [values.seed ?? '1', values.seeds ?? '1', values.from, values.steps];
if (values.help || (values.seed === undefined) === (values.seeds === undefined) || !numbers.every(isNumber)) {
  console.log(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  await simulate(Number(values.seed ?? values.from), Number(values.seeds ?? 1), Number(values.steps));
}

function isNumber(text: string): boolean {
  return /^[1-9]\d{0,8}$/.test(text);
}

async function simulate(first: number, seeds: number, steps: number): Promise<void> {
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
  process.exitCode = failed.length === 0 ? 0 : 1;
}

function verdict(failed: readonly number[]): string {
  return failed.length === 0
    ? 'clean'
    : `rules broken by seeds ${failed.toSorted((a, b) => a - b).join(', ')}`;
}
