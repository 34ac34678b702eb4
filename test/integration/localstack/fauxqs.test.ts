import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalQueue, startQueue } from '../../../localstack/embedded/fauxqs.ts';
import { TEST_CLIENT } from '../../support/aws.ts';
import { PATIENCE } from '../../support/constants.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';

/** The longest that SQS lets a receive wait. */
const WAIT_SECONDS = 20;

let folder: string;
let queue: LocalQueue;
let client: SQSClient;

beforeEach(async () => {
  folder = await makeFolder('queue');
  await open();
});

afterEach(async () => {
  await close();
  await removeFolder(folder);
});

test('a message outlives a restart, and one that was being worked on is visible again at once', async () => {
  await send('1', 'in flight');
  await send('2', 'waiting');
  expect(await receive(1)).toEqual(['in flight']);
  await close();
  await open();
  expect((await receive(10)).toSorted()).toEqual(['in flight', 'waiting']);
});

test('the queue is found under its address with 127.0.0.1, whatever port it had before', async () => {
  expect(queue.queueUrl).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+\/000000000000\/my-little-ps-local-operations\.fifo$/,
  );
  expect(queue.deadLetterQueueUrl).toMatch(/\/my-little-ps-local-dead-letters\.fifo$/);
  await send('1', 'kept');
  await close();
  await open();
  expect(await receive(10)).toEqual(['kept']);
});

test('a message answers one of the receives that wait, and the others go on waiting', async () => {
  const received = [receive(10, WAIT_SECONDS), receive(10, WAIT_SECONDS)];
  const first = Promise.race(received);
  await send('1', 'first');
  expect(await first).toEqual(['first']);
  await send('2', 'second');
  expect((await Promise.all(received)).flat().toSorted()).toEqual(['first', 'second']);
});

test('no other machine reaches the queue', async () => {
  const port = Number(new URL(queue.endpoint).port);
  const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  for (const { address } of others.filter(({ family, internal }) => family === 'IPv4' && !internal)) {
    expect(await connects(address, port), address).toBe(false);
  }
  expect(await connects('127.0.0.1', port)).toBe(true);
});

async function open(): Promise<void> {
  queue = await startQueue({ port: 0, dataDir: folder });
  client = new SQSClient({ ...TEST_CLIENT, endpoint: queue.endpoint });
}

async function close(): Promise<void> {
  client.destroy();
  await queue.stop();
}

async function send(group: string, body: string): Promise<void> {
  await client.send(
    new SendMessageCommand({
      QueueUrl: queue.queueUrl,
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: body,
    }),
  );
}

async function receive(count: number, waitSeconds = 0): Promise<(string | undefined)[]> {
  const reply = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queue.queueUrl,
      MaxNumberOfMessages: count,
      WaitTimeSeconds: waitSeconds,
    }),
  );
  return (reply.Messages ?? []).map((message) => message.Body);
}

/** Milliseconds until an address counts as closed from which nothing comes, not even a refusal. */
const SILENT_MS = 2_000;

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: host === '127.0.0.1' ? PATIENCE.timeout : SILENT_MS });
    const done = (connected: boolean) => () => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', done(true)).once('error', done(false)).once('timeout', done(false));
  });
}
