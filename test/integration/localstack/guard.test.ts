import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { type EventBus, startEventBus } from '../../../localstack/embedded/event-bus.ts';
import { guardServer, isOwnPage } from '../../../localstack/guard.ts';
import { freePort } from '../../../localstack/ports.ts';
import { TEST_CLIENT } from '../../support/aws.ts';
import { startEmulator } from '../../support/emulator.ts';

const FOREIGN = [
  ['of a page', { Origin: 'https://page.example' }],
  ['of a page on this machine', { Origin: 'http://localhost:3000' }],
  ['of a page in a file', { Origin: 'null' }],
  ['of a picture in a page', { 'Sec-Fetch-Site': 'cross-site' }],
  ['to a name that somebody had point here', { Host: 'rebound.example:4567' }],
] as const;

let received: string[];
let bus: EventBus;
let stop: () => Promise<void>;
let queue: Awaited<ReturnType<typeof startEmulator>>;

beforeAll(async () => {
  const subscribers = createServer((request, response) => {
    void text(request).then((body) => {
      received.push(body);
      response.end('{}');
    });
  }).listen(0, LOOPBACK);
  await once(subscribers, 'listening');
  const { port } = subscribers.address() as { port: number };
  bus = await startEventBus({ port: await freePort(), target: `http://${LOOPBACK}:${port}`, log: () => {} });
  queue = await startEmulator();
  received = [];
  stop = async () => {
    await bus.stop();
    await queue.stop();
    subscribers.close();
  };
});
afterAll(() => stop());

async function ask(url: string, headers: Readonly<Record<string, string>>, method = 'POST', body = '{}') {
  const length = { 'Content-Length': Buffer.byteLength(body) };
  const request = send(url, { method, headers: { ...headers, ...length }, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  return { status: response.statusCode, text: await text(response) };
}

describe.each(FOREIGN)('a request %s', (_whose, headers) => {
  test('is refused by the event bus', async () => {
    const publish = { ...headers, 'X-Amz-Target': 'AWSEvents.PutEvents' };
    const event = JSON.stringify({ Entries: [{ Source: 's', DetailType: 't', Detail: '{}' }] });
    expect((await ask(bus.endpoint, publish, 'POST', event)).status).toBe(403);
    expect(received).toEqual([]);
  });

  test('is refused by the queue and changes nothing', async () => {
    const json = {
      ...headers,
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': 'AmazonSQS.DeleteQueue',
    };
    const body = JSON.stringify({ QueueUrl: queue.queueUrl });
    expect((await ask(queue.endpoint, json, 'POST', body)).status).toBe(403);
    const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' };
    const order = `Action=DeleteQueue&QueueUrl=${encodeURIComponent(queue.queueUrl)}`;
    expect((await ask(queue.queueUrl, form, 'POST', order)).status).toBe(403);
    expect((await ask(`${queue.endpoint}/?${order}`, headers, 'GET', '')).status).toBe(403);
    const client = new SQSClient({ ...TEST_CLIENT, endpoint: queue.endpoint });
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queue.queueUrl, AttributeNames: ['FifoQueue'] }),
    );
    client.destroy();
    expect(Attributes).toEqual({ FifoQueue: 'true' });
  });

  test('is refused by the store of files', async () => {
    const file = `${queue.endpoint}/my-little-ps-local-reports/page.html`;
    for (const method of ['PUT', 'POST', 'GET', 'DELETE']) {
      expect([method, (await ask(file, headers, method, 'x')).status]).toEqual([method, 403]);
    }
    expect((await ask(file, {}, 'GET', '')).status).toBe(404);
  });
});

test('a guarded server answers what programs of this machine send, and says why it refuses the others', async () => {
  const server = guardServer(createServer((_request, response) => response.end('well'))).listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const url = `http://${LOOPBACK}:${port}/`;
  expect(await ask(url, {})).toEqual({ status: 200, text: 'well' });
  expect(await ask(url, { 'Sec-Fetch-Site': 'none' })).toEqual({ status: 200, text: 'well' });
  expect(JSON.parse((await ask(url, { Host: 'a.example' })).text).message).toBe(
    'this local system answers at 127.0.0.1 and localhost only, not at a.example',
  );
  expect(JSON.parse((await ask(url, { Origin: 'https://a.example' })).text).message).toBe(
    'this local system takes no requests of pages from https://a.example',
  );
  server.close();
});

test.each([
  ['the address that it was opened at', 'localhost:4567', 'http://localhost:4567', 'same-origin', true],
  ['the same by a number', '127.0.0.1:4567', 'http://127.0.0.1:4567', 'same-origin', true],
  ['another port', 'localhost:4567', 'http://localhost:3000', 'same-site', false],
  ['another port, in another word', 'localhost:4567', 'http://localhost:3000', 'same-origin', false],
  ['another name', 'localhost:4567', 'http://127.0.0.1:4567', 'cross-site', false],
  ['another scheme', 'localhost:4567', 'https://localhost:4567', 'same-site', false],
  ['no address', 'localhost:4567', undefined, 'same-origin', false],
  ['a file', 'localhost:4567', 'null', 'cross-site', false],
  ['its address, as no browser says it', 'localhost:4567', 'http://localhost:4567', undefined, false],
])('a page of %s (host %s, origin %s, %s) is its own: %s', (_what, host, origin, site, isOwn) => {
  expect(
    isOwnPage({
      host,
      ...(origin === undefined ? {} : { origin }),
      ...(site === undefined ? {} : { 'sec-fetch-site': site }),
    }),
  ).toBe(isOwn);
});
