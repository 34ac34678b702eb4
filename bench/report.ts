import { join } from 'node:path';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { migrate } from '../lib/postgres/migrate.ts';
import { listOperations, type OperationsPage } from '../lib/reports/operations.ts';
import { totalOperations } from '../lib/reports/totals.ts';
import { parseCursor } from '../lib/wire/cursor.ts';
import { stringifyJson } from '../lib/wire/json.ts';
import type { Result } from '../lib/wire/refusal.ts';
import { REPORTS_BUCKET } from '../localstack/addresses.ts';
import { startQueue } from '../localstack/embedded/fauxqs.ts';
import { startPostgres } from '../localstack/embedded/postgres.ts';
import { freePort } from '../localstack/ports.ts';
import { TEST_CLIENT_VARIABLES } from '../test/support/aws.ts';
import { makeFolder, removeFolder } from '../test/support/temp.ts';
import { generateJournal, HEAVY_WALLET, type JournalShape, vacuumJournal } from './journal.ts';
import { type Measurement, summarize } from './measurement.ts';
import { runProcess } from './processes.ts';
import type { FileRun, Task } from './report-process.ts';

export const name = 'report';

/** From a hundred thousand to ten million operations. One wallet has a tenth of each, so its rows are equally dense. */
const JOURNALS: readonly JournalShape[] = [
  { operations: 100_000, wallets: 1_000, heavyEvery: 10 },
  { operations: 1_000_000, wallets: 10_000, heavyEvery: 10 },
  { operations: 10_000_000, wallets: 100_000, heavyEvery: 10 },
];

/** For each page, total and long file; `growth` is how much more a page may take than in the smallest journal. */
const TARGETS = { pageMs: 50, totalMs: 1_000, rowsPerSecond: 100_000, peakMb: 256, growth: 1.3 };

const PAGE = 1_000;
const PAGE_RUNS = 60;

/** Unmeasured runs: PostgreSQL plans a prepared statement again for five runs, and V8 compiles hot code. */
const WARM_UPS = 10;

/** Name of the measurement over first, middle and last pages together. */
const ANY_PAGE = 'any page by cursor';

const TOTAL_RUNS = 7;
const FILE_RUNS = 3;

/** Lines of a long file. In a shorter one, connecting takes most of the time, and there are too few pages for tenths. */
const LONG_FILE = 500_000;

/** Several times what a file with a million lines takes on two busy cores. */
const FILE_TIMEOUT_MS = 120_000;

const PERIOD = { walletId: HEAVY_WALLET, from: undefined, to: undefined };

type Log = (line: string) => void;

/** Measures pages, totals and files of a heavy wallet, in journals of growing size. */
export async function run(log: Log): Promise<Measurement[]> {
  const folder = await makeFolder('bench');
  const [postgresPort, storePort] = [await freePort(), await freePort()];
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: postgresPort,
    settings: { max_wal_size: '4GB' },
    log,
  });
  const store = await startQueue({ port: storePort });
  try {
    const journals: Measurement[][] = [];
    for (const shape of JOURNALS)
      journals.push(await measureJournal(postgres.url, store.endpoint, shape, log));
    return [...journals.flat(), ...growth(journals)];
  } finally {
    await store.stop();
    await postgres.stop();
    await removeFolder(folder);
  }
}

/** Compares a page, and one operation of a total, in the largest journal with the smallest. */
function growth(journals: readonly (readonly Measurement[])[]): Measurement[] {
  const [smallest, largest] = [journals[0] ?? [], journals.at(-1) ?? []];
  return [ANY_PAGE, 'totals in USD, each operation'].map((what) => {
    const [before, after] = [smallest, largest].map(
      (lines) => lines.find((line) => line.name === what)?.value,
    );
    return {
      name: `growth of: ${what}`,
      value: (after ?? Number.NaN) / (before ?? Number.NaN),
      unit: '×',
      conditions: `${thousands(JOURNALS.at(-1)?.operations ?? 0)} operations against ${thousands(JOURNALS[0]?.operations ?? 0)}`,
      target: { atMost: TARGETS.growth },
    };
  });
}

async function measureJournal(
  serverUrl: string,
  storeUrl: string,
  shape: JournalShape,
  log: Log,
): Promise<Measurement[]> {
  const server = openDatabase(serverUrl);
  await server.unsafe('DROP DATABASE IF EXISTS journal WITH (FORCE)');
  await server.unsafe('CREATE DATABASE journal');
  await server.end();
  const url = new URL(serverUrl);
  url.pathname = 'journal';
  await migrate(url.href);
  const sql = openDatabase(url.href);
  const count = await generateJournal(sql, shape, log);
  await vacuumJournal(sql);
  const conditions = `wallet of ${thousands(count)} in a journal of ${thousands(shape.operations)} operations`;
  const measurements = [
    ...(await measurePages(sql, count, conditions)),
    ...(await measureTotals(sql, count, conditions)),
  ];
  await sql.end();
  measurements.push(...(await measureFiles(url.href, storeUrl, count, conditions)));
  for (const { name: what, value, unit } of measurements)
    log(`${what}: ${value.toFixed(2)} ${unit} (${conditions})`);
  return measurements;
}

