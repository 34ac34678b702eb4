import { MAX_WEBHOOKS } from '../../../lib/webhooks/webhooks.ts';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { type Step, type Story, take } from './story.ts';

const UNKNOWN = '018f2b1c-0000-7000-8000-000000000000';

const ADDRESS = stringifyJson({ Address: 'https://example.com/webhooks' });

/** Those of webhooks that there are not, that are disabled or too many. */
export async function refusedWebhooks(
  refuses: (code: string, operationId: string, more: Omit<Step, 'operationId'>) => Promise<void>,
  system: Story['system'],
): Promise<void> {
  const make = async (): Promise<string> =>
    (await take(system, { operationId: 'createWebhook', body: ADDRESS })).payload.WebhookId;
  const again = { body: '{"MessageId": "event-7"}' };
  const unknown = { path: { webhookId: UNKNOWN }, body: '{}' };
  for (const operationId of ['disableWebhook', 'enableWebhook', 'rotateWebhookSecret', 'testWebhook'])
    await refuses('webhook_not_found', operationId, unknown);
  await refuses('webhook_not_found', 'listDeliveries', { path: unknown.path });
  await refuses('webhook_not_found', 'resendMessages', { ...unknown, ...again });
  const disabled = { path: { webhookId: await make() }, body: '{}' };
  await refuses('message_not_found', 'resendMessages', { ...disabled, ...again });
  await take(system, { operationId: 'disableWebhook', ...disabled });
  await refuses('webhook_disabled', 'testWebhook', disabled);
  await refuses('webhook_disabled', 'resendMessages', { ...disabled, ...again });
  const made: string[] = [disabled.path.webhookId];
  while (made.length < MAX_WEBHOOKS) made.push(await make());
  await refuses('too_many_webhooks', 'createWebhook', { body: ADDRESS });
  await refuses('too_many_webhooks', 'enableWebhook', disabled);
  // Whoever comes next finds room.
  await system.sql`DELETE FROM webhooks WHERE id = ANY (${`{${made.join(',')}}`}::uuid[])`;
}
