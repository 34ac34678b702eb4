import type { BusEvent } from '../../../lib/messaging/event-bus.ts';
import type { Look, Post, PostQueue, PostResult, ResultQueue } from '../../../lib/webhooks/queues.ts';
import { emptyWebhookBook, type WebhookBook } from '../checks/webhook-book.ts';
import type { CallFault } from '../story/script.ts';
import { createReceivers, type Receivers } from './receivers.ts';
import { createStandardQueue, type StandardQueue } from './standard-queue.ts';

/** A post in its queue, with the step and the time at which it was handed over. */
export interface QueuedPost {
  readonly post: Post;
  readonly step: number;
  readonly atSeconds: number;
}

/** A result or a look in its queue, with the time from which on it is received. */
interface QueuedResult {
  readonly message: PostResult | Look;
  readonly dueSeconds: number;
}

/** All of webhooks that is outside of the functions and of the database. */
export interface SimulatedWebhooks {
  /** Events that the bus took, on their way to the subscriber. */
  readonly events: StandardQueue<BusEvent>;
  readonly posts: StandardQueue<QueuedPost>;
  readonly results: StandardQueue<QueuedResult>;
  readonly receivers: Receivers;
  readonly book: WebhookBook;
  /** Seconds that passed for webhooks. */
  clockSeconds: number;
  /** The queues' clients for the Lambda instance of a slot. @param strike the fault of its next call to a queue, if any */
  clients(
    slot: number,
    strike: () => CallFault['how'] | undefined,
  ): {
    readonly posts: PostQueue;
    readonly results: ResultQueue;
  };
  /** Takes a result without a fault. */
  tell(slot: number, message: PostResult | Look, delaySeconds?: number): void;
  /** Has what was sent in a step arrive. */
  arrive(): void;
  isReceived(result: QueuedResult): boolean;
}

export function createWebhooks(): SimulatedWebhooks {
  const [events, posts, results] = [
    createStandardQueue<BusEvent>(),
    createStandardQueue<QueuedPost>(),
    createStandardQueue<QueuedResult>(),
  ];
  const webhooks: SimulatedWebhooks = {
    ...{ events, posts, results, receivers: createReceivers(), book: emptyWebhookBook(), clockSeconds: 0 },
    tell(slot, message, delaySeconds = 0) {
      results.push(slot, { message, dueSeconds: webhooks.clockSeconds + delaySeconds });
    },
    isReceived: ({ dueSeconds }) => dueSeconds <= webhooks.clockSeconds,
    arrive() {
      for (const queue of [events, posts, results]) queue.arrive();
    },
    clients: (slot, strike) => ({
      posts: {
        async send(given) {
          if (given.length === 0) return;
          const fault = strike();
          const taken = { before: 0, part: Math.floor(given.length / 2), after: given.length };
          const { clockSeconds: atSeconds, book } = webhooks;
          // As the database returns them, they are in an order of its own.
          for (const post of given
            .toSorted(byMessage)
            .slice(0, fault === undefined ? given.length : taken[fault]))
            posts.push(slot, { post, step: book.step, atSeconds });
          if (fault !== undefined) throw new Error('the queue did not answer');
        },
      },
      results: {
        async send(message, delaySeconds) {
          const fault = strike();
          if (fault === undefined || fault === 'after') webhooks.tell(slot, message, delaySeconds);
          if (fault !== undefined) throw new Error('the queue did not answer');
        },
      },
    }),
  };
  return webhooks;
}

/** By webhook, then by the number or the time in its id. */
function byMessage(a: Post, b: Post): number {
  const key = ({ webhookId, messageId }: Post) => `${webhookId} ${messageId.padStart(60)}`;
  return key(a) < key(b) ? -1 : 1;
}
