import { describe, expect, test } from 'vitest';
import { createWallet } from '../../../functions/wallets.ts';
import { rebalance } from '../../../lib/groups/balancer.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { newId } from '../../../lib/runtime/new-id.ts';
import { processBatch } from '../../../lib/settle/processor.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

type System = ReturnType<typeof testSystem>;

/** What a function gets whose settings say EVENTS=off. */
const unheard = (system: System) => ({ ...system, bus: undefined });

async function settleUnheard(system: System): Promise<void> {
  for (;;) {
    const batch = system.queue.sent.splice(0, 10);
    if (batch.length === 0) return;
    const messages = batch.map((wakeUp, index) => {
      return { ...wakeUp, messageId: `m${index}`, receiptHandle: 'r', receiveCount: 1 };
    });
    expect((await processBatch(unheard(system), messages, () => false)).failed).toEqual([]);
  }
}

async function createUnheard(system: System): Promise<bigint> {
  const body = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };
  const handler = createWallet(2, false)({ ...unheard(system), apiKeys: 'off' });
  return (await call(handler, { body })).payload.WalletID;
}

const outboxOf = async (sql: Sql): Promise<number> => (await sql`SELECT FROM outbox`).count;

/** What is settled, without ids and times. */
const journalOf = async (sql: Sql) => ({
  operations: [
    ...(await sql`
      SELECT wallet_id, position, leg, status, reason, amount, wallet_amount, balance_after FROM operations
      ORDER BY wallet_id, position`),
  ],
  wallets: [...(await sql`SELECT id, balance, held, chain_length FROM wallets ORDER BY id`)],
  pending: (await sql`SELECT FROM pending_operations`).count,
});

/** Money in, transfers, one of which is declined and one is paid back, and a hold that is over. */
async function tell(system: System, create: () => Promise<bigint>, settle: () => Promise<void>) {
  await system.setRates();
  const [first, second] = [await create(), await create()];
  await system.receive(first, 1_000n, 'USD');
  await settle();
  await system.transfer(first, second, 300n, 'USD');
  await system.transfer(second, first, 9_000n, 'USD');
  const hold = await call(system.handlers.holdAmount, { body: { WalletId: first, Amount: 100n } });
  await settle();
  await system.sql`UPDATE holds SET expires_at = now() - interval '1 minute' WHERE id = ${hold.payload.HoldId}`;
}

describe('without events', () => {
  test('everything is settled as with them, and nothing is staged or published', async () => {
    const [loud, quiet] = [await testDatabase(), await testDatabase()];
    const heard = testSystem(loud.sql);
    await tell(
      heard,
      () => heard.wallet('USD'),
      () => heard.settleAll(),
    );
    expect(await relayOnce(heard)).toMatchObject({ expired: 1, failed: [], unfinished: [] });
    expect(heard.bus.events.length).toBeGreaterThan(5);

    const system = testSystem(quiet.sql);
    await tell(
      system,
      () => createUnheard(system),
      () => settleUnheard(system),
    );
    expect(await outboxOf(quiet.sql)).toBe(0);
    expect(await relayOnce(unheard(system))).toMatchObject({ expired: 1, failed: [], unfinished: [] });
    expect(await outboxOf(quiet.sql)).toBe(0);
    expect(system.bus.events).toEqual([]);
    expect(await journalOf(quiet.sql)).toEqual(await journalOf(loud.sql));
  });

  test('the balancer moves wallets and tells nobody', async () => {
    const { sql } = await testDatabase();
    const system = testSystem(sql);
    await system.setRates();
    for (let count = 0; count < 4; count++) await createUnheard(system);
    const report = await rebalance(unheard(system), { groups: 1, id: newId(), correlationId: 'c' });
    expect(report?.WalletsMoved).toBe(2);
    expect(await outboxOf(sql)).toBe(0);
  });

  test('what was staged before stays, and once there are events again only what is settled then is added', async () => {
    const { sql } = await testDatabase();
    const system = testSystem(sql);
    await system.setRates();
    const wallet = await createUnheard(system);
    system.bus.isDown = true;
    const before = await system.receive(wallet, 1n, 'USD');
    await system.settleAll();
    system.bus.isDown = false;
    const meanwhile = await system.receive(wallet, 2n, 'USD');
    await settleUnheard(system);
    expect(await relayOnce(unheard(system), 0)).toMatchObject({ published: 0, failed: [], unfinished: [] });
    expect(await outboxOf(sql)).toBe(1);

    const after = await system.receive(wallet, 3n, 'USD');
    await system.settleAll();
    expect(await relayOnce(system, 0)).toMatchObject({ published: 1 });
    const told = system.bus.events.map(({ detail }) => detail['TransactionId']);
    expect(told).toEqual([after, before]);
    expect(told).not.toContain(meanwhile);
    expect(await outboxOf(sql)).toBe(0);
  });
});
