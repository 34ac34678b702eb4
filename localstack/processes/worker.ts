import { z } from 'zod';
import { type ChildOptions, startChild } from './child.ts';

/** Node and its modules are there in a second, or several on a busy machine. */
const READY_LIMIT_MS = 60_000;

/** A process that performs one kind of task, and may be given several. Its file calls `serveTasks` of parent.ts. */
export interface Worker<Task, Done> {
  /** As a child's: throws where the task fails or takes longer than `limitMs`, or the process ends. */
  readonly perform: (task: Task, limitMs: number) => Promise<Done>;
  readonly stop: () => Promise<void>;
}

/** Starts such a process. What it prints goes where this process prints to. */
export async function startWorker<Task, Done>(
  options: Pick<ChildOptions<unknown>, 'name' | 'entry' | 'env' | 'cwd'>,
): Promise<Worker<Task, Done>> {
  const { perform, stop } = await startChild({ ...options, ready: z.null(), readyLimitMs: READY_LIMIT_MS });
  return { perform: async (task, limitMs) => (await perform(task, limitMs)) as Done, stop };
}

/** One task in a process of its own, such as one whose peak of memory is measured. */
export async function performAlone<Task, Done>(
  options: Parameters<typeof startWorker>[0],
  task: Task,
  limitMs: number,
): Promise<Done> {
  const worker = await startWorker<Task, Done>(options);
  try {
    return await worker.perform(task, limitMs);
  } finally {
    await worker.stop();
  }
}
