import { randomUUID } from 'node:crypto';
import { EVENT_SCHEMAS } from '../../../lib/messaging/event-schemas.ts';
import type { Prepared } from '../world/clients.ts';
import { addressOf } from '../world/receivers.ts';
import { at } from './random.ts';
import { type Known, prepared } from './resolve.ts';
import type { WebhookRequest } from './script-of-webhooks.ts';

const EVENT_TYPES = Object.keys(EVENT_SCHEMAS);

/** Before everything: all messages are sent again. */
const SINCE = '2000-01-01T00:00:00Z';

/** A request about webhooks that can be sent. */
export function aboutWebhook(request: WebhookRequest, known: Known): Prepared {
  if (request.kind === 'webhook') {
    const types = new Set(request.eventTypes?.map((reference) => at(EVENT_TYPES, reference)));
    const body = {
      Address: addressOf(request.receiver),
      ...(types.size === 0 ? {} : { EventTypes: [...types] }),
    };
    return prepared(request, 'POST /webhooks', body);
  }
  const { webhooks, deliveries } = known.webhookBook;
  const webhookId = webhooks.size === 0 ? randomUUID() : at([...webhooks.keys()], request.webhook);
  const sent = deliveries.filter((delivery) => delivery.webhookId === webhookId);
  const isOne = request.message !== null && sent.length > 0;
  const body = {
    disable: {},
    enable: {},
    rotate: { OverlapSeconds: request.overlapSeconds },
    test: {},
    resend: isOne ? { MessageId: at(sent, request.message ?? 0).messageId } : { Since: SINCE },
  }[request.what];
  return prepared(request, `POST /webhook/{webhookId}/${request.what}`, body, [], { webhookId });
}
