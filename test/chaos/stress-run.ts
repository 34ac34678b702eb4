import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inBatches } from '../../lib/aws/in-batches.ts';
import { openDatabase, type Sql } from '../../lib/postgres/database.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { pidOf } from '../../localstack/processes/child.ts';
import { type Audit, auditAccepted, auditBooks } from './audit.ts';
import { type Client, retryingClient } from './client.ts';
import { actAtRandom, isExpected, newKinds } from './kinds.ts';
import { planTransfer } from './load.ts';
import { type Random, randomFrom } from './random.ts';
import {
  emptyLedger,
  type Ledger,
  openWallet,
  openWallets,
  type Planned,
  sendMany,
  sendOne,
} from './requests.ts';
import { untilSettled } from './settle.ts';
import type { Fact } from './table.ts';

/** First port to try: below those that the system gives to outgoing connections. */
const FIRST_PORT = 20_000 + (process.pid % 1_000) * 10;

/** Each wallet's first balance: more than a run can transfer. */
const FUNDS = 10n ** 15n;
const LARGEST_AMOUNT = 5_000_000;

/** Transfers each way between two wallets, and the amount of each. */
const PAIR_TRANSFERS = 500;
const PAIR_AMOUNT = 1_000_000n;

/** Each wallet's first balance for all kinds at once: so little that much is declined. */
const SCARCE_FUNDS = 20_000_000n;

/** Pause between two counts of the connections. */
const SAMPLE_MS = 2_000;

/** A run that takes longer than requested by this time hangs. */
const SPARE_MS = 600_000;

export interface StressOptions {
  readonly seconds: number;
  readonly clients: number;
  readonly wallets: number;
  readonly seed: number;
  /** Folder for data and logs. */
  readonly folder: string;
  readonly log: (line: string) => void;
}

interface Run {
  readonly options: StressOptions;
  readonly local: Local;
  readonly client: Client;
  readonly ledger: Ledger;
  readonly sql: Sql;
  readonly random: Random;
}

/**
 * Runs clients against a local system that make random transfers, then requests of all kinds, as fast as they are answered,
 * and checks that every answer was a 200 or a refusal that is due, that nothing deadlocked, and that the books sum to zero.
 *
 * @returns the problems, and the run's numbers
 * @throws if the run can't be completed
 */
export async function runStress(options: StressOptions): Promise<{ problems: string[]; facts: Fact[] }> {
  const { folder, log, seed } = options;
  const local = await startLocal({
    port: await freeBasePort(FIRST_PORT),
    dataDir: folder,
    env: { LOG_LEVEL: 'WARN' },
    log,
  });
  const sql = openDatabase(local.urls.database, 2);
  const connections = countConnections(sql);
  try {
    const deadline = AbortSignal.timeout(options.seconds * 1000 + SPARE_MS);
    const client = retryingClient(local.urls.http, deadline);
    const run = { options, local, client, ledger: emptyLedger(), sql, random: randomFrom(seed) };
    const transferFacts = await transferAtRandom(run);
    const pairFacts = await transferBothWays(run);
    const kindsFacts = await actInAllKinds(run);
    const audit = await checkAll(run);
    const facts = [
      ...transferFacts,
      ...pairFacts,
      ...kindsFacts,
      ...[...audit.endings].map(([ending, count]): Fact => [`operations ${ending}`, count]),
      ['most connections to PostgreSQL at once', await connections.stop()] as const,
      ["most memory of the functions' process, in megabytes", await peakMegabytes()] as const,
      ['deadlocks', await deadlocks(sql)] as const,
    ];
    return { problems: run.ledger.problems, facts };
  } finally {
    await connections.stop();
    await sql.end({ timeout: 5 });
    await local.stop();
  }
}

async function transferAtRandom({ options, client, ledger, sql, random }: Run): Promise<Fact[]> {
  const { clients, seconds, wallets: count, log } = options;
  const wallets = await openWallets(client, ledger, count, () => FUNDS);
  log(`${count} wallets are open. ${clients} clients start, one after another`);
  const timesMs: number[] = [];
  const begun = Array.from({ length: clients }, () => Promise.withResolvers<void>());
  let endMs = Number.POSITIVE_INFINITY;
  const transfer = async (number: number) => {
    await begun[number - 1]?.promise;
    for (let request = 1; performance.now() < endMs; request++) {
      const amount = BigInt(1 + random.integer(LARGEST_AMOUNT));
      const sentMs = performance.now();
      await sendOne(client, ledger, planTransfer(random, wallets, amount), `client-${number}-${request}`);
      if (endMs < Number.POSITIVE_INFINITY) timesMs.push(performance.now() - sentMs);
      begun[number]?.resolve();
    }
  };
  // The clients do not start all at once, as the first request of each function takes longer.
  const transfers = Array.from({ length: clients }, (_, number) => transfer(number));
  await Promise.race([Promise.all(transfers), begun.at(-1)?.promise]);
  endMs = performance.now() + seconds * 1000;
  await Promise.all(transfers);
  log(`${timesMs.length} transfers were accepted in ${seconds} s. Waiting until they are settled`);
  const sentMs = performance.now();
  await untilSettled(sql);
  const settledSeconds = (performance.now() - sentMs) / 1000;
  timesMs.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(timesMs[Math.ceil(timesMs.length * share) - 1] ?? Number.NaN);
  return [
    ['clients', clients],
    ['wallets', count],
    ['seconds with all clients', seconds],
    ['transfers accepted in this time', timesMs.length],
    ['a second', Math.round(timesMs.length / seconds)],
    ['milliseconds to an answer, median', at(0.5)],
    ['milliseconds to an answer, 95th percentile', at(0.95)],
    ['milliseconds to an answer, slowest', at(1)],
    ['seconds from the last answer until all was settled', settledSeconds.toFixed(1)],
  ];
}

