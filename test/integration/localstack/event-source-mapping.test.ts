import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { LocalQueue } from '../../../localstack/embedded/fauxqs.ts';
import {
  type MappingOptions,
  startEventSourceMapping,
} from '../../../localstack/lambda/event-source-mapping.ts';
import { freePort } from '../../../localstack/ports.ts';
import { TEST_CLIENT } from '../../support/aws.ts';
import { PATIENCE, UUID } from '../../support/constants.ts';
import { makeFifoQueue, ON_LOCALSTACK, startEmulator } from '../../support/emulator.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';

const VISIBILITY_SECONDS = 1;
/** So that a message which is out of sight stays so for the length of a test. */
const LONG_SECONDS = 600;
const MAX_RECEIVES = 3;

let folder: string;
let port: number;
let server: LocalQueue;
let client: SQSClient;
let queueUrl: string;
let deadLetterQueueUrl: string;
let mappings: { stop: () => Promise<void> }[] = [];
let log: string[] = [];

beforeAll(async () => {
  folder = await makeFolder('queue');
  port = await freePort();
  server = await startEmulator({ port, dataDir: folder });
  client = new SQSClient({ ...TEST_CLIENT, endpoint: server.endpoint });
});

afterEach(async () => {
  await Promise.all(mappings.map((mapping) => mapping.stop()));
  mappings = [];
  log = [];
});

afterAll(async () => {
  client.destroy();
  await server.stop();
  await removeFolder(folder);
});

