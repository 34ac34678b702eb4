import { describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

const MAX = 9_223_372_036_854_775_807n;

describe('POST /refund', async () => {
  const database = await testDatabase();
  const system = testSystem(database.sql);
  await system.setRates();

  const refund = (TransactionId: string, Amount?: bigint, { handlers } = system) =>
    call(handlers.refundTransaction, {
      body: { TransactionId, ...(Amount === undefined ? {} : { Amount }) },
    });
  const refundOf = async (id: string, amount?: bigint): Promise<any> => {
    const { payload } = await refund(id, amount);
    await system.settleAll();
    return await system.transaction(payload.TransactionId);
  };
  const transferred = async (amount: bigint, currency = 'EUR') => {
    const [from, to] = [await system.wallet('USD'), await system.wallet('EUR')];
    await system.receive(from, 1_000_000_000n, 'USD');
    const id = await system.transfer(from, to, amount, currency);
    await system.settleAll();
    return { from, to, id };
  };

  test('gives a whole transfer back, and says of which', async () => {
    const { from, to, id } = await transferred(10_000_000n);
    const back = await refundOf(id);
    expect(back).toMatchObject({ Status: 'success', RefundOf: id });
    expect(back.Operations).toMatchObject([
      { Type: 'out', WalletId: to, Amount: 10_000_000n, Currency: 'EUR' },
      { Type: 'in', WalletId: from, WalletAmount: 10_938_090n },
    ]);
    expect(await system.balance(to)).toBe(0n);
    expect(await system.balance(from)).toBe(1_000_000_000n);
  });

  test('pays a receipt back to the outside, in part and then the rest', async () => {
    const wallet = await system.wallet('EUR');
    const id = await system.receive(wallet, 5_000_000n, 'EUR');
    await system.settleAll();
    expect((await refundOf(id, 2_000_000n)).Status).toBe('success');
    expect(await system.balance(wallet)).toBe(3_000_000n);
    const rest = await refundOf(id);
    expect(rest.Operations).toMatchObject([{ Type: 'out', Amount: 3_000_000n, CounterpartyId: null }]);
    expect(await system.balance(wallet)).toBe(0n);
    expect(await refund(id)).toMatchObject({ status: 409, payload: { code: 'refund_exceeds_transaction' } });
  });

  test('refuses more than is left', async () => {
    const { id } = await transferred(10n, 'EUR');
    expect((await refund(id, 11n)).payload.code).toBe('refund_exceeds_transaction');
    expect((await refund(id, 6n)).status).toBe(200);
    expect((await refund(id, 5n)).payload.error).toContain('4');
    expect((await refund(id, 4n)).status).toBe(200);
    await system.settleAll();
  });

  test('never gives back more than was paid, however many ask at once', async () => {
    const { to, id } = await transferred(100n, 'EUR');
    const instances = Array.from({ length: 10 }, () => testSystem(database.open()));
    const answers = await Promise.all(instances.map((instance) => refund(id, 30n, instance)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    for (const { queue } of instances) system.queue.sent.push(...queue.sent);
    await system.settleAll();
    expect(await system.balance(to)).toBe(10n);
  });

  test('is declined when the money is gone, and can be asked for again', async () => {
    const { to, id } = await transferred(10_000_000n);
    const third = await system.wallet('EUR');
    const spent = await system.transfer(to, third, 1n, 'EUR');
    await system.settleAll();
    expect(await refundOf(id)).toMatchObject({ Status: 'decline', Reason: 'insufficient_funds' });
    await refundOf(spent);
    expect((await refundOf(id)).Status).toBe('success');
  });

  test('goes back to the payer of the refund where the other side can not take it', async () => {
    const { from, to, id } = await transferred(10_000_000n);
    const filled = await system.receive(from, MAX - 1_000_000_000n + 10_938_090n, 'USD');
    await system.settleAll();
    expect((await system.transaction(filled)).Reason).toBe(null);
    expect(await refundOf(id)).toMatchObject({ Status: 'decline', Reason: 'balance_limit', RefundOf: id });
    expect(await system.balance(to)).toBe(10_000_000n);
    await system.transfer(from, to, 1_000_000_000n, 'USD');
    await system.settleAll();
    expect((await refundOf(id)).Status).toBe('success');
  });

  test('refuses what did not succeed, is pending, or is a refund itself', async () => {
    const { from, to, id } = await transferred(10n);
    const declined = await system.transfer(to, from, MAX, 'EUR');
    await system.settleAll();
    const pending = await system.receive(to, 5n, 'EUR');
    const { payload } = await refund(id);
    await system.settleAll();
    for (const other of [declined, payload.TransactionId]) {
      expect(await refund(other)).toMatchObject({ status: 409, payload: { code: 'not_refundable' } });
    }
    system.queue.sent.splice(0);
    const stillPending = await system.receive(to, 5n, 'EUR');
    expect((await refund(stillPending)).payload.code).toBe('not_refundable');
    expect((await refund(pending)).status).toBe(200);
    await system.settleAll();
  });

  test('refuses an unknown transaction, and wrong fields', async () => {
    const unknown = '00000000-0000-7000-8000-000000000000';
    expect(await refund(unknown)).toMatchObject({ status: 404, payload: { code: 'transaction_not_found' } });
    expect((await call(system.handlers.refundTransaction, { body: {} })).payload.error).toBe(
      'all fields should be filled',
    );
    expect((await refund('nope')).payload.error).toContain('TransactionId must be a UUID');
    expect((await refund(unknown, 0n)).payload.error).toContain('Amount must be');
  });

  test('tells of itself as a refund in its event', async () => {
    const { id } = await transferred(10n);
    await refundOf(id);
    expect(system.bus.events.at(-1)).toMatchObject({
      type: 'TransactionSucceeded',
      detail: { Kind: 'refund', RefundOf: id },
    });
  });
});
