import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from './database.ts';
import { isUnreachable } from './errors.ts';

/** Milliseconds between two tries: little beside the 15 to 30 seconds that a paused Aurora takes to resume. */
const PAUSE_MS = 500;

/** Other times in tests. */
interface Times {
  readonly pauseMs: number;
  readonly now: () => number;
}

/**
 * Does work, and again for as long as the database is unreachable: paused, starting up, or failing over. Each try wakes a
 * paused one.
 *
 * @param work a second run must do no harm
 * @param limitMs milliseconds after which no try begins; 0 for one try
 * @throws the last try's error; another one than of an unreachable database at once
 */
export async function whileUnreachable<T>(
  work: () => Promise<T>,
  limitMs: number,
  { pauseMs, now }: Times = { pauseMs: PAUSE_MS, now: () => performance.now() },
): Promise<T> {
  const end = now() + limitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnreachable(error) || now() + pauseMs >= end) throw error;
      await sleep(pauseMs);
    }
  }
}

/**
 * Milliseconds after which a scheduled function begins no further try; the last one takes five seconds. A paused Aurora
 * resumes in some 15 seconds, after a day in some 30. A request does not wait for so long: its caller would not.
 */
const WAKE_LIMIT_MS = 35_000;

/** Milliseconds of a function's time that stay for its work, however long the database sleeps. */
const WORK_MS = 50_000;

/** What Lambda says of the time. */
interface Remaining {
  readonly getRemainingTimeInMillis: () => number;
}

/**
 * Has a scheduled function wait until its database is awake before it begins: once for all of its work, of which each part
 * would wait by itself otherwise.
 *
 * @throws that the database is unreachable, if it is for 40 seconds, or for the function's time but for what stays
 */
export const onceAwake =
  <Deps extends { readonly sql: Sql }, Event, C, Reply>(
    make: (deps: Deps) => (event: Event, context: C) => Promise<Reply>,
    times?: Times,
  ) =>
  (deps: Deps) => {
    const work = make(deps);
    return async (event: Event, context: C & Remaining): Promise<Reply> => {
      const limitMs = Math.min(WAKE_LIMIT_MS, context.getRemainingTimeInMillis() - WORK_MS);
      await whileUnreachable(async () => void (await deps.sql`SELECT`), limitMs, times);
      return await work(event, context);
    };
  };
