import { readFile } from 'node:fs/promises';

/** Milliseconds of a clock tick, Linux's unit of processor time. */
const TICK_MS = 10;

/**
 * Processor time of a process, in milliseconds: fields 14 and 15 of Linux's /proc/PID/stat, 12 and 13 after the name. 0 if
 * it can't be read.
 */
export async function processorTime(pid = 0): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}
