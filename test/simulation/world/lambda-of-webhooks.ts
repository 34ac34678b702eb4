import { createDeliver } from '../../../functions/webhook-deliver.ts';
import { createPost } from '../../../functions/webhook-post.ts';
import { createWebhookRelay } from '../../../functions/webhook-relay.ts';
import { createResults } from '../../../functions/webhook-results.ts';
import type { BusEvent } from '../../../lib/messaging/event-bus.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import type { Outside } from '../../../lib/webhooks/post.ts';
import type { ResultQueue } from '../../../lib/webhooks/queues.ts';
import type { RelayDeps } from '../../../lib/webhooks/relay.ts';

/** The functions of webhooks that no request calls, on one instance. */
export interface WebhookFunctions {
  readonly fanOut: (event: BusEvent) => Promise<void>;
  readonly note: ReturnType<typeof createResults>;
  readonly relay: () => ReturnType<ReturnType<typeof createWebhookRelay>>;
  /** The one that posts: it has no database, and other surroundings each time. */
  readonly post: (results: ResultQueue, outside: Outside) => ReturnType<typeof createPost>;
}

export function webhookFunctions(
  deps: RelayDeps & { readonly sql: Sql },
  getRemainingTimeInMillis: () => number,
): WebhookFunctions {
  const deliver = createDeliver(deps);
  const relay = createWebhookRelay(deps);
  return {
    fanOut: ({ type, detail }) => deliver({ source: 'my-little-ps', 'detail-type': type, detail }),
    note: createResults(deps),
    relay: () => relay(undefined, { getRemainingTimeInMillis }),
    post: (results, outside) => createPost({ results, WEBHOOK_ADDRESSES: outside.rule }, outside),
  };
}
