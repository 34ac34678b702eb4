import type { Bus } from '../messaging/event-bus.ts';
import { deleteEvents, publishEvents } from '../messaging/outbox.ts';
import {
  deduplicationId,
  type ReceivedWakeUp,
  type WakeUp,
  type WakeUpQueue,
} from '../messaging/wake-ups.ts';
import { runTx, type Sql } from '../postgres/database.ts';
import { isUnreachable } from '../postgres/errors.ts';
import { describeError, logger } from '../runtime/log.ts';
import { walletGroups } from '../wallets/wallets.ts';
import type { SettleRequest } from './reads.ts';
import { type SettleReport, settlePending } from './settle-pending.ts';

export interface ProcessorDeps {
  readonly sql: Sql;
  readonly queue: WakeUpQueue;
  readonly bus: Bus;
}

/** Transactions for one group of a batch; what is left then is woken anew, so that no group keeps the others waiting. */
const MAX_ROUNDS = 10;

/** Seconds until the first retry of a group that failed; it doubles with every receive. */
const FIRST_DELAY_SECONDS = 1;

/** The longest such delay, in seconds: a database that fails over is back by then. */
const MAX_DELAY_SECONDS = 60;

/** Seconds until the retry of a wallet that failed alone: short, since its whole group waits as long. */
const LONE_DELAY_SECONDS = 1;

/** A message to deliver again, and when: its group waits as long. */
interface FailedMessage {
  readonly message: ReceivedWakeUp;
  readonly delaySeconds: number;
}

/** What came of a batch. */
export interface BatchReport {
  readonly succeeded: number;
  readonly declined: number;
  readonly failed: readonly FailedMessage[];
}

/**
 * Settles what a batch of messages asks for, group by group: a group that fails does not hold up the others, and a
 * wallet that fails does not hold up its group.
 *
 * @param messages of any groups, in any order
 * @param isLate asked before each transaction; once it says true, nothing more is begun and the rest is woken anew
 */
export async function processBatch(
  deps: ProcessorDeps,
  messages: readonly ReceivedWakeUp[],
  isLate: () => boolean,
): Promise<BatchReport> {
  const reports: BatchReport[] = [];
  for (const [group, ofGroup] of Map.groupBy(messages, (message) => message.group)) {
    reports.push(await processGroup(deps, group, ofGroup, isLate));
  }
  return reports.reduce(add, NOTHING);
}

const NOTHING: BatchReport = { succeeded: 0, declined: 0, failed: [] };

const add = (a: BatchReport, b: BatchReport): BatchReport => ({
  succeeded: a.succeeded + b.succeeded,
  declined: a.declined + b.declined,
  failed: [...a.failed, ...b.failed],
});

async function processGroup(
  deps: ProcessorDeps,
  group: number,
  messages: readonly ReceivedWakeUp[],
  isLate: () => boolean,
): Promise<BatchReport> {
  const walletIds = [...new Set(messages.map(({ walletId }) => walletId))];
  try {
    return await drain(deps, { walletIds, group }, messages, isLate);
  } catch (error) {
    logger.error('group failed', { group, error: describeError(error) });
    if (isUnreachable(error)) {
      const failed = messages.map((message) => ({ message, delaySeconds: retryDelay(message.receiveCount) }));
      return { ...NOTHING, failed };
    }
  }
  const reports: BatchReport[] = [];
  for (const walletId of walletIds) {
    const ofWallet = messages.filter((message) => message.walletId === walletId);
    reports.push(await processWallet(deps, walletId, ofWallet, isLate));
  }
  return reports.reduce(add, NOTHING);
}

async function processWallet(
  deps: ProcessorDeps,
  walletId: bigint,
  messages: readonly ReceivedWakeUp[],
  isLate: () => boolean,
): Promise<BatchReport> {
  try {
    return await drain(deps, { walletIds: [walletId], group: null }, messages, isLate);
  } catch (error) {
    logger.error('wallet failed', { walletId: walletId.toString(), error: describeError(error) });
    return { ...NOTHING, failed: messages.map((message) => ({ message, delaySeconds: LONE_DELAY_SECONDS })) };
  }
}

