import { serveTasks } from '../../localstack/processes/parent.ts';
import { type SeedReport, seedReport } from './report.ts';
import { run } from './run.ts';
import { generate } from './story/generate.ts';
import { shrink } from './story/shrink.ts';

/** A worker process's task. */
export interface WorkerTask {
  readonly serverUrl: string;
  readonly seed: number;
  readonly steps: number;
  /** Whether a failure is shrunk to a short story. */
  readonly isShrunk: boolean;
}

async function simulate({ serverUrl, seed, steps, isShrunk }: WorkerTask): Promise<SeedReport> {
  const started = performance.now();
  const script = generate(seed, steps);
  const outcome = await run(serverUrl, script);
  const seconds = (performance.now() - started) / 1_000;
  const { failure } = outcome;
  const shrunk =
    failure === undefined || !isShrunk
      ? undefined
      : await shrink(script, failure, (shorter) => run(serverUrl, shorter));
  return seedReport(seed, steps, seconds, outcome, shrunk);
}

// Seeds, one after the other.
await serveTasks(simulate);
