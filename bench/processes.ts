import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A separate process, so that the measured work shares no event loop with the measuring. */
export interface BenchProcess<Task, Done> {
  readonly perform: (task: Task) => Promise<Done>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a process that answers each task with `{ done }` or `{ failed }`.
 *
 * @param file a module beside this one
 */
export function startProcess<Task extends object, Done>(
  file: string,
  env: NodeJS.ProcessEnv = {},
): BenchProcess<Task, Done> {
  const child = fork(join(import.meta.dirname, file), [], {
    env: { ...process.env, POWERTOOLS_LOG_LEVEL: 'SILENT', ...env },
    execArgv: [],
  });
  return {
    async perform(task) {
      const answer = nextAnswer<Done>(child);
      child.send(task);
      return await answer;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

/**
 * The child's side of {@link startProcess}: performs one task after another, and ends when the parent disconnects.
 */
export async function answerTasks<Task, Done>(perform: (task: Task) => Promise<Done>): Promise<void> {
  process.on('message', (task: Task) => {
    void perform(task).then(
      (done) => process.send?.({ done }),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? error.stack : String(error) }),
    );
  });
  await once(process, 'disconnect');
}

async function nextAnswer<Done>(child: ChildProcess): Promise<Done> {
  const abort = new AbortController();
  try {
    const [answer] = (await Promise.race([
      once(child, 'message', { signal: abort.signal }),
      once(child, 'exit', { signal: abort.signal }).then(() => [{ failed: 'a bench process ended' }]),
    ])) as [{ done: Done } | { failed: string }];
    if ('failed' in answer) throw new Error(answer.failed);
    return answer.done;
  } finally {
    abort.abort();
  }
}
