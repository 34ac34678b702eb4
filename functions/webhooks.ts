import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { eachRoute } from '../lib/http/each-route.ts';
import { command, query } from '../lib/http/route.ts';
import { MAX_ID } from '../lib/ledger/id.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry, setting } from '../lib/runtime/entry.ts';
import { type AddressRule, addressOf } from '../lib/webhooks/address.ts';
import { listDeliveries, resendOne, resendSince } from '../lib/webhooks/deliveries.ts';
import { eventTypes, messageId } from '../lib/webhooks/fields.ts';
import { type ResultQueue, sendResults } from '../lib/webhooks/queues.ts';
import { stageTest } from '../lib/webhooks/stage.ts';
import * as webhooks from '../lib/webhooks/webhooks.ts';
import { integerText, queryInteger, seconds, text, uuid } from '../lib/wire/fields.ts';
import { refused } from '../lib/wire/refusal.ts';
import { time } from '../lib/wire/time.ts';

interface Deps {
  readonly sql: Sql;
  readonly results: ResultQueue;
}

/** A page of deliveries, and its largest. */
const PAGE = 50;
const MAX_PAGE = 200;

/** Seconds that the old secret signs beside the new one: a day by default, a week at most. */
const OVERLAP_SECONDS = 86_400;
const MAX_OVERLAP_SECONDS = 7 * OVERLAP_SECONDS;

const change = {
  scope: 'webhooks',
  path: z.strictObject({ webhookId: uuid }),
} as const;

/** Has what is due looked at once it is committed. If that fails, the schedule finds it. */
const lookAt = async ({ results }: Deps, { WebhookId }: { readonly WebhookId: string }): Promise<void> =>
  await results.send({ look: WebhookId });

export const createWebhook = (rule: AddressRule = 'public') =>
  command({
    route: 'POST /webhooks',
    scope: 'webhooks',
    input: z.strictObject({
      Address: addressOf(rule),
      EventTypes: eventTypes,
      Description: text.optional(),
    }),
    transact: (tx, { Address, EventTypes, Description }, { newId }) =>
      webhooks.createWebhook(tx, newId(), {
        ...{ address: Address, eventTypes: EventTypes, description: Description ?? null },
      }),
    payload: (webhook) => webhook,
    secretField: 'Secret',
  });

export const listWebhooks = query({
  route: 'GET /webhooks',
  scope: 'webhooks',
  input: z.strictObject({}),
  answer: ({ sql }: Pick<Deps, 'sql'>) => webhooks.listWebhooks(sql),
});

export const disableWebhook = command({
  route: 'POST /webhook/{webhookId}/disable',
  ...change,
  input: z.strictObject({}),
  transact: (tx, _body, _context, { webhookId }) => webhooks.disableWebhook(tx, webhookId),
  payload: (webhook) => webhook,
});

export const enableWebhook = command({
  route: 'POST /webhook/{webhookId}/enable',
  ...change,
  input: z.strictObject({}),
  transact: (tx, _body, _context, { webhookId }) => webhooks.enableWebhook(tx, webhookId),
  payload: (webhook) => webhook,
  afterCommit: lookAt,
});

export const rotateSecret = command({
  route: 'POST /webhook/{webhookId}/rotate',
  ...change,
  input: z.strictObject({ OverlapSeconds: seconds(0, MAX_OVERLAP_SECONDS, OVERLAP_SECONDS) }),
  transact: (tx, { OverlapSeconds }, _context, { webhookId }) =>
    webhooks.rotateSecret(tx, webhookId, OverlapSeconds),
  payload: (webhook) => webhook,
  secretField: 'Secret',
});

export const testWebhook = command({
  route: 'POST /webhook/{webhookId}/test',
  ...change,
  input: z.strictObject({}),
  transact: (tx, _body, { newId }, { webhookId }) => stageTest(tx, webhookId, newId(), new Date()),
  payload: (test) => test,
  afterCommit: lookAt,
});

export const showDeliveries = query({
  route: 'GET /webhook/{webhookId}/deliveries',
  scope: 'webhooks',
  input: z.strictObject({
    webhookId: uuid,
    limit: queryInteger(1, MAX_PAGE, PAGE),
    after: integerText.optional(),
  }),
  answer: ({ sql }: Pick<Deps, 'sql'>, { webhookId, limit, after }) =>
    listDeliveries(sql, webhookId, { limit, before: after ?? MAX_ID }),
});

export const resend = command({
  route: 'POST /webhook/{webhookId}/resend',
  ...change,
  input: z.strictObject({ MessageId: messageId.optional(), Since: time }),
  transact: async (tx, { MessageId, Since }, _context, { webhookId }) => {
    if (MessageId !== undefined && Since === undefined) return await resendOne(tx, webhookId, MessageId);
    if (MessageId === undefined && Since !== undefined) return await resendSince(tx, webhookId, Since);
    return refused('fields_missing', 'either MessageId or Since says what to send again: give one of them');
  },
  payload: (resent) => resent,
  afterCommit: lookAt,
});

export const handle = entry(
  database,
  sendResults,
  setting('WEBHOOK_ADDRESSES'),
  apiKeys,
)((deps) =>
  eachRoute<typeof deps>(
    ...[createWebhook(deps.WEBHOOK_ADDRESSES), listWebhooks, disableWebhook, enableWebhook, rotateSecret],
    ...[testWebhook, showDeliveries, resend],
  )(deps),
);
