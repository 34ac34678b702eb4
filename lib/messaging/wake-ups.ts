import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { boundedInTime } from '../aws/client.ts';
import { MAX_ID } from '../ledger/id.ts';
import { parseOrUndefined } from '../wire/json.ts';
import { inCalls } from './in-calls.ts';

/** "This wallet has work": all that a message says. */
export interface WakeUp {
  readonly walletId: bigint;
  /** The wallet's group by its row: the message group. */
  readonly group: number;
  /** From {@link deduplicationId}; the queue drops a repeat of it within five minutes. */
  readonly deduplicationId: string;
  readonly correlationId: string;
}

/** What causes a wake-up, with the ids that tell it from every other one. */
type Cause =
  | readonly [cause: 'operation', operationId: bigint]
  | readonly [cause: 'relay', operationId: bigint, relayCount: number]
  | readonly [cause: 'rest', messageId: string]
  | readonly [cause: 'redrive', id: string];

/** The deduplication id of a wake-up, such as `operation-7` or `relay-7-2`: unique per cause. */
export const deduplicationId = (...cause: Cause): string => cause.join('-');

/** The queue that wakes the processor. Nothing about money depends on it. */
export interface WakeUpQueue {
  /** @throws if the queue did not take all of them */
  wake(wakeUps: readonly WakeUp[]): Promise<void>;
  /** Makes a received message visible again after a delay in seconds, 0 to 43,200. */
  postpone(receiptHandle: string, delaySeconds: number): Promise<void>;
}

/** Milliseconds to connect to the queue and to wait for its answer: what takes longer is left to the relay. */
const BOUNDS = { connectMs: 1_000, requestMs: 2_000, attempts: 2 };

/** An SQS FIFO queue. */
export function sqs(queueUrl: string): WakeUpQueue {
  const client = new SQSClient({
    ...boundedInTime(BOUNDS),
    useQueueUrlAsEndpoint: false,
  });
  return {
    async wake(wakeUps) {
      const [only, ...others] = wakeUps.map(toEntry);
      if (only !== undefined && others.length === 0) {
        await client.send(new SendMessageCommand({ QueueUrl: queueUrl, ...only }));
        return;
      }
      await inCalls(wakeUps, async (batch) => {
        const Entries = batch.map((wakeUp, index) => ({ Id: index.toString(), ...toEntry(wakeUp) }));
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
        );
        if (Failed.length > 0)
          throw new Error(`the queue refused ${Failed.length} messages: ${Failed[0]?.Message}`);
        return [];
      });
    },
    async postpone(receiptHandle, delaySeconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: delaySeconds,
        }),
      );
    },
  };
}

/** A function's need to send wake-ups, or to postpone them (see lib/runtime/entry.ts). */
export const send = { setting: 'QUEUE_URL', open: (queueUrl: string) => ({ queue: sqs(queueUrl) }) } as const;

const bodyOf = ({ walletId, correlationId }: Pick<WakeUp, 'walletId' | 'correlationId'>): string =>
  JSON.stringify({ walletId: walletId.toString(), correlationId });

function toEntry({ walletId, group, deduplicationId, correlationId }: WakeUp) {
  return {
    MessageBody: bodyOf({ walletId, correlationId }),
    MessageGroupId: group.toString(),
    MessageDeduplicationId: deduplicationId,
  };
}

const positiveDigits = z.stringFormat('a positive whole number', /^[1-9]\d{0,18}$/);

const messageBody = z.object({
  walletId: positiveDigits.transform(BigInt).refine((id) => id <= MAX_ID),
  correlationId: z.string(),
});

const sqsEvent = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      body: z.string(),
      attributes: z.object({
        MessageGroupId: z.string(),
        ApproximateReceiveCount: positiveDigits.transform(Number),
      }),
    }),
  ),
});

/** A wake-up as the processor receives it. */
export interface ReceivedWakeUp {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly group: number;
  readonly receiveCount: number;
  readonly walletId: bigint;
  readonly correlationId: string;
}

/** A message that is no wake-up of ours, and never becomes one. */
interface UnreadableMessage extends Letter {
  readonly receiptHandle: string;
}

/** A message that belongs in the dead-letter queue. */
export interface Letter {
  readonly messageId: string;
  /** The message group, as the queue has it. */
  readonly group: string;
  readonly body: string;
  /** Why it belongs there, in words without anything of the body. */
  readonly reason: string;
}

/** A wake-up that can't be settled, as a letter. */
export const letterOf = (wakeUp: ReceivedWakeUp, reason: string): Letter => ({
  messageId: wakeUp.messageId,
  group: wakeUp.group.toString(),
  body: bodyOf(wakeUp),
  reason,
});

/** A batch as Lambda hands it over. */
export interface ReceivedBatch {
  readonly wakeUps: readonly ReceivedWakeUp[];
  readonly unreadable: readonly UnreadableMessage[];
}

/**
 * Reads the event of an SQS trigger.
 *
 * @throws ZodError if it is not such an event
 */
export function readBatch(event: unknown): ReceivedBatch {
  const wakeUps: ReceivedWakeUp[] = [];
  const unreadable: UnreadableMessage[] = [];
  for (const { messageId, receiptHandle, body, attributes } of sqsEvent.parse(event).Records) {
    const value = parseOrUndefined(body);
    const content = messageBody.safeParse(value);
    const group = positiveDigits.transform(Number).safeParse(attributes.MessageGroupId);
    if (content.success && group.success) {
      const receiveCount = attributes.ApproximateReceiveCount;
      wakeUps.push({ messageId, receiptHandle, group: group.data, receiveCount, ...content.data });
    } else {
      const reason =
        value === undefined
          ? NO_JSON
          : content.success
            ? NO_GROUP
            : `no wake-up: ${problemsOf(content.error)}`;
      unreadable.push({ messageId, receiptHandle, group: attributes.MessageGroupId, body, reason });
    }
  }
  return { wakeUps, unreadable };
}

const NO_JSON = 'the body is no JSON';
const NO_GROUP = 'the message group is no wallet group';

/** The fields that are wrong, by name: values may be anything. */
function problemsOf({ issues }: z.ZodError): string {
  const fields = new Set(issues.map(({ path }) => path.join('.')).filter((name) => name !== ''));
  return fields.size === 0 ? 'the body is no object' : `${[...fields].join(' and ')} is missing or wrong`;
}
