import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { reconcile } from '../lib/books/reconcile.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { MAX_OPERATIONS } from '../lib/settle/reads.ts';
import { addBacklog, assignGroups, type Backlog, fundWallets, makeWallets, prepareFloor } from './backlog.ts';
import { type Measurement, summarize, summarizeRatio } from './measurement.ts';
import { floorByPgbench, hasPgbench } from './pgbench.ts';
import { openBench, SERVER, startBenchPostgres } from './postgres.ts';
import { type BenchProcess, startProcess } from './processes.ts';
import type { Done, Task } from './settle-process.ts';

export const name = 'settle';

const WALLETS = 100_000;

/** Operations of a round, transfers counted once: enough for twenty transactions. */
const OPERATIONS = 20_000;

/** Rounds, each of which measures every side in turn, so that other load on the machine affects all sides alike. */
const ROUNDS = 5;

const AT_ONCE = [1, 2, 4];

/** Milliseconds between two looks for lock waits. */
const SAMPLE_MS = 10;

/** Seconds that reconcile may take. */
const RECONCILE_SECONDS = 300;

/** A side of the comparison: the backlog to settle, the floor, or the number of concurrent groups. */
type Side = Backlog | 'floor' | 'pgbench' | `groups ${number}`;

interface Sample {
  readonly rate: number;
  /** Processor time per operation, in microseconds: of Node and of the server. */
  readonly nodeUs: number;
  readonly serverUs: number;
  readonly lockWaits: number;
  /** The part of the machine's processor time that Node and its server processes used. */
  readonly machineShare: number;
}

interface Bench {
  readonly url: string;
  readonly sql: Sql;
  readonly floorUrl: string;
  readonly floorSql: Sql;
  readonly processes: readonly BenchProcess<Task, Done>[];
}

/** Measures one processor on a backlog against bare statements that change the same rows; then several groups at once. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const server = await startBenchPostgres();
  const processes = Array.from({ length: Math.max(...AT_ONCE) }, () =>
    startProcess<Task, Done>('settle-process.ts'),
  );
  try {
    log('funding the wallets');
    await fund(server, processes);
    const samples = new Map<Side, Sample[]>();
    const sides: Side[] = [...SINGLE, ...AT_ONCE.map((groups): Side => `groups ${groups}`)];
    if (await hasPgbench()) sides.splice(1, 0, 'pgbench');
    for (let round = 1; round <= ROUNDS; round++) {
      const bench = await open(server, processes);
      for (const side of sides) {
        const sample = await take(bench, side);
        samples.set(side, [...(samples.get(side) ?? []), sample]);
        log(`round ${round} of ${ROUNDS}, ${side}: ${Math.round(sample.rate)} a second`);
      }
      await close(server, bench);
    }
    return measurements(samples);
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
    await server.stop();
  }
}

const SINGLE: readonly Side[] = ['floor', 'receipts', 'converted', 'hot', 'within', 'across'];

type Server = Awaited<ReturnType<typeof startBenchPostgres>>;

async function fund(server: Server, processes: Bench['processes']): Promise<void> {
  const url = await server.makeDatabase('funded');
  const sql = openBench(url);
  await makeWallets(sql, WALLETS);
  await fundWallets(sql);
  await processes[0]?.perform({ kind: 'settle', url, groups: [1] });
  await sql.unsafe('VACUUM (ANALYZE) pending_operations, operations, wallets, outbox');
  await sql.end();
}

/**
 * Each round starts with the same rows, because a longer journal makes each operation a little slower. The floor has its
 * own database, because the rows it writes are no valid ledger.
 */
async function open(server: Server, processes: Bench['processes']): Promise<Bench> {
  const url = await server.makeDatabase('settle', 'funded', 'WAL_LOG');
  const floorUrl = await server.makeDatabase('floor', 'funded', 'WAL_LOG');
  return { url, sql: openBench(url), floorUrl, floorSql: openBench(floorUrl), processes };
}

async function close(server: Server, bench: Bench): Promise<void> {
  await Promise.all([bench.sql.end(), bench.floorSql.end()]);
  for (const name of ['settle', 'floor']) await server.dropDatabase(name);
}

async function take(bench: Bench, side: Side): Promise<Sample> {
  if (side === 'floor' || side === 'pgbench') return await takeFloor(bench, side);
  const isMany = side.startsWith('groups ');
  const groups = isMany ? Number(side.slice('groups '.length)) : side === 'across' ? 2 : 1;
  await assignGroups(bench.sql, groups);
  await addBacklog(bench.sql, isMany ? 'receipts' : (side as Backlog), OPERATIONS, WALLETS);
  const numbers = Array.from({ length: groups }, (_, index) => index + 1);
  const shares = isMany ? numbers.map((group) => [group]) : [numbers];
  const watch = watchLocks(bench.sql);
  const startedMs = performance.now();
  const all = await Promise.all(
    shares.map(async (share, index) => {
      const done = await bench.processes[index]?.perform({ kind: 'settle', url: bench.url, groups: share });
      if (done === undefined) throw new Error(`there is no process ${index}`);
      return done;
    }),
  );
  const timeMs = isMany ? performance.now() - startedMs : (all[0]?.timeMs ?? Number.NaN);
  const lockWaits = await watch.stop();
  const { isClean } = await reconcile(bench.sql, RECONCILE_SECONDS);
  if (!isClean) throw new Error(`the books are off after ${side}`);
  return sampleOf(all, timeMs, lockWaits);
}

