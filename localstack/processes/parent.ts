/** What a part of the local stack does in its own process. */
export interface Part {
  /** Told to the parent once the part works; JSON. */
  readonly ready: unknown;
  readonly stop: () => Promise<void>;
  /** Performs a task that the parent sends, if it sends any; task and reply are JSON. */
  readonly perform?: (task: unknown) => Promise<unknown>;
}

/**
 * The child's side of `startChild`: starts the part, tells the parent that it is ready or why not, performs the tasks that
 * the parent sends, and stops when the parent closes the channel, which the system does for a parent that was killed.
 */
export async function serveParent(start: () => Promise<Part>): Promise<void> {
  let part: Part | undefined;
  process.once('disconnect', () => void end());
  // Waiting for the parent is no reason to live on: a `serverless` that failed only runs out of things to do.
  process.channel?.unref();
  try {
    part = await start();
    if (part.perform !== undefined) {
      process.on('message', answerWith(part.perform));
      // But waiting for its tasks is.
      process.channel?.ref();
    }
    process.send?.({ ready: part.ready });
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    process.send?.({ failed }, () => process.exit(1));
  }

  async function end(): Promise<void> {
    await part?.stop();
    process.exit(0);
  }
}

/** Says a line to the parent, for whoever watches it. */
export function say(line: string): void {
  process.send?.({ line });
}

/** The whole of a process that performs its parent's tasks, and ends in the middle of one when the parent goes. */
export async function serveTasks<Task, Done>(perform: (task: Task) => Promise<Done>): Promise<void> {
  await serveParent(async () => ({
    ready: null,
    stop: async () => {},
    perform: (task) => perform(task as Task),
  }));
}

function answerWith(perform: (task: unknown) => Promise<unknown>) {
  return (message: unknown): void => {
    const { task, input } = message as { readonly task: number; readonly input: unknown };
    void perform(input).then(
      (done) => process.send?.({ task, done }),
      (error: unknown) =>
        process.send?.({
          task,
          failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    );
  };
}
