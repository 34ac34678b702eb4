import { setTimeout as sleep } from 'node:timers/promises';
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
