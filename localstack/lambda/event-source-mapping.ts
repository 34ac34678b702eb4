import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { queueArn, type Received, type Source, sqsEvent, unsettled } from './sqs-event.ts';

/** Batches in flight at once: enough to keep a small machine busy, and one a wallet group by default. */
const POLLERS = 4;

/** What one receive hands out at most, and Lambda's own limit for a FIFO batch. */
const BATCH_MESSAGES = 10;

/**
 * A receive waits this long for a message. Short, because a stop waits for it: cutting it off would leave a waiter at the
 * queue that takes the next message, and its whole group, out of sight until the visibility timeout.
 */
const POLL_WAIT_SECONDS = 1;

/**
 * After a stop, a receive that hangs (the queue's process is stuck) is given up after this long. At other times it is
 * not: the messages in a reply that nobody reads stay out of sight, too.
 */
const RECEIVE_LIMIT_MS = 5_000;

/** After a failed receive the wait doubles from the first to the second. */
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 2_000;

/** Deleting is tried this often; a message that stays is delivered again, which the processor is made for. */
const DELETE_TRIES = 3;

export interface MappingOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Runs the function with one event, and rejects if the function failed. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly log: (line: string) => void;
  readonly pollers?: number;
  readonly batchSize?: number;
  /** Instead of the queue's own visibility timeout. */
  readonly visibilitySeconds?: number;
}

/**
 * Feeds a function from an SQS FIFO queue the way Lambda's event source mapping does: several batches in flight, never
 * two of one group (the queue holds a group back while a message of it is out of sight), what the function settled is
 * deleted, and the rest comes back by itself, until the queue's redrive policy moves it to the dead-letter queue.
 * `stop` waits for the batches in flight.
 */
export function startEventSourceMapping(options: MappingOptions): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const health = outageLog(options.log);
  const pollers = Array.from({ length: options.pollers ?? POLLERS }, () =>
    poll(options, health, stopping.signal, givingUp.signal),
  );
  return {
    stop: async () => {
      stopping.abort();
      const limit = setTimeout(() => givingUp.abort(), RECEIVE_LIMIT_MS);
      await Promise.all(pollers);
      clearTimeout(limit);
    },
  };
}

async function poll(
  options: MappingOptions,
  health: OutageLog,
  stopping: AbortSignal,
  givingUp: AbortSignal,
): Promise<void> {
  const region = await options.client.config.region();
  const source = { region, arn: queueArn(options.queueUrl, region) };
  let backoffMs = BACKOFF_MIN_MS;
  while (!stopping.aborted) {
    try {
      const messages = await receive(options, givingUp);
      health.answered();
      backoffMs = BACKOFF_MIN_MS;
      if (messages.length > 0) await deliver(options, source, messages);
    } catch (error) {
      health.failed(error);
      await sleep(backoffMs, undefined, { signal: stopping }).catch(() => {});
      backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS);
    }
  }
}

async function receive(options: MappingOptions, abortSignal: AbortSignal): Promise<Received[]> {
  const reply = await options.client.send(
    new ReceiveMessageCommand({
      QueueUrl: options.queueUrl,
      MaxNumberOfMessages: options.batchSize ?? BATCH_MESSAGES,
      WaitTimeSeconds: POLL_WAIT_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
      ...(options.visibilitySeconds === undefined ? {} : { VisibilityTimeout: options.visibilitySeconds }),
    }),
    { abortSignal },
  );
  return (reply.Messages ?? []).filter((message): message is Received => {
    return message.MessageId !== undefined && message.ReceiptHandle !== undefined;
  });
}

async function deliver(
  options: MappingOptions,
  source: Source,
  messages: readonly Received[],
): Promise<void> {
  const ids = messages.map((message) => message.MessageId);
  const failed = await options.invoke(sqsEvent(messages, source)).then(
    (reply) => unsettled(reply, ids),
    (error: unknown) => {
      options.log(
        `A batch of ${ids.length} failed and comes back when it is visible again: ${String(error)}`,
      );
      return ids;
    },
  );
  await remove(
    options,
    messages.filter((message) => !failed.includes(message.MessageId)),
  );
}

async function remove(options: MappingOptions, messages: readonly Received[]): Promise<void> {
  let left = messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
  for (let tries = 0; tries < DELETE_TRIES && left.length > 0; tries++) {
    const reply = await options.client.send(
      new DeleteMessageBatchCommand({ QueueUrl: options.queueUrl, Entries: left }),
    );
    const failed = new Set((reply.Failed ?? []).map((failure) => failure.Id));
    left = left.filter((entry) => failed.has(entry.Id));
  }
  if (left.length > 0)
    options.log(`The queue kept ${left.length} settled messages: they will be delivered again.`);
}

interface OutageLog {
  answered(): void;
  failed(error: unknown): void;
}

/** One line when the queue goes, one when it is back, however many pollers notice. */
function outageLog(log: (line: string) => void): OutageLog {
  let out = false;
  return {
    answered() {
      if (out) log('The queue answers again.');
      out = false;
    },
    failed(error) {
      if (!out) log(`The queue does not answer (${String(error)}); trying until it does.`);
      out = true;
    },
  };
}
