import { describe, expect, test } from 'vitest';
import { MAX_ATTEMPTS } from '../../../lib/webhooks/backoff.ts';
import { LOST_SECONDS, POSTS_AT_ONCE, SLOW_POSTS_AT_ONCE } from '../../../lib/webhooks/claim.ts';
import { testDatabase } from '../../support/system/database.ts';
import { walletCreated, webhookSystem } from '../../support/webhooks/webhook-system.ts';

const DAY_SECONDS = 86_400;

/** A system of its own, as each test looks at everything that is due. */
async function freshSystem(given: Parameters<typeof webhookSystem>[1] = {}) {
  const { sql } = await testDatabase();
  return webhookSystem(sql, given);
}

describe('an event', () => {
  test('is posted to each webhook that wants it, signed as the specification wants it, and noted as delivered', async () => {
    const { hook, deliver, work, deliveries } = await freshSystem();
    const all = await hook();
    const some = await hook(() => 200, { EventTypes: ['WalletCreated', 'HoldChanged'] });
    const other = await hook(() => 200, { EventTypes: ['HoldChanged'] });
    const detail = walletCreated(17);
    await deliver('WalletCreated', detail);
    await work();
    for (const receiver of [all, some]) {
      expect(receiver.got).toMatchObject([
        { id: 'event-17', isRight: true, headers: { 'content-type': 'application/json' } },
      ]);
      expect(receiver.got[0]?.payload).toEqual({
        ...{ type: 'WalletCreated', timestamp: detail.OccurredAt, data: detail },
      });
    }
    expect(other.got).toEqual([]);
    expect((await deliveries(all.id)).Deliveries).toEqual([
      {
        ...{ MessageId: 'event-17', EventType: 'WalletCreated', Status: 'delivered', Attempts: 1n },
        ...{ CreatedAt: expect.any(String), AttemptedAt: expect.any(String), NextAt: null },
        ...{ AnswerStatus: 204n, Answer: '', Problem: null },
      },
    ]);
  });

  test('that the bus tells twice is posted once', async () => {
    const { hook, deliver, work } = await freshSystem();
    const receiver = await hook();
    await deliver('WalletCreated', walletCreated(1));
    await work();
    await deliver('WalletCreated', walletCreated(1));
    await work();
    expect(receiver.ids()).toEqual(['event-1']);
  });

  test('of the real system reaches a webhook', async () => {
    const { hook, setRates, wallet, receive, settleAll, deliverAll, work } = await freshSystem();
    const receiver = await hook();
    await setRates();
    await receive(await wallet('USD'), 5n, 'USD');
    await settleAll();
    await deliverAll();
    await work();
    expect(receiver.got.map(({ payload }) => (payload as { type: string }).type).sort()).toEqual([
      'TransactionSucceeded',
      'WalletCreated',
    ]);
    expect(receiver.got.every(({ isRight }) => isRight)).toBe(true);
  });

  test('that a receiver fails at comes again with the same id, another timestamp, and later each time, for three days', async () => {
    let nowMs = Date.now();
    const { hook, deliver, work, deliveries, passSeconds, relay, sql } = await freshSystem({
      now: () => nowMs,
    });
    const receiver = await hook(() => ({ status: 500, body: 'x'.repeat(5_000) }));
    await deliver('WalletCreated', walletCreated(1));
    await work();
    const waits: number[] = [];
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      const [waiting] = await sql<{ seconds: number }[]>`
        SELECT extract(epoch FROM next_at - now())::float8 AS seconds FROM webhook_deliveries`;
      waits.push(waiting?.seconds ?? Number.NaN);
      await relay();
      await work();
      expect(receiver.got).toHaveLength(attempt);
      // One webhook alone would be disabled.
      await sql`UPDATE webhooks SET failing_since = now()`;
      await passSeconds(1.1 * DAY_SECONDS);
      nowMs = Date.now();
      await relay();
      await work();
      expect(receiver.got).toHaveLength(attempt + 1);
    }
    expect(new Set(receiver.ids())).toEqual(new Set(['event-1']));
    expect(new Set(receiver.got.map(({ body }) => body)).size).toBe(1);
    const wanted = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
    for (const [index, seconds] of wanted.entries()) {
      expect(waits[index]).toBeGreaterThan(seconds * 0.99 - 2);
      expect(waits[index]).toBeLessThan(seconds * 1.1 + 1);
    }
    const [delivery] = (await deliveries(receiver.id)).Deliveries;
    expect(delivery).toMatchObject({ Status: 'failed', Attempts: BigInt(MAX_ATTEMPTS), NextAt: null });
    expect([delivery.AnswerStatus, delivery.Answer]).toEqual([500n, 'x'.repeat(1_024)]);
    await passSeconds(30 * DAY_SECONDS);
    await relay();
    await work();
    expect(receiver.got).toHaveLength(MAX_ATTEMPTS);
  });

  test('that nobody told of any more is posted again once it counts as lost', async () => {
    const { hook, deliver, work, posts, passSeconds, relay } = await freshSystem();
    const receiver = await hook();
    posts.isDown = true;
    await expect(deliver('WalletCreated', walletCreated(1))).rejects.toThrow('does not answer');
    posts.isDown = false;
    await passSeconds(LOST_SECONDS - 60);
    await relay();
    await work();
    expect(receiver.got).toEqual([]);
    await passSeconds(60);
    expect((await relay()).oldestSeconds).toBeLessThan(60);
    await work();
    expect(receiver.ids()).toEqual(['event-1']);
  });

  test('that waited for too long to be posted is signed again, and costs no attempt', async () => {
    let nowMs = Date.now() + 121_000;
    const { hook, deliver, work, posts, post, results, deliveries } = await freshSystem({ now: () => nowMs });
    const receiver = await hook();
    await deliver('WalletCreated', walletCreated(1));
    const [first] = posts.sent.splice(0);
    await post({ Records: [{ messageId: 'm', body: JSON.stringify(first) }] });
    expect(results.sent).toMatchObject([{ message: { outcome: 'late' } }]);
    nowMs = Date.now();
    await work();
    expect(receiver.got).toMatchObject([{ id: 'event-1', isRight: true }]);
    expect((await deliveries(receiver.id)).Deliveries).toMatchObject([{ Attempts: 1n, Status: 'delivered' }]);
  });
});

