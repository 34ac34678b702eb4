import type { Bus } from '../messaging/event-bus.ts';
import { publishEvents, removePublished } from '../messaging/outbox.ts';
import type { Sql } from '../postgres/database.ts';
import { describeError, logger } from '../runtime/log.ts';
import { claimDue } from './claim.ts';
import type { Look, PostQueue, PostResult, ResultQueue } from './queues.ts';
import { type Recorded, recordResults } from './record.ts';
import { lookForDue, SWEEP_PORTION, sweepMessages, sweepWebhooks } from './sweep.ts';

/** The longest delay of a message in SQS, in seconds. What is due later is found by the schedule. */
const MAX_DELAY_SECONDS = 900;

/** Webhooks whose posts are claimed in one transaction: some hundred posts with their bodies. */
const WEBHOOKS_AT_ONCE = 10;

/** Portions of old messages that one run deletes: what a busy hour stored. */
const MAX_SWEEPS = 500;

/** What delivering needs. */
export interface DeliverDeps {
  readonly sql: Sql;
  readonly posts: PostQueue;
}

export interface RelayDeps extends DeliverDeps {
  readonly results: ResultQueue;
  readonly bus: Bus | undefined;
}

/**
 * Hands over what is due to be posted.
 *
 * @returns how many posts
 * @throws if the queue does not take it: it counts as lost then, and is due again later
 */
export async function sendDue({ sql, posts }: DeliverDeps, webhookIds: readonly string[]): Promise<number> {
  let sent = 0;
  for (let at = 0; at < webhookIds.length; at += WEBHOOKS_AT_ONCE) {
    const claimed = await claimDue(sql, webhookIds.slice(at, at + WEBHOOKS_AT_ONCE));
    await posts.send(claimed);
    sent += claimed.length;
  }
  return sent;
}

/**
 * Notes what came of posts, and hands over what is due of the same webhooks.
 *
 * @throws what the database or a queue throws; the same messages may be given again
 */
export async function followResults(
  deps: RelayDeps,
  messages: readonly (PostResult | Look)[],
): Promise<Omit<Recorded, 'events' | 'delays'> & { readonly sent: number }> {
  const results = messages.filter((message): message is PostResult => !('look' in message));
  const { events, delays, ...counts } = await recordResults(deps.sql, results);
  const ids = messages.map((message) => ('look' in message ? message.look : message.webhookId));
  const sent = await sendDue(deps, [...new Set(ids)]);
  await Promise.all([lookLater(deps.results, delays), publish(deps, events)]);
  return { ...counts, sent };
}

/** One look for each webhook and moment. If the queue does not take it, the schedule finds what is due. */
async function lookLater(results: ResultQueue, delays: Recorded['delays']): Promise<void> {
  const soon = delays.filter(({ seconds }) => seconds < MAX_DELAY_SECONDS);
  const unique = new Map(soon.map((each) => [`${each.webhookId} ${each.seconds}`, each]));
  await Promise.all(
    // A second later, so that it is due then by the database's clock, too.
    [...unique.values()].map(({ webhookId, seconds }) => results.send({ look: webhookId }, seconds + 1)),
  ).catch((error: unknown) => logger.warn('left to the schedule', { error: describeError(error) }));
}

async function publish({ sql, bus }: RelayDeps, events: Recorded['events']): Promise<void> {
  try {
    await removePublished(sql, await publishEvents(bus, events));
  } catch (error) {
    logger.warn('left to the relay', { error: describeError(error) });
  }
}

/** What a run did. */
export interface WebhookRun {
  readonly sent: number;
  readonly deleted: number;
  readonly oldestSeconds: number;
}

/**
 * Hands over what is due of all webhooks, and deletes what is too old to be kept.
 *
 * @param isLate once true, nothing more is deleted in this run
 */
export async function relayWebhooks(deps: DeliverDeps, isLate: () => boolean): Promise<WebhookRun> {
  const { webhookIds, oldestSeconds } = await lookForDue(deps.sql);
  const sent = await sendDue(deps, webhookIds);
  let deleted = 0;
  for (let sweeps = 0; sweeps < MAX_SWEEPS && !isLate(); sweeps++) {
    const count = await sweepMessages(deps.sql);
    deleted += count;
    if (count < SWEEP_PORTION) break;
  }
  await sweepWebhooks(deps.sql);
  return { sent, deleted, oldestSeconds };
}
