import type { Context } from 'aws-lambda';
import { database } from '../lib/aws/database.ts';
import { onceAwake } from '../lib/postgres/awake.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { metrics, secondsUnit } from '../lib/runtime/metrics.ts';
import { observed } from '../lib/runtime/observed.ts';
import { sendPosts } from '../lib/webhooks/queues.ts';
import { type DeliverDeps, relayWebhooks, type WebhookRun } from '../lib/webhooks/relay.ts';

/** Milliseconds before the function's deadline at which no portion is deleted any more: a transaction takes 9 seconds at most. */
const WRAP_UP_MS = 20_000;

/** Makes the function that hands over what is due, whoever forgot it, and deletes what is too old. */
export const createWebhookRelay =
  (deps: DeliverDeps) =>
  async (_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<WebhookRun> => {
    const run = await relayWebhooks(deps, () => context.getRemainingTimeInMillis() < WRAP_UP_MS);
    metrics.addMetric('OldestWebhookDelivery', secondsUnit, run.oldestSeconds);
    logger.info('webhooks relayed', { ...run });
    return run;
  };

export const handler = entry(
  database,
  sendPosts,
)(
  observed(
    'webhookRelay',
    onceAwake((deps: DeliverDeps) => createWebhookRelay(deps)),
  ),
);
