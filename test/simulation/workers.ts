import { join } from 'node:path';
import { startWorker, type Worker } from '../../localstack/processes/worker.ts';
import { messageOf } from '../../operate/cli.ts';
import { startTestServer } from '../support/postgres-server.ts';
import { SETTINGS } from '../support/vitest/settings.ts';
import type { SeedReport } from './report.ts';
import type { WorkerTask } from './worker.ts';

/** Concurrent processes; each keeps a PostgreSQL backend equally busy. */
const MAX_WORKERS = 2;

/** Milliseconds of a seed with its shrinking: a step has a limit of its own, and a story may have many thousands. */
const SEED_LIMIT_MS = 24 * 3_600_000;

/** Gives work a PostgreSQL server of its own. */
export async function withServer<T>(work: (serverUrl: string) => Promise<T>): Promise<T> {
  const server = await startTestServer('simulation');
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

/**
 * Runs tasks in worker processes.
 *
 * @param root the project, or a copy of it, whose code to run
 * @param onReport gets each report as it comes; if it returns false, no further task starts
 */
export async function runTasks(
  root: string,
  tasks: readonly WorkerTask[],
  onReport: (report: SeedReport) => boolean,
): Promise<void> {
  const left = [...tasks];
  let isEnded = false;
  const workers = Array.from({ length: Math.min(MAX_WORKERS, tasks.length) }, async () => {
    const worker = await startWorker<WorkerTask, SeedReport>({
      name: 'A process of the simulation',
      entry: join(root, 'test', 'simulation', 'worker.ts'),
      cwd: root,
      env: { ...process.env, ...SETTINGS },
    });
    try {
      for (let task = left.shift(); task !== undefined && !isEnded; task = left.shift()) {
        if (!onReport(await runSeed(worker, task))) isEnded = true;
      }
    } finally {
      await worker.stop();
    }
  });
  await Promise.all(workers);
}

async function runSeed(worker: Worker<WorkerTask, SeedReport>, task: WorkerTask): Promise<SeedReport> {
  try {
    return await worker.perform(task, SEED_LIMIT_MS);
  } catch (error) {
    throw new Error(`Seed ${task.seed}: ${messageOf(error)}`, { cause: error });
  }
}
