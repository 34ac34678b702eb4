import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedWakeUp, WakeUp } from '../lib/messaging/wake-ups.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { serveTasks } from '../localstack/processes/parent.ts';
import { loadBuild } from './against/build.ts';
import { type Requests, sendAll } from './against/requests.ts';
import { NO_BUS, NO_QUEUE } from './no-messages.ts';
import { PROCESSOR_CONNECTIONS } from './postgres.ts';
import { serverTime } from './processor-time.ts';

/** A task for one build, that of the folder which the process runs in. */
export type Task = { readonly url: string } & (
  | { readonly kind: 'migrate' | 'relay' | 'reconcile' | 'verify' }
  | { readonly kind: 'accept'; readonly requests: Requests }
  /** Settles the groups until nothing is pending, or no new transaction after `limitMs`. */
  | { readonly kind: 'settle'; readonly groups: readonly number[]; readonly limitMs?: number }
  /** Accepts both, and tells when the stranger's operation is settled. */
  | { readonly kind: 'neighbour'; readonly busy: Requests; readonly stranger: Requests }
);

/** A task's result. */
export interface Done {
  /** Operations accepted, settled or verified; for `relay`, wallets woken. */
  readonly count: number;
  readonly timeMs: number;
  /** Processor time of this process in `timeMs`. */
  readonly nodeMs: number;
  /** Processor time of the server process of the only connection; 0 for several connections. */
  readonly serverMs: number;
}

/** Most batches of a task: more than any backlog here needs. */
const MAX_BATCHES = 100_000;

/** What SQS puts into one batch of a FIFO queue. */
const BATCH_MESSAGES = 10;

/** Milliseconds between two looks at the stranger's operation: little beside the second that it may take. */
const LOOK_MS = 10;

/** Wallets that a portion of the relay's pass wakes. */
const PORTION = 2_000;

/** Statements of a measurement take as long as they take, but the relay's, which have the limit that they always have. */
const UNLIMITED = { statement_timeout: '900s', transaction_timeout: '900s' };
const CHECK_SECONDS = 900;
const LIMITED = { statement_timeout: '8s', transaction_timeout: '9s' };

const build = await loadBuild(process.cwd());

async function perform(task: Task): Promise<Done> {
  const url = new URL(task.url);
  for (const [name, value] of Object.entries(task.kind === 'relay' ? LIMITED : UNLIMITED))
    url.searchParams.set(name, value);
  const sql = build.openDatabase(
    url.href,
    task.kind === 'accept' ? task.requests.atOnce : PROCESSOR_CONNECTIONS,
  );
  try {
    return await performOn(sql, task);
  } finally {
    await sql.end();
  }
}

async function performOn(sql: Sql, task: Task): Promise<Done> {
  switch (task.kind) {
    case 'migrate':
      return await timed(sql, async () => (await build.migrate(task.url)).length);
    case 'accept':
      return await accept(sql, task.requests);
    case 'settle':
      return await settle(sql, task.groups, task.limitMs);
    case 'relay':
      return await timed(sql, () => relay(sql));
    case 'verify':
      return await timed(sql, () => verify(sql));
    case 'reconcile':
      return await timed(sql, () => reconcile(sql));
    case 'neighbour':
      return await settleBeside(sql, task.url, task.busy, task.stranger);
  }
}

/** One portion of a pass. Cut off at the database's limit, it has woken nobody. */
async function relay(sql: Sql): Promise<number> {
  let woken = 0;
  const queue = {
    ...NO_QUEUE,
    wake: async (wakeUps: readonly WakeUp[]) => {
      woken += wakeUps.length;
    },
  };
  await build
    .relayOnce({ sql, queue, bus: NO_BUS }, 0, () => woken >= PORTION)
    .catch((error: unknown) => {
      if (!isCutOff(error)) throw error;
    });
  return woken;
}

const isCutOff = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '57014';

async function verify(sql: Sql): Promise<number> {
  const { isClean, operations } = await build.verifyChains(sql, CHECK_SECONDS, sql);
  if (!isClean) throw new Error('a chain is broken');
  return operations;
}

async function reconcile(sql: Sql): Promise<number> {
  const { operations, checks } = await build.reconcile(sql, CHECK_SECONDS);
  const off = checks.filter(({ problems }) => problems > 0);
  if (off.length > 0) throw new Error(`the books are off: ${JSON.stringify(off)}`);
  return operations;
}

async function accept(sql: Sql, requests: Requests): Promise<Done> {
  const deps = { sql, queue: NO_QUEUE, bus: undefined, apiKeys: 'off' as const };
  const { warmUp = 0 } = requests;
  if (warmUp > 0) await sendAll(build, deps, { ...requests, count: warmUp });
  return await timed(sql, async () => {
    await sendAll(build, deps, requests);
    return requests.count;
  });
}

