import { describe, expect, test } from 'vitest';
import { createProcessor } from '../../../functions/processor.ts';
import type { WakeUp } from '../../../lib/messaging/wake-ups.ts';
import { openDatabase } from '../../../lib/postgres/database.ts';
import { testDatabase } from '../../support/system/database.ts';
import { sqsEvent, testSystem, wakeUp } from '../../support/system/system.ts';

describe('the processor, where something fails', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);

  const take = (): WakeUp[] => system.queue.sent.splice(0);

  test('settles the rest of a group when the work of one wallet throws each time', async () => {
    const [bad, good] = [await system.wallet('USD'), await system.wallet('USD')];
    await system.receive(bad, 1n, 'USD');
    await system.receive(good, 2n, 'USD');
    const [forBad, forGood] = take().map((message) => ({ ...message, group: 1 }));
    await sql.unsafe(`ALTER TABLE wallets ADD CONSTRAINT poison CHECK (id <> ${bad} OR balance = 0)`);
    const reply = await system.process([forBad as WakeUp, forGood as WakeUp]);
    expect(reply.batchItemFailures).toEqual([{ itemIdentifier: 'message-0' }]);
    expect(await system.balance(good)).toBe(2n);
    expect(system.queue.postponed.splice(0)).toEqual([{ receiptHandle: 'receipt-0', delaySeconds: 1 }]);
    await sql`ALTER TABLE wallets DROP CONSTRAINT poison`;
    await system.process([forBad as WakeUp], 2);
    expect(await system.balance(bad)).toBe(1n);
  });

  test('sends the message of a wallet that threw five times to the dead letters, and acknowledges it', async () => {
    const bad = await system.wallet('USD');
    await system.receive(bad, 1n, 'USD');
    const messages = take();
    await sql.unsafe(`ALTER TABLE wallets ADD CONSTRAINT poison CHECK (id <> ${bad} OR balance = 0)`);
    expect((await system.process(messages, 4)).batchItemFailures).toHaveLength(1);
    expect((await system.process(messages, 5)).batchItemFailures).toEqual([]);
    expect(system.graveyard.letters.splice(0)).toEqual([
      expect.objectContaining({
        messageId: 'message-0',
        group: String(messages[0]?.group),
        body: JSON.stringify({ walletId: bad.toString(), correlationId: messages[0]?.correlationId }),
        reason: 'its wallet failed by itself each time',
      }),
    ]);
    system.graveyard.isDown = true;
    expect((await system.process(messages, 6)).batchItemFailures).toHaveLength(1);
    system.graveyard.isDown = false;
    system.queue.postponed.splice(0);
    await sql`ALTER TABLE wallets DROP CONSTRAINT poison`;
    await system.process(messages);
  });

  test('sends no message to the dead letters because the database does not answer, however often it came', async () => {
    const wallet = await system.wallet('USD');
    const dead = database.open();
    await dead.end();
    const processor = createProcessor({ ...system, sql: dead });
    const lambda = { getRemainingTimeInMillis: () => 30_000 };
    const reply = await processor(sqsEvent([wakeUp(wallet)], 29), lambda);
    expect(reply.batchItemFailures).toHaveLength(1);
    expect(system.graveyard.letters).toEqual([]);
    expect(system.queue.postponed.splice(0).map(({ delaySeconds }) => delaySeconds)).toEqual([5]);
  });

  test('sends no message to the dead letters because the database does not let it sign in', async () => {
    const wallet = await system.wallet('USD');
    const url = new URL(database.url);
    url.password = 'changed';
    const refused = openDatabase(url.href);
    const processor = createProcessor({ ...system, sql: refused });
    const lambda = { getRemainingTimeInMillis: () => 30_000 };
    const reply = await processor(sqsEvent([wakeUp(wallet)], 29), lambda);
    await refused.end();
    expect(reply.batchItemFailures).toHaveLength(1);
    expect(system.graveyard.letters).toEqual([]);
    expect(system.queue.postponed.splice(0).map(({ delaySeconds }) => delaySeconds)).toEqual([5]);
  });

  test('reports all messages of a batch, with growing delays, while the database does not answer', async () => {
    const wallet = await system.wallet('USD');
    const dead = database.open();
    await dead.end();
    const processor = createProcessor({ ...system, sql: dead });
    const lambda = { getRemainingTimeInMillis: () => 30_000 };
    const reply = await processor(sqsEvent([wakeUp(wallet, 1), wakeUp(wallet, 2)], 3), lambda);
    expect(reply.batchItemFailures).toHaveLength(2);
    expect(system.queue.postponed.splice(0).map(({ delaySeconds }) => delaySeconds)).toEqual([4, 4]);
  });

  test('sends unreadable messages to the dead letters at once, acknowledges them, and settles the others', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 4n, 'USD');
    const event = sqsEvent(take());
    const stranger = { ...event.Records[0], messageId: 'stranger', receiptHandle: 'r', body: 'hello' };
    const processor = createProcessor(system);
    const lambda = { getRemainingTimeInMillis: () => 30_000 };
    const reply = await processor({ Records: [stranger, ...event.Records] }, lambda);
    expect(reply.batchItemFailures).toEqual([]);
    expect(await system.balance(wallet)).toBe(4n);
    expect(system.graveyard.letters.splice(0)).toMatchObject([
      { messageId: 'stranger', body: 'hello', reason: 'the body is no JSON' },
    ]);
    expect(system.queue.postponed).toEqual([]);
  });

  test('lets unreadable messages come again if the dead-letter queue does not answer or refuses them', async () => {
    const [record] = sqsEvent([wakeUp(1n)]).Records;
    const Records = ['a', 'b'].map((messageId) => ({
      ...record,
      messageId,
      receiptHandle: `r-${messageId}`,
      body: 'hello',
    }));
    const lambda = { getRemainingTimeInMillis: () => 30_000 };
    system.graveyard.isDown = true;
    const unanswered = await createProcessor(system)({ Records }, lambda);
    system.graveyard.isDown = false;
    expect(unanswered.batchItemFailures).toEqual([{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }]);
    const half = { bury: async () => [true, false] };
    const refused = await createProcessor({ ...system, graveyard: half })({ Records }, lambda);
    expect(refused.batchItemFailures).toEqual([{ itemIdentifier: 'b' }]);
    expect(system.queue.postponed.splice(0).map(({ delaySeconds }) => delaySeconds)).toEqual([1, 1, 1]);
  });
});
