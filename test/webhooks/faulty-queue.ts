/** One batch in so many dies after its work, and comes again. */
const DIES_EVERY = 300;

/** One batch in so many gets lost with the function that had it, to be told of by nobody. */
const LOST_EVERY = 700;

const BATCH = 10;

type Handler = (event: unknown) => Promise<{ batchItemFailures: readonly { itemIdentifier: string }[] }>;

/** A queue in memory whose consumer runs in some instances at once, and dies now and then. */
export function faultyQueue(instances: number) {
  const waiting: object[] = [];
  let handler: Handler | undefined;
  let running = 0;
  let batches = 0;
  let whenIdle: (() => void)[] = [];

  const run = async (batch: readonly object[]): Promise<void> => {
    batches += 1;
    if (batches % LOST_EVERY === 0) return;
    const Records = batch.map((message, index) => ({ messageId: `${index}`, body: JSON.stringify(message) }));
    const reply = await handler?.({ Records }).catch(() => undefined);
    const failed = reply?.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    if (failed === undefined || batches % DIES_EVERY === 0) waiting.push(...batch);
    else waiting.push(...failed.flatMap((index) => batch[index] ?? []));
  };
  const next = (): void => {
    while (running < instances && waiting.length > 0) {
      running += 1;
      void run(waiting.splice(0, BATCH)).finally(() => {
        running -= 1;
        next();
      });
    }
    if (running > 0) return;
    for (const tell of whenIdle) tell();
    whenIdle = [];
  };
  return {
    to: (given: Handler) => {
      handler = given;
    },
    add: (messages: readonly object[]): void => {
      waiting.push(...messages);
      next();
    },
    size: () => waiting.length + running,
    idle: async (): Promise<void> => {
      if (waiting.length + running > 0) await new Promise<void>((resolve) => whenIdle.push(resolve));
    },
  };
}
