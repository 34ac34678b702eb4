import { describe, expect, test } from 'vitest';
import { createRelay } from '../../../functions/relay.ts';
import { IDEMPOTENCY_KEY_LIFETIME_DAYS } from '../../../lib/postgres/idempotency.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('the relay', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);
  await system.setRates();

  const age = async (seconds: number): Promise<void> => {
    await sql`UPDATE operations SET created_at = created_at - make_interval(secs => ${seconds}) WHERE status = 'new'`;
  };

  test('delivers an operation whose message could not be sent, though its request succeeded', async () => {
    const wallet = await system.wallet('USD');
    system.queue.isDown = true;
    const body = { WalletId: wallet, Amount: 5n, Currency: 'USD' };
    const answer = await call(system.handlers.receiveAmount, { body });
    system.queue.isDown = false;
    expect(answer.status).toBe(200);
    await age(61);
    expect(await relayOnce(system)).toMatchObject({ woken: 1 });
    await system.settleAll();
    expect((await system.transaction(answer.payload.TransactionId)).Status).toBe('success');
  });

  test('leaves an operation alone that the queue may still deliver', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 5n, 'USD');
    await age(50);
    expect(await relayOnce(system)).toMatchObject({ woken: 0 });
    await system.settleAll();
  });

  test('waits longer from time to time, with another deduplication id each time', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 5n, 'USD');
    system.queue.sent.splice(0);
    await age(61);
    await relayOnce(system);
    expect(await relayOnce(system)).toMatchObject({ woken: 0 });
    const relayedAgo = (seconds: number) =>
      sql`UPDATE operations SET relayed_at = now() - make_interval(secs => ${seconds}) WHERE status = 'new'`;
    // Ten seconds early: time goes on until the relay looks.
    await relayedAgo(110);
    expect(await relayOnce(system)).toMatchObject({ woken: 0 });
    await relayedAgo(121);
    expect(await relayOnce(system)).toMatchObject({ woken: 1 });
    await relayedAgo(3_601);
    expect(await relayOnce(system)).toMatchObject({ woken: 1 });
    const ids = system.queue.sent.map(({ deduplicationId }) => deduplicationId);
    expect(new Set(ids).size).toBe(3);
    await system.settleAll();
  });

  test('sends each wallet one message, however much of its work is left', async () => {
    const wallet = await system.wallet('USD');
    for (let i = 0; i < 3; i++) await system.receive(wallet, 5n, 'USD');
    system.queue.sent.splice(0);
    await age(61);
    expect(await relayOnce(system)).toMatchObject({ woken: 1 });
    await system.settleAll();
    expect(await system.balance(wallet)).toBe(15n);
  });

  test('publishes events that the bus refused, in part or altogether', async () => {
    const wallet = await system.wallet('USD');
    for (let i = 0; i < 4; i++) await system.receive(wallet, 1n, 'USD');
    system.bus.events.splice(0);
    system.bus.refuses = 1;
    await system.settleAll();
    expect(system.bus.events).toHaveLength(3);
    system.bus.isDown = true;
    await system.receive(wallet, 1n, 'USD');
    await system.settleAll();
    system.bus.isDown = false;
    expect(await relayOnce(system)).toMatchObject({ published: 0 });
    await sql`UPDATE outbox SET created_at = created_at - interval '61 seconds'`;
    expect(await relayOnce(system)).toMatchObject({ published: 2 });
    expect(system.bus.events).toHaveLength(5);
    expect(await relayOnce(system, 0)).toMatchObject({ published: 0 });
  });

  test('does the same work once when it runs twice at once', async () => {
    const wallet = await system.wallet('USD');
    for (let i = 0; i < 20; i++) await system.receive(wallet, 1n, 'USD');
    system.queue.sent.splice(0);
    await age(61);
    const passes = await Promise.all(
      [database.open(), database.open()].map((own) => relayOnce({ ...system, sql: own })),
    );
    const claims = await sql`SELECT relay_count FROM operations WHERE status = 'new'`;
    expect(claims.every(({ relay_count }) => relay_count === 1)).toBe(true);
    expect(passes[0]?.woken ?? 0).toBeLessThanOrEqual(1);
    await system.settleAll();
    expect(await system.balance(wallet)).toBe(20n);
  });

  test('does its other duties when one of them fails, and fails then', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 1n, 'USD');
    system.queue.sent.splice(0);
    await age(61);
    system.bus.isDown = true;
    await sql`INSERT INTO outbox (detail_type, detail, created_at) VALUES ('WalletCreated', '{}', now() - interval '1 h')`;
    await expect(relayOnce(system)).rejects.toThrow('the bus does not answer');
    system.bus.isDown = false;
    expect(system.queue.sent).toHaveLength(1);
    await sql`DELETE FROM outbox`;
    await system.settleAll();
  });

  test('forgets idempotency keys that outlived their time, and only those', async () => {
    await sql`
      INSERT INTO idempotency_keys (key, fingerprint, created_at) VALUES
      ('old', '', now() - make_interval(days => ${IDEMPOTENCY_KEY_LIFETIME_DAYS}, secs => 1)),
      ('young', '', now() - make_interval(days => ${IDEMPOTENCY_KEY_LIFETIME_DAYS}) + interval '1 minute')`;
    expect(await relayOnce(system)).toMatchObject({ idempotencyKeysPurged: 1 });
    const keys = await sql`SELECT key FROM idempotency_keys`;
    expect(keys.map(({ key }) => key)).toContain('young');
  });

  test('reports the age of the oldest pending operation', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 1n, 'USD');
    await age(30);
    const { oldestPendingSeconds } = await createRelay(system)();
    expect(oldestPendingSeconds).toBeGreaterThanOrEqual(30);
    expect(oldestPendingSeconds).toBeLessThan(60);
    await system.settleAll();
  });
});
