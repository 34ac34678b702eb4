/** A part of the local system that runs. */
export interface Running {
  readonly stop: () => Promise<void>;
  /** The reason, should it end without having been asked to. */
  readonly exited?: Promise<string>;
}

export interface Assembly {
  /** Runs a step and logs how long it took. */
  readonly step: <T>(name: string, run: () => Promise<T>) => Promise<T>;
  /** The same for a step whose result runs on and is to be stopped. */
  readonly start: <T extends Running>(name: string, run: () => Promise<T>) => Promise<T>;
  /** Stops what was started, the last first. */
  readonly stop: () => Promise<void>;
  /** The reason why the first part ended that was not asked to. */
  readonly crashed: Promise<string>;
}

/** Keeps what was started, so that it can be stopped in reverse order whenever the start or a part fails. */
export function assemble(log: (line: string) => void): Assembly {
  const started: Running[] = [];
  const crash = Promise.withResolvers<string>();
  let stopped: Promise<void> | undefined;

  const step: Assembly['step'] = async (name, run) => {
    const start = performance.now();
    const result = await run();
    log(`${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  };
  const start: Assembly['start'] = async (name, run) => {
    const part = await step(name, run);
    started.push(part);
    void part.exited?.then(crash.resolve);
    return part;
  };
  const stopAll = async () => {
    for (const part of started.toReversed()) await part.stop();
  };
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };
  return { step, start, stop, crashed: crash.promise };
}
