import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../localstack/embedded/postgres.ts';
import { freePort } from '../../localstack/ports.ts';
import { startWorker, type Worker } from '../../localstack/processes/worker.ts';
import { messageOf } from '../../operate/cli.ts';
import { SETTINGS } from '../support/vitest/settings.ts';
import type { SeedReport } from './report.ts';
import type { WorkerTask } from './worker.ts';

/** Nothing in a simulated database needs to survive a power cut. */
const POSTGRES_SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** Concurrent processes; each keeps a PostgreSQL backend equally busy. */
const MAX_WORKERS = 2;

/** Milliseconds of a seed with its shrinking: a step has a limit of its own, and a story may have many thousands. */
const SEED_LIMIT_MS = 24 * 3_600_000;

/** Gives work a PostgreSQL server of its own. */
export async function withServer<T>(work: (serverUrl: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-simulation-'));
  // When started by root, PostgreSQL runs as another user, who needs access.
  await chmod(folder, 0o755);
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    settings: POSTGRES_SETTINGS,
    log: () => {},
  });
  try {
    return await work(postgres.url);
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
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
