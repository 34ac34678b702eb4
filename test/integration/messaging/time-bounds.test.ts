import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventBridge } from '../../../lib/messaging/event-bus.ts';
import { sqs } from '../../../lib/messaging/wake-ups.ts';

/** Two tries of three seconds each, and as much again for a busy machine. */
const LIMIT_MS = 12_000;

describe('a service that takes requests and never answers', () => {
  const server = createServer(() => {});
  let endpoint = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env['AWS_ENDPOINT_URL_SQS'] = endpoint;
    process.env['AWS_ENDPOINT_URL_EVENTBRIDGE'] = endpoint;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const wakeUp = { walletId: 1n, group: 1, deduplicationId: 'operation-1', correlationId: 'request-1' };

  test(
    'keeps nobody who wakes a wallet waiting',
    async () => {
      const queue = sqs(`${endpoint}/000000000000/operations.fifo`);
      await expect(queue.wake([wakeUp])).rejects.toThrow(/time/i);
    },
    LIMIT_MS,
  );

  test(
    'keeps nobody who publishes an event waiting',
    async () => {
      const bus = eventBridge('bus');
      await expect(bus.publish([{ type: 'TransactionSucceeded', detail: {} }])).rejects.toThrow(/time/i);
    },
    LIMIT_MS,
  );
});
