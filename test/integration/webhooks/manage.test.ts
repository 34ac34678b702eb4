import { describe, expect, test } from 'vitest';
import { createWebhook } from '../../../functions/webhooks.ts';
import { MAX_RESENT } from '../../../lib/webhooks/deliveries.ts';
import { MAX_WEBHOOKS } from '../../../lib/webhooks/webhooks.ts';
import { LAST_ID } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { walletCreated, webhookSystem } from '../../support/webhooks/webhook-system.ts';

const UNKNOWN = '0197a1b2-c3d4-7e5f-8a6b-0123456789ab';
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

/** A system of its own, as each test looks at all webhooks. */
async function freshSystem() {
  const { sql } = await testDatabase();
  return webhookSystem(sql);
}

describe('a webhook', () => {
  test('is made with a secret that is told once, and listed without it', async () => {
    const { handlers, webhook, hook } = await freshSystem();
    const { id, created, url } = await hook(() => 200, {
      ...{ EventTypes: ['HoldChanged'], Description: 'The till in the north' },
    });
    const { Secret, ...rest } = created;
    expect(Secret).toMatch(SECRET);
    expect(rest).toEqual({
      ...{ WebhookId: id, Address: url, EventTypes: ['HoldChanged'], Description: 'The till in the north' },
      ...{ Status: 'enabled', CreatedAt: expect.any(String), FailingSince: null, DisabledAt: null },
      ...{ DisabledBecause: null, OldSecretUntil: null },
    });
    expect(await webhook(id)).toEqual(rest);
    expect((await call(handlers.listWebhooks)).text).not.toContain('whsec_');
  });

  test('is listed behind those made before it, also in the same millisecond', async () => {
    const { handlers, hook, sql } = await freshSystem();
    const [first, second] = [await hook(() => 200), await hook(() => 200)];
    // In one millisecond, ids may be in any order.
    await sql`UPDATE webhooks SET id = ${LAST_ID} WHERE id = ${first.id}`;
    const { Webhooks } = (await call(handlers.listWebhooks)).payload;
    expect(Webhooks.map(({ WebhookId }: { WebhookId: string }) => WebhookId)).toEqual([LAST_ID, second.id]);
  });

  test('that is made again with the same Idempotency-Key is there once, and its secret is not kept', async () => {
    const { handlers, sql } = await freshSystem();
    const asked = {
      body: { Address: 'https://example.com/hook' },
      headers: { 'Idempotency-Key': 'hook-17' },
      route: 'POST /webhooks',
    };
    const [first, again] = [
      await call(handlers.createWebhook, asked),
      await call(handlers.createWebhook, asked),
    ];
    const { Secret, ...rest } = first.payload;
    expect(Secret).toMatch(SECRET);
    expect([again.payload, again.headers['idempotency-replayed']]).toEqual([rest, 'true']);
    expect((await sql`SELECT body FROM idempotency_keys WHERE body LIKE '%whsec_%'`).count).toBe(0);
    expect((await call(handlers.listWebhooks)).payload.Webhooks).toHaveLength(1);
  });

  test.each([
    ['http://example.com/hook', 'must be a public https address, such as https://example.com/webhooks'],
    ['http://127.0.0.1:3000/', 'must be a public https address, such as https://example.com/webhooks'],
    ['https://127.0.0.1/', 'must be a public https address, such as https://example.com/webhooks'],
    ['https://192.0.2.1/', 'must be a public https address, such as https://example.com/webhooks'],
    ['https://[fd00::1]/', 'must be a public https address, such as https://example.com/webhooks'],
    ['https://localhost/', 'must be a public https address, such as https://example.com/webhooks'],
    ['ftp://example.com/', 'must be a public https address, such as https://example.com/webhooks'],
    ['nonsense', 'must be a public https address, such as https://example.com/webhooks'],
    ['https://me:secret@example.com/', 'must have no user name and password'],
    ['https://example.com/#part', 'must have no fragment (what follows a #)'],
    ['https://example.com:8443/', 'must have no port, which is 443 then'],
    [`https://example.com/${'x'.repeat(500)}`, 'must have at most 500 characters, not 520'],
  ])('with the address %s is refused', async (Address, error) => {
    const { sql } = await testDatabase();
    const handler = createWebhook('public')({ sql, apiKeys: 'off' });
    const refusal = await refused(sql, handler, { body: { Address } });
    expect(refusal).toEqual({ status: 400, code: 'invalid_field', error: `Address ${error}` });
  });

  test('of an event type that there is not is refused with those that there are', async () => {
    const { handlers, sql } = await freshSystem();
    const body = { Address: 'https://example.com/', EventTypes: ['WalletMade'] };
    const { error } = await refused(sql, handlers.createWebhook, { body });
    expect(error).toMatch(/^EventTypes has "WalletMade": the event types are WalletCreated, /);
  });

  test(`is refused if there are ${MAX_WEBHOOKS}; a disabled one makes room, and is enabled only into room`, async () => {
    const { handlers, sql, command } = await freshSystem();
    const body = { Address: 'https://example.com/' };
    const make = async () => (await call(handlers.createWebhook, { body })).payload;
    const made = [];
    for (let count = 1; count <= MAX_WEBHOOKS; count++) made.push(await make());
    expect((await refused(sql, handlers.createWebhook, { body })).code).toBe('too_many_webhooks');
    const first = made[0]?.WebhookId;
    await command('disableWebhook', first);
    const both = await Promise.all([make(), make()]);
    expect(both.map(({ code }) => code).sort()).toEqual(['too_many_webhooks', undefined]);
    const asked = { path: { webhookId: first } };
    expect((await refused(sql, handlers.enableWebhook, asked)).code).toBe('too_many_webhooks');
  });

  test('that is unknown is refused by each route', async () => {
    const { handlers, sql } = await freshSystem();
    const asked = { path: { webhookId: UNKNOWN } };
    for (const name of [
      'disableWebhook',
      'enableWebhook',
      'rotateSecret',
      'testWebhook',
      'showDeliveries',
    ] as const)
      expect((await refused(sql, handlers[name], asked)).code).toBe('webhook_not_found');
    const body = { MessageId: 'event-1' };
    expect((await refused(sql, handlers.resend, { ...asked, body })).code).toBe('webhook_not_found');
  });

  test('that is disabled gets nothing new, no test and nothing again', async () => {
    const { hook, command, deliver, work, webhook, bus } = await freshSystem();
    const receiver = await hook();
    expect(await command('disableWebhook', receiver.id)).toMatchObject({ DisabledBecause: 'requested' });
    await deliver('WalletCreated', walletCreated(1));
    await work();
    expect(receiver.got).toEqual([]);
    expect((await command('testWebhook', receiver.id)).code).toBe('webhook_disabled');
    expect((await command('resend', receiver.id, { MessageId: 'event-1' })).code).toBe('webhook_disabled');
    expect(bus.events).toEqual([]);
    await command('enableWebhook', receiver.id);
    expect(await webhook(receiver.id)).toMatchObject({ Status: 'enabled', DisabledBecause: null });
  });
});

