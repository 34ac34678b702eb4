import { join } from 'node:path';
import { findTotals } from '../lib/books/total-checks.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { prepareDatabase } from '../localstack/database.ts';
import { startPostgres } from '../localstack/embedded/postgres.ts';
import { freePort } from '../localstack/ports.ts';
import { makeFolder, removeFolder } from '../test/support/temp.ts';
import { addWaiting, fillConsole } from './console-data.ts';
import { measurePages } from './console-pages.ts';
import type { Done, Task } from './console-process.ts';
import { REQUESTS, requestsOf } from './console-requests.ts';
import { type JournalShape, vacuumJournal } from './journal.ts';
import { type Measurement, readable, summarize } from './measurement.ts';
import type { Asked } from './post.ts';
import { openBench } from './postgres.ts';
import { type BenchProcess, startProcess } from './processes.ts';

export const name = 'console';

/** A tenth of it is the heavy wallet's. */
const JOURNAL: JournalShape = { operations: 10_000_000, wallets: 100_000, heavyEvery: 10 };

/** What a request may take. */
const MAX_MS = 50;

/** Operations that wait when overview and groups are read once more: more than they count. */
const WAITING = 50_000;

/** As in bench/postgres.ts, except that it is the local system's afterwards. */
const SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '16GB',
  maintenance_work_mem: '512MB',
  autovacuum: 'off',
};

type Log = (line: string) => void;

/**
 * Measures what the console asks of the API, and then its pages in a browser, with ten million operations. The local system is
 * started on the data that the requests were measured with.
 *
 * @param shape a smaller one to try it
 */
export async function run(log: Log, shape: JournalShape = JOURNAL): Promise<Measurement[]> {
  const folder = await makeFolder('bench');
  try {
    const requests = await onPostgres(folder, (url) => measureRequests(url, shape, log));
    return [...requests, ...(await measurePages(folder, shape, log))];
  } finally {
    await removeFolder(folder);
  }
}

async function onPostgres<T>(folder: string, work: (url: string) => Promise<T>): Promise<T> {
  const dataDir = join(folder, 'postgres');
  const postgres = await startPostgres({
    dataDir,
    port: await freePort(),
    settings: SETTINGS,
    log: () => {},
  });
  try {
    await prepareDatabase(postgres.url);
    return await work(postgres.url);
  } finally {
    await postgres.stop();
  }
}

async function measureRequests(url: string, shape: JournalShape, log: Log): Promise<Measurement[]> {
  const sql = openBench(url);
  const process = startProcess<Task, Done>('console-process.ts');
  try {
    const startedMs = performance.now();
    const count = await fillConsole(sql, shape, log);
    log(`filled in ${Math.round((performance.now() - startedMs) / 1_000)} s`);
    const kinds = await requestsOf(sql, shape);
    const measure = (asked: Readonly<Record<string, readonly Asked[]>>, when: string) =>
      measureKinds(
        process,
        url,
        asked,
        `${thousands(shape.operations)} operations, ${thousands(count)} in one wallet; ${when}`,
        log,
      );
    const early = await measure(kinds, 'statistics from empty tables');
    await vacuumJournal(sql);
    await checkTotals(sql);
    const current = await measure(kinds, 'current statistics');
    await addWaiting(sql, WAITING, shape.wallets);
    const { 'GET /overview': overview = [], 'GET /groups': groups = [] } = kinds;
    const waiting = await measure(
      { 'GET /overview': overview, 'GET /groups': groups },
      `${thousands(WAITING)} more wait`,
    );
    await sql`TRUNCATE pending_operations`;
    return [...current, ...early, ...waiting];
  } finally {
    await process.stop();
    await sql.end();
  }
}

/** What the console shows of the money must be what the books have. */
async function checkTotals(sql: Sql): Promise<void> {
  const off = await sql`SELECT FROM (${findTotals(sql)}) AS off`;
  if (off.count > 0) throw new Error('the roll-ups of the journal are off');
}

async function measureKinds(
  process: BenchProcess<Task, Done>,
  url: string,
  kinds: Readonly<Record<string, readonly Asked[]>>,
  when: string,
  log: Log,
): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const [what, asked] of Object.entries(kinds)) {
    const { times, characters, cpuMs, serverCpuMs } = await process.perform({ url, asked });
    const { value, spread } = summarize(times);
    log(
      `${what}: ${readable(value)} ms, at most ${readable(spread.most)} ms, processor ${readable(cpuMs + serverCpuMs)} ms (${when})`,
    );
    const conditions = `${when}; one at a time, by the handlers, up to ${readable(characters / 1_000)} kB of reply`;
    const of = { unit: 'ms', conditions };
    measured.push(
      { name: what, value, spread, ...of, target: { atMost: MAX_MS } },
      { name: `${what}, slowest of ${REQUESTS}`, value: spread.most, ...of, target: { atMost: MAX_MS } },
      { name: `${what}, processor time of Node`, value: cpuMs, ...of },
      { name: `${what}, processor time of the server`, value: serverCpuMs, ...of },
    );
  }
  return measured;
}

const thousands = (count: number): string => count.toLocaleString('en');

// `node bench/console.ts 100000` tries it with a smaller journal.
if (import.meta.main) {
  const operations = Number(process.argv[2] ?? JOURNAL.operations);
  const measured = await run(console.log, { ...JOURNAL, operations, wallets: operations / 100 });
  for (const { name: what, value, unit } of measured) console.log(`${what}: ${readable(value)} ${unit}`);
}
