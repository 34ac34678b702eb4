import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { boundedInTime } from '../aws/client.ts';
import { inCalls } from '../messaging/in-calls.ts';
import { parseOrUndefined } from '../wire/json.ts';

const deliveryOf = {
  webhookId: z.uuid(),
  messageId: z.string(),
  /** Tells this post of the delivery from its others. */
  post: z.string().regex(/^\d{1,19}$/),
  /** From 1 on. */
  attempt: z.int().min(1),
};

const post = z.object({
  ...deliveryOf,
  address: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  /** Whole seconds since 1970: when it was signed. */
  signedAt: z.int(),
});

/** A message to post, signed: whoever posts it needs no secret and no database. */
export type Post = z.infer<typeof post>;

const result = z.object({
  ...deliveryOf,
  outcome: z.enum(['delivered', 'failed', 'late']),
  /** The status of the answer, if there was one. */
  status: z.int().nullable(),
  /** The start of the answer's body. */
  answer: z.string().nullable(),
  /** Why there was no answer, for the owner of the webhook. */
  problem: z.string().nullable(),
  /** How long the answer took. */
  durationMs: z.number(),
});

/** What came of a post. A late one waited for so long that it was not posted: no attempt. */
export type PostResult = z.infer<typeof result>;

const look = z.object({ look: z.uuid() });

/** That a webhook may have something due. */
export type Look = z.infer<typeof look>;

/** The queue of what is to be posted. */
export interface PostQueue {
  /** @throws if the queue did not take all of them */
  send(posts: readonly Post[]): Promise<void>;
}

/** The queue of what came of posts, and of webhooks to look at. */
export interface ResultQueue {
  /**
   * @param delaySeconds until it is received, 900 at most
   * @throws if the queue did not take it
   */
  send(message: PostResult | Look, delaySeconds?: number): Promise<void>;
}

/** Milliseconds to connect to the queue and to wait for its answer. */
const BOUNDS = { connectMs: 1_000, requestMs: 2_000, attempts: 2 };

const clientOf = (): SQSClient => new SQSClient({ ...boundedInTime(BOUNDS), useQueueUrlAsEndpoint: false });

function sqsPosts(QueueUrl: string): PostQueue {
  const client = clientOf();
  return {
    async send(posts) {
      await inCalls(posts, async (batch) => {
        const Entries = batch.map((each, index) => ({ Id: `${index}`, MessageBody: JSON.stringify(each) }));
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        if (Failed.length > 0)
          throw new Error(`the queue of posts refused ${Failed.length}: ${Failed[0]?.Message}`);
        return [];
      });
    },
  };
}

function sqsResults(QueueUrl: string): ResultQueue {
  const client = clientOf();
  return {
    async send(message, delaySeconds = 0) {
      const MessageBody = JSON.stringify(message);
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds: delaySeconds }));
    },
  };
}

/** A function's need to have messages posted (see lib/runtime/entry.ts). */
export const sendPosts = {
  setting: 'WEBHOOK_POSTS_QUEUE_URL',
  open: (queueUrl: string) => ({ posts: sqsPosts(queueUrl) }),
} as const;

/** A function's need to tell what came of posts, or to have webhooks looked at. */
export const sendResults = {
  setting: 'WEBHOOK_RESULTS_QUEUE_URL',
  open: (queueUrl: string) => ({ results: sqsResults(queueUrl) }),
} as const;

const sqsEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

/** A message as a function receives it; null for one that can't be read, and never will. */
export interface Received<T> {
  readonly id: string;
  readonly content: T | null;
}

const readAs =
  <T>(schema: z.ZodType<T>) =>
  (event: unknown): Received<T>[] =>
    sqsEvent.parse(event).Records.map(({ messageId: id, body }) => {
      const parsed = schema.safeParse(parseOrUndefined(body));
      return { id, content: parsed.success ? parsed.data : null };
    });

/** Reads the event of the queue of posts. @throws ZodError if it is not such an event */
export const readPosts = readAs(post);

/** Reads the event of the queue of results. @throws ZodError if it is not such an event */
export const readResults = readAs(z.union([result, look]));
