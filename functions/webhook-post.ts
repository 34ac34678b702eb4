import type { SQSBatchResponse } from 'aws-lambda';
import { entry, setting } from '../lib/runtime/entry.ts';
import { describeError, logger } from '../lib/runtime/log.ts';
import { observed } from '../lib/runtime/observed.ts';
import type { AddressRule } from '../lib/webhooks/address.ts';
import { type Outside, outsideOf, postOnce } from '../lib/webhooks/post.ts';
import { type Post, type ResultQueue, readPosts, sendResults } from '../lib/webhooks/queues.ts';

interface Deps {
  readonly results: ResultQueue;
  readonly WEBHOOK_ADDRESSES: AddressRule;
}

/**
 * Makes the function that posts signed messages. It has no database and is outside of its network: whatever an address leads to,
 * nothing of the stack is there. Each result is told as soon as it is there, so that a slow receiver keeps back nobody else's.
 *
 * @param given other surroundings in tests
 */
export const createPost = ({ results, WEBHOOK_ADDRESSES }: Deps, given?: Outside) => {
  const outside = given ?? outsideOf(WEBHOOK_ADDRESSES);
  const tell = async (post: Post): Promise<void> => {
    const result = await postOnce(post, outside);
    await results.send(result);
    const { webhookId, messageId, attempt, outcome, status, problem } = result;
    logger.info('posted', { webhookId, messageId, attempt, outcome, status, problem });
  };
  return async (event: unknown): Promise<SQSBatchResponse> => {
    const received = readPosts(event);
    const done = await Promise.allSettled(
      received.map(async ({ content }) => {
        if (content === null) throw new Error('this is no post');
        await tell(content);
      }),
    );
    const failed = received.flatMap(({ id }, index) => {
      const each = done[index];
      if (each?.status !== 'rejected') return [];
      logger.error('post failed', { messageId: id, error: describeError(each.reason) });
      return [{ itemIdentifier: id }];
    });
    return { batchItemFailures: failed };
  };
};

export const handler = entry(
  sendResults,
  setting('WEBHOOK_ADDRESSES'),
)(observed('webhookPost', (deps: Deps) => createPost(deps)));
