import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sqs } from '../../../lib/messaging/wake-ups.ts';
import { readConfig } from '../../../lib/runtime/config.ts';
import { LOOPBACK, OPERATIONS_QUEUE, queueUrlAt } from '../../../localstack/addresses.ts';
import { TEST_CLIENT } from '../../support/aws.ts';

/** Two servers that take everything, and what each got. */
const seen: [string[], string[]] = [[], []];
const servers = seen.map((requests) =>
  createServer((request, response) => {
    void json(request).then((body) => {
      requests.push(String(request.headers['x-amz-target']));
      const { MessageBody } = body as { MessageBody: string };
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify({ MD5OfMessageBody, MessageId: '1' }));
    });
  }),
);
const wakeUp = { walletId: 1n, group: 1, deduplicationId: 'operation-1', correlationId: 'c' };

let endpoints: string[];

beforeAll(async () => {
  for (const server of servers) {
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
  }
  endpoints = servers.map((server) => `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', endpoints[1]);
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const server of servers) server.close();
});

test("the SDK by itself goes where a queue's URL points, and not to AWS_ENDPOINT_URL_SQS", async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const client = new SQSClient(TEST_CLIENT);
  const QueueUrl = queueUrlAt(endpoints[0] ?? '', OPERATIONS_QUEUE);
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageGroupId: '1' }));
  client.destroy();
  expect(seen.map((requests) => requests.splice(0).length)).toEqual([1, 0]);
  expect(warned.mock.calls.flat().join()).toContain('differs from SQSClient resolved endpoint');
  warned.mockRestore();
});

test('a function is not started where the two differ, and reaches the one address where they do not', async () => {
  const urls = endpoints.map((endpoint) => queueUrlAt(endpoint, OPERATIONS_QUEUE));
  const read = (QUEUE_URL: string | undefined) => readConfig(['QUEUE_URL'], { ...process.env, QUEUE_URL });
  expect(() => read(urls[0])).toThrow('at the address of AWS_ENDPOINT_URL_SQS if that is set');
  await sqs(read(urls[1]).QUEUE_URL).wake([wakeUp]);
  expect(seen.map((requests) => requests.splice(0))).toEqual([[], ['AmazonSQS.SendMessage']]);
});