async function measurePages(sql: Sql, count: number, conditions: string): Promise<Measurement[]> {
  const page = async (offset: number, after?: OperationsPage['Next']) => {
    const cursor = after === undefined || after === null ? undefined : parseCursor(after);
    return unwrap(await listOperations(sql, PERIOD, { order: 'asc', offset, limit: PAGE, after: cursor }));
  };
  const what = `${conditions}; ${PAGE} a page, without HTTP`;
  const places = [
    ['first', 0],
    ['middle', count / 2],
    ['last', count - PAGE],
  ] as const;
  const measurements: Measurement[] = [];
  const anyPage: number[] = [];
  for (const [place, offset] of places) {
    const before = offset === 0 ? undefined : (await page(offset - PAGE)).Next;
    const byCursor = await timesOf(PAGE_RUNS, async () => stringifyJson(await page(0, before)));
    const byOffset = await timesOf(PAGE_RUNS, async () => stringifyJson(await page(offset)));
    anyPage.push(...byCursor);
    measurements.push(
      {
        name: `${place} page by cursor`,
        ...summarize(byCursor),
        unit: 'ms',
        conditions: what,
        target: { atMost: TARGETS.pageMs },
      },
      { name: `${place} page by offset`, ...summarize(byOffset), unit: 'ms', conditions: what },
    );
  }
  return [...measurements, { name: ANY_PAGE, ...summarize(anyPage), unit: 'ms', conditions: what }];
}

async function measureTotals(sql: Sql, count: number, conditions: string): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const currency of ['USD', 'THB']) {
    const times = await timesOf(TOTAL_RUNS, async () => unwrap(await totalOperations(sql, PERIOD, currency)));
    const total = summarize(times);
    const what = `${conditions}, 3 in 4 in USD, 1 in EUR`;
    measurements.push(
      {
        name: `totals in ${currency}`,
        ...total,
        unit: 'ms',
        conditions: what,
        target: { atMost: TARGETS.totalMs },
      },
      {
        name: `totals in ${currency}, each operation`,
        value: (total.value * 1_000) / count,
        unit: 'µs',
        conditions: what,
      },
    );
  }
  return measurements;
}

/** Writes each file in its own process, because peak memory is per process. */
async function measureFiles(
  databaseUrl: string,
  storeUrl: string,
  count: number,
  conditions: string,
): Promise<Measurement[]> {
  const task = { databaseUrl, walletId: String(HEAVY_WALLET) };
  const stored = await writeFiles({ ...task, bucket: REPORTS_BUCKET }, storeUrl);
  const written = await writeFiles({ ...task, bucket: null }, storeUrl);
  const what = `${conditions}; ${Math.round((stored[0]?.bytes ?? 0) / 1e6)} MB`;
  const rates = (runs: readonly FileRun[]) => summarize(runs.map(({ timeS }) => count / timeS));
  return [
    {
      name: 'CSV into the S3 emulator',
      ...rates(stored),
      unit: 'rows/s',
      conditions: what,
      ...(count < LONG_FILE ? {} : { target: { atLeast: TARGETS.rowsPerSecond } }),
    },
    {
      name: 'CSV, peak memory of the process',
      ...summarize(stored.map(({ peakRssMb }) => peakRssMb)),
      unit: 'MB',
      conditions: what,
      target: { atMost: TARGETS.peakMb },
    },
    { name: 'CSV, not stored', ...rates(written), unit: 'rows/s', conditions: what },
    ...(count < LONG_FILE ? [] : tenths(written, count, what)),
  ];
}

function tenths(runs: readonly FileRun[], count: number, what: string): Measurement[] {
  const line = (which: string, seconds: (run: FileRun) => number): Measurement => ({
    name: `CSV, ${which} tenth`,
    ...summarize(runs.map((run) => count / 10 / seconds(run))),
    unit: 'rows/s',
    conditions: `${what}, not stored`,
  });
  return [line('first', ({ firstTenthS }) => firstTenthS), line('last', ({ lastTenthS }) => lastTenthS)];
}

async function writeFiles(task: Task, storeUrl: string): Promise<FileRun[]> {
  const env = {
    ...TEST_CLIENT_VARIABLES,
    AWS_ENDPOINT_URL_S3: storeUrl,
  };
  const runs: FileRun[] = [];
  for (let i = 0; i < FILE_RUNS; i++)
    runs.push(await runProcess<Task, FileRun>('report-process.ts', task, FILE_TIMEOUT_MS, env));
  return runs;
}

/** Milliseconds of each run, after the warm-up. */
async function timesOf(runs: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UPS; i++) await work();
  for (let i = 0; i < runs; i++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return times;
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.error);
  return result.value;
}

const thousands = (count: number): string => count.toLocaleString('en');

// `node bench/report.ts` runs this part alone.
if (import.meta.main) await run(console.log);