/**
 * Settles transaction by transaction until nothing is pending, and wakes anew what is left at the limit. While one
 * settles, what follows the one before is done.
 */
async function drain(
  deps: ProcessorDeps,
  work: Pick<SettleRequest, 'walletIds' | 'group'>,
  messages: readonly ReceivedWakeUp[],
  isLate: () => boolean,
): Promise<BatchReport> {
  let report = NOTHING;
  let isFull = true;
  let after = work.walletIds[0] ?? 0n;
  let published: readonly bigint[] = [];
  let following: Promise<readonly bigint[]> = Promise.resolve([]);
  try {
    for (let round = 1; isFull && round <= MAX_ROUNDS && !isLate(); round++) {
      const settled = await runTx(deps.sql, (tx) => settlePending(tx, { ...work, after }, published));
      report = add(report, { ...settled, failed: [] });
      ({ isFull, after } = settled);
      published = await following;
      // Begun first: on the one connection, the groups of new legs are asked for before the next transaction.
      following = followUp(deps, settled);
    }
  } catch (error) {
    // A database that serves nobody is not asked again.
    const taken = await following;
    if (!isUnreachable(error)) await deletePublished(deps.sql, [...published, ...taken]);
    throw error;
  }
  await deletePublished(deps.sql, [...published, ...(await following)]);
  return isFull ? await handOn(deps.queue, messages, report) : report;
}

/** Wakes the wallets anew, behind the group's other messages. */
async function handOn(
  queue: WakeUpQueue,
  messages: readonly ReceivedWakeUp[],
  report: BatchReport,
): Promise<BatchReport> {
  const rest = messages.map(({ messageId, walletId, group, correlationId }) => {
    return { walletId, group, correlationId, deduplicationId: deduplicationId('rest', messageId) };
  });
  try {
    await queue.wake(rest);
    return report;
  } catch (error) {
    logger.warn('the rest comes again', { error: describeError(error) });
    const failed = messages.map((message) => ({ message, delaySeconds: retryDelay(message.receiveCount) }));
    return { ...report, failed };
  }
}

/**
 * What follows a commit; whatever fails here, the relay does later.
 *
 * @returns the outbox ids of events that the bus took
 */
async function followUp(
  { sql, queue, bus }: ProcessorDeps,
  settled: SettleReport,
): Promise<readonly bigint[]> {
  const [woken, published] = await Promise.allSettled([
    wakeUps(sql, settled.legs).then((messages) => queue.wake(messages)),
    publishEvents(bus, settled.events),
  ]);
  for (const result of [woken, published]) if (result.status === 'rejected') leaveToRelay(result.reason);
  return published.status === 'fulfilled' ? published.value : [];
}

/** Forgets the last events that the bus took; the transactions after them forgot the others. */
async function deletePublished(sql: Sql, published: readonly bigint[]): Promise<void> {
  await deleteEvents(sql, published).catch(leaveToRelay);
}

function leaveToRelay(error: unknown): void {
  logger.warn('left to the relay', { error: describeError(error) });
}

/** One wake-up per wallet, whatever the number of its legs. */
async function wakeUps(sql: Sql, legs: SettleReport['legs']): Promise<WakeUp[]> {
  if (legs.length === 0) return [];
  const lastLegs = new Map(legs.map((leg) => [leg.walletId, leg]));
  const groups = await walletGroups(sql, lastLegs.keys());
  return [...lastLegs.values()].flatMap(({ id, walletId, correlationId }) => {
    const group = groups.get(walletId);
    return group === undefined
      ? []
      : [{ walletId, group, deduplicationId: deduplicationId('operation', id), correlationId }];
  });
}

/** Seconds until a group that failed is delivered again, by how often it was received. */
function retryDelay(receiveCount: number): number {
  return Math.min(FIRST_DELAY_SECONDS * 2 ** (receiveCount - 1), MAX_DELAY_SECONDS);
}
