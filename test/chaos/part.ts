import { setTimeout as sleep } from 'node:timers/promises';

/** A start may fail because another part is away, or because a killed server's processes still hold its memory. */
const MAX_STARTS = 10;
const START_PAUSE_MS = 500;

/** A process that was killed is gone within milliseconds; one that is not after this time never will be. */
const END_LIMIT_MS = 30_000;

/** One life of a part. */
export interface Running {
  readonly pid: number;
  readonly stop: () => Promise<void>;
  /** The reason, once it ended without having been asked to. */
  readonly exited: Promise<string>;
}

/** A part of the system that can be killed, and starts again by itself. */
export interface Part {
  readonly name: string;
  readonly isUp: () => boolean;
  /** SIGKILL; resolves once the process has ended. */
  readonly kill: () => Promise<void>;
  readonly kills: () => number;
  readonly failedStarts: () => number;
  /** Resolves once it is up; rejects if it does not start any more. */
  readonly up: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a part, and again whenever it was killed.
 *
 * @param start gets the number of the life, 1 for the first
 * @param complain told when the part ends without having been killed
 */
export async function startPart(
  name: string,
  start: (life: number) => Promise<Running>,
  complain: (problem: string) => void,
): Promise<Part> {
  let running: Running | undefined;
  let isStopping = false;
  let lives = 0;
  let kills = 0;
  let failedStarts = 0;

  const begin = async (): Promise<void> => {
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
      complain(`${name} ended without having been killed: ${reason}`);
      again();
    });
  };
  const again = (): void => {
    running = undefined;
    starting = begin();
    starting.catch((error: unknown) => complain(`${name} does not start any more: ${String(error)}`));
  };

  let starting = begin();
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
      await ended(name, victim);
      kills += 1;
      again();
    },
    up: () => starting,
    stop: async () => {
      isStopping = true;
      await starting.catch(() => {});
      await running?.stop();
    },
  };
}

async function ended(name: string, victim: Running): Promise<void> {
  const limit = new AbortController();
  const tooLate = sleep(END_LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`${name} (process ${victim.pid}) does not end`);
  });
  await Promise.race([victim.exited, tooLate]);
  limit.abort();
  await tooLate.catch(() => {});
}