describe('a rotated secret', () => {
  test('signs beside the old one until its time is over, and alone without an overlap', async () => {
    const { hook, command, deliver, work, passSeconds } = await freshSystem();
    const receiver = await hook();
    const [old] = receiver.secrets;
    const rotated = await command('rotateSecret', receiver.id, { OverlapSeconds: 3_600 });
    expect(rotated).toMatchObject({
      Secret: expect.stringMatching(SECRET),
      OldSecretUntil: expect.any(String),
    });
    const signaturesOf = async (number: number) => {
      await deliver('WalletCreated', walletCreated(number));
      await work();
      return String(receiver.got.at(-1)?.headers['webhook-signature']).split(' ');
    };
    const byOnly = async (number: number, secret: string) => {
      receiver.secrets.splice(0, receiver.secrets.length, secret);
      const signatures = await signaturesOf(number);
      return [signatures.length, receiver.got.at(-1)?.isRight];
    };
    expect(await byOnly(1, old ?? '')).toEqual([2, true]);
    expect(await byOnly(2, rotated.Secret)).toEqual([2, true]);
    await passSeconds(3_601);
    expect(await byOnly(3, rotated.Secret)).toEqual([1, true]);
    expect(await byOnly(4, old ?? '')).toEqual([1, false]);
    const leaked = await command('rotateSecret', receiver.id, { OverlapSeconds: 0 });
    expect(leaked.OldSecretUntil).toBe(null);
    expect(await byOnly(5, leaked.Secret)).toEqual([1, true]);
  });
});

