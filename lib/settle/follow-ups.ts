import type { Bus } from '../messaging/event-bus.ts';
import { NOTHING_PUBLISHED, type Published, publishEvents, removePublished } from '../messaging/outbox.ts';
import { deduplicationId, type WakeUp, type WakeUpQueue } from '../messaging/wake-ups.ts';
import type { Sql } from '../postgres/database.ts';
import { describeError, logger } from '../runtime/log.ts';
import type { SettleReport } from './settle-pending.ts';

export interface FollowUpDeps {
  readonly sql: Sql;
  readonly queue: WakeUpQueue;
  /** Undefined if nobody listens: no event is staged then. */
  readonly bus: Bus | undefined;
}

/** What follows each commit: new legs wake their wallets, events are published. Three commits' at a time, at most. */
export interface FollowUps {
  /**
   * Runs a transaction that removes the events which the bus took since the previous one.
   *
   * @returns what it returned; if it throws, they are left to the next one
   */
  removing<T>(transaction: (published: Published) => Promise<T>): Promise<T>;
  /** Follows up a commit; waits only for the follow-up before the last one. */
  start(settled: SettleReport): Promise<void>;
  /** Waits for the last follow-ups. Returns the events that the bus took and no transaction removed: nothing else does. */
  takePublished(): Promise<Published>;
}

/** No follow-up fails: whatever goes wrong, the relay does later. */
export function followUps(deps: FollowUpDeps): FollowUps {
  let published = NOTHING_PUBLISHED;
  let [previous, current] = [Promise.resolve(NOTHING_PUBLISHED), Promise.resolve(NOTHING_PUBLISHED)];
  const take = (): Published => {
    const taken = published;
    published = NOTHING_PUBLISHED;
    return taken;
  };
  const add = (more: Published): void => {
    published = {
      count: published.count + more.count,
      rowIds: [...published.rowIds, ...more.rowIds],
      refused: [...published.refused, ...more.refused],
    };
  };
  return {
    async removing(transaction) {
      const taken = take();
      try {
        return await transaction(taken);
      } catch (error) {
        add(taken);
        throw error;
      }
    },
    async start(settled) {
      const before = previous;
      previous = current;
      current = followUp(deps, settled);
      add(await before);
    },
    async takePublished() {
      const last = [previous, current];
      previous = current = Promise.resolve(NOTHING_PUBLISHED);
      for (const each of last) add(await each);
      return take();
    },
  };
}

/** @returns what the bus took */
async function followUp({ queue, bus }: FollowUpDeps, settled: SettleReport): Promise<Published> {
  const [woken, published] = await Promise.allSettled([
    queue.wake(wakeUps(settled.legs)),
    publishEvents(bus, settled.events),
  ]);
  for (const result of [woken, published]) if (result.status === 'rejected') leaveToRelay(result.reason);
  return published.status === 'fulfilled' ? published.value : NOTHING_PUBLISHED;
}

/** One wake-up per wallet, whatever the number of its legs. */
function wakeUps(legs: SettleReport['legs']): WakeUp[] {
  const lastLegs = new Map(legs.map((leg) => [leg.walletId, leg]));
  return Array.from(lastLegs.values(), ({ id, walletId, group, correlationId }) => {
    return { walletId, group, correlationId, deduplicationId: deduplicationId('operation', id) };
  });
}

/** Removes the last events that the bus took; earlier ones were removed by later transactions. */
export async function removeLast(sql: Sql, published: Published): Promise<void> {
  await removePublished(sql, published).catch(leaveToRelay);
}

function leaveToRelay(error: unknown): void {
  logger.warn('left to the relay', { error: describeError(error) });
}
