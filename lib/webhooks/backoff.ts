const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds to wait after each attempt that failed, as the specification suggests: some three days in all. */
const DELAYS_SECONDS: readonly number[] = [
  ...[5, 5 * MINUTE, 30 * MINUTE],
  ...[2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];

/** How often a message is posted at most, unless somebody has it sent again. */
export const MAX_ATTEMPTS = DELAYS_SECONDS.length + 1;

/** Share of a delay that chance adds, so that what failed together does not come again together. */
const JITTER = 0.1;

/**
 * Seconds until the next attempt; undefined after the last.
 *
 * @param attempts that were made, from 1 on
 * @param chance from 0 to 1
 */
export function delayAfter(attempts: number, chance: number): number | undefined {
  const delay = DELAYS_SECONDS[attempts - 1];
  return delay === undefined ? undefined : Math.round(delay * (1 + JITTER * chance));
}
