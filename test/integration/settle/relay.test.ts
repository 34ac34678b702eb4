import { describe, expect, test } from 'vitest';
import { createRelay } from '../../../functions/relay.ts';
import { IDEMPOTENCY_KEY_LIFETIME_DAYS } from '../../../lib/postgres/idempotency.ts';
import { metrics } from '../../../lib/runtime/metrics.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addPending, addWallets } from '../../support/system/prepare.ts';
import { testSystem } from '../../support/system/system.ts';

describe('the relay', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);
  await system.setRates();

  const age = async (seconds: number): Promise<void> => {
    const then = sql`now() - make_interval(secs => ${seconds})`;
    await sql`UPDATE pending_operations SET created_at = ${then} WHERE created_at > ${then}`;
  };

  /** The function, with so many milliseconds until its deadline. */
  const run = (remainingMs = 50_000) =>
    createRelay(system)({}, { getRemainingTimeInMillis: () => remainingMs });

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
      sql`UPDATE pending_operations SET relayed_at = now() - make_interval(secs => ${seconds})`;
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
    const claims = await sql<
      { count: number }[]
    >`SELECT relay_count AS count FROM pending_operations ORDER BY id`;
    expect(claims.map(({ count }) => count)).toEqual([1, ...Array<number>(19).fill(0)]);
    expect(passes.map(({ woken }) => woken).toSorted()).toEqual([0, 1]);
    expect(system.queue.sent).toHaveLength(1);
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
    metrics.clearMetrics();
    await expect(run()).rejects.toThrow('the bus does not answer');
    system.bus.isDown = false;
    expect(Number(metrics.serializeMetrics()['OldestPendingOperation'])).toBeGreaterThan(60);
    metrics.clearMetrics();
    expect(system.queue.sent).toHaveLength(1);
    await sql`DELETE FROM outbox`;
    await system.settleAll();
  });

  test('forgets idempotency keys that outlived their time, and only those', async () => {
    await sql`
      INSERT INTO idempotency_keys (api_key_id, key, fingerprint, created_at) VALUES
      (gen_random_uuid(), 'old', '', now() - make_interval(days => ${IDEMPOTENCY_KEY_LIFETIME_DAYS}, secs => 1)),
      (gen_random_uuid(), 'young', '', now() - make_interval(days => ${IDEMPOTENCY_KEY_LIFETIME_DAYS}) + interval '1 minute')`;
    expect(await relayOnce(system)).toMatchObject({ idempotencyKeysPurged: 1 });
    const keys = await sql`SELECT key FROM idempotency_keys`;
    expect(keys.map(({ key }) => key)).toEqual(['young']);
  });

  test('reports the age of the oldest pending operation', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 1n, 'USD');
    await age(30);
    const { oldestPendingSeconds } = await run();
    expect(oldestPendingSeconds).toBeGreaterThanOrEqual(30);
    expect(oldestPendingSeconds).toBeLessThan(60);
    await system.settleAll();
  });

  test('looks on for the oldest pending operation when the queue is down', async () => {
    const wallets = 2_001;
    await addWallets(sql, 10_000, wallets);
    await addPending(sql, 10_000, wallets);
    await sql`
      UPDATE pending_operations SET created_at = now() - interval '1 hour'
      WHERE wallet_id = (SELECT max(wallet_id) FROM pending_operations)`;
    await age(61);
    system.queue.isDown = true;
    const { failed, woken, oldestPendingSeconds } = await relayOnce(system);
    system.queue.isDown = false;
    expect(failed).toMatchObject([{ part: 'wake-ups', error: { message: 'the queue does not answer' } }]);
    expect(woken).toBe(0);
    expect(oldestPendingSeconds).toBeGreaterThan(3_600);
    await sql`DELETE FROM pending_operations`;
  });

  test('goes on from portion to portion until nothing is left', async () => {
    const wallets = 4_100;
    await addWallets(sql, 20_000, wallets);
    await addPending(sql, 20_000, wallets, 2);
    await sql`
      INSERT INTO outbox (detail_type, detail, created_at)
      SELECT 'WalletCreated', '{}', now() - interval '1 h' FROM generate_series(1, 4100)`;
    await sql`
      INSERT INTO idempotency_keys (api_key_id, key, fingerprint, created_at)
      SELECT gen_random_uuid(), n::text, '', now() - interval '30 days' + n * interval '1 ms'
      FROM generate_series(1, 20100) AS n`;
    await age(61);
    system.queue.sent.splice(0);
    system.bus.events.splice(0);
    const report = await relayOnce(system);
    expect(report).toMatchObject({ woken: 4_100, published: 4_100, idempotencyKeysPurged: 20_100 });
    expect(report).toMatchObject({ failed: [], unfinished: [] });
    expect(new Set(system.queue.sent.map(({ walletId }) => walletId)).size).toBe(4_100);
    expect(system.bus.events).toHaveLength(4_100);
    await sql`DELETE FROM pending_operations`;
  });

  test('begins nothing when its time is up, and says what it did not do', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 1n, 'USD');
    await age(61);
    system.queue.sent.splice(0);
    expect(await run(1_000)).toMatchObject({
      woken: 0,
      oldestPendingSeconds: null,
      unfinished: ['wake-ups', 'expiries', 'events', 'idempotency keys', 'roll-ups'],
    });
    expect(system.queue.sent).toEqual([]);
    expect(await run()).toMatchObject({ woken: 1, unfinished: [] });
    await system.settleAll();
  });

  test('wakes a wallet in the group that it is in now', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 1n, 'USD');
    await sql`UPDATE wallets SET wallet_group = 7 WHERE id = ${wallet}`;
    await age(61);
    system.queue.sent.splice(0);
    await relayOnce(system);
    expect(system.queue.sent).toMatchObject([{ walletId: wallet, group: 7 }]);
    await system.settleAll();
  });
});

