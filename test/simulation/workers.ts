import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../localstack/embedded/postgres.ts';
import { freePort } from '../../localstack/ports.ts';
import { SETTINGS } from '../support/vitest/settings.ts';
import type { SeedReport } from './report.ts';
import type { WorkerTask } from './worker.ts';

/** Nothing in a simulated database needs to survive a power cut. */
const POSTGRES_SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** Concurrent processes; each keeps a PostgreSQL backend equally busy. */
const MAX_WORKERS = 2;

/** Runs work with a separate PostgreSQL server. */
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
    const worker = startWorker(root);
    try {
      for (let task = left.shift(); task !== undefined && !isEnded; task = left.shift()) {
        if (!onReport(await runTask(worker, task))) isEnded = true;
      }
    } finally {
      worker.disconnect();
    }
  });
  await Promise.all(workers);
}

function startWorker(root: string): ChildProcess {
  const entry = join(root, 'test', 'simulation', 'worker.ts');
  return fork(entry, [], { cwd: root, env: { ...process.env, ...SETTINGS }, stdio: 'inherit' });
}

async function runTask(worker: ChildProcess, task: WorkerTask): Promise<SeedReport> {
  const ended = new AbortController();
  const { signal } = ended;
  const report = once(worker, 'message', { signal }) as Promise<[SeedReport]>;
  const exit = once(worker, 'exit', { signal }).then(([code]) => {
    throw new Error(`the process that ran seed ${task.seed} ended with ${code}`);
  });
  worker.send(task);
  try {
    const [message] = await Promise.race([report, exit]);
    return message;
  } finally {
    ended.abort();
    await Promise.allSettled([report, exit]);
  }
}
