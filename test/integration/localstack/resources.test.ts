import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, inject, test, vi } from 'vitest';
import { EVENT_BUS, LOOPBACK } from '../../../localstack/addresses.ts';
import reports from '../../../localstack/buckets/reports.json' with { type: 'json' };
import { startEventDelivery } from '../../../localstack/localstack/event-delivery.ts';
import { LOCAL_CLIENT } from '../../../localstack/localstack/resources.ts';
import { SUBSCRIPTIONS } from '../../../localstack/localstack/subscriptions.ts';
import { PATIENCE, UUID } from '../../support/constants.ts';
import { ON_LOCALSTACK } from '../../support/emulator.ts';

describe.runIf(ON_LOCALSTACK)('LocalStack', () => {
  const endpoint = inject('localStackEndpoint');

  test('hands each subscriber the events that its pattern asks for, as EventBridge makes them', async () => {
    const invocations: { url: string | undefined; event: any }[] = [];
    const lambda = createServer((request, response) => {
      void text(request).then((body) => {
        invocations.push({ url: request.url, event: JSON.parse(body) });
        response.end('null');
      });
    }).listen(0, LOOPBACK);
    await once(lambda, 'listening');
    const delivery = startEventDelivery({
      endpoint,
      lambda: `http://${LOOPBACK}:${(lambda.address() as AddressInfo).port}`,
      log: () => {},
    });
    const bus = new EventBridgeClient({ ...LOCAL_CLIENT, endpoint });
    const entry = {
      EventBusName: EVENT_BUS,
      DetailType: 'Something',
      Detail: '{"Amount":"9007199254740993"}',
    };
    const sources = ['somebody-else', 'my-little-ps', 'my-little-ps'];
    await bus.send(new PutEventsCommand({ Entries: sources.map((Source) => ({ ...entry, Source })) }));
    await vi.waitFor(() => expect(invocations).toHaveLength(2 * SUBSCRIPTIONS.length), PATIENCE);
    await delivery.stop();
    bus.destroy();
    lambda.close();
    const urls = SUBSCRIPTIONS.map(
      ({ functionName }) => `/2015-03-31/functions/my-little-ps-local-${functionName}/invocations`,
    );
    expect(invocations.map(({ url }) => url).sort()).toEqual([...urls, ...urls].sort());
    for (const { event } of invocations) {
      expect(event).toMatchObject({
        version: '0',
        source: 'my-little-ps',
        'detail-type': 'Something',
        detail: { Amount: '9007199254740993' },
        region: 'eu-central-1',
        id: expect.stringMatching(UUID),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+Z$/),
      });
    }
  });

  test('keeps files in the buckets', async () => {
    const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint, forcePathStyle: true });
    const file = { Bucket: reports.Bucket, Key: 'a/report.csv' };
    await s3.send(new PutObjectCommand({ ...file, Body: 'type,amount\nin,5\n' }));
    const { Body } = await s3.send(new GetObjectCommand(file));
    expect(await Body?.transformToString()).toBe('type,amount\nin,5\n');
    s3.destroy();
  });
});
