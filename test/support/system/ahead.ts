import { vi } from 'vitest';
import type { Sql } from '../../../lib/postgres/database.ts';
import { PATIENCE } from '../constants.ts';

const clock = async (sql: Sql, aheadSeconds: number): Promise<string> => {
  const [row] = await sql<
    { at: string }[]
  >`SELECT clock_timestamp() + make_interval(secs => ${aheadSeconds}) AS at`;
  return row?.at ?? '';
};

/**
 * Asks about a moment ahead of the database's clock, and again if the machine was so slow that the moment came nearer than it
 * should meanwhile.
 *
 * @param aheadSeconds how far ahead the moment is at first
 * @param stillSeconds how far ahead it must be still once `ask` is done
 */
export async function askAhead<T>(
  sql: Sql,
  aheadSeconds: number,
  stillSeconds: number,
  ask: (moment: string) => Promise<T>,
): Promise<T> {
  const answer = await vi.waitUntil(async () => {
    const moment = await clock(sql, aheadSeconds);
    const value = await ask(moment);
    return Date.parse(await clock(sql, stillSeconds)) < Date.parse(moment) ? { value } : undefined;
  }, PATIENCE);
  return answer.value;
}
