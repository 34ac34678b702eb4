import { fillWallets, type Population, warmUp } from './balance-data.ts';
import type { BalanceRun, Task } from './balance-process.ts';
import { type Measurement, type Sampled, summarize } from './measurement.ts';
import { type BenchPostgres, openBench, SERVER, startBenchPostgres } from './postgres.ts';
import { runProcess } from './processes.ts';

export const name = 'balance';

const GROUPS = 100;

/** Measured runs, each on a fresh copy of the data. */
const ROUNDS = 3;

/** The timeout of the balancer's function. */
const RUN_TIMEOUT_MS = 600_000;

const CASES = {
  million: { wallets: 1_000_000, active: 1_000_000, currentGroups: 1 },
  alone: { wallets: 100_000, active: 100_000, currentGroups: GROUPS },
  idle: { wallets: 10_000_000, active: 100_000, currentGroups: GROUPS },
} satisfies Record<string, Population>;

type Case = keyof typeof CASES;

const TARGETS = { millionS: 30, millionMb: 512 };

/** Keeps the filling out of the WAL, which would take minutes. A run's own writes are logged as usual. */
const SETTINGS = { wal_level: 'minimal', max_wal_senders: '0' };

/** How much longer a run may take with idle wallets than without: within the machine's noise. */
const IDLE_FACTOR = 1.25;

/** Measures whole runs of the balancer on PostgreSQL, from the count to the announcement. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const postgres = await startBenchPostgres(SETTINGS);
  try {
    await fill(postgres, log);
    const runs: Record<Case, BalanceRun[]> = { million: [], alone: [], idle: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const which of Object.keys(CASES) as Case[]) {
        const result = await runOnce(postgres, which);
        runs[which].push(result);
        log(`${wordsOf(which)}: ${result.timeS.toFixed(1)} s, ${Math.round(result.peakRssMb)} MB`);
      }
    }
    return report(runs);
  } finally {
    await postgres.stop();
  }
}

async function fill(postgres: BenchPostgres, log: (line: string) => void): Promise<void> {
  for (const which of Object.keys(CASES) as Case[]) {
    log(`filling a database: ${wordsOf(which)}`);
    const sql = openBench(await postgres.makeDatabase(which));
    await fillWallets(sql, CASES[which]);
    await sql.end();
  }
}

async function runOnce(postgres: BenchPostgres, which: Case): Promise<BalanceRun> {
  const url = await postgres.makeDatabase('run', which);
  const sql = openBench(url);
  await warmUp(sql);
  await sql.end();
  const task = { url, groups: GROUPS };
  const result = await runProcess<Task, BalanceRun>('balance-process.ts', task, RUN_TIMEOUT_MS);
  await postgres.dropDatabase('run');
  return result;
}

const wordsOf = (which: Case): string => {
  const { wallets, active, currentGroups } = CASES[which];
  const before = currentGroups === 1 ? 'all in one group' : 'spread over the groups';
  return `${wallets / 1e6} million wallets, ${active / 1e6} million of them active, ${before}`;
};

function report(runs: Record<Case, BalanceRun[]>): Measurement[] {
  const times = Object.fromEntries(
    Object.entries(runs).map(([which, results]) => [which, summarize(results.map(({ timeS }) => timeS))]),
  ) as Record<Case, Sampled>;
  const timeTargets: Partial<Record<Case, number>> = {
    million: TARGETS.millionS,
    idle: times.alone.value * IDLE_FACTOR,
  };
  return (Object.keys(CASES) as Case[]).flatMap((which): Measurement[] => {
    const conditions = `${wordsOf(which)}, 1 to 3 operations each, ${GROUPS} groups`;
    const sampled = (take: (result: BalanceRun) => number) => summarize(runs[which].map(take));
    const atMost = timeTargets[which];
    return [
      {
        name: 'balance, whole run',
        ...times[which],
        unit: 's',
        conditions: `${conditions}; ${SERVER}`,
        ...(atMost === undefined ? {} : { target: { atMost } }),
      },
      { name: 'balance, counting', ...sampled(({ steps }) => steps.count), unit: 's', conditions },
      { name: 'balance, splitting', ...sampled(({ steps }) => steps.split), unit: 's', conditions },
      { name: 'balance, moving', ...sampled(({ steps }) => steps.move), unit: 's', conditions },
      {
        name: 'balance, peak memory of the process',
        ...sampled(({ peakRssMb }) => peakRssMb),
        unit: 'MB',
        conditions,
        ...(which === 'million' ? { target: { atMost: TARGETS.millionMb } } : {}),
      },
      { name: 'balance, wallets moved', ...sampled(({ moved }) => moved), unit: 'wallets', conditions },
      { name: 'balance, spread after', ...sampled(({ spread }) => spread), unit: 'operations', conditions },
    ];
  });
}
