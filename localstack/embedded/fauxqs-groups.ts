import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** The most messages of one receive, as SQS has it. */
const MAX_MESSAGES = 10;

/** What this file uses of fauxqs's queue: it is not exported. */
interface FauxqsQueue {
  /** Messages in flight by group; a group that has one is passed over. */
  readonly fifoLockedGroups: Map<string, number>;
  dequeueFifo(maxCount: number, ...rest: unknown[]): unknown[];
}

const patched = Symbol('hands out whole groups');

/**
 * Has fauxqs hand out up to ten messages of a group at once, in order, as SQS does ("a batch may have messages of the same
 * group", SQS Developer Guide, "FIFO queue delivery logic"). Version 2.4.1 stops after the first of each group, so that a
 * busy wallet's queue empties ten times slower than on AWS.
 *
 * @throws Error for a version of fauxqs whose queue looks different
 */
export async function handOutWholeGroups(): Promise<void> {
  const found = findPackageJSON('fauxqs', import.meta.url);
  if (found === undefined) throw new Error('fauxqs is not installed');
  const store = (await import(join(dirname(found), 'dist', 'sqs', 'sqsStore.js'))) as {
    SqsQueue?: { prototype: FauxqsQueue & { [patched]?: true } };
  };
  const queue = store.SqsQueue?.prototype;
  if (typeof queue?.dequeueFifo !== 'function')
    throw new Error('this version of fauxqs has no dequeueFifo: look whether it hands out whole groups now');
  if (queue[patched]) return;
  const handOut = Reflect.get(queue, 'dequeueFifo') as (...args: unknown[]) => unknown[];
  queue[patched] = true;
  queue.dequeueFifo = function (this: FauxqsQueue, maxCount, ...rest) {
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