test('the function gets the event that Lambda makes of a batch', async () => {
  await makeQueue();
  await send('group-1', '{"wallet":7}', { correlation: 'abc' });
  const events: SQSEvent[] = [];
  start(async (event) => void events.push(event));
  await vi.waitFor(() => expect(events).toHaveLength(1), PATIENCE);
  expect(events[0]).toEqual({
    Records: [
      {
        messageId: expect.stringMatching(UUID),
        receiptHandle: expect.any(String),
        body: '{"wallet":7}',
        attributes: {
          ApproximateReceiveCount: '1',
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: expect.any(String),
          MessageGroupId: 'group-1',
          MessageDeduplicationId: expect.any(String),
          SequenceNumber: expect.stringMatching(/^\d{20}$/),
        },
        messageAttributes: {
          correlation: { stringValue: 'abc', stringListValues: [], binaryListValues: [], dataType: 'String' },
        },
        md5OfBody: '5d92118bb74a483b90393dc4b58aba93',
        md5OfMessageAttributes: expect.any(String),
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queueUrl.split('/').at(-1)}`,
        awsRegion: 'eu-central-1',
      },
    ],
  });
});

test('a group has one batch in flight, while the others go on', async () => {
  await makeQueue();
  const seen: string[] = [];
  const release = Promise.withResolvers<void>();
  start(
    async (event) => {
      seen.push(...bodies(event));
      if (bodies(event).includes('a1')) await release.promise;
    },
    { batchSize: 1, visibilitySeconds: LONG_SECONDS },
  );
  for (const body of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3']) await send(body.slice(0, 1), body);
  await vi.waitFor(() => expect(seen).toEqual(expect.arrayContaining(['a1', 'b1', 'b2', 'b3'])), PATIENCE);
  expect(seen.filter((body) => body.startsWith('a'))).toEqual(['a1']);
  release.resolve();
  await vi.waitFor(
    () => expect(seen.filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3']),
    PATIENCE,
  );
  await emptied();
});

test('each group keeps its order, also over failures', async () => {
  await makeQueue();
  const settled = new Map<string, number[]>();
  const failedOnce = new Set<string>();
  const groups = ['a', 'b', 'c', 'd', 'e'];
  const wanted = Array.from({ length: 12 }, (_, index) => index);
  for (const number of wanted) for (const group of groups) await send(group, String(number));
  start(async (event) => {
    await sleep(Math.random() * 5);
    // What is behind a failure in its group has to come back with it, as Lambda asks of a function on a FIFO queue.
    const heldUp = new Set<string>();
    const failures = event.Records.filter((record) => {
      const key = `${groupOf(record)} ${record.body}`;
      if (heldUp.has(groupOf(record))) return true;
      if (record.body === '5' && !failedOnce.has(key)) {
        heldUp.add(groupOf(record));
        return failedOnce.add(key);
      }
      settled.set(groupOf(record), [...(settled.get(groupOf(record)) ?? []), Number(record.body)]);
      return false;
    });
    return { batchItemFailures: failures.map((record) => ({ itemIdentifier: record.messageId })) };
  });
  await emptied();
  for (const group of groups) expect(settled.get(group), group).toEqual(wanted);
});

test('of a partly failed batch the failed messages come back and the others are gone', async () => {
  await makeQueue();
  await send('good', 'good');
  await send('bad', 'bad');
  const batches: string[][] = [];
  const receiveCounts: string[] = [];
  start(
    async (event) => {
      batches.push(bodies(event));
      const bad = event.Records.filter((record) => record.body === 'bad');
      receiveCounts.push(...bad.map((record) => record.attributes.ApproximateReceiveCount));
      const failures = batches.length === 1 ? bad : [];
      return { batchItemFailures: failures.map((record) => ({ itemIdentifier: record.messageId })) };
    },
    { pollers: 1 },
  );
  await vi.waitFor(() => expect(batches).toHaveLength(2), PATIENCE);
  await emptied();
  expect(batches).toEqual([['good', 'bad'], ['bad']]);
  expect(receiveCounts).toEqual(['1', '2']);
});

test.each<[string, () => Promise<unknown>]>([
  ['throws', () => Promise.reject(new Error('no database'))],
  ['gives a malformed reply', () => Promise.resolve({ batchItemFailures: [{ itemIdentifier: '' }] })],
  [
    'names a message that was not in the batch',
    () => Promise.resolve({ batchItemFailures: [{ itemIdentifier: 'x' }] }),
  ],
])('the whole batch comes back if the function %s', async (_, failure) => {
  await makeQueue();
  await send('a', 'a');
  await send('b', 'b');
  const batches: string[][] = [];
  start(
    async (event) => {
      batches.push(bodies(event).toSorted());
      return batches.length === 1 ? failure() : { batchItemFailures: [] };
    },
    { pollers: 1 },
  );
  // A message on its way back is counted nowhere for a moment: an empty queue alone does not say that it came.
  await vi.waitFor(() => expect(batches.flat().toSorted()).toEqual(['a', 'a', 'b', 'b']), PATIENCE);
  await emptied();
  expect(batches.flat()).toHaveLength(4);
});

test('a message that always fails goes to the dead-letter queue, and its group goes on', async () => {
  await makeQueue();
  await send('a', 'poison');
  await send('a', 'next');
  const seen: string[] = [];
  // One message a batch: in a batch that fails as a whole, what is behind the poison is received again, too.
  start(
    async (event) => {
      seen.push(...bodies(event));
      if (bodies(event).includes('poison')) throw new Error('cannot digest this');
    },
    { batchSize: 1 },
  );
  await emptied();
  expect(seen).toEqual([...Array.from({ length: MAX_RECEIVES }, () => 'poison'), 'next']);
  const dead = await client.send(
    new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, WaitTimeSeconds: 5 }),
  );
  expect(dead.Messages?.map((message) => message.Body)).toEqual(['poison']);
});

// LocalStack is the whole run's, and keeps nothing over a restart.
test.skipIf(ON_LOCALSTACK)(
  'deliveries go on after the queue was away, and the outage is told once',
  async () => {
    await makeQueue();
    const seen: string[] = [];
    start(async (event) => void seen.push(...bodies(event)));
    await send('a', 'before');
    await vi.waitFor(() => expect(seen).toEqual(['before']), PATIENCE);
    await emptied();
    await server.stop();
    await vi.waitFor(() => expect(log).toHaveLength(1), PATIENCE);
    server = await startEmulator({ port, dataDir: folder });
    await send('a', 'after');
    await vi.waitFor(() => expect(seen).toEqual(['before', 'after']), PATIENCE);
    expect(log).toEqual([
      expect.stringContaining('The queue does not answer'),
      expect.stringContaining('The queue answers again'),
    ]);
  },
);

test('a stop waits for the batch in flight and deletes what it settled', async () => {
  await makeQueue();
  await send('a', 'slow');
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  // A receipt is good for as long as its message is out of sight, and the stop takes longer than the queue's second.
  const mapping = start(
    async () => {
      begun.resolve();
      await release.promise;
    },
    { visibilitySeconds: LONG_SECONDS },
  );
  await begun.promise;
  let stopped = false;
  const stopping = mapping.stop().then(() => {
    stopped = true;
  });
  await sleep(1_500);
  expect(stopped).toBe(false);
  release.resolve();
  await stopping;
  await emptied();
});

/** Makes an empty queue for one test, with a dead-letter queue. */
async function makeQueue(): Promise<void> {
  const attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
  ({ queueUrl, deadLetterQueueUrl } = await makeFifoQueue(client, server.endpoint, MAX_RECEIVES, attributes));
}

function start(invoke: (event: SQSEvent) => Promise<unknown>, options: Partial<MappingOptions> = {}) {
  const mapping = startEventSourceMapping({
    client,
    queueUrl,
    invoke: (event) => invoke(event as SQSEvent),
    log: (line) => log.push(line),
    ...options,
  });
  mappings.push(mapping);
  return mapping;
}

async function send(group: string, body: string, attributes: Record<string, string> = {}): Promise<void> {
  const values = Object.entries(attributes).map(([name, value]) => [
    name,
    { DataType: 'String', StringValue: value },
  ]);
  await client.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: crypto.randomUUID(),
      MessageAttributes: Object.fromEntries(values),
    }),
  );
}

/** Waits until the queue has no message, visible or in flight. */
async function emptied(): Promise<void> {
  await vi.waitFor(async () => {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes?.['ApproximateNumberOfMessages']).toBe('0');
    expect(Attributes?.['ApproximateNumberOfMessagesNotVisible']).toBe('0');
  }, PATIENCE);
}

const bodies = (event: SQSEvent): string[] => event.Records.map((record) => record.body);

const groupOf = (record: SQSRecord): string => record.attributes.MessageGroupId ?? '';
