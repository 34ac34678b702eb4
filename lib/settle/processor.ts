import { deduplicationId, type ReceivedWakeUp, type WakeUpQueue } from '../messaging/wake-ups.ts';
import { runTx, type Sql } from '../postgres/database.ts';
import { isUnreachable, wasNotSignedIn } from '../postgres/errors.ts';
import { describeError, logger } from '../runtime/log.ts';
import { type FollowUpDeps, type FollowUps, followUps, removeLast } from './follow-ups.ts';
import type { Layout } from './layout.ts';
import { inTurn, nameWith, type Waiting } from './linked.ts';
import type { SettleRequest } from './locks.ts';
import { type Reading, type SettleReport, settlePending } from './settle-pending.ts';

export interface ProcessorDeps extends FollowUpDeps {
  /**
   * Where the search for other wallets of each group ended, by group: the next batch goes on from there, or the wallets with
   * the smallest ids would be found first each time. Without it, each batch begins anew.
   */
  readonly searched?: Map<number, bigint>;
  /** How the tables lie; by default on one server. */
  readonly layout?: Layout;
  /** Another connection, on which a group's next transaction begins while one is written; without it, none does. */
  readonly beside?: Sql;
}

/** Transactions for one group of a batch, so that no group keeps the others waiting; the rest gets a new wake-up. */
const MAX_ROUNDS = 10;

/** Seconds until the first retry of a failed group; the delay doubles with every receive. */
const FIRST_DELAY_SECONDS = 1;

/**
 * The longest such delay, in seconds: so long may a group stand still once the database is back. The queue's maxReceiveCount
 * says for how many of them a message is kept.
 */
const MAX_DELAY_SECONDS = 5;

/** Seconds until the retry of a wallet that failed by itself: short, since its whole group waits as long. */
const LONE_DELAY_SECONDS = 1;

/** Receives after which a wallet that fails by itself is given up: long enough for a lock to be gone. */
const MAX_LONE_RECEIVES = 5;

/** A message to deliver again after a delay, for which its group waits. */
interface FailedMessage {
  readonly message: ReceivedWakeUp;
  readonly delaySeconds: number;
}

/** What came of a batch. */
export interface BatchReport {
  readonly succeeded: number;
  readonly declined: number;
  readonly failed: readonly FailedMessage[];
  /** Messages of wallets that failed by themselves too often: they belong in the dead-letter queue. */
  readonly hopeless: readonly ReceivedWakeUp[];
}

/**
 * Settles the wallets of a batch of messages, group by group: a failed group does not hold up the others, and a failed
 * wallet does not hold up its group.
 *
 * @param messages of any groups, in any order
 * @param isLate checked before each transaction: once true, no transaction is begun and the rest gets new wake-ups
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

const NOTHING: BatchReport = { succeeded: 0, declined: 0, failed: [], hopeless: [] };

const add = (a: BatchReport, b: BatchReport): BatchReport => ({
  succeeded: a.succeeded + b.succeeded,
  declined: a.declined + b.declined,
  failed: [...a.failed, ...b.failed],
  hopeless: [...a.hopeless, ...b.hopeless],
});

/** Whether no wallet can be settled just now. While a password changes, or RDS is asked too often, sign-ins are refused. */
const servesNobody = (error: unknown): boolean => isUnreachable(error) || wasNotSignedIn(error);

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
    if (servesNobody(error)) return { ...NOTHING, failed: messages.map(comingAgain) };
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
    if (servesNobody(error)) return { ...NOTHING, failed: messages.map(comingAgain) };
    const isHopeless = ({ receiveCount }: ReceivedWakeUp) => receiveCount >= MAX_LONE_RECEIVES;
    const others = messages.filter((message) => !isHopeless(message));
    return {
      ...NOTHING,
      failed: others.map((message) => ({ message, delaySeconds: LONE_DELAY_SECONDS })),
      hopeless: messages.filter(isHopeless),
    };
  }
}

/**
 * Settles transaction by transaction until nothing is pending; at the limit, the rest gets new wake-ups. While one
 * transaction settles, the previous one is followed up.
 */
