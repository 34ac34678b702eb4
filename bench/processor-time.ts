import { readFile } from 'node:fs/promises';
import type { Sql } from '../lib/postgres/database.ts';

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

/** Processor time of the database's backends, in milliseconds: of all that are connected to it. */
export async function serverTime(sql: Sql): Promise<number> {
  const backends = await sql<{ pid: number }[]>`
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'`;
  const times = await Promise.all(backends.map(({ pid }) => processorTime(pid)));
  return times.reduce((sum, time) => sum + time, 0);
}
