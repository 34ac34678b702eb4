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

/** What follows each commit: new legs wake their wallets, events are published. One commit's at a time. */
export interface FollowUps {
  /** Follows up a commit, which must have deleted `published`; waits only for the follow-up before it. */
  start(settled: SettleReport): Promise<void>;
  /** Events that the bus took: the next transaction removes them. */
  readonly published: Published;
  /** Waits for the last follow-up. Returns `published` and its events: nothing else removes them. */
  takePublished(): Promise<Published>;
}

/** No follow-up fails: whatever goes wrong, the relay does later. */
export function followUps(deps: FollowUpDeps): FollowUps {
  let published = NOTHING_PUBLISHED;
  let current = Promise.resolve(NOTHING_PUBLISHED);
  return {
    get published() {
      return published;
    },
    async start(settled) {
      published = await current;
      current = followUp(deps, settled);
    },
    async takePublished() {
      const last = await current;
      return {
        count: published.count + last.count,
        rowIds: [...published.rowIds, ...last.rowIds],
        refused: [...published.refused, ...last.refused],
      };
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
