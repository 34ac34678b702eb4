import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** The most messages of one receive, as SQS has it. */
const MAX_MESSAGES = 10;

/** What this file uses of fauxqs's queue: it is not exported. */
interface FauxqsQueue {
  /** Messages by group that wait for a receive. */
  readonly fifoMessages: ReadonlyMap<string, readonly unknown[]>;
  /** Messages in flight by group; a group that has one is passed over. */
  readonly fifoLockedGroups: Map<string, number>;
  /** Receives that wait for a message, the longest first. */
  readonly pollWaiters: { readonly timer: NodeJS.Timeout; readonly resolve: () => void }[];
  isFifo(): boolean;
  dequeueFifo(maxCount: number, ...rest: unknown[]): unknown[];
  notifyWaiters(): void;
}

/** What this file uses of how fauxqs keeps its messages: it is not exported either. */
interface FauxqsFile {
  readonly db: { exec(statement: string): void };
  prepareStatements(): unknown;
}

const patched = Symbol('patched');

/**
 * Changes fauxqs 2.4.1 where it differs from SQS so that a busy queue is slow: it hands out whole groups, answers no
 * receive before there is something to receive, and waits for the disk less often.
 *
 * @throws Error for a version of fauxqs that looks different inside
 */
export async function patchFauxqs(): Promise<void> {
  const { SqsQueue } = (await inside('sqs', 'sqsStore.js')) as { SqsQueue?: { prototype: FauxqsQueue } };
  const { PersistenceManager } = (await inside('persistence.js')) as {
    PersistenceManager?: { prototype: FauxqsFile };
  };
  replace(SqsQueue?.prototype, 'dequeueFifo', handOutWholeGroups);
  replace(SqsQueue?.prototype, 'notifyWaiters', wakeAsManyAsGroups);
  replace(PersistenceManager?.prototype, 'prepareStatements', waitForDiskSeldom);
}

/** A file of fauxqs that its package does not export. */
async function inside(...path: readonly string[]): Promise<unknown> {
  const found = findPackageJSON('fauxqs', import.meta.url);
  if (found === undefined) throw new Error('fauxqs is not installed');
  return await import(join(dirname(found), 'dist', ...path));
}

/** Puts a method in place of another one, which it is made from; once, however often it is called. */
function replace<T extends object, K extends keyof T & string>(
  prototype: T | undefined,
  method: K,
  make: (previous: T[K]) => T[K],
): void {
  const previous = prototype?.[method];
  if (prototype === undefined || typeof previous !== 'function')
    throw new Error(
      `this version of fauxqs has no ${method}: look whether localstack/embedded still needs it`,
    );
  if (Reflect.get(previous, patched) === true) return;
  const next = make(previous);
  Reflect.set(next as object, patched, true);
  prototype[method] = next;
}

/**
 * Up to ten messages of a group at once, in order, as SQS does ("a batch may have messages of the same group", SQS
 * Developer Guide, "FIFO queue delivery logic"). Version 2.4.1 stops after the first of each group, so that a busy wallet's
 * queue empties ten times slower than on AWS.
 */
function handOutWholeGroups(handOut: FauxqsQueue['dequeueFifo']): FauxqsQueue['dequeueFifo'] {
  return function (this: FauxqsQueue, maxCount, ...rest) {
    const most = Math.min(maxCount, MAX_MESSAGES);
    const before = new Set(this.fifoLockedGroups.keys());
    const taken = new Map<string, number>();
    const messages: unknown[] = [];
    while (messages.length < most) {
      const more = Reflect.apply(handOut, this, [most - messages.length, ...rest]) as unknown[];
      if (more.length === 0) break;
      messages.push(...more);
      // Groups that this very receive opened stay open for it.
      for (const [group, count] of this.fifoLockedGroups) {
        if (before.has(group)) continue;
        taken.set(group, (taken.get(group) ?? 0) + count);
        this.fifoLockedGroups.delete(group);
      }
    }
    for (const [group, count] of taken) this.fifoLockedGroups.set(group, count);
    return messages;
  };
}

/**
 * As many waiting receives as there are groups to hand out. Version 2.4.1 wakes all of them for each message and each
 * deletion, and all but one are answered with nothing, to come again at once.
 */
function wakeAsManyAsGroups(wakeAll: FauxqsQueue['notifyWaiters']): FauxqsQueue['notifyWaiters'] {
  const pending = new WeakSet<FauxqsQueue>();
  return function (this: FauxqsQueue) {
    if (!this.isFifo()) return Reflect.apply(wakeAll, this, []);
    if (pending.has(this)) return;
    pending.add(this);
    // A receive that was woken before takes its messages first.
    setImmediate(() => {
      pending.delete(this);
      wakeOneForEachGroup(this);
    });
  };
}

function wakeOneForEachGroup({ fifoMessages, fifoLockedGroups, pollWaiters }: FauxqsQueue): void {
  for (const [group, messages] of fifoMessages) {
    if (messages.length === 0 || fifoLockedGroups.has(group)) continue;
    const waiter = pollWaiters.shift();
    if (waiter === undefined) return;
    clearTimeout(waiter.timer);
    waiter.resolve();
  }
}

/**
 * SQLite waits for the disk at its checkpoints instead of at each statement, of which a message takes four: the queue did
 * little else. What is written outlives the end of the process, however it comes. If the power fails, the last messages
 * may be lost; the relay sends again what they were about.
 */
function waitForDiskSeldom(prepare: FauxqsFile['prepareStatements']): FauxqsFile['prepareStatements'] {
  return function (this: FauxqsFile) {
    this.db.exec('PRAGMA synchronous = NORMAL');
    return Reflect.apply(prepare, this, []) as unknown;
  };
}
