import { reconcileOnward } from '../lib/books/onward.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { addBacklog, HISTORY_WALLETS, makeHistory } from './backlog.ts';
import { interleave, type Measurement, summarize } from './measurement.ts';
import { openBench, SERVER, startBenchPostgres } from './postgres.ts';
import { startProcess } from './processes.ts';
import type { Done, Task } from './settle-process.ts';

export const name = 'growth';

/** Settled operations already in the journal. */
const SIZES = [100_000, 1_000_000, 10_000_000];

/** Receipts settled per round: enough for twenty transactions. */
const OPERATIONS = 20_000;
const ROUNDS = 4;

/** Unmeasured rounds: they read the needed pages into memory. */
const WARM_UPS = 1;

/** The most that an operation may cost in the largest journal, as a multiple of its cost in the smallest. */
const MAX_GROWTH = 1.15;

/** Seconds that the check of the books may take with the largest journal, for the operations of all rounds. */
const MAX_CHECK_SECONDS = 10;

/** Seconds that it gets: so many that it never stops early. */
const CHECK_SECONDS = 600;

interface Journal {
  readonly operations: number;
  readonly url: string;
  readonly sql: Sql;
}

/** One operation's time and the server's processor time, in microseconds. */
interface Cost {
  readonly us: number;
  readonly serverUs: number;
}

/** Measures the cost of settling one receipt with a short, a long and a very long journal, in turn, and then a check of the longest. */
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
      journals.push({ operations, url, sql });
    }
    const settle = async ({ operations, url, sql }: Journal): Promise<Cost> => {
      await addBacklog(sql, 'receipts', OPERATIONS, HISTORY_WALLETS, { isVacuumed: false });
      const done = await process.perform({ kind: 'settle', url, groups: [1] });
      const us = (done.timeMs / done.operations) * 1_000;
      log(`${operations} operations: ${us.toFixed(0)} µs each`);
      return { us, serverUs: (done.serverCpuMs / done.operations) * 1_000 };
    };
    const sides = new Map(journals.map((journal) => [journal.operations, () => settle(journal)]));
    const costs = await interleave(sides, ROUNDS, WARM_UPS);
    const checked = await checkBooks(journals);
    await Promise.all(journals.map(({ sql }) => sql.end()));
    return [...measurements(costs), checked];
  } finally {
    await process.stop();
    await server.stop();
  }
}

/** Checks the books of the longest journal: what the rounds settled, and again a part of what was clean before. */
async function checkBooks(journals: readonly Journal[]): Promise<Measurement> {
  const { operations, sql } = journals.at(-1) as Journal;
  const startedMs = performance.now();
  const report = await reconcileOnward(sql, CHECK_SECONDS);
  if (!report.isClean) throw new Error('the books are not clean');
  return {
    name: `reconcile after ${operations}`,
    value: (performance.now() - startedMs) / 1_000,
    unit: 's',
    conditions: `${report.operations} operations that are new, ${report.again} again, ${SERVER}`,
    target: { atMost: MAX_CHECK_SECONDS },
  };
}

/** Keeps the ten million rows out of the WAL: they are only read here, so they need not be durable. */
const FAST_LOADING = { wal_level: 'minimal', max_wal_senders: '0' };

function measurements(costs: ReadonlyMap<number, readonly Cost[]>): Measurement[] {
  const conditions = (operations: number): string =>
    `receipts on ${HISTORY_WALLETS} wallets, ${OPERATIONS} a round, ${operations} operations in the journal, ${SERVER}, ` +
    `all in memory; median of ${ROUNDS} rounds, the sizes in turn`;
  const each = [...costs].flatMap(([operations, taken]): Measurement[] => [
    {
      name: `settle one receipt of ${operations}`,
      unit: 'µs',
      conditions: conditions(operations),
      ...summarize(taken.map(({ us }) => us)),
    },
    {
      name: `settle one receipt of ${operations}, the server's processor time`,
      unit: 'µs',
      conditions: conditions(operations),
      ...summarize(taken.map(({ serverUs }) => serverUs)),
    },
  ]);
  const sizes = [...costs.keys()];
  const [first = Number.NaN, last = Number.NaN] = [sizes[0], sizes.at(-1)];
  const median = (size: number, read: (cost: Cost) => number) =>
    summarize((costs.get(size) ?? []).map(read)).value;
  const ratio = (read: (cost: Cost) => number): number => median(last, read) / median(first, read);
  return [
    ...each,
    {
      name: 'growth of the time',
      value: ratio(({ us }) => us),
      unit: '×',
      conditions: `${last} operations against ${first}`,
      target: { atMost: MAX_GROWTH },
    },
    {
      name: "growth of the server's processor time",
      value: ratio(({ serverUs }) => serverUs),
      unit: '×',
      conditions: `${last} operations against ${first}`,
    },
  ];
}
