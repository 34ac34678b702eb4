import { describe, expect, test } from 'vitest';
import { createProcessor } from '../../../functions/processor.ts';
import type { WakeUp } from '../../../lib/messaging/wake-ups.ts';
import { processBatch } from '../../../lib/settle/processor.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addReceipts } from '../../support/system/prepare.ts';
import { sqsEvent, testSystem, wakeUp } from '../../support/system/system.ts';

const MAX = 9_223_372_036_854_775_807n;

describe('the processor', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);
  await system.setRates();

  const take = (): WakeUp[] => system.queue.sent.splice(0);

  test('settles a batch of one group in one go, and reports no failure', async () => {
    const wallet = await system.wallet('USD');
    const ids = [];
    for (let i = 1n; i <= 10n; i++) ids.push(await system.receive(wallet, i, 'USD'));
    expect(await system.process(take())).toEqual({ batchItemFailures: [] });
    expect(await system.balance(wallet)).toBe(55n);
    for (const id of ids) expect((await system.transaction(id)).Status).toBe('success');
  });

  test('settles a batch of several groups', async () => {
    const wallets = [await system.wallet('USD'), await system.wallet('EUR'), await system.wallet('THB')];
    for (const wallet of wallets) await system.receive(wallet, 5_000_000n, 'USD');
    const messages = take();
    expect(new Set(messages.map(({ group }) => group)).size).toBe(2);
    await system.process(messages);
    const balances = await Promise.all(wallets.map(system.balance));
    expect(balances).toEqual([5_000_000n, 4_571_181n, 168_022_044n]);
  });

  test('changes nothing when a message comes twice, late or for a wallet without work', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 7n, 'USD');
    const messages = take();
    await system.process([...messages, ...messages]);
    await system.process(messages);
    await system.process([wakeUp(wallet), wakeUp(999_999n)]);
    expect(await system.balance(wallet)).toBe(7n);
  });

  test('settles in the order of acceptance, whatever the order of the messages', async () => {
    const [from, to] = [await system.wallet('USD'), await system.wallet('USD')];
    await system.receive(from, 100n, 'USD');
    const first = await system.transfer(from, to, 100n, 'USD');
    const second = await system.transfer(from, to, 1n, 'USD');
    await system.process(take().reverse());
    await system.settleAll();
    expect((await system.transaction(first)).Status).toBe('success');
    expect(await system.transaction(second)).toMatchObject({
      Status: 'decline',
      Reason: 'insufficient_funds',
    });
  });

  test('settles a message that comes for a group which the wallet has left', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 3n, 'USD');
    await sql`UPDATE wallets SET wallet_group = 2 WHERE id = ${wallet}`;
    await system.process([wakeUp(wallet, 1)]);
    expect(await system.balance(wallet)).toBe(3n);
    take();
  });

  test('takes along other wallets of the group that have pending work', async () => {
    const [named, forgotten] = [await system.wallet('USD'), await system.wallet('USD')];
    await sql`UPDATE wallets SET wallet_group = 1 WHERE id IN (${named}, ${forgotten})`;
    await system.receive(forgotten, 11n, 'USD');
    take();
    await system.process([wakeUp(named, 1)]);
    expect(await system.balance(forgotten)).toBe(11n);
  });

  test('shows a transfer as processing between its legs', async () => {
    const [from, to] = [await system.wallet('USD'), await system.wallet('EUR')];
    await system.receive(from, 5_000_000n, 'USD');
    await system.settleAll();
    const id = await system.transfer(from, to, 1_000_000n, 'EUR');
    expect(await system.transaction(id)).toMatchObject({ Status: 'new', ProcessedAt: null });
    await system.process(take());
    expect(await system.transaction(id)).toMatchObject({ Status: 'processing', ProcessedAt: null });
    await system.settleAll();
    const { Status, ProcessedAt } = await system.transaction(id);
    expect(Status).toBe('success');
    expect(ProcessedAt).toMatch(/^\d{4}-.*Z$/);
  });

  test('gives back exactly what was taken when the target cannot take it', async () => {
    const [from, to] = [await system.wallet('USD'), await system.wallet('EUR')];
    await system.receive(from, 5_000_001n, 'USD');
    await system.receive(to, MAX, 'EUR');
    await system.settleAll();
    const id = await system.transfer(from, to, 1_000_003n, 'EUR');
    await system.settleAll();
    const { Status, Reason, Operations } = await system.transaction(id);
    expect([Status, Reason]).toEqual(['decline', 'balance_limit']);
    expect(Operations).toMatchObject([
      { Type: 'out', Status: 'success', WalletAmount: 1_093_813n },
      { Type: 'in', Status: 'decline', Reason: 'balance_limit' },
      {
        Type: 'in',
        Status: 'success',
        Reason: 'balance_limit',
        WalletId: from,
        Amount: 1_093_813n,
        Currency: 'USD',
      },
    ]);
    expect(await system.balance(from)).toBe(5_000_001n);
    expect(await system.balance(to)).toBe(MAX);
    expect(system.bus.events.at(-1)).toMatchObject({
      type: 'TransactionDeclined',
      detail: { Amount: '1000003', Currency: 'EUR', Reason: 'balance_limit', OriginWalletId: String(from) },
    });
  });

  test('declines what converts to nothing', async () => {
    const eur = await system.wallet('EUR');
    const id = await system.receive(eur, 1n, 'RUB');
    await system.settleAll();
    expect(await system.transaction(id)).toMatchObject({ Status: 'decline', Reason: 'amount_too_small' });
  });

  test('declines an operation whose currency was withdrawn after it was accepted', async () => {
    const eur = await system.wallet('EUR');
    const id = await system.receive(eur, 5_000_000n, 'THB');
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'THB'`;
    await system.settleAll();
    expect(await system.transaction(id)).toMatchObject({ Status: 'decline', Reason: 'currency_not_allowed' });
    await system.setRates();
  });

  test('keeps room for money that may come back, and counts it anew before it declines', async () => {
    const [a, b] = [await system.wallet('USD'), await system.wallet('USD')];
    await system.receive(a, MAX, 'USD');
    await system.receive(b, 1n, 'USD');
    await system.settleAll();
    await system.transfer(a, b, MAX, 'USD');
    await system.process([wakeUp(a)]);
    take();
    // The debit took all of it, and the credit is pending: what comes meanwhile must not take its place.
    const meanwhile = await system.receive(a, 1n, 'USD');
    await system.process([wakeUp(a)]);
    expect(await system.transaction(meanwhile)).toMatchObject({ Status: 'decline', Reason: 'balance_limit' });
    await system.process([wakeUp(b)]);
    await system.process([wakeUp(a)]);
    expect(await system.balance(a)).toBe(MAX);
    // Out to a wallet that can take it, which leaves room again.
    const c = await system.wallet('USD');
    await system.transfer(a, c, MAX, 'USD');
    take();
    await system.process([wakeUp(a), wakeUp(c)]);
    await system.process([wakeUp(c)]);
    const later = await system.receive(a, MAX, 'USD');
    await system.settleAll();
    expect((await system.transaction(later)).Status).toBe('success');
  });

  test('begins nothing when its time is nearly over, and wakes the wallets anew', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 4n, 'USD');
    const [message] = take();
    const received = { ...(message as WakeUp), messageId: 'm', receiptHandle: 'r', receiveCount: 1 };
    const report = await processBatch(system, [received], () => true);
    expect(report).toEqual({ succeeded: 0, declined: 0, failed: [], hopeless: [] });
    expect(system.queue.sent).toMatchObject([{ walletId: wallet, deduplicationId: 'rest-m' }]);
    await system.settleAll();
    expect(await system.balance(wallet)).toBe(4n);
  });

  test('settles more operations of one wallet than fit one transaction', async () => {
    const wallet = await system.wallet('USD');
    await addReceipts(sql, wallet, 2500);
    await system.process([wakeUp(wallet)]);
    expect(await system.balance(wallet)).toBe(2500n);
  });

  test('settles transfers both ways between two wallets, by two processors at once, to a net of zero', async () => {
    const [a, b] = [await system.wallet('USD'), await system.wallet('EUR')];
    await system.receive(a, 1_000_000_000n, 'USD');
    await system.receive(b, 1_000_000_000n, 'EUR');
    await system.settleAll();
    const [before_a, before_b] = [await system.balance(a), await system.balance(b)];
    for (let i = 0; i < 100; i++) {
      await system.transfer(a, b, 1_000_000n, 'EUR');
      await system.transfer(b, a, 1_000_000n, 'EUR');
    }
    take();
    const processors = [database.open(), database.open()].map((own) =>
      createProcessor({ ...system, sql: own }),
    );
    const lambda = { getRemainingTimeInMillis: () => 30_000 };
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        processors.map((processor, i) =>
          processor(sqsEvent(i === 0 ? [wakeUp(a, 1), wakeUp(b, 2)] : [wakeUp(b, 2), wakeUp(a, 1)]), lambda),
        ),
      );
    }
    const [left] = await sql`SELECT count(*)::int AS pending FROM pending_operations`;
    expect(left?.['pending']).toBe(0);
    expect(await system.balance(b)).toBe(before_b);
    // Each debit in USD is rounded up and each credit down, by less than a millionth each time.
    const lost = before_a - (await system.balance(a));
    expect(lost).toBeGreaterThanOrEqual(0n);
    expect(lost).toBeLessThanOrEqual(200n);
    take();
  });

  test('writes the events of what it settled, with every digit and the correlation id of the request', async () => {
    system.bus.events.splice(0);
    const [from, to] = [await system.wallet('USD'), await system.wallet('EUR')];
    const body = { WalletId: from, Amount: 9_007_199_254_740_993n, Currency: 'USD' };
    const headers = { 'X-Correlation-Id': 'order-17' };
    await call(system.handlers.receiveAmount, { body, headers });
    await system.settleAll();
    await system.transfer(from, to, MAX, 'USD');
    await system.settleAll();
    const [wallet1, wallet2, receipt, declined] = system.bus.events;
    expect([wallet1?.type, wallet2?.type]).toEqual(['WalletCreated', 'WalletCreated']);
    expect(receipt).toMatchObject({
      type: 'TransactionSucceeded',
      detail: { CorrelationId: 'order-17', Amount: '9007199254740993', Balance: '9007199254740993' },
    });
    expect(declined).toMatchObject({
      type: 'TransactionDeclined',
      detail: { Reason: 'insufficient_funds', OriginWalletId: String(from), TargetWalletId: String(to) },
    });
    const [outbox] = await sql`SELECT count(*)::int AS left FROM outbox`;
    expect(outbox?.['left']).toBe(0);
  });
});
