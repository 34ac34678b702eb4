import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { REASON_ATTRIBUTE } from './bury.ts';
import { ENTRIES_PER_CALL, inCalls } from './in-calls.ts';
import { readBatch } from './wake-ups.ts';

/** A message that can't be settled, or was received too often without being settled. */
export interface DeadLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly group: string;
  readonly sentAt: Date;
  readonly receiveCount: number;
  readonly body: string;
  /** Why the processor put it there; undefined if the queue did, after too many receives. */
  readonly reason: string | undefined;
  /** What it wakes; undefined if it is not our wake-up. */
  readonly wakeUp: { readonly walletId: bigint; readonly correlationId: string } | undefined;
}

/** The queue where such messages wait. */
export interface DeadLetterQueue {
  /** How many there are, invisible ones included; an estimate on AWS. */
  count(): Promise<number>;
  /** Receives some, which makes them invisible for {@link INVISIBLE_SECONDS}; empty if no letter is visible. */
  receive(max: number): Promise<DeadLetter[]>;
  /** Makes letters visible again in a moment; if that fails, they are after {@link INVISIBLE_SECONDS}. */
  putBack(letters: readonly DeadLetter[]): Promise<void>;
  /** @throws if the queue kept one */
  remove(letters: readonly DeadLetter[]): Promise<void>;
}

/** Seconds that a received letter is invisible: several times what handling it takes. It is visible again afterwards. */
const INVISIBLE_SECONDS = 30;

/** Seconds until a letter that was put back is visible: fauxqs, the local emulator, loses one that is visible at once. */
const PUT_BACK_SECONDS = 1;

/** Seconds a receive waits: with a wait, SQS asks all its servers, so it finds what was just put back. */
const WAIT_SECONDS = 2;

/**
 * An SQS dead-letter queue.
 *
 * @param bounds how long it may take; by default as long as the SDK waits
 */
export function sqsDeadLetters(queueUrl: string, bounds: SQSClientConfig = {}): DeadLetterQueue {
  const client = new SQSClient({ ...bounds, useQueueUrlAsEndpoint: false });
  const target = { QueueUrl: queueUrl };
  return {
    async count() {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ ...target, AttributeNames: [...names] }),
      );
      return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
    },
    async receive(max) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          ...target,
          MaxNumberOfMessages: Math.min(max, ENTRIES_PER_CALL),
          VisibilityTimeout: INVISIBLE_SECONDS,
          WaitTimeSeconds: WAIT_SECONDS,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: [REASON_ATTRIBUTE],
        }),
      );
      return toLetters(Messages);
    },
    async putBack(letters) {
      await inCalls(letters, async (batch) => {
        const Entries = toEntries(batch).map((entry) => ({
          ...entry,
          VisibilityTimeout: PUT_BACK_SECONDS,
        }));
        await client.send(new ChangeMessageVisibilityBatchCommand({ ...target, Entries }));
        return [];
      });
    },
    async remove(letters) {
      await inCalls(letters, async (batch) => {
        const { Failed = [] } = await client.send(
          new DeleteMessageBatchCommand({ ...target, Entries: toEntries(batch) }),
        );
        if (Failed.length > 0)
          throw new Error(`the dead-letter queue kept ${Failed.length} messages that were sent`);
        return [];
      });
    },
  };
}

const toEntries = (letters: readonly DeadLetter[]) =>
  letters.map(({ receiptHandle }, index) => ({ Id: index.toString(), ReceiptHandle: receiptHandle }));

function toLetters(messages: readonly Message[]): DeadLetter[] {
  const records = messages.map(
    ({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {}, MessageAttributes = {} }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: Attributes,
      reason: MessageAttributes[REASON_ATTRIBUTE]?.StringValue,
    }),
  );
  const wakeUps = new Map(
    readBatch({ Records: records }).wakeUps.map((wakeUp) => [wakeUp.messageId, wakeUp]),
  );
  return records.map(({ messageId, receiptHandle, body, attributes, reason }) => ({
    messageId,
    receiptHandle,
    body,
    reason,
    group: attributes.MessageGroupId ?? '',
    sentAt: new Date(Number(attributes.SentTimestamp)),
    receiveCount: Number(attributes.ApproximateReceiveCount),
    wakeUp: wakeUps.get(messageId),
  }));
}
