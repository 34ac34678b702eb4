import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_AMOUNT } from '../../lib/ledger/money.ts';
import { openDatabase, type Sql } from '../../lib/postgres/database.ts';
import { type Audit, auditAccepted, auditBooks } from './audit.ts';
import { type Client, retryingClient } from './client.ts';
import { killAtRandom } from './killing.ts';
import { runLoad } from './load.ts';
import { randomFrom } from './random.ts';
import { emptyLedger, type Ledger, openWallets } from './requests.ts';
import { countMessages, settleAll, untilTold } from './settling.ts';
import { type ChaosSystem, startSystem } from './system.ts';
import type { Fact } from './table.ts';

const WALLETS = 50;

/** What each wallet has at first. One is full and gives back every transfer. */
const FUNDS = 1_000_000_000n;
const fundsOf = (index: number): bigint => (index === 0 ? MAX_AMOUNT : FUNDS);

/** A run that takes longer than this hangs. */
const BASE_LIMIT_MS = 300_000;
const LIMIT_PER_KILL_MS = 15_000;
const LIMIT_PER_OPERATION_MS = 30;

/** How often the functions are invoked that AWS runs on a schedule: here the schedule dies with the functions. */
const SCHEDULE_MS = 20_000;

const PROGRESS_MS = 10_000;

/** Transactions that are named of many. */
const NAMED = 5;

export interface KillOptions {
  readonly kills: number;
  /** The longest pause between two kills. */
  readonly maxPauseMs: number;
  readonly operations: number;
  readonly seed: number;
  /** For data and logs. */
  readonly folder: string;
  readonly log: (line: string) => void;
}

interface Run {
  readonly options: KillOptions;
  readonly system: ChaosSystem;
  readonly client: Client;
  readonly ledger: Ledger;
  /** Aborted when the run takes too long. */
  readonly deadline: AbortSignal;
  readonly begunMs: number;
}

/**
 * Puts load on the system, kills its parts meanwhile, lets it settle, and checks that nothing was lost or made up.
 *
 * @returns what is wrong, and the run's numbers
 * @throws what keeps it from an end
 */
export async function runKills(options: KillOptions): Promise<{ problems: string[]; facts: Fact[] }> {
  const { kills, operations, folder } = options;
  const begunMs = performance.now();
  const ledger = emptyLedger();
  const system = await startSystem(folder, (problem) => ledger.problems.push(problem));
  const limitMs = BASE_LIMIT_MS + kills * LIMIT_PER_KILL_MS + operations * LIMIT_PER_OPERATION_MS;
  const deadline = AbortSignal.timeout(limitMs);
  const client = retryingClient(system.http, deadline);
  const sql = openDatabase(system.databaseUrl, 2);
  try {
    options.log(`Everything is up. Data and logs are in ${folder}`);
    const run = { options, system, client, ledger, deadline, begunMs };
    await disturb(run);
    options.log('The last kill is done. Settling what is left');
    const facts = await settleAndCheck(run, sql);
    return { problems: ledger.problems, facts };
  } finally {
    await sql.end({ timeout: 5 });
    await system.stop();
  }
}

async function disturb({ options, system, client, ledger, deadline, begunMs }: Run): Promise<void> {
  const { kills, maxPauseMs, operations, seed, log } = options;
  const wallets = await openWallets(client, ledger, WALLETS, fundsOf);
  const over = new AbortController();
  const signal = AbortSignal.any([deadline, over.signal]);
  let killed = 0;
  const onKill = (done: number) => {
    killed = done;
  };
  const progress = setInterval(() => {
    const parts = Object.values(system.parts).map((part) => `${part.name} ${part.kills()}`);
    log(
      `${secondsSince(begunMs)} s: ${killed} of ${kills} kills (${parts.join(', ')}), ` +
        `${ledger.accepted.size} operations accepted`,
    );
  }, PROGRESS_MS);
  const work = [
    killAtRandom(system.parts, { kills, maxPauseMs, random: randomFrom(seed + 1), signal, onKill }),
    runLoad(client, ledger, wallets, {
      operations,
      killed: () => killed / kills,
      random: randomFrom(seed),
      signal,
    }),
  ];
  const schedules = ['relay', 'balancer'].map((name) => schedule(system, name, signal));
  try {
    await Promise.all(work);
  } finally {
    over.abort();
    clearInterval(progress);
    await Promise.allSettled([...work, ...schedules]);
  }
  if (deadline.aborted) throw new Error('the run took too long and was cut off');
}

/** What fails here fails on AWS, too, and is done by the next invocation. */
async function schedule(system: ChaosSystem, name: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(SCHEDULE_MS, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await system.invoke(name).catch(() => {});
  }
}

async function settleAndCheck(run: Run, sql: Sql): Promise<Fact[]> {
  const { system, ledger } = run;
  const calmMs = performance.now();
  await Promise.all(Object.values(system.parts).map((part) => part.up()));
  const woken = await settleAll(sql, system);
  const settledSeconds = secondsSince(calmMs);
  const ids = [...ledger.accepted.keys()];
  await untilTold(ids, system.told);
  const untold = ids.filter((id) => !system.told.has(id));
  if (untold.length > 0)
    ledger.problems.push(
      `no event told of ${untold.length} transactions: ${untold.slice(0, NAMED).join(' ')}`,
    );
  const audit = await auditBooks(sql);
  ledger.problems.push(...audit.problems, ...(await auditAccepted(sql, ledger.accepted, ledger.keys)));
  return [
    ...factsOf(run, audit),
    ['wallets that the relay woke at the end', woken],
    ['dead letters', await countMessages(system.deadLetterQueueUrl, system.queueEndpoint)],
    ['seconds until all was settled', settledSeconds],
    ['seconds in all', secondsSince(run.begunMs)],
  ];
}

function factsOf({ options, system, client, ledger }: Run, { endings }: Audit): Fact[] {
  const parts = Object.values(system.parts);
  const attempts = [...client.answers.values()].reduce((sum, count) => sum + count, 0);
  return [
    ['seed', String(options.seed)],
    ['kills', parts.reduce((sum, part) => sum + part.kills(), 0)],
    ...parts.map((part): Fact => [`kills of ${part.name}`, part.kills()]),
    ['starts that failed and were repeated', parts.reduce((sum, part) => sum + part.failedStarts(), 0)],
    ['operations accepted', ledger.accepted.size],
    ...[...endings].toSorted().map(([ending, count]): Fact => [`operations ${ending}`, count]),
    ['requests', ledger.keys.size],
    ['attempts', attempts],
    ...[...client.answers].toSorted().map(([what, count]): Fact => [`attempts answered ${what}`, count]),
  ];
}

const secondsSince = (momentMs: number): number => Math.round((performance.now() - momentMs) / 1000);
