import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { transferAmount } from '../../../functions/transactions.ts';
import type { Scope } from '../../../lib/access/api-key.ts';
import { contextOf } from '../../../lib/access/caller.ts';
import { UUID } from '../../support/constants.ts';
import { type Asked, call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { countOpen, holdOpen } from '../../support/system/open-transaction.ts';
import { testSystem } from '../../support/system/system.ts';

const USD = 'USD';

describe('a request that waits, where it can’t have all it needs', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);
  const { queue, bus, layout } = system;
  let [from, to] = [0n, 0n];

  beforeAll(async () => {
    await system.setRates();
    [from, to] = [await system.wallet(USD), await system.wallet(USD)];
    await system.receive(from, 1_000_000n, USD);
    await system.settleAll();
  });

  const lock = (wallet: bigint) =>
    holdOpen(sql, (tx) => tx`SELECT FROM wallets WHERE id = ${wallet} FOR NO KEY UPDATE`);

  /** Transfers a millionth and waits for it, with pauses of the test's own. */
  function pay(pause?: () => Promise<void>, prefer = 'wait=20', asked: Asked = {}, own = database.open()) {
    const deps = { sql: own, queue, bus, layout, apiKeys: 'off' as const };
    const handler = transferAmount(pause ? { ...deps, pause } : deps);
    const body = { OriginWalletId: from, TargetWalletId: to, Amount: 1n, Currency: USD };
    return call(handler, { body, ...asked, headers: { Prefer: prefer, ...asked.headers } });
  }

  const isSettledByTheQueue = async (id: string) => {
    await system.settleAll();
    expect(await system.transaction(id)).toMatchObject({ Status: 'success' });
  };

  test.each(['origin', 'target'])('asks again while another holds the wallet of the %s', async (which) => {
    const release = await lock(which === 'origin' ? from : to);
    let pauses = 0;
    const open: number[] = [];
    const { payload } = await pay(async () => {
      pauses += 1;
      open.push(await countOpen(sql));
      if (pauses === 4) await release();
    });
    await release();
    expect(payload).toMatchObject({ Status: 'success', Operations: [{}, {}] });
    expect(pauses).toBe(4);
    // That of the holder: who waits has no transaction open. Autovacuum may have one.
    expect(open).toEqual([1, 1, 1, 1]);
    expect(queue.sent.splice(0).length).toBeGreaterThan(0);
  });

  test('finds settled what the holder of the wallet settled', async () => {
    const release = await lock(from);
    let settling: Promise<void> | undefined;
    const { payload } = await pay(async () => {
      settling ??= release().then(() => system.settleAll());
      await settling;
    });
    expect(payload).toMatchObject({ Status: 'success', Operations: [{}, {}] });
    expect(await system.transaction(payload.TransactionId)).toEqual(payload);
  });

  test('answers after its seconds with what is known by then, and leaves the rest to whoever is woken', async () => {
    const release = await lock(from);
    const started = performance.now();
    const { status, payload, headers } = await pay(undefined, 'wait=1');
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    expect([status, headers['preference-applied']]).toEqual([200, 'wait=1']);
    expect(payload).toMatchObject({ Status: 'new', ProcessedAt: null, Operations: [{ Status: 'new' }] });
    await release();
    await isSettledByTheQueue(payload.TransactionId);

    const releaseTarget = await lock(to);
    const half = await pay(undefined, 'wait=1');
    expect(half.payload).toMatchObject({ Status: 'processing', Operations: [{ Status: 'success' }, {}] });
    await releaseTarget();
    await isSettledByTheQueue(half.payload.TransactionId);
  });

  test('ends after a number of tries, should its pauses be none', async () => {
    const release = await lock(from);
    let pauses = 0;
    const { payload } = await pay(async () => {
      pauses += 1;
    });
    expect(payload).toMatchObject({ Status: 'new' });
    expect(pauses).toBe(200);
    await release();
    await isSettledByTheQueue(payload.TransactionId);
  });

  test('answers before its function has to end, however long it may wait', async () => {
    const release = await lock(from);
    const { status, payload, headers } = await pay(undefined, 'wait=20', { remainingMs: 3_000 });
    expect([status, headers['preference-applied']]).toEqual([200, 'wait=20']);
    expect(payload).toMatchObject({ Status: 'new' });
    await release();
    await isSettledByTheQueue(payload.TransactionId);
  });

  test('is answered as accepted where settling itself does not come back in time', async () => {
    const release = await holdOpen(sql, (tx) => tx`LOCK TABLE operations IN EXCLUSIVE MODE`);
    const headers = { 'Idempotency-Key': randomUUID() };
    const reply = await pay(undefined, 'wait=20', { remainingMs: 3_000, headers });
    expect([reply.status, reply.payload]).toEqual([200, { TransactionId: expect.stringMatching(UUID) }]);
    expect(reply.headers['preference-applied']).toBeUndefined();
    await release();
    const again = await pay(undefined, 'wait=20', { headers });
    expect(again.payload).toMatchObject({ ...reply.payload, Status: 'success' });
    queue.sent.splice(0);
  });

  test('is answered as accepted where settling throws', async () => {
    await sql.unsafe(
      `ALTER TABLE wallets ADD CONSTRAINT poison CHECK (id <> ${to} OR balance < 0) NOT VALID`,
    );
    const { status, payload, headers } = await pay();
    expect([status, headers['preference-applied']]).toEqual([200, 'wait=20']);
    expect(payload).toMatchObject({
      Status: 'processing',
      Operations: [{ Status: 'success' }, { Status: 'new' }],
    });
    await sql`ALTER TABLE wallets DROP CONSTRAINT poison`;
    await isSettledByTheQueue(payload.TransactionId);
  });

  test('is answered as accepted where the database is gone', async () => {
    const release = await lock(from);
    const own = database.open();
    const { status, payload, headers } = await pay(() => own.end(), 'wait=20', {}, own);
    expect([status, payload]).toEqual([200, { TransactionId: expect.stringMatching(UUID) }]);
    expect(headers['preference-applied']).toBeUndefined();
    await release();
    await isSettledByTheQueue(payload.TransactionId);
  });

  test('needs neither queue nor bus: the relay does what they did not take', async () => {
    queue.isDown = true;
    bus.isDown = true;
    const { payload } = await pay();
    queue.isDown = false;
    bus.isDown = false;
    expect(payload).toMatchObject({ Status: 'success' });
    expect(await sql`SELECT FROM outbox`).toHaveLength(1);
    await sql`DELETE FROM outbox`;
  });

  test('waits for nothing, and tells no balance, with a key that may not read wallets', async () => {
    const deps = { sql, queue, bus, layout, apiKeys: 'required' as const };
    const body = { OriginWalletId: from, TargetWalletId: to, Amount: 1n, Currency: USD };
    const ask = (...scopes: Scope[]) => {
      const access = contextOf({ id: randomUUID(), name: 'test', owner: 'test', scopes });
      return call(transferAmount(deps), { body, access, headers: { Prefer: 'wait=10' } });
    };
    const blind = await ask('operations:write', 'reports:read');
    expect([blind.status, blind.payload]).toEqual([200, { TransactionId: expect.stringMatching(UUID) }]);
    expect(blind.headers['preference-applied']).toBeUndefined();
    await isSettledByTheQueue(blind.payload.TransactionId);
    const allowed: readonly Scope[][] = [['operations:write', 'wallets:read'], ['admin']];
    for (const scopes of allowed) {
      const { payload, headers } = await ask(...scopes);
      expect(payload).toMatchObject({ Status: 'success', Operations: [{}, {}] });
      expect(headers['preference-applied']).toBe('wait=10');
    }
  });

  test('stages and publishes nothing where nobody listens', async () => {
    bus.events.splice(0);
    const deps = { sql, queue, bus: undefined, layout, apiKeys: 'off' as const };
    const body = { OriginWalletId: from, TargetWalletId: to, Amount: 1n, Currency: USD };
    const reply = await call(transferAmount(deps), { body, headers: { Prefer: 'wait=10' } });
    expect(reply.payload).toMatchObject({ Status: 'success' });
    expect([bus.events, (await sql`SELECT FROM outbox`).length]).toEqual([[], 0]);
  });
});
