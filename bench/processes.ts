import { join } from 'node:path';
import { performAlone, startWorker } from '../localstack/processes/worker.ts';

/** Several times what the longest task of any part takes on two busy cores. */
const TASK_LIMIT_MS = 600_000;

/** A separate process, so that the measured work shares no event loop with the measuring. */
export interface BenchProcess<Task, Done> {
  readonly perform: (task: Task) => Promise<Done>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a process that performs tasks. That it does not start is the first task's to tell.
 *
 * @param file a module beside this one, which calls `serveTasks`
 * @param cwd the folder that it runs in, the project's if missing
 */
export function startProcess<Task, Done>(
  file: string,
  env: NodeJS.ProcessEnv = {},
  cwd?: string,
): BenchProcess<Task, Done> {
  const options = optionsOf(file, env);
  const starting = startWorker<Task, Done>(cwd === undefined ? options : { ...options, cwd });
  starting.catch(() => {});
  return {
    perform: async (task) => await (await starting).perform(task, TASK_LIMIT_MS),
    stop: async () => {
      const worker = await starting.catch(() => undefined);
      await worker?.stop();
    },
  };
}

/** Has a process of its own perform one task and end: a process has only one peak of memory. */
export async function runProcess<Task, Done>(
  file: string,
  task: Task,
  limitMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<Done> {
  return await performAlone<Task, Done>(optionsOf(file, env), task, limitMs);
}

function optionsOf(file: string, env: NodeJS.ProcessEnv) {
  return {
    name: `The process of ${file}`,
    entry: join(import.meta.dirname, file),
    env: { ...process.env, POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true', ...env },
  };
}
