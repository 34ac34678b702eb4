import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { LocalQueue } from '../../../localstack/embedded/fauxqs.ts';
import { LOCAL_CLIENT } from '../../../localstack/localstack/resources.ts';
import { PATIENCE } from '../../support/constants.ts';
import { makeFifoQueue, ON_LOCALSTACK, startEmulator } from '../../support/emulator.ts';

// docs/emulators.md has the table that this file proves for both emulators.

const MAX_RECEIVES = 2;

/** So that a busy machine gets to look for a message before it is visible again. */
const SOME_SECONDS = 4;

/** So that a message which is out of sight stays so for the length of a test. */
const LONG_SECONDS = 600;

let server: LocalQueue;
let client: SQSClient;
let queueUrl: string;
let deadLetterQueueUrl: string;

beforeAll(async () => {
  server = await startEmulator();
  client = new SQSClient({ ...LOCAL_CLIENT, endpoint: server.endpoint });
});

beforeEach(async () => {
  const attributes = { DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' };
  ({ queueUrl, deadLetterQueueUrl } = await makeFifoQueue(client, server.endpoint, MAX_RECEIVES, attributes));
});

afterAll(async () => {
  client.destroy();
  await server.stop();
});

test('a repeat is dropped in its group, and counts as new in another but on fauxqs', async () => {
  for (const group of ['a', 'a', 'b']) await send(group, 'same', 'one-id');
  // fauxqs deduplicates over the whole queue, whatever its DeduplicationScope.
  expect(await drain()).toEqual(ON_LOCALSTACK ? { a: ['same'], b: ['same'] } : { a: ['same'] });
});

test('an id that another group had since counts as new on LocalStack', async () => {
  for (const group of ['a', 'b', 'a']) await send(group, 'same', 'one-id');
  // LocalStack keeps an id with the last message that had it, which is of group b by then.
  expect(await drain()).toEqual(ON_LOCALSTACK ? { a: ['same', 'same'], b: ['same'] } : { a: ['same'] });
});

test('one receive hands out the first messages of a group, in order', async () => {
  for (const body of ['1', '2', '3']) await send('a', body);
  expect(bodies(await receive())).toEqual(['1', '2', '3']);
});

test('a group is held back while a message of it is out of sight, and the others are not', async () => {
  await send('a', 'a1');
  expect(bodies(await receive())).toEqual(['a1']);
  await send('a', 'a2');
  await send('b', 'b1');
  expect(bodies(await receive())).toEqual(['b1']);
  expect(bodies(await receive())).toEqual([]);
});

test('a message that is deleted lets the next of its group through', async () => {
  await send('a', 'a1');
  const [first] = await receive();
  await send('a', 'a2');
  await remove(first);
  expect(bodies(await receive())).toEqual(['a2']);
});

test('a message given back with visibility 0 comes again at once, before those behind it', async () => {
  await send('a', 'a1');
  const [first] = await receive();
  await send('a', 'a2');
  await change(first, 0);
  const [again] = await receive(1);
  expect([again?.Body, again?.Attributes?.ApproximateReceiveCount]).toEqual(['a1', '2']);
});

test('a message given back for some seconds comes again after them, before those behind it', async () => {
  await send('a', 'a1');
  const [first] = await receive();
  await send('a', 'a2');
  await change(first, SOME_SECONDS);
  expect(bodies(await receive())).toEqual([]);
  const again = await vi.waitFor(async () => {
    const messages = await receive(1);
    expect(messages).toHaveLength(1);
    return messages;
  }, PATIENCE);
  expect(bodies(again)).toEqual(['a1']);
});

test('a message is dead after its last receive, its group goes on, and dead letters keep group and order', async () => {
  for (const body of ['poison 1', 'poison 2', 'good']) await send('a', body);
  const seen: string[] = [];
  for (let turn = 0; turn < 20 && !seen.includes('good'); turn++) {
    const [message] = await receive(1);
    if (message === undefined) continue;
    seen.push(message.Body ?? '');
    if (message.Body === 'good') await remove(message);
    else await change(message, 0);
  }
  expect(seen).toEqual(['poison 1', 'poison 1', 'poison 2', 'poison 2', 'good']);
  const dead: [string | undefined, string | undefined][] = [];
  for (let turn = 0; turn < 2; turn++) {
    const [message] = await receive(1, deadLetterQueueUrl);
    dead.push([message?.Attributes?.MessageGroupId, message?.Body]);
    await remove(message, deadLetterQueueUrl);
  }
  expect(dead).toEqual([
    ['a', 'poison 1'],
    ['a', 'poison 2'],
  ]);
});

test('after the death of its only message a group takes new ones', async () => {
  await send('a', 'poison');
  for (let turn = 0; turn < MAX_RECEIVES; turn++) {
    const [message] = await receive(1);
    await change(message, 0);
  }
  expect(bodies(await receive())).toEqual([]);
  await send('a', 'new');
  expect(bodies(await receive())).toEqual(['new']);
});

test('a message whose time is over may have to wait for an older one of another group', async () => {
  await send('a', 'long');
  const [long] = await receive();
  await send('b', 'short');
  const [short] = await receive();
  await change(long, LONG_SECONDS);
  await change(short, 1);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  // LocalStack looks at the oldest message out of sight first, and at no other while that one stays.
  expect(bodies(await receive())).toEqual(ON_LOCALSTACK ? [] : ['short']);
  await remove(long);
  if (ON_LOCALSTACK)
    await vi.waitFor(async () => expect(bodies(await receive())).toEqual(['short']), PATIENCE);
});

test('a receipt is of no use once its message is visible again, but on fauxqs', async () => {
  await send('a', 'late');
  const [late] = await receive();
  await change(late, 1);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await remove(late).catch((error: unknown) => expect(String(error)).toContain('receipt handle has expired'));
  expect(bodies(await receive())).toEqual(ON_LOCALSTACK ? ['late'] : []);
});

test('a message given back out of a batch of its group comes while the rest is out of sight on LocalStack', async () => {
  for (const body of ['1', '2', '3']) await send('a', body);
  const [first, ...rest] = await receive();
  await change(first, 0);
  expect(bodies(await receive(1))).toEqual(ON_LOCALSTACK ? ['1'] : []);
  expect(rest).toHaveLength(2);
});

test('what is behind a failure in its batch comes back with it and counts a receive', async () => {
  for (const body of ['failing', 'behind']) await send('a', body);
  for (const message of await receive()) await change(message, 0);
  const counts: Record<string, string | undefined> = {};
  for (let messages = await receive(); messages.length > 0; messages = await receive()) {
    for (const message of messages) {
      counts[message.Body ?? ''] = message.Attributes?.ApproximateReceiveCount;
      await remove(message);
    }
  }
  expect(counts).toEqual({ failing: '2', behind: '2' });
});

async function send(group: string, body: string, id: string = crypto.randomUUID()): Promise<void> {
  const message = { MessageBody: body, MessageGroupId: group, MessageDeduplicationId: id };
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, ...message }));
}

async function receive(count = 10, url = queueUrl): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: count,
      MessageSystemAttributeNames: ['All'],
      VisibilityTimeout: LONG_SECONDS,
    }),
  );
  return Messages;
}

async function change(message: Message | undefined, seconds: number): Promise<void> {
  const handle = { QueueUrl: queueUrl, ReceiptHandle: message?.ReceiptHandle };
  await client.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: seconds }));
}

async function remove(message: Message | undefined, url = queueUrl): Promise<void> {
  await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }));
}

/** Receives and deletes until nothing comes; the bodies by group. */
async function drain(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (let messages = await receive(); messages.length > 0; messages = await receive()) {
    for (const message of messages) {
      const group = message.Attributes?.MessageGroupId ?? '';
      found[group] = [...(found[group] ?? []), message.Body ?? ''];
      await remove(message);
    }
  }
  return found;
}

function bodies(messages: readonly Message[]): (string | undefined)[] {
  return messages.map(({ Body }) => Body);
}