/** Sends equally many transfers each way at once: the balances must not change. */
async function transferBothWays({ options, client, ledger, sql, random }: Run): Promise<Fact[]> {
  const a = await openWallet(client, ledger, 'pair-a', 'USD');
  const b = await openWallet(client, ledger, 'pair-b', 'USD');
  const funds = [a, b].map((walletId): Planned => {
    return { leg: 'receipt', walletId, counterpartyId: null, amount: FUNDS, currency: 'USD' };
  });
  await sendMany(client, ledger, funds, undefined, 'pair-funds');
  options.log(`${PAIR_TRANSFERS} transfers each way between two wallets`);
  const oneWay = (walletId: bigint, counterpartyId: bigint): Planned[] =>
    Array.from({ length: PAIR_TRANSFERS }, () => {
      return { leg: 'debit', walletId, counterpartyId, amount: PAIR_AMOUNT, currency: 'USD' };
    });
  const planned = random
    .shuffle([...oneWay(a, b), ...oneWay(b, a)])
    .entries()
    .toArray();
  await inBatches(planned, 1, options.clients, async (batch) => {
    for (const [index, transfer] of batch) await sendOne(client, ledger, transfer, `pair-${index}`);
    return [];
  });
  await untilSettled(sql);
  const rows = await sql<{ id: bigint; balance: bigint; successes: number }[]>`
    SELECT id, balance, (
      SELECT count(*)::int FROM operations WHERE wallet_id = wallets.id AND status = 'success' AND leg = 'debit'
    ) AS successes
    FROM wallets WHERE id IN (${a}, ${b}) ORDER BY id`;
  for (const { id, balance, successes } of rows) {
    if (balance !== FUNDS)
      ledger.problems.push(`wallet ${id} has ${balance} after transfers both ways, not ${FUNDS}`);
    if (successes !== PAIR_TRANSFERS)
      ledger.problems.push(`${successes} of wallet ${id}'s transfers succeeded`);
  }
  const net = rows.reduce((sum, { balance }) => sum + balance - FUNDS, 0n);
  return [
    ['transfers each way between two wallets at once', PAIR_TRANSFERS],
    ['their net', net.toString()],
  ];
}

/** Sends requests of all kinds at once, for as long as the transfers were sent. */
async function actInAllKinds({ options, client, ledger, sql, random }: Run): Promise<Fact[]> {
  const { clients, seconds, wallets: count, log } = options;
  const wallets = await openWallets(client, ledger, count, () => SCARCE_FUNDS, 'kinds');
  const kinds = newKinds({ client, ledger, random, wallets });
  log(`${clients} clients send requests of all kinds`);
  const endMs = performance.now() + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      for (let request = 1; performance.now() < endMs; request++)
        await actAtRandom(kinds, `kinds-${number}-${request}`);
    }),
  );
  await untilSettled(sql);
  return [...kinds.sent].map(([kind, times]): Fact => [`requests of all kinds at once: ${kind}`, times]);
}

async function checkAll({ client, ledger, sql, options, local }: Run): Promise<Audit> {
  const { problems } = ledger;
  for (const [answer, count] of client.answers) {
    if (!isExpected(answer)) problems.push(`${count} requests were answered ${answer}`);
  }
  const audit = await auditBooks(sql);
  problems.push(...audit.problems, ...(await auditAccepted(sql, ledger)));
  const surfaced = await deadlocks(sql);
  if (surfaced > 0) problems.push(`PostgreSQL counts ${surfaced} deadlocks`);
  for (const [file, wrong] of [
    [join(options.folder, 'logs', 'postgres.log'), /\b(?:ERROR|FATAL|PANIC): /],
    [local.logFile, /"level":"(?:ERROR|CRITICAL)"|"level":"WARN"/],
  ] as const) {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => wrong.test(line));
    if (lines.length > 0) problems.push(`${lines.length} errors in ${file}, first: ${lines[0]}`);
  }
  return audit;
}

/** The largest resident set of the functions' process, if the system reports it. */
async function peakMegabytes(): Promise<string | number> {
  const status = await readFile(`/proc/${pidOf('functions-process.ts')}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
  return kibibytes === undefined ? 'unknown' : Math.round((Number(kibibytes) * 1024) / 1e6);
}

async function deadlocks(sql: Sql): Promise<number> {
  const [row] = await sql<{ deadlocks: number }[]>`
    SELECT deadlocks::int AS deadlocks FROM pg_stat_database WHERE datname = current_database()`;
  return row?.deadlocks ?? Number.NaN;
}

/** Samples the number of connections until `stop`, which returns the largest. */
function countConnections(sql: Sql): { stop: () => Promise<number> } {
  const stopping = new AbortController();
  const counting = (async () => {
    let most = 0;
    while (!stopping.signal.aborted) {
      const [row] = await sql<{ count: number }[]>`
        SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend'`;
      most = Math.max(most, row?.count ?? 0);
      await sleep(SAMPLE_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
    return most;
  })();
  return {
    stop: () => {
      stopping.abort();
      return counting;
    },
  };
}
