import type { Api, Delivery, Webhook, WebhookWithSecret } from '../generated/api.ts';
import { type Pages, pagesOf } from './pages.ts';
import { type PostOptions, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';

type Page = Api['GET /webhook/{webhookId}/deliveries']['reply'];

export const webhooksOf = (transport: Transport) => ({
  /**
   * Has events posted to an address. `Secret` is what they are signed with: it is told this once, and missing where the reply to
   * a first try was lost. `rotate` gives another one then.
   */
  create: async (body: Api['POST /webhooks']['body'], options?: PostOptions): Promise<WebhookWithSecret> =>
    await send(transport, { name: 'POST /webhooks', body }, options),

  /** All webhooks, the oldest first, without their secrets. */
  list: async (options?: RequestOptions): Promise<readonly Webhook[]> =>
    (await send(transport, { name: 'GET /webhooks' }, options)).Webhooks,

  /** Stops posting to a webhook. */
  disable: async (webhookId: string, options?: PostOptions): Promise<Webhook> =>
    await send(
      transport,
      { name: 'POST /webhook/{webhookId}/disable', path: { webhookId }, body: {} },
      options,
    ),

  /** Posts to a disabled webhook again, first what waits for it. */
  enable: async (webhookId: string, options?: PostOptions): Promise<Webhook> =>
    await send(
      transport,
      { name: 'POST /webhook/{webhookId}/enable', path: { webhookId }, body: {} },
      options,
    ),

  /** Gives a webhook a new secret; the old one signs beside it for `OverlapSeconds`, a day if missing. */
  rotate: async (
    webhookId: string,
    body: Api['POST /webhook/{webhookId}/rotate']['body'] = {},
    options?: PostOptions,
  ): Promise<WebhookWithSecret> =>
    await send(transport, { name: 'POST /webhook/{webhookId}/rotate', path: { webhookId }, body }, options),

  /** Posts a test. @returns the id of its message, to find it among the deliveries */
  test: async (webhookId: string, options?: PostOptions): Promise<string> =>
    (
      await send(
        transport,
        { name: 'POST /webhook/{webhookId}/test', path: { webhookId }, body: {} },
        options,
      )
    ).MessageId,

  ...deliveriesOf(transport),
});

const deliveriesOf = (transport: Transport) => ({
  /** A webhook's deliveries of the last 14 days, the newest first. */
  deliveries: (
    webhookId: string,
    { limit, ...options }: RequestOptions & { readonly limit?: number } = {},
  ): Pages<Delivery, Page> =>
    pagesOf({
      read: async (after) => {
        const query = { limit, after: after === undefined ? undefined : String(after) };
        const name = 'GET /webhook/{webhookId}/deliveries';
        return await send(transport, { name, path: { webhookId }, query }, options);
      },
      itemsOf: ({ Deliveries }) => Deliveries,
      nextOf: ({ Next }) => Next ?? undefined,
    }),

  /**
   * Posts messages again: one by its `MessageId`, or up to 5,000 `Since` a time.
   *
   * @returns how many, and the `Since` for the rest
   */
  resend: async (
    webhookId: string,
    body: Api['POST /webhook/{webhookId}/resend']['body'],
    options?: PostOptions,
  ): Promise<Api['POST /webhook/{webhookId}/resend']['reply']> =>
    await send(transport, { name: 'POST /webhook/{webhookId}/resend', path: { webhookId }, body }, options),
});
