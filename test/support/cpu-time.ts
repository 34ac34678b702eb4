/**
 * Runs work, and measures how long the processor was at it. Unlike the time on the clock, that hardly depends on what else
 * the machine does.
 *
 * @returns what work returned, and the milliseconds of this process
 */
export function timed<T>(work: () => T): readonly [T, number] {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1_000];
}
