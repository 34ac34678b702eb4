import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_AMOUNT } from '../../lib/ledger/money.ts';
import { openDatabase, type Sql } from '../../lib/postgres/database.ts';
import { type Audit, auditAccepted, auditBooks } from './audit.ts';
import { type Client, retryingClient } from './client.ts';
import { runLoad } from './load.ts';
import { randomFrom } from './random.ts';
import { killAtRandom } from './random-kills.ts';
import { emptyLedger, type Ledger, openWallets } from './requests.ts';
import { countMessages, settleAll, untilEventsArrive } from './settle.ts';
import { type ChaosSystem, startSystem } from './system.ts';
import type { Fact } from './table.ts';

const WALLETS = 50;

/** Each wallet's first balance. One wallet is full, so every transfer to it is returned. */
const FUNDS = 1_000_000_000n;
const fundsOf = (index: number): bigint => (index === 0 ? MAX_AMOUNT : FUNDS);

/** A run that takes longer than these together hangs. */
const BASE_LIMIT_MS = 300_000;
const LIMIT_PER_KILL_MS = 15_000;
const LIMIT_PER_OPERATION_MS = 30;

/** How often the scheduled functions are invoked here: the local scheduler would be killed with the functions. */
const SCHEDULE_MS = 20_000;

const PROGRESS_MS = 10_000;

/** Most transactions named in a problem. */
const NAMED = 5;

export interface KillOptions {
  readonly kills: number;
  /** The longest pause between two kills. */
  readonly maxPauseMs: number;
  readonly operations: number;
  readonly seed: number;
  /** Folder for data and logs. */
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
  readonly startedMs: number;
}

/**
 * Puts load on the system, kills its parts meanwhile, lets it settle, and checks that nothing was lost or made up.
 *
 * @returns the problems, and the run's numbers
 * @throws if the run can't be completed
 */
export async function runKills(options: KillOptions): Promise<{ problems: string[]; facts: Fact[] }> {
  const { kills, operations, folder } = options;
  const startedMs = performance.now();
  const ledger = emptyLedger();
  const system = await startSystem(folder, (problem) => ledger.problems.push(problem));
  const limitMs = BASE_LIMIT_MS + kills * LIMIT_PER_KILL_MS + operations * LIMIT_PER_OPERATION_MS;
  const deadline = AbortSignal.timeout(limitMs);
  const client = retryingClient(system.http, deadline);
  const sql = openDatabase(system.databaseUrl, 2);
  try {
    options.log(`Everything is up. Data and logs are in ${folder}`);
    const run = { options, system, client, ledger, deadline, startedMs };
    await loadAndKill(run);
    options.log('The last kill is done. Settling the remaining operations');
    const facts = await settleAndCheck(run, sql);
    return { problems: ledger.problems, facts };
  } finally {
    await sql.end({ timeout: 5 });
    await system.stop();
  }
}

async function loadAndKill({ options, system, client, ledger, deadline, startedMs }: Run): Promise<void> {
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
      `${secondsSince(startedMs)} s: ${killed} of ${kills} kills (${parts.join(', ')}), ` +
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

/** Invokes a function on a schedule. As on AWS, the next invocation makes up for a failed one. */
async function schedule(system: ChaosSystem, name: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(SCHEDULE_MS, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await system.invoke(name).catch(() => {});
  }
}

async function settleAndCheck(run: Run, sql: Sql): Promise<Fact[]> {
  const { system, ledger } = run;
  const lastKillMs = performance.now();
  await Promise.all(Object.values(system.parts).map((part) => part.untilUp()));
  const woken = await settleAll(sql, system);
  const settledSeconds = secondsSince(lastKillMs);
  const ids = [...ledger.accepted.keys(), ...ledger.linked.keys()];
  await untilEventsArrive(ids, system.endings);
  const withoutEvent = ids.filter((id) => !system.endings.has(id));
  if (withoutEvent.length > 0)
    ledger.problems.push(
      `${withoutEvent.length} transactions have no event: ${withoutEvent.slice(0, NAMED).join(' ')}`,
    );
  const audit = await auditBooks(sql);
  ledger.problems.push(...audit.problems, ...(await auditAccepted(sql, ledger)));
  return [
    ...factsOf(run, audit),
    ['wallets that the relay woke at the end', woken],
    ['dead letters', await countMessages(system.deadLetterQueueUrl, system.queueEndpoint)],
    ['seconds until all was settled', settledSeconds],
    ['seconds in all', secondsSince(run.startedMs)],
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
    ['linked transactions accepted', ledger.linked.size],
    ...[...endings].toSorted().map(([ending, count]): Fact => [`operations ${ending}`, count]),
    ['requests', ledger.keys.size],
    ['attempts', attempts],
    ...[...client.answers].toSorted().map(([what, count]): Fact => [`attempts answered ${what}`, count]),
  ];
}

const secondsSince = (momentMs: number): number => Math.round((performance.now() - momentMs) / 1000);