async function drain(
  deps: ProcessorDeps,
  work: Pick<SettleRequest, 'walletIds' | 'group'>,
  messages: readonly ReceivedWakeUp[],
  isLate: () => boolean,
): Promise<BatchReport> {
  let report = NOTHING;
  let isFull = true;
  let waiting: readonly Waiting[] = [];
  let isStuck = false;
  let after = (work.group !== null && deps.searched?.get(work.group)) || 0n;
  let beside: Running | undefined;
  // Whether the named wallets have so much that they and the others go on apart, each by transactions of their own.
  let isApart = false;
  let other = work.group === null ? undefined : deps.beside;
  const following = followUps(deps);
  try {
    let round = 1;
    while (beside !== undefined || (isFull && round <= MAX_ROUNDS && !isLate())) {
      const isNaming = waiting.length > 0;
      const { request, rest } = nextRequest({ ...work, after }, waiting, isStuck);
      const isBeside = beside !== undefined;
      const running = beside ?? begin(deps, deps.sql, { ...request, part: 'both' }, following, isLate);
      beside = undefined;
      const reading = await running.reading;
      if (running.part !== 'others') isApart = reading?.hasMoreNamed === true;
      const next = besideOf({ ...work, after: reading?.after ?? after }, running.part, reading, isApart);
      if (other !== undefined && next !== undefined && round < MAX_ROUNDS && !isLate())
        beside = begin(deps, running.sql === deps.sql ? other : deps.sql, next, following, isLate);
      const settled = isBeside ? await unlessUnreachable(running.settled) : await running.settled;
      // Where a second connection can't be had, or nobody else waits, the rest goes on alone.
      if (isBeside && (settled === undefined || (settled.locked === 0 && !isApart))) other = undefined;
      if (settled === undefined) continue;
      report = add(report, { ...NOTHING, succeeded: settled.succeeded, declined: settled.declined });
      ({ after } = settled);
      // After the linked transactions that waited, once more for what waited behind others, and for the rest of the group. One beside
      // another passed over what that one had locked.
      isFull = settled.isFull || settled.waiting.length > 0 || isNaming || isBeside;
      isStuck = isNaming && settled.succeeded + settled.declined === 0;
      waiting = inTurn(settled.waiting, rest);
      if (work.group !== null) deps.searched?.set(work.group, after);
      await following.start(settled);
      if (settled.locked > 0 || isNaming) round += 1;
    }
  } catch (error) {
    const last = await beside?.settled.catch(() => undefined);
    if (last !== undefined) await following.start(last);
    const published = await following.takePublished();
    // An unreachable database would not remove them either.
    if (!servesNobody(error)) await removeLast(deps.sql, published);
    throw error;
  }
  await removeLast(deps.sql, await following.takePublished());
  return isFull ? await handOn(deps.queue, messages, report) : report;
}

/** A transaction under way. */
interface Running {
  /** Its connection. */
  readonly sql: Sql;
  readonly part: Part;
  /** What it says once it has read what it settles; undefined if it ends before. */
  readonly reading: Promise<Reading | undefined>;
  readonly settled: Promise<SettleReport>;
}

function begin(
  deps: ProcessorDeps,
  sql: Sql,
  { part, ...request }: PartRequest,
  following: FollowUps,
  isLate: () => boolean,
): Running {
  const reading = Promise.withResolvers<Reading | undefined>();
  const settled = following.removing((published) =>
    runTx(
      sql,
      (tx) => settlePending(tx, request, published, deps.layout, deps.bus !== undefined, reading.resolve),
      isLate,
    ),
  );
  // Whoever waits for it gets the error.
  settled.catch(() => {}).finally(() => reading.resolve(undefined));
  return { sql, part, reading: reading.promise, settled };
}

/** Which wallets of the group a transaction settles: the named, the others, or both. */
type Part = 'named' | 'others' | 'both';

type PartRequest = SettleRequest & { readonly part: Part };

/**
 * What is settled while another transaction still writes: others of the group, if it found enough of them or did not look, or the named
 * wallets beside others. Others pass over what is locked, and only one of the two has the named: so neither waits for the other.
 *
 * @param running the part of the other transaction
 * @param reading what that one said; undefined if nobody of its part has work
 */
function besideOf(
  work: SettleRequest,
  running: Part,
  reading: Reading | undefined,
  isApart: boolean,
): PartRequest | undefined {
  if (reading !== undefined && reading.waiting.length > 0) return undefined;
  if (running === 'others' && isApart) return { ...work, group: null, part: 'named' };
  if (reading?.isFull !== true || !(reading.hasOthers || running === 'named')) return undefined;
  return { ...work, leavesNamed: true, part: 'others' };
}

/** What a transaction settled; undefined if the database was out of its reach. */
async function unlessUnreachable(settled: Promise<SettleReport>): Promise<SettleReport | undefined> {
  return await settled.catch((error: unknown) => {
    if (!servesNobody(error)) throw error;
    logger.warn('went on alone', { error: describeError(error) });
    return undefined;
  });
}

/** What the next transaction is to settle. */
interface Next {
  readonly request: SettleRequest;
  /** The linked transactions that wait for one after it. */
  readonly rest: readonly Waiting[];
}

/**
 * While linked transactions wait, the next transaction settles these alone: it names the wallets of as many as fit into it, and
 * passes over those that others lock. If the previous one settled nothing in this way, it waits for those of the first.
 */
function nextRequest(work: SettleRequest, waiting: readonly Waiting[], isStuck: boolean): Next {
  if (waiting.length === 0) return { request: work, rest: [] };
  const { walletIds, rest } = nameWith(work.walletIds, isStuck ? waiting.slice(0, 1) : waiting);
  return {
    request: { ...work, walletIds, skipsLocked: !isStuck, group: null, isShared: true },
    rest: isStuck ? waiting.slice(1) : rest,
  };
}

/** Sends new wake-ups for the wallets, behind the group's other messages. */
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
    return { ...report, failed: messages.map(comingAgain) };
  }
}

/** A message of a failed group: the delay grows with the receives. */
function comingAgain(message: ReceivedWakeUp): FailedMessage {
  const delaySeconds = Math.min(FIRST_DELAY_SECONDS * 2 ** (message.receiveCount - 1), MAX_DELAY_SECONDS);
  return { message, delaySeconds };
}
