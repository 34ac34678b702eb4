import { stringifyJson } from '../../../lib/wire/json.ts';

/** A step of the story. */
interface Step {
  readonly operationId: string;
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: string;
}

/** Makes a webhook, tests it and has the test sent again. */
export async function keepWebhook(does: (step: Step) => Promise<any>): Promise<void> {
  const given = {
    Address: 'https://example.com/webhooks',
    EventTypes: ['TransactionSucceeded', 'TransactionDeclined'],
    Description: 'The shop in the north',
  };
  const { WebhookId: webhookId } = await does({ operationId: 'createWebhook', body: stringifyJson(given) });
  const path = { webhookId };
  const { MessageId } = await does({ operationId: 'testWebhook', path, body: '{}' });
  await does({ operationId: 'listDeliveries', path, query: { limit: '2' } });
  await does({ operationId: 'resendMessages', path, body: stringifyJson({ MessageId }) });
  await does({ operationId: 'rotateWebhookSecret', path, body: '{"OverlapSeconds": 259200}' });
  await does({ operationId: 'disableWebhook', path, body: '{}' });
  await does({ operationId: 'enableWebhook', path, body: '{}' });
  await does({ operationId: 'listWebhooks' });
}
