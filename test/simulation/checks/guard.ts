import { Violation } from './violation.ts';

/** Watches over a run for what no promise tells. */
export interface Guard {
  /**
   * @param limitMs how long the work may take; what hangs is a finding
   * @returns what the work returns
   * @throws Violation where it takes longer, or where something was thrown meanwhile that nobody caught
   */
  run<T>(limitMs: number, work: Promise<T>): Promise<T>;
  close(): void;
}

/** A Lambda instance would be gone with what nobody catches; so this process listens for it while a run goes on. */
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
