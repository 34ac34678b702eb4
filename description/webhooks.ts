import * as z from 'zod';
import * as routes from '../functions/webhooks.ts';
import { DELIVERY_STATUSES, type DeliveryView, MAX_RESENT } from '../lib/webhooks/deliveries.ts';
import { messageId } from '../lib/webhooks/fields.ts';
import { MAX_WEBHOOKS, type WebhookView, type WebhookWithSecret } from '../lib/webhooks/webhooks.ts';
import { time as timeField } from '../lib/wire/time.ts';
import { type Described, get, post } from './described.ts';
import { integer, time, uuid } from './field-schemas.ts';

const fields = {
  WebhookId: uuid("The webhook's id."),
  Address: z.string().meta({ description: 'Where events are posted to.' }),
  EventTypes: z
    .array(z.string())
    .readonly()
    .meta({ description: 'The types of events that it wants; none stands for all.' }),
  Description: z.string().nullable(),
  Status: z.enum(['enabled', 'disabled']),
  CreatedAt: time('When it was made'),
  FailingSince: time('When the first post failed after the last that succeeded').nullable(),
  DisabledAt: time('When it was disabled').nullable(),
  DisabledBecause: z.enum(['requested', 'gone', 'failing']).nullable().meta({
    description:
      '`requested`: by a request. `gone`: its receiver answered 410. `failing`: each post failed for three days.',
  }),
  OldSecretUntil: time('Until when the previous secret signs, too').nullable(),
};

const webhook = z.strictObject(fields).meta({
  id: 'Webhook',
  description: 'An address that events are posted to.',
}) satisfies z.ZodType<WebhookView>;

const withSecret = z
  .strictObject({
    ...fields,
    Secret: z.string().meta({
      description: 'What posts are signed with. It is told this once: a repeated request gets it not.',
    }),
  })
  .meta({ id: 'WebhookWithSecret' }) satisfies z.ZodType<WebhookWithSecret>;

const delivery = z
  .strictObject({
    MessageId: z.string().meta({ description: 'The `webhook-id` of each post of it.' }),
    EventType: z.string(),
    Status: z.enum(DELIVERY_STATUSES).meta({
      description:
        '`waiting` for its next attempt or its result, `delivered` if it was answered with 2xx, or `failed` for the last time.',
    }),
    Attempts: integer('Since it was sent, or sent again.'),
    CreatedAt: time('When it was to be sent first'),
    AttemptedAt: time('When it was last posted').nullable(),
    NextAt: time('When the next attempt is due; null while it is posted, and once there is none').nullable(),
    AnswerStatus: integer('The HTTP status of the last answer; null if there was none.').nullable(),
    Answer: z.string().nullable().meta({ description: 'The first kilobyte of its body.' }),
    Problem: z.string().nullable().meta({ description: 'Why there was no answer.' }),
  })
  .meta({ id: 'Delivery' }) satisfies z.ZodType<DeliveryView>;

const page = z
  .strictObject({
    Deliveries: z.array(delivery).readonly(),
    Next: z.string().nullable().meta({ description: 'The `after` of the next page; null on the last one.' }),
  })
  .meta({ id: 'DeliveriesPage' });

const resent = z
  .strictObject({
    WebhookId: uuid("The webhook's id."),
    Resent: integer('How many messages are sent again.'),
    Next: time('The `Since` of the request for the rest; null if there is none').nullable(),
  })
  .meta({ id: 'Resent' });

const NEEDED = { isOptional: false };

/** What is sent again: one message, or all since a time. */
const resendBody = z.union([
  z
    .strictObject({ MessageId: messageId.meta({ ...NEEDED, description: 'The `MessageId` of a delivery.' }) })
    .meta({ id: 'ResendMessage' }),
  z
    .strictObject({
      Since: timeField.meta({ ...NEEDED, description: 'When the first of them was to be sent.' }),
    })
    .meta({ id: 'ResendSince' }),
]);

/** The routes of webhooks. */
export const webhooks: readonly Described[] = [
  post(routes.createWebhook(), {
    operationId: 'createWebhook',
    tag: 'Webhooks',
    summary: 'Have events posted to an address',
    description:
      'They are signed as [Standard Webhooks](https://www.standardwebhooks.com) says, with the `Secret` of the reply. ' +
      `There are ${MAX_WEBHOOKS} webhooks at most that are not disabled.`,
    reply: withSecret,
    refusals: ['too_many_webhooks'],
  }),
  get(routes.listWebhooks, {
    operationId: 'listWebhooks',
    tag: 'Webhooks',
    summary: 'List the webhooks',
    description: 'All of them, the oldest first, without their secrets.',
    reply: z.strictObject({ Webhooks: z.array(webhook).readonly() }),
  }),
  post(routes.disableWebhook, {
    operationId: 'disableWebhook',
    tag: 'Webhooks',
    summary: 'Stop posting to a webhook',
    description:
      'Events from then on are not kept for it; what waits goes on once it is enabled again. 14 days later it is deleted.',
    reply: webhook,
    refusals: ['webhook_not_found'],
  }),
  post(routes.enableWebhook, {
    operationId: 'enableWebhook',
    tag: 'Webhooks',
    summary: 'Post to a disabled webhook again',
    reply: webhook,
    refusals: ['webhook_not_found', 'too_many_webhooks'],
  }),
  post(routes.rotateSecret, {
    operationId: 'rotateWebhookSecret',
    tag: 'Webhooks',
    summary: 'Give a webhook a new secret',
    description:
      'For `OverlapSeconds` each post has a signature with either secret; with 0 the old one ends at once.',
    reply: withSecret,
    refusals: ['webhook_not_found'],
  }),
  post(routes.testWebhook, {
    operationId: 'testWebhook',
    tag: 'Webhooks',
    summary: 'Post a test to a webhook',
    description:
      'A message of the type `WebhookTest`, whatever types it wants. Its deliveries tell the answer.',
    reply: z
      .strictObject({ WebhookId: uuid("The webhook's id."), MessageId: z.string() })
      .meta({ id: 'Test' }),
    refusals: ['webhook_not_found', 'webhook_disabled'],
  }),
  get(routes.showDeliveries, {
    operationId: 'listDeliveries',
    tag: 'Webhooks',
    summary: "List a webhook's deliveries of the last 14 days",
    description: 'The newest first. `after` takes the `Next` of the page before.',
    reply: page,
    refusals: ['fields_missing', 'webhook_not_found'],
  }),
  post(routes.resend, {
    operationId: 'resendMessages',
    tag: 'Webhooks',
    summary: 'Post messages to a webhook again',
    description:
      'Either one by its `MessageId`, or all since a time, whatever became of them: each with the same `webhook-id` as before. ' +
      `Up to ${MAX_RESENT} at once: go on with the \`Next\` of the reply.`,
    body: resendBody,
    reply: resent,
    refusals: ['webhook_not_found', 'webhook_disabled', 'message_not_found'],
  }),
];
