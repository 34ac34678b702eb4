import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { boundedInTime } from '../aws/client.ts';
import { inCalls } from './in-calls.ts';
import type { Letter } from './wake-ups.ts';

/** The message attribute that says why a letter is there. */
export const REASON_ATTRIBUTE = 'Reason';

/** Where the processor puts messages that can't be settled, instead of receiving them until the queue does. */
export interface Graveyard {
  /**
   * Sends letters to the dead-letter queue, each in its own group; one that was sent within five minutes is not sent twice.
   *
   * @returns for each whether the queue took it
   * @throws if the queue does not answer
   */
  bury(letters: readonly Letter[]): Promise<boolean[]>;
}

/** Milliseconds to connect to the queue and to wait for its answer: what takes longer comes again. */
const BOUNDS = { connectMs: 1_000, requestMs: 2_000, attempts: 2 };

/** An SQS FIFO queue. */
export function sqsGraveyard(queueUrl: string): Graveyard {
  const client = new SQSClient({ ...boundedInTime(BOUNDS), useQueueUrlAsEndpoint: false });
  return {
    bury: async (letters) =>
      await inCalls(letters, async (batch) => {
        const Entries = batch.map(({ messageId, group, body, reason }, index) => ({
          Id: index.toString(),
          MessageBody: body,
          MessageGroupId: group,
          MessageDeduplicationId: `buried-${messageId}`,
          MessageAttributes: { [REASON_ATTRIBUTE]: { DataType: 'String', StringValue: reason } },
        }));
        const { Successful = [] } = await client.send(
          new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
        );
        const taken = new Set(Successful.map(({ Id }) => Id));
        return batch.map((_letter, index) => taken.has(index.toString()));
      }),
  };
}

/** A function's need to send to the dead-letter queue (see lib/runtime/entry.ts). */
export const bury = {
  setting: 'DEAD_LETTER_QUEUE_URL',
  open: (queueUrl: string) => ({ graveyard: sqsGraveyard(queueUrl) }),
} as const;
