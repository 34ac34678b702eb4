import { onTestFinished } from 'vitest';
import { createDeliver } from '../../../functions/webhook-deliver.ts';
import { createPost } from '../../../functions/webhook-post.ts';
import { createWebhookRelay } from '../../../functions/webhook-relay.ts';
import { createResults } from '../../../functions/webhook-results.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { type Outside, outsideOf } from '../../../lib/webhooks/post.ts';
import type { Post, PostQueue } from '../../../lib/webhooks/queues.ts';
import { call } from '../system/client.ts';
import { testSystem } from '../system/system.ts';
import { type Answer, type Got, startReceiver } from './receiver.ts';

/** A queue of posts in memory. */
interface MemoryPosts extends PostQueue {
  readonly sent: Post[];
  isDown: boolean;
}

const memoryPosts = (): MemoryPosts => ({
  sent: [],
  isDown: false,
  async send(posts) {
    if (this.isDown) throw new Error('the queue does not answer');
    this.sent.push(...posts);
  },
});

const recordsOf = (bodies: readonly unknown[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `message-${index}`, body: JSON.stringify(body) })),
});

/** Milliseconds after which a post has no answer: long enough for a machine that is busy. */
const LIMIT_MS = 5_000;

/** The real functions of webhooks over a real database, with their queues in memory and real HTTP. */
export function webhookSystem(sql: Sql, given: Partial<Outside> = {}) {
  const system = testSystem(sql);
  const { handlers, bus } = system;
  const { results } = system.deps;
  const posts = memoryPosts();
  const outside: Outside = { ...outsideOf('local'), limitMs: LIMIT_MS, ...given };
  const deps = { sql, posts, results, bus };
  const deliver = createDeliver(deps);
  const follow = createResults(deps);
  const post = createPost({ results, WEBHOOK_ADDRESSES: outside.rule }, outside);
  const relay = createWebhookRelay(deps);
  let told = 0;

  return {
    ...system,
    posts,
    results,
    post,
    follow,
    /** Hands an event of the bus to the subscriber. */
    deliver: (type: string, detail: object) =>
      deliver({ source: 'my-little-ps', 'detail-type': type, detail }),
    relay: () => relay(undefined, { getRemainingTimeInMillis: () => 60_000 }),
    /** Hands everything that the bus took since the last time to the subscriber. */
    async deliverAll(): Promise<void> {
      for (; told < bus.events.length; told++) {
        const event = bus.events[told];
        await deliver({ source: 'my-little-ps', 'detail-type': event?.type, detail: event?.detail });
      }
    },
    /** Posts what is to be posted and notes what comes of it, until nothing is left but what waits for a later time. */
    async work(): Promise<void> {
      while (posts.sent.length > 0 || results.sent.some(({ delaySeconds }) => delaySeconds === 0)) {
        const batch = posts.sent.splice(0, 10);
        if (batch.length > 0) await post(recordsOf(batch));
        const due = results.sent.filter(({ delaySeconds }) => delaySeconds === 0).slice(0, 10);
        for (const each of due) results.sent.splice(results.sent.indexOf(each), 1);
        if (due.length > 0) await follow(recordsOf(due.map(({ message }) => message)));
      }
    },
    /** Lets time pass: for what is due, and for how long something failed. */
    async passSeconds(seconds: number): Promise<void> {
      await sql`UPDATE webhook_deliveries SET next_at = next_at - make_interval(secs => ${seconds})`;
      await sql`UPDATE webhooks SET failing_since = failing_since - make_interval(secs => ${seconds}),
        old_secret_until = old_secret_until - make_interval(secs => ${seconds})`;
      results.sent.length = 0;
    },
    /** A receiver, and a webhook that posts to it. */
    async hook(answer: (got: Got) => Answer = () => 204, more: object = {}) {
      const receiver = await startReceiver(answer);
      onTestFinished(receiver.stop);
      const { payload } = await call(handlers.createWebhook, { body: { Address: receiver.url, ...more } });
      receiver.secrets.push(payload.Secret);
      return { ...receiver, id: payload.WebhookId as string, created: payload };
    },
    deliveries: async (webhookId: string, query: Record<string, string> = {}) =>
      (await call(handlers.showDeliveries, { path: { webhookId }, query })).payload,
    webhook: async (id: string) =>
      (await call(handlers.listWebhooks)).payload.Webhooks.find((each: any) => each.WebhookId === id),
    command: async (
      name: 'disableWebhook' | 'enableWebhook' | 'rotateSecret' | 'testWebhook' | 'resend',
      webhookId: string,
      body: object = {},
    ) => (await call(handlers[name], { path: { webhookId }, body })).payload,
  };
}

/** An event for tests that need no other system. */
export const walletCreated = (number: number) => ({
  ...{ Version: 1, EventId: String(number), OccurredAt: '2026-11-29T12:00:00.123456Z', CorrelationId: 'c' },
  ...{ WalletId: String(number), Name: 'Jon Snow ✓', Country: 'UK', City: 'London', Currency: 'USD' },
});
