import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { type EventBus, startEventBus } from '../../../localstack/embedded/event-bus.ts';
import { freePort } from '../../../localstack/ports.ts';
import { TEST_CLIENT } from '../../support/aws.ts';
import { PATIENCE } from '../../support/constants.ts';

let subscribers: Server;
let bus: EventBus;
let client: EventBridgeClient;
let received: Record<string, unknown>[] = [];
let log: string[] = [];
let handle: () => Promise<void> = () => Promise.resolve();

beforeEach(async () => {
  subscribers = createServer((request, response) => {
    void text(request).then(async (body) => {
      received.push(...JSON.parse(body).Entries);
      await handle();
      response.end('{}');
    });
  });
  const targetPort = await freePort();
  subscribers.listen({ port: targetPort, host: LOOPBACK });
  await once(subscribers, 'listening');
  bus = await startEventBus({
    port: await freePort(),
    target: `http://${LOOPBACK}:${targetPort}`,
    log: (line) => log.push(line),
  });
  client = new EventBridgeClient({
    ...TEST_CLIENT,
    endpoint: bus.endpoint,
  });
});

afterEach(async () => {
  client.destroy();
  await bus.stop();
  subscribers.closeAllConnections();
  subscribers.close();
  received = [];
  log = [];
  handle = () => Promise.resolve();
});

test('an event goes on with what EventBridge fills in', async () => {
  const { Entries, FailedEntryCount } = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: 'b',
          Source: 's',
          DetailType: 't',
          Detail: '{"Amount":1}',
          Time: new Date(1_700_000_000_000),
        },
      ],
    }),
  );
  expect(FailedEntryCount).toBe(0);
  await vi.waitFor(() => expect(received).toHaveLength(1), PATIENCE);
  expect(received[0]).toEqual({
    EventBusName: 'b',
    Source: 's',
    DetailType: 't',
    Detail: '{"Amount":1}',
    EventId: Entries?.[0]?.EventId,
    Account: '000000000000',
    Resources: [],
    Time: '2023-11-14T22:13:20Z',
  });
});

test('the publisher does not wait for the subscribers, of whom few run at once', async () => {
  const release = Promise.withResolvers<void>();
  handle = () => release.promise;
  for (let call = 0; call < 10; call++) await put(10);
  await vi.waitFor(() => expect(received).toHaveLength(4), PATIENCE);
  release.resolve();
  await vi.waitFor(() => expect(received).toHaveLength(100), PATIENCE);
});

test('a stop waits for the events that are waiting', async () => {
  await put(10);
  await bus.stop();
  expect(received).toHaveLength(10);
});

test('events that cannot be delivered are told, and the bus goes on', async () => {
  subscribers.close();
  subscribers.closeAllConnections();
  await put(1);
  await vi.waitFor(
    () => expect(log).toEqual([expect.stringContaining('An event was not delivered')]),
    PATIENCE,
  );
  expect((await put(1)).FailedEntryCount).toBe(0);
});

test('another operation is refused by name', async () => {
  await expect(client.send(new ListRulesCommand({}))).rejects.toThrow('This bus knows PutEvents only.');
});

function put(count: number) {
  const entry = { EventBusName: 'b', Source: 's', DetailType: 't', Detail: '{}' };
  return client.send(new PutEventsCommand({ Entries: Array.from({ length: count }, () => entry) }));
}
