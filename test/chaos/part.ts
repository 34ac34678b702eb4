import { setTimeout as sleep } from 'node:timers/promises';

/** A start may fail because another part is down, or because a killed server's processes still hold its memory. */
const MAX_STARTS = 10;
const START_PAUSE_MS = 500;

/** A killed process ends within milliseconds; if it has not after this time, it never will. */
const END_LIMIT_MS = 30_000;

/** One process of a part, from its start to its end. */
export interface Running {
  readonly pid: number;
  readonly stop: () => Promise<void>;
  /** Resolves with the reason once the process has ended without `stop`. */
  readonly exited: Promise<string>;
}

/** A part of the system that can be killed and then restarts. */
export interface Part {
  readonly name: string;
  readonly isUp: () => boolean;
  /** Sends SIGKILL; resolves once the process has ended. */
  readonly kill: () => Promise<void>;
  readonly kills: () => number;
  readonly failedStarts: () => number;
  /** Resolves once the part is up; rejects if it does not start any more. */
  readonly untilUp: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a part, and restarts it whenever it was killed.
 *
 * @param start gets the number of the start, from 1
 * @param report called if the part ends without having been killed, or does not start any more
 */
export async function startPart(
  name: string,
  start: (life: number) => Promise<Running>,
  report: (problem: string) => void,
): Promise<Part> {
  let running: Running | undefined;
  let isStopping = false;
  let lives = 0;
  let kills = 0;
  let failedStarts = 0;

  const startWithRetries = async (): Promise<void> => {
    for (let attempt = 1; !isStopping; attempt++) {
      lives += 1;
      try {
        watch(await start(lives));
        return;
      } catch (error) {
        failedStarts += 1;
        if (attempt === MAX_STARTS) throw error;
        await sleep(START_PAUSE_MS);
      }
    }
  };
  const watch = (life: Running): void => {
    running = life;
    void life.exited.then((reason) => {
      if (running !== life) return;
      report(`${name} ended without having been killed: ${reason}`);
      restart();
    });
  };
  const restart = (): void => {
    running = undefined;
    starting = startWithRetries();
    starting.catch((error: unknown) => report(`${name} does not start any more: ${String(error)}`));
  };

  let starting = startWithRetries();
  await starting;
  return {
    name,
    isUp: () => running !== undefined,
    kills: () => kills,
    failedStarts: () => failedStarts,
    kill: async () => {
      const victim = running;
      if (victim === undefined) return;
      running = undefined;
      process.kill(victim.pid, 'SIGKILL');
      await untilEnded(name, victim);
      kills += 1;
      restart();
    },
    untilUp: () => starting,
    stop: async () => {
      isStopping = true;
      await starting.catch(() => {});
      await running?.stop();
    },
  };
}

async function untilEnded(name: string, victim: Running): Promise<void> {
  const limit = new AbortController();
  const tooLate = sleep(END_LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`${name} (process ${victim.pid}) does not end`);
  });
  await Promise.race([victim.exited, tooLate]);
  limit.abort();
  await tooLate.catch(() => {});
}
