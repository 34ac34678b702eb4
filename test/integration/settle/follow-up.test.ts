import { describe, expect, test, vi } from 'vitest';
import type { Bus } from '../../../lib/messaging/event-bus.ts';
import { processBatch } from '../../../lib/settle/processor.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { PATIENCE } from '../../support/constants.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addReceipts } from '../../support/system/prepare.ts';
import { testSystem } from '../../support/system/system.ts';

describe('what follows a commit', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  await system.setRates();

  /** A wallet with so many pending receipts of one, and a message that names it. */
  const backlog = async (receipts: number) => {
    const walletId = await system.wallet('USD');
    await system.settleAll();
    await addReceipts(sql, walletId, receipts);
    system.bus.events.splice(0);
    const message = { walletId, group: 1, deduplicationId: 'd', correlationId: 'c', messageId: 'm' };
    return { walletId, messages: [{ ...message, receiptHandle: 'r', receiveCount: 1 }] };
  };
  const pending = async (): Promise<number> => (await sql`SELECT FROM pending_operations`).count;
  const staged = async (): Promise<number> => {
    const [row] = await sql<{ events: number }[]>`
      SELECT coalesce(sum(coalesce(cardinality(positions), 1)), 0)::int AS events FROM outbox`;
    return row?.events ?? -1;
  };
  const leaveToRelay = async () => {
    await relayOnce(system, 0);
    expect(await staged()).toBe(0);
  };

  test('is done while the next transaction settles; what the bus refuses is left to the relay', async () => {
    const { walletId, messages } = await backlog(2500);
    let calls = 0;
    const bus: Bus = {
      publish: async (events) => {
        const call = ++calls;
        if (call === 1) await vi.waitUntil(async () => (await pending()) <= 500, PATIENCE);
        return (await system.bus.publish(events)).map((_taken, index) => call !== 2 || index % 2 === 0);
      },
    };
    await processBatch({ ...system, bus }, messages, () => false);
    expect(await system.balance(walletId)).toBe(2500n);
    expect(system.bus.events.length).toBe(2500);
    expect(await staged()).toBe(500);
    await leaveToRelay();
  });

  test('settles on where the bus does not answer, and leaves those events to the relay', async () => {
    const { walletId, messages } = await backlog(2500);
    let calls = 0;
    const bus: Bus = {
      publish: async (events) => {
        calls += 1;
        if (calls === 2) throw new Error('the bus does not answer');
        return await system.bus.publish(events);
      },
    };
    expect((await processBatch({ ...system, bus }, messages, () => false)).failed).toEqual([]);
    expect(await system.balance(walletId)).toBe(2500n);
    expect(await staged()).toBe(1000);
    await leaveToRelay();
    expect(system.bus.events.length).toBe(2500);
  });

  test('forgets what the bus took even where a later transaction fails', async () => {
    const { walletId, messages } = await backlog(2500);
    await sql.unsafe(
      `ALTER TABLE wallets ADD CONSTRAINT poison CHECK (id <> ${walletId} OR balance <= 1000)`,
    );
    const report = await processBatch(system, messages, () => false);
    expect(report.failed.map(({ message }) => message.messageId)).toEqual(['m']);
    expect(await system.balance(walletId)).toBe(1000n);
    expect(system.bus.events.length).toBe(1000);
    expect(await staged()).toBe(0);
    await sql`ALTER TABLE wallets DROP CONSTRAINT poison`;
    await processBatch(system, messages, () => false);
    expect(await system.balance(walletId)).toBe(2500n);
  });
});