async function settle(
  sql: Sql,
  groups: readonly number[],
  limitMs = Number.POSITIVE_INFINITY,
): Promise<Done> {
  const findPending = await pendingFinder(sql);
  const all: Done[] = [];
  const spentMs = (): number => all.reduce((sum, { timeMs }) => sum + timeMs, 0);
  for (let batch = 0; batch < MAX_BATCHES && spentMs() < limitMs; batch++) {
    const messages: ReceivedWakeUp[] = [];
    for (const group of groups) {
      const [walletId] = await findPending(group);
      if (walletId !== undefined)
        messages.push(received({ walletId, group, correlationId: 'bench' }, `${group}-${batch}`));
    }
    if (messages.length === 0) break;
    const untilMs = performance.now() + limitMs - spentMs();
    all.push(await timed(sql, () => settleBatch(sql, messages, () => performance.now() > untilMs)));
  }
  const total = (read: (done: Done) => number): number => all.reduce((sum, done) => sum + read(done), 0);
  return {
    count: total(({ count }) => count),
    timeMs: spentMs(),
    nodeMs: total(({ nodeMs }) => nodeMs),
    serverMs: total(({ serverMs }) => serverMs),
  };
}

/** Declined operations are settled, too. */
async function settleBatch(
  sql: Sql,
  messages: readonly ReceivedWakeUp[],
  isLate: () => boolean,
): Promise<number> {
  const report = await build.processBatch(
    { sql, beside: sql, queue: NO_QUEUE, bus: NO_BUS },
    messages,
    isLate,
  );
  if (report.failed.length > 0) throw new Error('a group failed');
  return report.succeeded + report.declined;
}

/** Finds a wallet of a group with pending operations; earlier builds have them in the journal. */
async function pendingFinder(sql: Sql): Promise<(group: number) => Promise<bigint[]>> {
  const [table] = await sql<
    { isOwn: boolean }[]
  >`SELECT to_regclass('pending_operations') IS NOT NULL AS "isOwn"`;
  const pending =
    table?.isOwn === true ? 'pending_operations' : "(SELECT * FROM operations WHERE status = 'new')";
  return async (group) => {
    const found = await sql.unsafe<{ id: bigint }[]>(
      `SELECT wallets.id FROM ${pending} AS pending JOIN wallets ON wallets.id = wallet_id
      WHERE wallets.wallet_group = $1 LIMIT 1`,
      [group],
    );
    return found.map(({ id }) => id);
  };
}

const received = (wakeUp: Omit<WakeUp, 'deduplicationId'>, messageId: string): ReceivedWakeUp => ({
  ...wakeUp,
  messageId,
  receiptHandle: messageId,
  receiveCount: 1,
});

/** All of one group: its messages wait in one line, as in a FIFO queue. */
async function settleBeside(sql: Sql, url: string, busy: Requests, stranger: Requests): Promise<Done> {
  const line: WakeUp[] = [];
  const queue = { ...NO_QUEUE, wake: async (wakeUps: readonly WakeUp[]) => void line.push(...wakeUps) };
  for (const requests of [busy, stranger])
    await sendAll(build, { sql, queue, bus: undefined, apiKeys: 'off' }, requests);
  const strangers = line.at(-1)?.walletId ?? 0n;
  const looking = build.openDatabase(url);
  const startedMs = performance.now();
  const settledMs = untilSettled(looking, strangers).then(() => performance.now() - startedMs);
  const done = await timed(sql, async () => {
    let count = 0;
    for (let batch = 0; batch < MAX_BATCHES && line.length > 0; batch++) {
      const messages = line
        .splice(0, BATCH_MESSAGES)
        .map((wakeUp, index) => received(wakeUp, `${batch}-${index}`));
      const report = await build.processBatch(
        { sql, beside: sql, queue, bus: NO_BUS },
        messages,
        () => false,
      );
      count += report.succeeded + report.declined;
    }
    return count;
  });
  const timeMs = await settledMs;
  await looking.end();
  return { ...done, timeMs };
}

async function untilSettled(sql: Sql, walletId: bigint): Promise<void> {
  for (;;) {
    const [wallet] = await sql<{ isSettled: boolean }[]>`
      SELECT chain_length > 0 AS "isSettled" FROM wallets WHERE id = ${walletId}`;
    if (wallet?.isSettled === true) return;
    await sleep(LOOK_MS);
  }
}

/** Measures work that returns how much it did. */
async function timed(sql: Sql, work: () => Promise<number>): Promise<Done> {
  const serverBeforeMs = await serverTime(sql);
  const usage = process.cpuUsage();
  const startedMs = performance.now();
  const count = await work();
  const timeMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(usage);
  const serverMs = (await serverTime(sql)) - serverBeforeMs;
  return { count, timeMs, nodeMs: (user + system) / 1_000, serverMs };
}

await serveTasks(perform);