/**
 * Counts waits for locks of rows and transactions by sampling, often enough to see any wait that matters. Two inserts that
 * make one table's file longer also wait for one another, for a moment and whatever the rows are.
 */
function watchLocks(sql: Sql): { stop(): Promise<number> } {
  let isOver = false;
  const sampling = (async () => {
    let waits = 0;
    while (!isOver) {
      const [row] = await sql<{ waits: number }[]>`
        SELECT count(*)::integer AS waits FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND wait_event <> 'extend' AND datname = current_database()`;
      waits += row?.waits ?? 0;
      await sleep(SAMPLE_MS);
    }
    return waits;
  })();
  return {
    stop: () => {
      isOver = true;
      return sampling;
    },
  };
}

async function takeFloor(bench: Bench, side: 'floor' | 'pgbench'): Promise<Sample> {
  await addBacklog(bench.floorSql, 'receipts', OPERATIONS, WALLETS);
  const batches = await prepareFloor(bench.floorSql);
  if (side === 'pgbench') {
    const timeMs = await floorByPgbench(bench.floorUrl, bench.floorSql, batches);
    return {
      rate: (OPERATIONS / timeMs) * 1_000,
      nodeUs: 0,
      serverUs: Number.NaN,
      lockWaits: 0,
      machineShare: Number.NaN,
    };
  }
  const done = await bench.processes[0]?.perform({ kind: 'floor', url: bench.floorUrl, batches });
  if (done === undefined) throw new Error('there is no process');
  return sampleOf([done], done.timeMs, 0);
}

function sampleOf(all: readonly Done[], timeMs: number, lockWaits: number): Sample {
  const total = (read: (done: Done) => number): number => all.reduce((sum, done) => sum + read(done), 0);
  const usedMs = total(({ cpuMs, serverCpuMs }) => cpuMs + serverCpuMs);
  return {
    machineShare: usedMs / timeMs / availableParallelism(),
    rate: (OPERATIONS / timeMs) * 1_000,
    nodeUs: (total(({ cpuMs }) => cpuMs) / OPERATIONS) * 1_000,
    serverUs: (total(({ serverCpuMs }) => serverCpuMs) / OPERATIONS) * 1_000,
    lockWaits,
  };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  floor:
    'the same rows as the receipts, by bare statements: no locks beforehand, no reads, no checks, no hashes',
  pgbench: 'the bare statements by pgbench',
  receipts: 'receipts, each wallet as likely as any other',
  converted: 'receipts in a third currency',
  hot: 'receipts of one wallet',
  within: 'transfers in one group, both legs; counted per transfer',
  across: 'transfers between two groups, both legs, by one processor; counted per transfer',
};

/** The side, the base that it is divided by, and the ratio's minimum. */
const RATIOS: readonly (readonly [Side, Side, number | undefined])[] = [
  ['receipts', 'floor', 0.6],
  ['hot', 'receipts', 0.8],
  ['across', 'receipts', 0.4],
  ['within', 'receipts', undefined],
  ['groups 2', 'groups 1', undefined],
  ['groups 4', 'groups 1', undefined],
];

function measurements(samples: ReadonlyMap<Side, readonly Sample[]>): Measurement[] {
  const setting =
    `${OPERATIONS} a round on ${WALLETS} wallets, at most ${MAX_OPERATIONS} operations a transaction, two connections of each processor, ` +
    `no queue, a bus that takes all at once; ${SERVER}; median of ${ROUNDS} rounds in turn`;
  const each = [...samples].flatMap(([side, taken]): Measurement[] => {
    const conditions = `${DESCRIPTIONS[side] ?? `receipts, a processor for each of ${side.slice('groups '.length)} groups`}; ${setting}`;
    const line = (what: string, unit: string, read: (sample: Sample) => number): Measurement => {
      return { name: `settle ${side}${what}`, unit, conditions, ...summarize(taken.map(read)) };
    };
    const rate = line('', 'operations/s', (sample) => sample.rate);
    if (side === 'pgbench') return [rate];
    const lines = [
      rate,
      line(", Node's processor time", 'µs', (sample) => sample.nodeUs),
      line(", the server's processor time", 'µs', (sample) => sample.serverUs),
    ];
    if (!side.startsWith('groups ')) return lines;
    const waits = line(`, waits for locks seen every ${SAMPLE_MS} ms`, 'waits', (sample) => sample.lockWaits);
    const share = line(', processor time used of all there is', '×', (sample) => sample.machineShare);
    return [...lines, share, { ...waits, target: { atMost: 0 } }];
  });
  const ratios = RATIOS.map(([side, base, atLeast]): Measurement => {
    const ratesOf = (wanted: Side): number[] => (samples.get(wanted) ?? []).map(({ rate }) => rate);
    return {
      name: `settle ${side} ÷ ${base}`,
      ...summarizeRatio(ratesOf(side), ratesOf(base)),
      unit: '×',
      conditions: setting,
      ...(atLeast === undefined ? {} : { target: { atLeast } }),
    };
  });
  return [...each, ...ratios];
}
