import { reconcileOnward } from '../lib/books/onward.ts';
import { type Sql, withPool } from '../lib/postgres/database.ts';
import { getBalanceAt } from '../lib/reports/balance.ts';
import { listOperations } from '../lib/reports/operations.ts';
import { getTransaction } from '../lib/reports/transaction.ts';
import type { Result } from '../lib/wire/refusal.ts';
import { addBacklog, HISTORY_WALLETS, makeHistory } from './backlog.ts';
import { interleave, type Measurement, type Part, percentile, readable, summarize } from './measurement.ts';
import { openBench, SERVER, startBenchPostgres } from './postgres.ts';
import { startProcess } from './processes.ts';
import { BEGINNING, PAGE_OF_SEARCH, type Place, searches } from './searches.ts';
import type { Done, Task } from './settle-process.ts';

/** Settled operations in the longest journal, by default: it fits into the memory of an ordinary machine. */
export const LARGEST = 10_000_000;

/** Settled operations in the shorter journals. */
const SIZES = [100_000, 1_000_000];

/** The longest journal that `--largest` takes: 50 GB. */
export const MOST_OPERATIONS = 100_000_000;

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

/** Reads of each kind, each of another wallet or transaction, so that most of them find nothing in memory. */
const READS = 500;

/** Operations on a page: what `GET /operations` gives by default. */
const PAGE = 1_000;

/** A prime: steps of it meet another page of wallets and of operations each time. */
const WALLET_STEP = 7_919;

/** Milliseconds that a page of a search may take, of 95 % of them. */
const MAX_SEARCH_MS = 50;

interface Chosen extends Place {
  readonly transactionId: string;
}

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

/**
 * Measures the cost of settling one receipt with a short, a long and a very long journal, in turn, then a check of the
 * longest, reads spread over it, and its size.
 *
 * @param largest operations in the longest journal: a multiple of {@link HISTORY_WALLETS}, at most {@link MOST_OPERATIONS}
 */
export const growthPart = (largest: number): Part => ({
  name: 'growth',
  run: (log) => measureGrowth(largest, log),
});

async function measureGrowth(largest: number, log: (line: string) => void): Promise<Measurement[]> {
  const server = await startBenchPostgres({ shared_buffers: '2GB', ...FAST_LOADING });
  const process = startProcess<Task, Done>('settle-process.ts');
  try {
    const journals: Journal[] = [];
    for (const operations of [...SIZES, largest]) {
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
    const longest = journals.at(-1) as Journal;
    const others = [await checkBooks(longest), ...(await readAround(longest)), ...(await sizes(longest))];
    others.push(...(await measureReads(longest, searches(longest.sql), PAGE_OF_SEARCH, MAX_SEARCH_MS)));
    await Promise.all(journals.map(({ sql }) => sql.end()));
    return [...measurements(costs), ...others];
  } finally {
    await process.stop();
    await server.stop();
  }
}

/** Checks the books of the longest journal: what the rounds settled, and again a part of what was clean before. */
async function checkBooks({ operations, sql, url }: Journal): Promise<Measurement> {
  const startedMs = performance.now();
  const report = await withPool(url, (beside) => reconcileOnward(sql, CHECK_SECONDS, beside));
  if (!report.isClean) throw new Error('the books are not clean');
  return {
    name: `reconcile after ${operations}`,
    value: (performance.now() - startedMs) / 1_000,
    unit: 's',
    conditions: `${report.operations} operations that are new, ${report.again} again, ${SERVER}`,
    target: { atMost: MAX_CHECK_SECONDS },
  };
}

/** Reads pages, past balances and transactions all over the journal. */
async function readAround({ operations, sql }: Journal): Promise<Measurement[]> {
  const at = new Date(Date.now() - (operations / 2) * 1_000).toISOString();
  const all = { order: 'asc' as const, offset: 0, limit: PAGE, after: undefined };
  const kinds: Readonly<Record<string, (chosen: Chosen) => Promise<Result<unknown>>>> = {
    'a page of a wallet': ({ walletId }) =>
      listOperations(sql, { walletId, from: BEGINNING, to: undefined }, all),
    'a past balance': ({ walletId }) => getBalanceAt(sql, walletId, at),
    'a transaction': ({ transactionId }) => getTransaction(sql, transactionId),
  };
  return await measureReads({ operations, sql }, kinds, PAGE);
}

/**
 * Times reads, each of another wallet.
 *
 * @param page how much a page has, at most
 * @param maxMs what 95 % of them may take
 */
async function measureReads(
  { operations, sql }: Pick<Journal, 'operations' | 'sql'>,
  kinds: Readonly<Record<string, (chosen: Chosen) => Promise<Result<unknown>>>>,
  page: number,
  maxMs?: number,
): Promise<Measurement[]> {
  const chosen = await choose(sql, operations);
  const measured: Measurement[] = [];
  for (const [what, read] of Object.entries(kinds)) {
    const times: number[] = [];
    for (const each of chosen) {
      const startedMs = performance.now();
      const result = await read(each);
      times.push(performance.now() - startedMs);
      if (!result.ok) throw new Error(result.refusal.error);
    }
    const sorted = times.toSorted((a, b) => a - b);
    for (const share of [0.5, 0.95])
      measured.push({
        name: `${what} of ${operations}, ${share * 100} % within`,
        value: percentile(sorted, share),
        unit: 'ms',
        conditions: `${READS} wallets all over the journal, each once, pages of up to ${page}, ${SERVER}`,
        ...(maxMs === undefined || share < 0.95 ? {} : { target: { atMost: maxMs } }),
      });
  }
  return measured;
}

/** Wallets all over the table, each with one of its transactions. */
async function choose(sql: Sql, operations: number): Promise<Chosen[]> {
  return await sql<Chosen[]>`
    SELECT wallet_id AS "walletId", transaction_id AS "transactionId", id AS "operationId"
    FROM generate_series(1, ${READS}::bigint) AS n
    CROSS JOIN LATERAL (
      SELECT * FROM operations WHERE wallet_id = 1 + n * ${WALLET_STEP} % ${HISTORY_WALLETS}
      AND position = 1 + n * ${WALLET_STEP} % ${operations / HISTORY_WALLETS}::bigint
    ) AS chosen ORDER BY n`;
}

/** What the longest journal takes on disk. */
async function sizes({ operations, sql }: Journal): Promise<Measurement[]> {
  const rows = await sql<{ part: string; bytes: number }[]>`
    SELECT 'its rows' AS part, pg_table_size('operations')::float8 AS bytes
    UNION ALL SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index
    WHERE indrelid = 'operations'::regclass ORDER BY bytes DESC`;
  return rows.map(({ part, bytes }) => ({
    name: `on disk, ${operations}: ${part}`,
    value: bytes / 1e9,
    unit: 'GB',
    conditions: `${readable(bytes / operations)} bytes an operation`,
  }));
}

/** Keeps the ten million rows out of the WAL: they are only read here, so they need not be durable. */
const FAST_LOADING = { wal_level: 'minimal', max_wal_senders: '0' };

function measurements(costs: ReadonlyMap<number, readonly Cost[]>): Measurement[] {
  const conditions = (operations: number): string =>
    `receipts on ${HISTORY_WALLETS} wallets, ${OPERATIONS} a round, ${operations} operations in the journal, ${SERVER}; ` +
    `median of ${ROUNDS} rounds, the sizes in turn`;
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
