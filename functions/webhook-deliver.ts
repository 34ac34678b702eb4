import { database } from '../lib/aws/database.ts';
import { readEvent } from '../lib/messaging/event-schemas.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { observed } from '../lib/runtime/observed.ts';
import { sendPosts } from '../lib/webhooks/queues.ts';
import { type DeliverDeps, sendDue } from '../lib/webhooks/relay.ts';
import { stageEvent } from '../lib/webhooks/stage.ts';

/** Makes the subscriber that stages each domain event for the webhooks which want it, before the bus is told that it is done. */
export const createDeliver =
  (deps: DeliverDeps) =>
  async (event: unknown): Promise<void> => {
    const { type, detail } = readEvent(event);
    logger.setCorrelationId(detail.CorrelationId);
    const webhookIds = await stageEvent(deps.sql, { type, detail });
    const sent = await sendDue(deps, webhookIds);
    logger.info('event staged', { type, eventId: detail.EventId, webhooks: webhookIds.length, sent });
  };

export const handler = entry(database, sendPosts)(observed('webhookDeliver', createDeliver));
