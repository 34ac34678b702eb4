import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventBridge } from '../../../lib/messaging/event-bus.ts';
import { sqs, type WakeUp, type WakeUpQueue } from '../../../lib/messaging/wake-ups.ts';
import type { LocalQueue as Emulator } from '../../../localstack/embedded/fauxqs.ts';
import { startEmulator } from '../../support/emulator.ts';

describe('the queue', () => {
  let emulator: Emulator;
  let queue: WakeUpQueue;
  let client: SQSClient;

  beforeAll(async () => {
    emulator = await startEmulator();
    process.env['AWS_ENDPOINT_URL_SQS'] = emulator.endpoint;
    queue = sqs(emulator.queueUrl);
    client = new SQSClient({});
  });
  afterAll(() => emulator.stop());

  const wakeUp = (n: number | bigint, group = Number(n)): WakeUp => ({
    walletId: BigInt(n),
    group,
    deduplicationId: `operation-${n}`,
    correlationId: `request-${n}`,
  });

  async function receive(VisibilityTimeout = 60) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: emulator.queueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
        VisibilityTimeout,
      }),
    );
    return Messages;
  }

  test('gets a wake-up with the wallet, the correlation id and the group', async () => {
    await queue.wake([wakeUp(9_007_199_254_740_993n, 5)]);
    const [message] = await receive();
    expect(JSON.parse(message?.Body ?? '')).toEqual({
      walletId: '9007199254740993',
      correlationId: 'request-9007199254740993',
    });
    expect(message?.Attributes).toMatchObject({ MessageGroupId: '5' });
  });

  test('gets any number of wake-ups, in batches', async () => {
    await queue.wake(Array.from({ length: 95 }, (_, index) => wakeUp(100 + index)));
    const seen = new Set<string>();
    for (let page = 0; page < 10; page++) for (const { Body = '' } of await receive()) seen.add(Body);
    expect(seen.size).toBe(95);
  });

  test('drops a wake-up that comes twice', async () => {
    await queue.wake([wakeUp(300)]);
    await queue.wake([wakeUp(300)]);
    expect(await receive()).toHaveLength(1);
    expect(await receive()).toHaveLength(0);
  });

  test('makes a postponed message visible after its delay', async () => {
    await queue.wake([wakeUp(400)]);
    const [message] = await receive();
    await queue.postpone(message?.ReceiptHandle ?? '', 0);
    const [again] = await receive();
    expect(again?.MessageId).toBe(message?.MessageId);
    expect(again?.Attributes?.['ApproximateReceiveCount']).toBe('2');
  });

  test('sends nothing where there is nothing to send', async () => {
    await queue.wake([]);
    expect(await receive()).toHaveLength(0);
  });

  test('throws where the queue does not answer', async () => {
    await expect(sqs(emulator.queueUrl.replace('operations', 'unknown')).wake([wakeUp(1)])).rejects.toThrow();
  });
});

describe('the bus', () => {
  /** The request bodies that came, and how the next ones are answered. */
  const requests: {
    Entries: { DetailType: string; Detail: string; Source: string; EventBusName: string }[];
  }[] = [];
  let refuse = (_detail: string): boolean => false;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const put = JSON.parse(body);
      requests.push(put);
      const Entries = put.Entries.map(({ Detail }: { Detail: string }) =>
        refuse(Detail) ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' } : { EventId: 'x' },
      );
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries }));
    });
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env['AWS_ENDPOINT_URL_EVENTBRIDGE'] =
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const events = Array.from({ length: 25 }, (_, index) => ({
    type: 'TransactionSucceeded' as const,
    detail: { Number: index, Amount: '9007199254740993' },
  }));

  test('gets events in batches of ten, with source, type and every digit', async () => {
    expect(await eventBridge('bus').publish(events)).toEqual(events.map(() => true));
    expect(requests.map(({ Entries }) => Entries.length).sort()).toEqual([10, 10, 5]);
    expect(requests[0]?.Entries[0]).toMatchObject({
      EventBusName: 'bus',
      Source: 'my-little-ps',
      DetailType: 'TransactionSucceeded',
    });
    expect(requests[0]?.Entries[0]?.Detail).toContain('"9007199254740993"');
  });

  test('says of each event whether it was taken', async () => {
    refuse = (detail) => JSON.parse(detail).Number % 2 === 1;
    expect(await eventBridge('bus').publish(events)).toEqual(events.map((_, index) => index % 2 === 0));
  });
});