describe('the relay, about holds that are over', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  await system.setRates();

  /** A wallet with so many holds of a millionth each, and what makes them be over. */
  async function holder(holds: number): Promise<bigint> {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, BigInt(holds), 'USD');
    await system.settleAll();
    await sql`UPDATE wallets SET held = ${holds} WHERE id = ${wallet}`;
    await sql`
      INSERT INTO holds (id, wallet_id, amount, currency, status, position, wallet_amount, currency_rate, wallet_rate, expires_at)
      SELECT gen_random_uuid(), ${wallet}, 1, 'USD', 'active', n, 1, 1, 1, now() - interval '1 hour' + n * interval '1 ms'
      FROM generate_series(1, ${holds}::int) AS n`;
    return wallet;
  }

  const heldBy = async (wallet: bigint) => {
    const [row] = await sql<{ held: bigint }[]>`SELECT held FROM wallets WHERE id = ${wallet}`;
    return row?.held;
  };

  test('has all of them expire, counts them, and publishes the events', async () => {
    const [busy, quiet] = [await holder(2_300), await holder(1)];
    system.bus.events.splice(0);
    expect(await relayOnce(system)).toMatchObject({ expired: 2_301, failed: [] });
    expect([await heldBy(busy), await heldBy(quiet)]).toEqual([0n, 0n]);
    expect(system.bus.events).toHaveLength(2_301);
    expect(await sql`SELECT FROM outbox`).toHaveLength(0);
    expect(await relayOnce(system)).toMatchObject({ expired: 0, woken: 0 });
  });

  test('leaves one alone that is about to be captured or released', async () => {
    const wallet = await holder(2);
    await sql`
      INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, hold_id, correlation_id)
      SELECT gen_random_uuid(), 'release', ${wallet}, 1, 1, 'USD', id, 'c' FROM holds
      WHERE wallet_id = ${wallet} AND status = 'active' LIMIT 1`;
    expect(await relayOnce(system)).toMatchObject({ expired: 1 });
    expect(await heldBy(wallet)).toBe(1n);
    await sql`DELETE FROM pending_operations`;
    expect(await relayOnce(system)).toMatchObject({ expired: 1 });
  });

  test('does not let a wallet whose holds cannot expire keep the others', async () => {
    const wallets: bigint[] = [];
    for (let n = 0; n < 45; n++) wallets.push(await holder(1));
    // The first of them by the end of its hold.
    await sql`
      UPDATE holds SET expires_at = now() - interval '25 hours' WHERE wallet_id = ${wallets[0] ?? 0n} AND status = 'active'`;
    await sql.unsafe(`
      CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.wallet_id = ${wallets[0]} THEN RAISE 'this wallet is broken'; END IF; RETURN NEW; END $$`);
    await sql.unsafe(`
      CREATE TRIGGER refuse_one BEFORE INSERT ON operations FOR EACH ROW EXECUTE FUNCTION refuse_one()`);
    const { expired, failed } = await relayOnce(system);
    expect(failed).toMatchObject([{ part: 'expiries', error: { message: 'this wallet is broken' } }]);
    expect(expired).toBe(25);
    await sql`DROP TRIGGER refuse_one ON operations`;
    await sql`DROP FUNCTION refuse_one`;
    expect(await relayOnce(system)).toMatchObject({ expired: 20, failed: [] });
  });
});
