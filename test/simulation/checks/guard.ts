import { Violation } from './violation.ts';

/** Watches a run for hangs and for errors that no promise reports. */
export interface Guard {
  /**
   * @param limitMs how long the work may take; a hang is a finding
   * @returns the work's result
   * @throws Violation if the work takes longer, or something uncaught was thrown meanwhile
   */
  run<T>(limitMs: number, work: Promise<T>): Promise<T>;
  close(): void;
}

/** Listens for uncaught errors during a run: they would end a Lambda instance. */
export function openGuard(): Guard {
  const { promise: crash, reject } = Promise.withResolvers<never>();
  crash.catch(() => {});
  const onCrash = (error: unknown) => {
    reject(new Violation('no process crashes', String(error instanceof Error ? error.stack : error)));
  };
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash);
  return {
    async run(limitMs, work) {
      const { promise: limit, reject: end } = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => end(new Violation('nothing hangs', `over ${limitMs} ms passed`)),
        limitMs,
      );
      try {
        return await Promise.race([work, limit, crash]);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => void process.off('uncaughtException', onCrash).off('unhandledRejection', onCrash),
  };
}