describe('a test', () => {
  test('is posted at once, whatever types the webhook wants, and its answer is told', async () => {
    const { hook, command, work, deliveries } = await freshSystem();
    const receiver = await hook(() => ({ status: 418, body: 'tea' }), { EventTypes: ['HoldChanged'] });
    const { MessageId, WebhookId } = await command('testWebhook', receiver.id);
    await work();
    expect(receiver.got).toMatchObject([
      { id: MessageId, isRight: true, payload: { type: 'WebhookTest', data: { WebhookId } } },
    ]);
    expect((await deliveries(receiver.id)).Deliveries).toMatchObject([
      { MessageId, EventType: 'WebhookTest', Status: 'waiting', AnswerStatus: 418n, Answer: 'tea' },
    ]);
  });
});

describe('deliveries', () => {
  test('are listed from the newest, page by page, and sent again with the same ids: one, or all since a time', async () => {
    const { hook, command, deliver, work, deliveries } = await freshSystem();
    const receiver = await hook();
    for (let number = 1; number <= 5; number++) {
      await deliver('WalletCreated', walletCreated(number));
      await work();
    }
    const first = await deliveries(receiver.id, { limit: '3' });
    const second = await deliveries(receiver.id, { limit: '3', after: first.Next });
    const ids = (page: any) => page.Deliveries.map((each: any) => each.MessageId);
    expect([ids(first), ids(second), second.Next]).toEqual([
      ['event-5', 'event-4', 'event-3'],
      ['event-2', 'event-1'],
      null,
    ]);
    receiver.got.length = 0;
    expect(await command('resend', receiver.id, { MessageId: 'event-2' })).toMatchObject({ Resent: 1n });
    await work();
    expect(receiver.ids()).toEqual(['event-2']);
    const since = first.Deliveries[1].CreatedAt;
    expect(await command('resend', receiver.id, { Since: since })).toMatchObject({ Resent: 2n, Next: null });
    await work();
    expect(receiver.ids().slice(1).sort()).toEqual(['event-4', 'event-5']);
    expect(receiver.got.every(({ isRight }) => isRight)).toBe(true);
    expect((await command('resend', receiver.id, { MessageId: 'event-9' })).code).toBe('message_not_found');
    for (const body of [{}, { MessageId: 'event-1', Since: since }])
      expect((await command('resend', receiver.id, body)).code).toBe('fields_missing');
  });

  test(`are sent again ${MAX_RESENT} at a time`, async () => {
    const { hook, command, sql } = await freshSystem();
    const receiver = await hook();
    await sql`INSERT INTO webhook_messages (id, type, body) SELECT 'event-' || n, 'WalletCreated', '{}' FROM generate_series(1, ${MAX_RESENT + 2}::int) AS n`;
    await sql`INSERT INTO webhook_deliveries (message_id, webhook_id, status, next_at, created_at)
      SELECT 'event-' || n, ${receiver.id}, 'failed', NULL, now() - make_interval(secs => 10000 - n)
      FROM generate_series(1, ${MAX_RESENT + 2}::int) AS n`;
    const first = await command('resend', receiver.id, { Since: '2020-01-01T00:00:00Z' });
    expect(first.Resent).toBe(BigInt(MAX_RESENT));
    const rest = await command('resend', receiver.id, { Since: first.Next });
    expect([rest.Resent, rest.Next]).toEqual([2n, null]);
    const [left] = await sql`SELECT count(*) AS count FROM webhook_deliveries WHERE status <> 'waiting'`;
    expect(left?.['count']).toBe(0n);
  });
});
