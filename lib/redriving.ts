import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { inBatches } from './batches.ts';
import type { Sql } from './db.ts';
import { type Queue, readBatch } from './queue.ts';
import { walletGroups } from './wallets.ts';

/** A message that was received too often without being settled. */
export interface DeadLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly group: string;
  readonly sentAt: Date;
  readonly receiveCount: number;
  readonly body: string;
  /** What it wakes; undefined where it is no wake-up of ours. */
  readonly wakeUp: { readonly walletId: bigint; readonly correlationId: string } | undefined;
}

/** The queue where such messages wait. */
export interface DeadLetterQueue {
  /** How many there are, those out of sight included; an estimate on AWS. */
  count(): Promise<number>;
  /** Takes some out of sight for {@link OUT_OF_SIGHT_S}; none where none is to be had. */
  receive(max: number): Promise<DeadLetter[]>;
  /** Makes letters visible again in a moment; one that fails is so after {@link OUT_OF_SIGHT_S}. */
  putBack(letters: readonly DeadLetter[]): Promise<void>;
  /** @throws where the queue kept one */
  remove(letters: readonly DeadLetter[]): Promise<void>;
}

/** What came of sending letters back. */
export interface RedriveReport {
  readonly sent: readonly DeadLetter[];
  /** No wake-ups, or of wallets that there are not: they stay. */
  readonly left: readonly DeadLetter[];
}

/** The most entries of one call. */
const ENTRIES_PER_CALL = 10;
const CALLS_AT_ONCE = 4;

/** Seconds a letter is out of sight: several times what working on it takes. One that is lost comes back after it. */
const OUT_OF_SIGHT_S = 30;

/** Seconds until a letter that was put back is visible: fauxqs, the local emulator, loses one that is so at once. */
const BACK_IN_SIGHT_S = 1;

/** Seconds a receive waits: one that waits asks every server of the queue, and gets what was just put back. */
const WAIT_S = 2;

/** An SQS dead-letter queue. */
export function sqsDeadLetters(queueUrl: string): DeadLetterQueue {
  const client = new SQSClient({ useQueueUrlAsEndpoint: false });
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
          VisibilityTimeout: OUT_OF_SIGHT_S,
          WaitTimeSeconds: WAIT_S,
          MessageSystemAttributeNames: ['All'],
        }),
      );
      return toLetters(Messages);
    },
    async putBack(letters) {
      await inBatches(letters, ENTRIES_PER_CALL, CALLS_AT_ONCE, async (batch) => {
        const Entries = toEntries(batch).map((entry) => ({ ...entry, VisibilityTimeout: BACK_IN_SIGHT_S }));
        await client.send(new ChangeMessageVisibilityBatchCommand({ ...target, Entries }));
        return [];
      });
    },
    async remove(letters) {
      await inBatches(letters, ENTRIES_PER_CALL, CALLS_AT_ONCE, async (batch) => {
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
  const records = messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
  }));
  const wakeUps = new Map(
    readBatch({ Records: records }).wakeUps.map((wakeUp) => [wakeUp.messageId, wakeUp]),
  );
  return records.map(({ messageId, receiptHandle, body, attributes }) => ({
    messageId,
    receiptHandle,
    body,
    group: attributes.MessageGroupId ?? '',
    sentAt: new Date(Number(attributes.SentTimestamp)),
    receiveCount: Number(attributes.ApproximateReceiveCount),
    wakeUp: wakeUps.get(messageId),
  }));
}

/**
 * Looks at dead letters and puts them back. Of each group only the first are to be had: a FIFO queue hands out no more
 * of a group while some are out.
 *
 * @param max how many at most
 */
export async function peekDeadLetters(deadLetters: DeadLetterQueue, max: number): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  try {
    while (letters.length < max) {
      const received = await deadLetters.receive(max - letters.length);
      if (received.length === 0) break;
      letters.push(...received);
    }
    return letters;
  } finally {
    await deadLetters.putBack(letters);
  }
}

/**
 * Sends dead letters back to the queue that wakes the processor, each to its wallet's present group, and forgets it
 * only once that queue took it. A letter may so be sent twice, which does no harm.
 *
 * @param max how many letters to handle at most
 * @param newId makes a part of a deduplication id, unique per letter and run
 * @throws what the queues or the database throw; letters not yet sent stay
 */
export async function redrive(
  { sql, queue, deadLetters }: { sql: Sql; queue: Queue; deadLetters: DeadLetterQueue },
  max: number,
  newId: () => string,
): Promise<RedriveReport> {
  const sent: DeadLetter[] = [];
  const left = new Map<string, DeadLetter>();
  try {
    for (let handled = 0; handled < max; ) {
      const letters = await deadLetters.receive(max - handled);
      if (letters.length === 0) break;
      handled += letters.length;
      for (const letter of letters) left.set(letter.messageId, letter);
      const taken = await sendBack(sql, queue, letters, newId);
      for (const { messageId } of taken) left.delete(messageId);
      await deadLetters.remove(taken);
      sent.push(...taken);
    }
  } finally {
    await deadLetters.putBack([...left.values()]);
  }
  return { sent, left: [...left.values()] };
}

/** @returns the letters that the queue took */
async function sendBack(
  sql: Sql,
  queue: Queue,
  letters: readonly DeadLetter[],
  newId: () => string,
): Promise<DeadLetter[]> {
  const walletIds = letters.flatMap(({ wakeUp }) => (wakeUp === undefined ? [] : [wakeUp.walletId]));
  const groups = await walletGroups(sql, walletIds);
  const sendable = letters.flatMap((letter) => {
    const { wakeUp } = letter;
    const group = wakeUp && groups.get(wakeUp.walletId);
    return wakeUp === undefined || group === undefined ? [] : [{ letter, ...wakeUp, group }];
  });
  await queue.wake(
    sendable.map(({ walletId, group, correlationId }) => {
      return { walletId, group, correlationId, deduplicationId: `redrive-${newId()}` };
    }),
  );
  return sendable.map(({ letter }) => letter);
}
