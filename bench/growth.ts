import type { Sql } from '../lib/db.ts';
import { addBacklog, HISTORY_WALLETS, makeHistory } from './backlog.ts';
import { type Measurement, summarize } from './measurement.ts';
import { openBench, SERVER, startBenchPostgres } from './postgres.ts';
import { startProcess } from './processes.ts';
import type { Done, Task } from './settle-process.ts';

export const name = 'growth';

/** Settled operations that are in the journal already. */
const SIZES = [100_000, 1_000_000, 10_000_000];

/** Receipts settled per round: enough for twenty transactions. */
const OPERATIONS = 20_000;
const ROUNDS = 3;

/** A round that does not count: it reads what is needed into memory. */
const WARM_UPS = 1;

/** The most that an operation may cost in the largest journal, as a multiple of the smallest. */
const MOST_GROWTH = 1.3;

interface Journal {
  readonly operations: number;
  readonly url: string;
  readonly sql: Sql;
  readonly costsUs: number[];
  readonly serverCostsUs: number[];
}

/** What settling one receipt costs with a short, a long and a very long journal, in turn. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const server = await startBenchPostgres({ shared_buffers: '2GB', ...FAST_LOADING });
  const process = startProcess<Task, Done>('settle-process.ts');
  try {
    const journals: Journal[] = [];
    for (const operations of SIZES) {
      const url = await server.makeDatabase(`journal_${operations}`);
      const sql = openBench(url);
      const startedMs = performance.now();
      await makeHistory(sql, operations);
      log(`${operations} operations made in ${Math.round((performance.now() - startedMs) / 1_000)} s`);
      journals.push({ operations, url, sql, costsUs: [], serverCostsUs: [] });
    }
    for (let round = -WARM_UPS; round < ROUNDS; round++) {
      for (const journal of journals) {
        await addBacklog(journal.sql, 'receipts', OPERATIONS, HISTORY_WALLETS, { isVacuumed: false });
        const done = await process.perform({ kind: 'settle', url: journal.url, groups: [1] });
        if (round < 0) continue;
        journal.costsUs.push((done.timeMs / done.operations) * 1_000);
        journal.serverCostsUs.push((done.serverCpuMs / done.operations) * 1_000);
        log(
          `${journal.operations} operations: ${((done.timeMs / done.operations) * 1_000).toFixed(0)} µs each`,
        );
      }
    }
    await Promise.all(journals.map(({ sql }) => sql.end()));
    return measurements(journals);
  } finally {
    await process.stop();
    await server.stop();
  }
}

/** Ten million rows are written only to be read here, so they need not be on disk before the measurement begins. */
const FAST_LOADING = { wal_level: 'minimal', max_wal_senders: '0' };

function measurements(journals: readonly Journal[]): Measurement[] {
  const conditions = (operations: number): string =>
    `receipts on ${HISTORY_WALLETS} wallets, ${OPERATIONS} a round, ${operations} operations in the journal, ${SERVER}, ` +
    `all in memory; median of ${ROUNDS} rounds, the sizes in turn`;
  const each = journals.flatMap(({ operations, costsUs, serverCostsUs }): Measurement[] => [
    {
      name: `settle one receipt of ${operations}`,
      unit: 'µs',
      conditions: conditions(operations),
      ...summarize(costsUs),
    },
    {
      name: `settle one receipt of ${operations}, the server's processor time`,
      unit: 'µs',
      conditions: conditions(operations),
      ...summarize(serverCostsUs),
    },
  ]);
  const [first, last] = [journals[0], journals.at(-1)];
  if (first === undefined || last === undefined) return each;
  const ratio = (of: (journal: Journal) => readonly number[]): number =>
    summarize(of(last)).value / summarize(of(first)).value;
  return [
    ...each,
    {
      name: 'growth of the time',
      value: ratio(({ costsUs }) => costsUs),
      unit: '×',
      conditions: `${last.operations} operations against ${first.operations}`,
      target: { atMost: MOST_GROWTH },
    },
    {
      name: "growth of the server's processor time",
      value: ratio(({ serverCostsUs }) => serverCostsUs),
      unit: '×',
      conditions: `${last.operations} operations against ${first.operations}`,
    },
  ];
}
