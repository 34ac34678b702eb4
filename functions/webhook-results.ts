import type { SQSBatchResponse } from 'aws-lambda';
import { database } from '../lib/aws/database.ts';
import { publish } from '../lib/messaging/event-bus-later.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { countUnit, metrics } from '../lib/runtime/metrics.ts';
import { observed } from '../lib/runtime/observed.ts';
import { readResults, sendPosts, sendResults } from '../lib/webhooks/queues.ts';
import { followResults, type RelayDeps } from '../lib/webhooks/relay.ts';

/** Makes the function that notes what came of posts, and hands over what is due next. */
export const createResults =
  (deps: RelayDeps) =>
  async (event: unknown): Promise<SQSBatchResponse> => {
    const received = readResults(event);
    const read = received.flatMap(({ content }) => (content === null ? [] : [content]));
    const done = await followResults(deps, read);
    const unreadable = received.filter(({ content }) => content === null);
    metrics.addMetric('WebhookMessagesDelivered', countUnit, done.delivered);
    metrics.addMetric('WebhookPostsFailed', countUnit, done.failed);
    metrics.addMetric('WebhookMessagesGivenUp', countUnit, done.givenUp);
    metrics.addMetric('WebhooksDisabled', countUnit, done.disabled);
    logger.info('results noted', { ...done, unreadable: unreadable.length });
    return { batchItemFailures: unreadable.map(({ id }) => ({ itemIdentifier: id })) };
  };

export const handler = entry(
  database,
  sendPosts,
  sendResults,
  publish,
)(observed('webhookResults', createResults));