describe('a result', () => {
  test('that comes twice, or of an earlier post, changes nothing', async () => {
    const { hook, deliver, work, posts, follow, command, deliveries } = await freshSystem();
    const receiver = await hook(() => 503);
    await deliver('WalletCreated', walletCreated(1));
    const [first] = posts.sent;
    await work();
    const { webhookId, messageId, post, attempt } = first ?? expect.fail();
    const late = {
      webhookId,
      messageId,
      post,
      attempt,
      outcome: 'delivered',
      status: 200,
      answer: '',
      problem: null,
    };
    const tell = () =>
      follow({ Records: [{ messageId: 'm', body: JSON.stringify({ ...late, durationMs: 1 }) }] });
    await tell();
    expect((await deliveries(receiver.id)).Deliveries).toMatchObject([{ Status: 'waiting', Attempts: 1n }]);
    await command('resend', receiver.id, { MessageId: 'event-1' });
    await tell();
    expect((await deliveries(receiver.id)).Deliveries).toMatchObject([{ Status: 'waiting' }]);
    await work();
    expect(receiver.ids()).toEqual(['event-1', 'event-1']);
  });
});

describe('a receiver', () => {
  test('that redirects is not followed, and told so by its status', async () => {
    const { hook, deliver, work, deliveries } = await freshSystem();
    const other = await hook(() => 200, { EventTypes: ['HoldChanged'] });
    const receiver = await hook(() => ({ status: 302, headers: { location: other.url } }));
    await deliver('WalletCreated', walletCreated(1));
    await work();
    expect(other.got).toEqual([]);
    expect((await deliveries(receiver.id)).Deliveries).toMatchObject([
      { Status: 'waiting', AnswerStatus: 302n },
    ]);
  });

  test('that does not answer in time fails, and one that is gone is told so', async () => {
    const { hook, deliver, work, deliveries } = await freshSystem({ limitMs: 300 });
    const slow = await hook(() => 'hang');
    const dead = await hook();
    await dead.stop();
    await deliver('WalletCreated', walletCreated(1));
    await work();
    expect((await deliveries(slow.id)).Deliveries).toMatchObject([
      { Status: 'waiting', AnswerStatus: null, Problem: 'no answer within 0.3 seconds' },
    ]);
    expect((await deliveries(dead.id)).Deliveries).toMatchObject([
      { Problem: 'no connection, or it broke: ECONNREFUSED' },
    ]);
  });

  test('that fails has few posts under way at once, and others have theirs all the same', async () => {
    const { hook, deliver, work, posts, passSeconds } = await freshSystem();
    const bad = await hook(() => 500);
    const good = await hook();
    for (let number = 1; number <= 30; number++) await deliver('WalletCreated', walletCreated(number));
    const under = (id: string) => posts.sent.filter(({ webhookId }) => webhookId === id).length;
    expect([under(bad.id), under(good.id)]).toEqual([POSTS_AT_ONCE, POSTS_AT_ONCE]);
    await work();
    expect([good.got.length, new Set(good.ids()).size]).toEqual([30, 30]);
    expect(bad.got).toHaveLength(30);
    await passSeconds(DAY_SECONDS / 4);
    await deliver('WalletCreated', walletCreated(31));
    expect([under(bad.id), under(good.id)]).toEqual([SLOW_POSTS_AT_ONCE, 1]);
  });

  test('that answers 410 is posted to no more, which the bus and the list tell', async () => {
    const { hook, deliver, work, webhook, bus, deliverAll } = await freshSystem();
    const gone = await hook(() => 410);
    const other = await hook();
    await deliver('WalletCreated', walletCreated(901));
    await work();
    await deliver('WalletCreated', walletCreated(902));
    await work();
    expect(gone.ids()).toEqual(['event-901']);
    expect(await webhook(gone.id)).toMatchObject({ Status: 'disabled', DisabledBecause: 'gone' });
    expect(bus.events).toMatchObject([
      { type: 'WebhookDisabled', detail: { WebhookId: gone.id, Reason: 'gone' } },
    ]);
    await deliverAll();
    await work();
    expect(other.got.at(-1)?.payload).toMatchObject({ type: 'WebhookDisabled', data: { Reason: 'gone' } });
  });

  test('that failed for three days without one success is disabled; enabled again, it gets what waits', async () => {
    let status = 500;
    const { hook, deliver, work, webhook, passSeconds, relay, command } = await freshSystem();
    const receiver = await hook(() => status);
    await deliver('WalletCreated', walletCreated(1));
    await work();
    await passSeconds(2 * DAY_SECONDS);
    await relay();
    await work();
    expect(await webhook(receiver.id)).toMatchObject({ Status: 'enabled', FailingSince: expect.any(String) });
    await passSeconds(1.1 * DAY_SECONDS);
    await relay();
    await work();
    expect(await webhook(receiver.id)).toMatchObject({ Status: 'disabled', DisabledBecause: 'failing' });
    await passSeconds(DAY_SECONDS);
    await relay();
    await work();
    expect(receiver.got).toHaveLength(3);
    status = 200;
    await command('enableWebhook', receiver.id);
    await work();
    expect(receiver.ids()).toEqual(['event-1', 'event-1', 'event-1', 'event-1']);
    expect(await webhook(receiver.id)).toMatchObject({ Status: 'enabled', FailingSince: null });
  });
});

describe('what is older than 14 days', () => {
  test('is deleted: messages with their deliveries, then webhooks that were disabled then', async () => {
    const { hook, deliver, work, relay, sql, command, deliveries } = await freshSystem();
    const receiver = await hook();
    const kept = await hook();
    for (const number of [1, 2]) await deliver('WalletCreated', walletCreated(number));
    await work();
    await command('disableWebhook', receiver.id);
    await sql`UPDATE webhook_messages SET created_at = now() - interval '14 days 1 minute' WHERE id = 'event-1'`;
    await sql`UPDATE webhooks SET disabled_at = now() - interval '15 days' WHERE disabled_at IS NOT NULL`;
    expect(await relay()).toMatchObject({ deleted: 1 });
    expect((await deliveries(kept.id)).Deliveries).toMatchObject([{ MessageId: 'event-2' }]);
    expect((await deliveries(receiver.id)).Deliveries).toHaveLength(1);
    await sql`UPDATE webhook_messages SET created_at = now() - interval '15 days'`;
    await relay();
    expect((await deliveries(receiver.id)).code).toBe('webhook_not_found');
    expect((await deliveries(kept.id)).Deliveries).toEqual([]);
  });
});
