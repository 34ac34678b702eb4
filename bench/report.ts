import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseCursor } from '../lib/cursors.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { stringifyJson } from '../lib/json.ts';
import { migrate } from '../lib/migrations.ts';
import type { Result } from '../lib/refusals.ts';
import { listOperations, type OperationsPage, totalOperations } from '../lib/reports.ts';
import { freePort } from '../localstack/ports.ts';
import { startPostgres } from '../localstack/postgres.ts';
import { REGION, REPORTS_BUCKET, startQueue } from '../localstack/queue.ts';
import { generateJournal, HEAVY_WALLET, type JournalShape } from './journal.ts';
import type { Measurement } from './measurement.ts';
import type { FileRun } from './report-process.ts';

export const name = 'report';

/** From a hundred thousand operations to ten million, of which one wallet has up to a million. */
const JOURNALS: readonly JournalShape[] = [
  { operations: 100_000, wallets: 1_000, heavyEvery: 2 },
  { operations: 1_000_000, wallets: 10_000, heavyEvery: 2 },
  { operations: 10_000_000, wallets: 100_000, heavyEvery: 10 },
];

const PAGE = 1_000;
const PAGE_RUNS = 20;
const TOTAL_RUNS = 7;
const FILE_RUNS = 3;

/** A shorter file has too few pages to be looked at in tenths. */
const LINES_OF_TENTHS = 500_000;

/** Several times what a file of a million lines takes on two busy cores. */
const FILE_TIMEOUT_MS = 120_000;

const PERIOD = { walletId: HEAVY_WALLET, from: undefined, to: undefined };

type Log = (line: string) => void;

/** Pages, totals and files of a heavy wallet, in journals of growing size. */
export async function run(log: Log): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-bench-'));
  await chmod(folder, 0o755);
  const [postgresPort, storePort] = [await freePort(), await freePort()];
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: postgresPort,
    settings: { max_wal_size: '4GB' },
    log,
  });
  const store = await startQueue({ port: storePort });
  try {
    const measurements: Measurement[] = [];
    for (const shape of JOURNALS)
      measurements.push(...(await measureJournal(postgres.url, store.endpoint, shape, log)));
    return measurements;
  } finally {
    await store.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
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
    return accepted(await listOperations(sql, PERIOD, { offset, limit: PAGE, after: cursor }));
  };
  const places = [
    ['first', 0],
    ['middle', count / 2],
    ['last', count - PAGE],
  ] as const;
  const measurements: Measurement[] = [];
  for (const [place, offset] of places) {
    const before = offset === 0 ? undefined : (await page(offset - PAGE)).Next;
    const byCursor = await median(PAGE_RUNS, async () => stringifyJson(await page(0, before)));
    const byOffset = await median(PAGE_RUNS, async () => stringifyJson(await page(offset)));
    const what = `${conditions}; ${PAGE} a page, without HTTP`;
    measurements.push(
      { name: `${place} page by cursor`, value: byCursor, unit: 'ms', conditions: what },
      { name: `${place} page by offset`, value: byOffset, unit: 'ms', conditions: what },
    );
  }
  return measurements;
}

async function measureTotals(sql: Sql, count: number, conditions: string): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const currency of ['USD', 'THB']) {
    const timeMs = await median(TOTAL_RUNS, async () =>
      accepted(await totalOperations(sql, PERIOD, currency)),
    );
    const what = `${conditions}, 3 in 4 in USD, 1 in EUR`;
    measurements.push(
      { name: `totals in ${currency}`, value: timeMs, unit: 'ms', conditions: what },
      {
        name: `totals in ${currency}, each operation`,
        value: (timeMs * 1_000) / count,
        unit: 'µs',
        conditions: what,
      },
    );
  }
  return measurements;
}

/** One process for each file: a process has only one peak of memory. */
async function measureFiles(
  databaseUrl: string,
  storeUrl: string,
  count: number,
  conditions: string,
): Promise<Measurement[]> {
  const stored = await writeFiles([databaseUrl, `${HEAVY_WALLET}`, REPORTS_BUCKET], storeUrl);
  const written = await writeFiles([databaseUrl, `${HEAVY_WALLET}`], storeUrl);
  const what = `${conditions}; ${Math.round(stored.bytes / 1e6)} MB`;
  return [
    { name: 'CSV into the S3 emulator', value: count / stored.timeS, unit: 'rows/s', conditions: what },
    { name: 'CSV, peak memory of the process', value: stored.peakRssMb, unit: 'MB', conditions: what },
    { name: 'CSV, not stored', value: count / written.timeS, unit: 'rows/s', conditions: what },
    ...(count < LINES_OF_TENTHS ? [] : tenths(written, count, what)),
  ];
}

function tenths({ firstTenthS, lastTenthS }: FileRun, count: number, what: string): Measurement[] {
  return [['first', firstTenthS] as const, ['last', lastTenthS] as const].map(([which, seconds]) => ({
    name: `CSV, ${which} tenth`,
    value: count / 10 / seconds,
    unit: 'rows/s',
    conditions: `${what}, not stored`,
  }));
}

/** The run of median time. */
async function writeFiles(args: readonly string[], storeUrl: string): Promise<FileRun> {
  const env = {
    ...process.env,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_S3: storeUrl,
  };
  const runs: FileRun[] = [];
  for (let i = 0; i < FILE_RUNS; i++) {
    const script = join(import.meta.dirname, 'report-process.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
      timeout: FILE_TIMEOUT_MS,
      env,
    });
    runs.push(JSON.parse(stdout) as FileRun);
  }
  const [middle] = runs.sort((a, b) => a.timeS - b.timeS).slice(Math.floor(runs.length / 2));
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** The median of several runs after one to warm up, in milliseconds. */
async function median(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await work();
  for (let i = 0; i < runs; i++) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(runs / 2)] ?? Number.NaN;
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.error);
  return result.value;
}

const thousands = (count: number): string => count.toLocaleString('en');

// `node bench/report.ts` runs this part alone.
if (import.meta.main) await run(console.log);
