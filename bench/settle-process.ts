import type { ReceivedWakeUp } from '../lib/messaging/wake-ups.ts';
import { runTx, type Sql } from '../lib/postgres/database.ts';
import { processBatch } from '../lib/settle/processor.ts';
import { serveTasks } from '../localstack/processes/parent.ts';
import { FLOOR } from './backlog.ts';
import { NO_BUS, NO_QUEUE } from './no-messages.ts';
import { openBench, PROCESSOR_CONNECTIONS } from './postgres.ts';
import { serverTime } from './processor-time.ts';

/** A process's task: settle groups with the real processor, or write batches with bare statements. */
export type Task =
  | { readonly kind: 'settle'; readonly url: string; readonly groups: readonly number[] }
  | { readonly kind: 'floor'; readonly url: string; readonly batches: number };

/** A task's result. */
export interface Done {
  readonly operations: number;
  /** Time in the processor or the bare statements, without looking up the pending operations. */
  readonly timeMs: number;
  /** Processor time of this process in `timeMs`. */
  readonly cpuMs: number;
  /** Processor time of the connection's server process, including the look-ups; 0 if it can't be read. */
  readonly serverCpuMs: number;
}

type Timed = Omit<Done, 'serverCpuMs'>;

/** Most batches: more than any backlog here needs. */
const MAX_BATCHES = 100_000;

async function settle(sql: Sql, groups: readonly number[]): Promise<Timed> {
  let [operations, timeMs, cpuMs] = [0, 0, 0];
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const messages = await pending(sql, groups, batch);
    if (messages.length === 0) return { operations, timeMs, cpuMs };
    const usage = process.cpuUsage();
    const startedMs = performance.now();
    const report = await processBatch(
      { sql, beside: sql, queue: NO_QUEUE, bus: NO_BUS },
      messages,
      () => false,
    );
    timeMs += performance.now() - startedMs;
    const { user, system } = process.cpuUsage(usage);
    cpuMs += (user + system) / 1_000;
    operations += report.succeeded;
    if (report.declined + report.failed.length > 0) throw new Error('a bench operation did not succeed');
  }
  throw new Error(`more than ${MAX_BATCHES} batches`);
}

/** A wake-up for one wallet of each group that has pending operations. */
async function pending(sql: Sql, groups: readonly number[], batch: number): Promise<ReceivedWakeUp[]> {
  const messages: ReceivedWakeUp[] = [];
  for (const group of groups) {
    const [row] = await sql<{ walletId: bigint }[]>`
      SELECT wallet_id AS "walletId" FROM pending_operations JOIN wallets ON wallets.id = wallet_id
      WHERE wallets.wallet_group = ${group} LIMIT 1`;
    if (row === undefined) continue;
    const messageId = `${group}-${batch}`;
    messages.push({
      messageId,
      receiptHandle: messageId,
      group,
      receiveCount: 1,
      correlationId: messageId,
      ...row,
    });
  }
  return messages;
}

async function writeFloor(sql: Sql, batches: number): Promise<Timed> {
  let operations = 0;
  const usage = process.cpuUsage();
  const startedMs = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    await runTx(sql, async (tx) => {
      await tx.unsafe(FLOOR.published, [batch], { prepare: true });
      await tx.unsafe(FLOOR.pending, [batch], { prepare: true });
      operations += (await tx.unsafe(FLOOR.operations, [batch], { prepare: true })).count;
      await tx.unsafe(FLOOR.wallets, [batch], { prepare: true });
      await tx.unsafe(FLOOR.outbox, [batch], { prepare: true });
    });
  }
  await sql.unsafe(FLOOR.published, [batches], { prepare: true });
  const timeMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(usage);
  return { operations, timeMs, cpuMs: (user + system) / 1_000 };
}

async function perform(task: Task): Promise<Done> {
  const sql = openBench(task.url, PROCESSOR_CONNECTIONS);
  try {
    const before = await serverTime(sql);
    const done = task.kind === 'floor' ? await writeFloor(sql, task.batches) : await settle(sql, task.groups);
    return { ...done, serverCpuMs: (await serverTime(sql)) - before };
  } finally {
    await sql.end();
  }
}

await serveTasks(perform);
