import { describe, expect, test } from 'vitest';
import { createProcessor } from '../../functions/processor.ts';
import type { WakeUp } from '../../lib/messaging/wake-ups.ts';
import { testDatabase } from '../support/system/database.ts';
import { addReceipts } from '../support/system/prepare.ts';
import { sqsEvent, testSystem } from '../support/system/system.ts';

/** The time that functions/processor.ts keeps free before its deadline. */
const WRAP_UP_MS = 16_000;

describe('a processor close to its deadline', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);
  await system.setRates();
  const processor = createProcessor(system);

  const take = (): WakeUp[] => system.queue.sent.splice(0);
  /** A Lambda context that reports these remaining times in turn, then the last one. */
  const clock = (...leftMs: number[]) => ({
    getRemainingTimeInMillis: () => (leftMs.length > 1 ? leftMs.shift() : leftMs[0]) ?? 0,
  });
  const pending = async (): Promise<number> => {
    const [row] = await sql<{ count: number }[]>`SELECT count(*)::int AS count FROM pending_operations`;
    return row?.count ?? 0;
  };

  test('begins work with exactly the wrap-up time left, and none with a millisecond less', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 3n, 'USD');
    const event = sqsEvent(take());
    expect(await processor(event, clock(WRAP_UP_MS - 1))).toEqual({ batchItemFailures: [] });
    expect(await system.balance(wallet)).toBe(0n);
    expect(system.queue.sent).toMatchObject([{ walletId: wallet, deduplicationId: 'rest-message-0' }]);
    expect(await processor(sqsEvent(take()), clock(WRAP_UP_MS))).toEqual({ batchItemFailures: [] });
    expect(await system.balance(wallet)).toBe(3n);
  });

  test('keeps what it settled, and wakes the groups that it did not get to again', async () => {
    const wallets = [await system.wallet('USD'), await system.wallet('USD')];
    for (const wallet of wallets) await system.receive(wallet, 7n, 'USD');
    const messages = take();
    expect(new Set(messages.map(({ group }) => group)).size).toBe(2);
    const reply = await processor(sqsEvent(messages), clock(WRAP_UP_MS, WRAP_UP_MS - 1));
    expect(reply).toEqual({ batchItemFailures: [] });
    expect(await Promise.all(wallets.map(system.balance))).toEqual([7n, 0n]);
    expect(system.queue.sent).toMatchObject([{ walletId: wallets[1], group: messages[1]?.group }]);
    await system.settleAll();
    expect(await system.balance(wallets[1] ?? 0n)).toBe(7n);
  });

  test('stops between two transactions of a long backlog, and continues with the next message', async () => {
    const wallet = await system.wallet('USD');
    await addReceipts(sql, wallet, 3500);
    const wakeUp = { walletId: wallet, group: 1, deduplicationId: 'x', correlationId: 'c' };
    await processor(sqsEvent([wakeUp]), clock(WRAP_UP_MS, WRAP_UP_MS, WRAP_UP_MS - 1));
    expect(await system.balance(wallet)).toBe(2000n);
    expect(await pending()).toBe(1500);
    await system.settleAll();
    expect(await system.balance(wallet)).toBe(3500n);
  });

  test('reports the messages as failed, with growing delays, if it can neither settle them nor wake them again', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 5n, 'USD');
    const event = sqsEvent(take(), 3);
    system.queue.isDown = true;
    const reply = await processor(event, clock(WRAP_UP_MS - 1));
    system.queue.isDown = false;
    expect(reply).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(system.queue.postponed.splice(0)).toEqual([{ receiptHandle: 'receipt-0', delaySeconds: 4 }]);
    await processor(event, clock(WRAP_UP_MS));
    expect(await system.balance(wallet)).toBe(5n);
  });

  test('is done in time even if another transaction locks every wallet', async () => {
    const wallets = await Promise.all(Array.from({ length: 10 }, () => system.wallet('USD')));
    await sql`UPDATE wallets SET wallet_group = 1`;
    for (const wallet of wallets) await system.receive(wallet, 1n, 'USD');
    const messages = take().map((message) => ({ ...message, group: 1 }));
    const LOCK_TIMEOUT_MS = 400;
    const WORK_MS = 2_000;
    await sql.unsafe(
      `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET lock_timeout = ${LOCK_TIMEOUT_MS}`,
    );
    const quickProcessor = createProcessor({ ...system, sql: database.open() });

    const [held, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holder = database.open().begin(async (tx) => {
      await tx`SELECT FROM wallets FOR UPDATE`;
      held.resolve();
      await done.promise;
    });
    await held.promise;
    const deadlineMs = performance.now() + WRAP_UP_MS + WORK_MS;
    const lambda = { getRemainingTimeInMillis: () => deadlineMs - performance.now() };
    const { batchItemFailures } = await quickProcessor(sqsEvent(messages), lambda);
    done.resolve();
    await holder;
    // It waited for some wallets until the time was up, and began no others.
    expect(batchItemFailures.length).toBeGreaterThan(0);
    expect(system.queue.sent.length).toBeGreaterThan(0);
    expect(batchItemFailures.length + system.queue.sent.length).toBe(10);
    expect(system.queue.postponed.splice(0).map(({ delaySeconds }) => delaySeconds)).toEqual(
      batchItemFailures.map(() => 1),
    );
    await system.settleAll();
    await processor(sqsEvent(messages), clock(WRAP_UP_MS));
    expect(await Promise.all(wallets.map(system.balance))).toEqual(wallets.map(() => 1n));
  });
});
