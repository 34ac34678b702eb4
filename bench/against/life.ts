import {
  type ComparedPart,
  compared,
  GROUPS,
  HALF_AND_HALF,
  inTurn,
  makeFunded,
  OPERATIONS,
  withCopy,
  withEach,
} from './comparison.ts';
import { type Side, withDatabase } from './side.ts';

/** Bytes of write-ahead log of the whole server; nothing else runs on it. */
async function logged(url: string): Promise<number> {
  return await withDatabase(url, async (sql) => {
    const [row] = await sql<{ bytes: number }[]>`
      SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 AS bytes`;
    return row?.bytes ?? Number.NaN;
  });
}

async function live(side: Side, url: string) {
  const before = await logged(url);
  const accepted = await side.perform({ kind: 'accept', url, requests: HALF_AND_HALF });
  const settled = await side.perform({ kind: 'settle', url, groups: GROUPS });
  return {
    rate: (OPERATIONS / (accepted.timeMs + settled.timeMs)) * 1_000,
    wal: ((await logged(url)) - before) / OPERATIONS,
  };
}

export const life: ComparedPart = {
  name: 'life',
  run: (comparison) =>
    withEach(comparison, 'funded', makeFunded, async () => {
      const samples = await inTurn(comparison, (side) => withCopy(side, 'funded', (url) => live(side, url)));
      const conditions = `${OPERATIONS} operations, half receipts and half transfers; accepted by batches of 500 at eight at once, then settled`;
      return [
        ...compared(samples, 'rate', {
          name: 'whole life',
          unit: 'operations/s',
          conditions,
          target: { atLeast: 1.8 },
        }),
        ...compared(samples, 'wal', {
          name: 'WAL of an operation over its whole life',
          unit: 'bytes',
          conditions: `${conditions}; no checkpoint meanwhile`,
          target: { atMost: 0.7 },
        }),
      ];
    }),
};
