import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startTestServer } from '../support/postgres-server.ts';
import { SETTINGS } from '../support/vitest/settings.ts';
import type { SeedReport } from './report.ts';
import type { WorkerTask } from './worker.ts';

/** Processes at once: each has a PostgreSQL backend that works as much. */
const MAX_WORKERS = 2;

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
 * @param root the project, or a copy of it, whose code is run
 * @param onReport gets each report as it comes; false ends the rest
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
