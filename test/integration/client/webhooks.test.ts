import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Delivery, WebhookWithSecret } from '../../../client/generated/api.ts';
import type { SeenRequest, StubReply } from '../../support/client/stub-server.ts';
import { stubbedClient } from '../../support/client/stubbed.ts';

const start = (reply: (request: SeenRequest) => StubReply) => stubbedClient(reply, { maxRetries: 1 });

const sentTo = (seen: readonly SeenRequest[]) => seen.map(({ method, url, body }) => [method, url, body]);

const WEBHOOK = { WebhookId: 'w-1', Address: 'https://shop.example.com/', Status: 'enabled' };

describe('the methods of webhooks', () => {
  test('create sends what it was given, and gives the secret', async () => {
    const { ps, seen } = await start(() => ({ body: { payload: { ...WEBHOOK, Secret: 'whsec_x' } } }));
    const created = await ps.webhooks.create({ Address: WEBHOOK.Address, EventTypes: ['LinkedSucceeded'] });
    expectTypeOf(created).toEqualTypeOf<WebhookWithSecret>();
    expect(created).toEqual({ ...WEBHOOK, Secret: 'whsec_x' });
    const body = '{"Address":"https://shop.example.com/","EventTypes":["LinkedSucceeded"]}';
    expect(sentTo(seen)).toEqual([['POST', '/webhooks', body]]);
  });

  test('create is tried again with its key, so that there is one webhook', async () => {
    let tries = 0;
    const { ps, seen } = await start(() => (++tries === 1 ? 'cut' : { body: { payload: WEBHOOK } }));
    const created = await ps.webhooks.create({ Address: WEBHOOK.Address });
    expect(created.Secret).toBeUndefined();
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.stringMatching(/./), keys[0]]);
  });

  test('list gives all of them', async () => {
    const { ps, seen } = await start(() => ({ body: { payload: { Webhooks: [WEBHOOK] } } }));
    expect(await ps.webhooks.list()).toEqual([WEBHOOK]);
    expect(sentTo(seen)).toEqual([['GET', '/webhooks', '']]);
  });

  test('disable, enable, rotate and test name the webhook in their path', async () => {
    const { ps, seen } = await start(() => ({ body: { payload: { ...WEBHOOK, MessageId: 'test-1' } } }));
    expect(await ps.webhooks.disable('w-1')).toMatchObject(WEBHOOK);
    expect(await ps.webhooks.enable('w-1')).toMatchObject(WEBHOOK);
    expect(await ps.webhooks.rotate('w-1')).toMatchObject(WEBHOOK);
    expect(await ps.webhooks.rotate('w-1', { OverlapSeconds: 60 })).toMatchObject(WEBHOOK);
    expect(await ps.webhooks.test('w-1')).toBe('test-1');
    expect(sentTo(seen)).toEqual([
      ['POST', '/webhook/w-1/disable', '{}'],
      ['POST', '/webhook/w-1/enable', '{}'],
      ['POST', '/webhook/w-1/rotate', '{}'],
      ['POST', '/webhook/w-1/rotate', '{"OverlapSeconds":60}'],
      ['POST', '/webhook/w-1/test', '{}'],
    ]);
  });

  test('deliveries come one by one over all pages', async () => {
    const page = (ids: readonly string[], Next: number | null) => ({
      body: { payload: { Deliveries: ids.map((MessageId) => ({ MessageId })), Next } },
    });
    const { ps, seen } = await start(({ url }) =>
      url.includes('after=7') ? page(['event-1'], null) : page(['event-3', 'event-2'], 7),
    );
    const ids: string[] = [];
    for await (const delivery of ps.webhooks.deliveries('w-1', { limit: 2 })) {
      expectTypeOf(delivery).toEqualTypeOf<Delivery>();
      ids.push(delivery.MessageId);
    }
    expect(ids).toEqual(['event-3', 'event-2', 'event-1']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/webhook/w-1/deliveries?limit=2',
      '/webhook/w-1/deliveries?limit=2&after=7',
    ]);
  });

  test('resend takes a message, or a time', async () => {
    const reply = { WebhookId: 'w-1', Resent: 2, Next: null };
    const { ps, seen } = await start(() => ({ body: { payload: reply } }));
    expect(await ps.webhooks.resend('w-1', { MessageId: 'event-1' })).toEqual(reply);
    expect(await ps.webhooks.resend('w-1', { Since: '2026-11-01T00:00:00Z' })).toEqual(reply);
    expect(sentTo(seen)).toEqual([
      ['POST', '/webhook/w-1/resend', '{"MessageId":"event-1"}'],
      ['POST', '/webhook/w-1/resend', '{"Since":"2026-11-01T00:00:00Z"}'],
    ]);
  });

  test('a webhook that is unknown is a refusal', async () => {
    const payload = { error: 'no webhook with id: w-1', code: 'webhook_not_found' };
    const { ps } = await start(() => ({ status: 404, body: { payload } }));
    await expect(ps.webhooks.enable('w-1')).rejects.toMatchObject({ code: 'webhook_not_found' });
  });
});

describe('linked transactions', () => {
  const EXACT = 9007199254740993n;
  const TRANSFER = { OriginWalletId: 1n, TargetWalletId: 2n, Amount: EXACT, Currency: 'USD' };
  const TEXT = '{"OriginWalletId":"1","TargetWalletId":"2","Amount":"9007199254740993","Currency":"USD"}';
  const accepted = () => ({ body: { payload: { TransactionId: 't-1' } } });

  test('link sends its transfers in their order, with every digit', async () => {
    const { ps, seen } = await start(accepted);
    const second = { ...TRANSFER, OriginWalletId: 2n, TargetWalletId: 3n, Amount: 1n };
    expect(await ps.transactions.link({ Transfers: [TRANSFER, second], Reference: 'order-17' })).toEqual({
      TransactionId: 't-1',
    });
    const other = '{"OriginWalletId":"2","TargetWalletId":"3","Amount":"1","Currency":"USD"}';
    const body = `{"Transfers":[${TEXT},${other}],"Reference":"order-17"}`;
    expect(sentTo(seen)).toEqual([['POST', '/transaction', body]]);
  });

  test('link with wait gives what became of it', async () => {
    const payload = { TransactionId: 't-1', Status: 'decline', DeclinedNumber: 1, Operations: [] };
    const { ps, seen } = await start(() => ({
      headers: { 'Preference-Applied': 'wait=10' },
      body: { payload },
    }));
    const ended = await ps.transactions.link({ Transfers: [TRANSFER] }, { wait: 10 });
    expect([ended.Status, ended.DeclinedNumber]).toEqual(['decline', 1]);
    expect(seen[0]?.headers['prefer']).toContain('wait=10');
  });

  test('atomicBatch says that it is atomic, and gives one id', async () => {
    const { ps, seen } = await start(accepted);
    const receipt = { WalletId: 1n, Amount: 5n, Currency: 'USD' };
    const { TransactionId } = await ps.transactions.atomicBatch({ Operations: [receipt, TRANSFER] });
    expect(TransactionId).toBe('t-1');
    const body = `{"Operations":[{"WalletId":"1","Amount":"5","Currency":"USD"},${TEXT}],"Atomic":true}`;
    expect(sentTo(seen)).toEqual([['POST', '/batch', body]]);
  });
});
