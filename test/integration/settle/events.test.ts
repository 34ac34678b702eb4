import { describe, expect, test } from 'vitest';
import { MAX_AMOUNT } from '../../../lib/ledger/money.ts';
import type { Bus, BusEvent } from '../../../lib/messaging/event-bus.ts';
import { processBatch } from '../../../lib/settle/processor.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addReceipts } from '../../support/system/prepare.ts';
import { testSystem } from '../../support/system/system.ts';

describe('the events of settled operations', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  await system.setRates();

  const byId = (events: readonly BusEvent[]) =>
    new Map(events.map(({ type, detail }) => [String(detail['EventId']), { type, detail }]));

  /** Settles with a bus that is told everything and takes nothing. */
  const settleUnheard = async (): Promise<BusEvent[]> => {
    const heard: BusEvent[] = [];
    const bus: Bus = {
      publish: async (events) => {
        heard.push(...events);
        return events.map(() => false);
      },
    };
    for (;;) {
      const batch = system.queue.sent.splice(0, 10);
      if (batch.length === 0) return heard;
      const messages = batch.map((wakeUp, index) => {
        return { ...wakeUp, messageId: `m${index}`, receiptHandle: 'r', receiveCount: 1 };
      });
      await processBatch({ ...system, bus }, messages, () => false);
    }
  };

  const hold = async (WalletId: bigint, Amount: bigint): Promise<string> =>
    (await call(system.handlers.holdAmount, { body: { WalletId, Amount } })).payload.HoldId;

  test('are told by the relay as they would have been at once, of every kind', async () => {
    const [dollars, euros] = [await system.wallet('USD'), await system.wallet('EUR')];
    const full = await system.wallet('USD');
    await system.settleAll();
    system.bus.events.splice(0);
    const heard: BusEvent[] = [];
    const receipt = await system.receive(dollars, 1_000_000n, 'USD');
    await system.receive(full, MAX_AMOUNT, 'USD');
    await system.receive(full, 1n, 'USD');
    heard.push(...(await settleUnheard()));
    await system.transfer(dollars, euros, 100_000n, 'EUR');
    await system.transfer(dollars, full, 10n, 'EUR');
    await system.transfer(euros, dollars, 1_000_000_000n, 'USD');
    heard.push(...(await settleUnheard()));
    await call(system.handlers.refundTransaction, { body: { TransactionId: receipt, Amount: 5n } });
    const [captured, released, over] = [
      await hold(dollars, 100n),
      await hold(dollars, 200n),
      await hold(dollars, 300n),
    ];
    await hold(euros, MAX_AMOUNT);
    heard.push(...(await settleUnheard()));
    await call(system.handlers.captureHold, {
      path: { holdId: captured },
      body: { TargetWalletId: euros, Amount: 60n },
    });
    await call(system.handlers.releaseHold, { path: { holdId: released } });
    await system.receive(dollars, 1n, 'USD');
    await sql`UPDATE holds SET expires_at = now() - interval '1 minute' WHERE id = ${over}`;
    heard.push(...(await settleUnheard()));

    const kinds = new Set(
      heard.map(({ type, detail }) =>
        [type, detail['Kind'] ?? detail['Status'] ?? detail['Asked'], detail['Reason']].join(' '),
      ),
    );
    expect([...kinds].sort()).toMatchInlineSnapshot(`
      [
        "HoldChanged active ",
        "HoldChanged captured ",
        "HoldChanged expired ",
        "HoldChanged released ",
        "HoldRefused hold insufficient_funds",
        "TransactionDeclined receipt balance_limit",
        "TransactionDeclined transfer balance_limit",
        "TransactionDeclined transfer insufficient_funds",
        "TransactionSucceeded receipt ",
        "TransactionSucceeded refund ",
        "TransactionSucceeded transfer ",
      ]
    `);
    await relayOnce(system, 0);
    expect(byId(system.bus.events)).toEqual(byId(heard));
    expect(system.bus.events).toHaveLength(heard.length);
    expect(await sql`SELECT FROM outbox`).toHaveLength(0);
  });

  test('of which the bus takes a part come once each, however many there are', async () => {
    const wallet = await system.wallet('USD');
    await system.settleAll();
    await relayOnce(system, 0);
    system.bus.events.splice(0);
    await addReceipts(sql, wallet, 350);
    system.bus.isDown = true;
    const message = { walletId: wallet, group: 1, deduplicationId: 'd', correlationId: 'c', messageId: 'm' };
    await processBatch(system, [{ ...message, receiptHandle: 'r', receiveCount: 1 }], () => false);
    system.bus.isDown = false;
    const published: number[] = [];
    for (let pass = 0; pass < 3; pass++) {
      system.bus.refuses = pass === 0 ? 120 : 0;
      published.push((await relayOnce(system, 0)).published);
    }
    expect(published).toEqual([230, 120, 0]);
    expect(byId(system.bus.events).size).toBe(350);
  });
});
