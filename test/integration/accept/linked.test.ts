import { describe, expect, test } from 'vitest';
import { readEvent } from '../../../lib/messaging/event-schemas.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('POST /transaction', async () => {
  const database = await testDatabase();
  const system = testSystem(database.sql);
  await system.setRates();

  const link = (Transfers: unknown, more: object = {}) =>
    call(system.handlers.linkTransfers, { body: { Transfers, ...more } });
  const transfer = (OriginWalletId: bigint, TargetWalletId: bigint, Amount: bigint, Currency = 'USD') => ({
    ...{ OriginWalletId, TargetWalletId, Amount, Currency },
  });
  const refund = (body: object) => call(system.handlers.refundTransaction, { body });
  /** A buyer with money, and others with none. */
  const market = async (money = 100_000_000n) => {
    const [buyer, seller, fee, tax] = [
      await system.wallet('USD'),
      await system.wallet('EUR'),
      await system.wallet('USD'),
      await system.wallet('THB'),
    ];
    await system.receive(buyer, money, 'USD');
    await system.settleAll();
    return { buyer, seller, fee, tax };
  };
  const balances = async (...ids: bigint[]) => await Promise.all(ids.map((id) => system.balance(id)));
  const pendingOperations = async () => {
    const [row] = await database.sql`SELECT count(*)::integer AS count FROM pending_operations`;
    return row?.['count'];
  };

  test('moves all of its transfers, between wallets of any groups and currencies', async () => {
    const { buyer, seller, fee, tax } = await market();
    const id = await system.link(
      [buyer, seller, 80_000_000n, 'EUR'],
      [seller, fee, 2_000_000n, 'USD'],
      [seller, tax, 100_000_000n, 'THB'],
    );
    expect(await system.transaction(id)).toMatchObject({ Status: 'new', Kind: 'linked', Reason: null });
    await system.settleAll();
    const transaction = await system.transaction(id);
    expect(transaction).toMatchObject({ Status: 'success', Kind: 'linked', Reason: null });
    expect(transaction.Operations).toMatchObject([
      { Type: 'out', WalletId: buyer, CounterpartyId: seller, Number: 1n, Currency: 'EUR' },
      { Type: 'in', WalletId: seller, CounterpartyId: buyer, Number: 1n, WalletAmount: 80_000_000n },
      { Type: 'out', WalletId: seller, Number: 2n },
      { Type: 'in', WalletId: fee, Number: 2n, WalletAmount: 2_000_000n },
      { Type: 'out', WalletId: seller, Number: 3n },
      { Type: 'in', WalletId: tax, Number: 3n, WalletAmount: 100_000_000n },
    ]);
    expect(await balances(buyer, fee, tax)).toEqual([12_495_280n, 2_000_000n, 100_000_000n]);
  });

  test('moves nothing if one transfer fails, and says which and why', async () => {
    const { buyer, seller, fee } = await market(10_000_000n);
    const id = await system.link(
      [buyer, seller, 6_000_000n, 'USD'],
      [buyer, fee, 3_000_000n, 'USD'],
      [buyer, fee, 2_000_000n, 'USD'],
    );
    await system.settleAll();
    const transaction = await system.transaction(id);
    expect(transaction).toMatchObject({
      ...{ Status: 'decline', Reason: 'insufficient_funds', DeclinedNumber: 3n, Available: 1_000_000n },
    });
    const reasons = transaction.Operations.map(({ Reason }: any) => Reason);
    expect(reasons).toEqual([
      ...['linked_declined', 'linked_declined', 'linked_declined', 'linked_declined'],
      ...['insufficient_funds', 'linked_declined'],
    ]);
    expect(await balances(buyer, seller, fee)).toEqual([10_000_000n, 0n, 0n]);
  });

  test('settles transfers in their order: what one brings, the next may take', async () => {
    const { buyer, seller, fee } = await market(1_000_000n);
    const there = await system.link([buyer, fee, 1_000_000n, 'USD'], [fee, seller, 1_000_000n, 'USD']);
    await system.settleAll();
    expect((await system.transaction(there)).Status).toBe('success');
    const back = await system.link([fee, buyer, 1_000_000n, 'USD'], [seller, fee, 900_000n, 'USD']);
    await system.settleAll();
    expect(await system.transaction(back)).toMatchObject({ Status: 'decline', DeclinedNumber: 1n });
  });

  test('refuses the whole for one transfer, and names it by its number', async () => {
    const { buyer, seller } = await market();
    const good = transfer(buyer, seller, 1n);
    for (const [bad, status, error] of [
      [transfer(buyer, 999_999n, 1n), 404, 'transfer 2: no wallet with id: 999999'],
      [transfer(999_998n, buyer, 1n), 404, 'transfer 2: no wallet with id: 999998'],
      [transfer(buyer, seller, 1n, 'XXX'), 400, 'transfer 2: currency is not allowed'],
      [transfer(buyer, buyer, 1n), 400, 'transfer 2: OriginWalletId and TargetWalletId must be two'],
      [{ ...good, Amount: 0n }, 400, 'transfer 2: Amount must be'],
      [{ ...good, Reference: 'a' }, 400, 'transfer 2: Reference is not a known field'],
      ['no object', 400, 'transfer 2: a transfer must be an object'],
    ] as const) {
      const answer = await link([good, bad, bad]);
      expect(answer).toMatchObject({ status, payload: { error: expect.stringContaining(error) } });
    }
    expect((await link([])).payload.code).toBe('fields_missing');
    expect((await link(Array(101).fill(good))).payload.error).toContain('at most 100 entries');
    expect((await link([good], { Atomic: true })).payload.error).toContain('Atomic is not a known field');
    expect(await pendingOperations()).toBe(0);
  });

  test('takes a hundred transfers, and has one event for all of them that fits on the bus', async () => {
    const { buyer, seller, fee } = await market();
    system.bus.events.length = 0;
    const transfers = Array.from({ length: 100 }, (_, n) => transfer(buyer, n % 2 ? seller : fee, 1_000n));
    const { payload } = await link(transfers, { Reference: 'a hundred' });
    await system.settleAll();
    expect(system.bus.events).toHaveLength(1);
    const [event]: any[] = system.bus.events;
    expect(event).toMatchObject({
      type: 'LinkedSucceeded',
      detail: { TransactionId: payload.TransactionId, Kind: 'linked', Reference: 'a hundred' },
    });
    expect(event.detail.Transfers).toHaveLength(100);
    expect(JSON.stringify(event).length).toBeLessThan(256 * 1024);
    readEvent({ source: 'my-little-ps', 'detail-type': event.type, detail: event.detail });
  });

  test('tells the number of the transfer that failed in its event', async () => {
    const { buyer, seller, fee } = await market(10n);
    system.bus.events.length = 0;
    await system.link([buyer, fee, 5n, 'USD'], [buyer, seller, 1_000n, 'USD']);
    await system.settleAll();
    const detail = { Reason: 'insufficient_funds', Number: 2, Available: '5' };
    expect(system.bus.events).toMatchObject([{ type: 'LinkedDeclined', detail }]);
  });

  test('is done once for an Idempotency-Key, and waited for', async () => {
    const { buyer, seller, fee } = await market();
    const body = { Transfers: [transfer(buyer, seller, 1_000_000n), transfer(buyer, fee, 1_000n)] };
    const headers = { 'idempotency-key': 'linked-once', prefer: 'wait=5' };
    const first = await call(system.handlers.linkTransfers, { body, headers });
    expect(first.payload).toMatchObject({ Status: 'success', Kind: 'linked' });
    const second = await call(system.handlers.linkTransfers, { body, headers });
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(second.payload.TransactionId).toBe(first.payload.TransactionId);
    expect(await system.balance(fee)).toBe(1_000n);
  });

  test('is tried out without anything that stays', async () => {
    const { buyer, seller, fee } = await market(2_000n);
    const transfers = [transfer(buyer, seller, 1_000n), transfer(buyer, fee, 1_001n)];
    const tried = await link(transfers, { DryRun: true });
    expect(tried.payload).toMatchObject({ DryRun: true, Status: 'decline', DeclinedNumber: 2n });
    const less = await link(transfers.slice(0, 1), { DryRun: true });
    expect(less.payload).toMatchObject({ DryRun: true, Status: 'success' });
    expect(await balances(buyer, seller, fee)).toEqual([2_000n, 0n, 0n]);
    expect(await pendingOperations()).toBe(0);
  });

  test('is refunded as a whole, in reverse, and once', async () => {
    const { buyer, seller, fee } = await market(1_000_000n);
    // For what is lost by rounding on the way back.
    await system.receive(fee, 1n, 'USD');
    const id = await system.link([buyer, fee, 1_000_000n, 'USD'], [fee, seller, 400_000n, 'EUR']);
    await system.settleAll();
    expect((await refund({ TransactionId: id, Amount: 5n })).payload).toMatchObject({
      ...{ code: 'not_refundable', error: 'a linked transaction is refunded as a whole: leave out Amount' },
    });
    const { payload } = await refund({ TransactionId: id });
    expect((await refund({ TransactionId: id })).payload.code).toBe('refund_exceeds_transaction');
    await system.settleAll();
    const back = await system.transaction(payload.TransactionId);
    expect(back).toMatchObject({ Status: 'success', Kind: 'refund', RefundOf: id });
    expect(back.Operations).toMatchObject([
      { Type: 'out', WalletId: seller, CounterpartyId: fee, Amount: 400_000n, Currency: 'EUR', Number: 1n },
      { Type: 'in', WalletId: fee, CounterpartyId: seller, Number: 1n },
      { Type: 'out', WalletId: fee, CounterpartyId: buyer, Amount: 1_000_000n, Number: 2n },
      { Type: 'in', WalletId: buyer, Number: 2n },
    ]);
    expect((await refund({ TransactionId: payload.TransactionId })).payload.code).toBe('not_refundable');
    expect((await refund({ TransactionId: id })).payload.code).toBe('refund_exceeds_transaction');
  });

  test('can be refunded again after its refund was declined', async () => {
    const { buyer, fee } = await market(1_000_000n);
    const other = await system.wallet('USD');
    const id = await system.link([buyer, fee, 500n, 'USD'], [buyer, other, 500n, 'USD']);
    await system.settleAll();
    const spent = await system.transfer(fee, buyer, 1n, 'USD');
    await system.settleAll();
    const { payload } = await refund({ TransactionId: id });
    await system.settleAll();
    expect(await system.transaction(payload.TransactionId)).toMatchObject({
      ...{ Status: 'decline', Reason: 'insufficient_funds', DeclinedNumber: 2n },
    });
    await refund({ TransactionId: spent });
    await system.settleAll();
    const again = await refund({ TransactionId: id });
    await system.settleAll();
    expect((await system.transaction(again.payload.TransactionId)).Status).toBe('success');
  });

  test('is in lists and searches of its wallets by its kind', async () => {
    const { buyer, seller, fee } = await market();
    const id = await system.link([buyer, seller, 3n, 'EUR'], [buyer, fee, 2n, 'EUR']);
    await system.settleAll();
    const search = async (query: Record<string, string>) => {
      const { payload } = await call(system.handlers.searchTransactions, { query });
      return payload.Transactions.map(({ TransactionId }: any) => TransactionId);
    };
    expect(await search({ wallet: `${buyer}`, kind: 'linked' })).toEqual([id]);
    expect(await search({ wallet: `${seller}`, kind: 'linked', amountFrom: '3' })).toEqual([id]);
    expect(await search({ wallet: `${buyer}`, kind: 'transfer' })).toEqual([]);
    const list = await call(system.handlers.listOperations, { path: { walletId: `${buyer}` } });
    expect(list.payload.Operations.slice(-2)).toMatchObject([
      { Type: 'out', Amount: 3n, TransactionId: id, Number: 1n },
      { Type: 'out', Amount: 2n, TransactionId: id, Number: 2n },
    ]);
  });

  describe('POST /batch with Atomic', () => {
    const batch = (Operations: readonly object[], more: object = { Atomic: true }) =>
      call(system.handlers.acceptOperations, { body: { Operations, ...more } });

    test('links receipts and transfers, in their order', async () => {
      const { buyer, seller } = await market();
      const { payload } = await batch(
        [{ WalletId: seller, Amount: 7n, Currency: 'EUR' }, transfer(seller, buyer, 7n, 'EUR')],
        { Atomic: true, Reference: 'atomic' },
      );
      await system.settleAll();
      const transaction = await system.transaction(payload.TransactionId);
      expect(transaction).toMatchObject({ Status: 'success', Kind: 'linked', Reference: 'atomic' });
      expect(transaction.Operations).toMatchObject([
        { Type: 'in', WalletId: seller, CounterpartyId: null, Number: 1n },
        { Type: 'out', WalletId: seller, Number: 2n },
        { Type: 'in', WalletId: buyer, Number: 2n },
      ]);
      const back = await refund({ TransactionId: payload.TransactionId });
      await system.settleAll();
      expect((await system.transaction(back.payload.TransactionId)).Operations).toMatchObject([
        { Type: 'out', WalletId: buyer, CounterpartyId: seller, Number: 1n },
        { Type: 'in', WalletId: seller, CounterpartyId: buyer, Number: 1n },
        { Type: 'out', WalletId: seller, CounterpartyId: null, Number: 2n },
      ]);
      expect(await system.balance(seller)).toBe(0n);
    });

    test('refuses all for the first entry that is refused, and details where they do not belong', async () => {
      const { buyer, seller } = await market();
      const receipt = { WalletId: seller, Amount: 7n, Currency: 'EUR' };
      const wrong = await batch([receipt, transfer(buyer, 999_999n, 1n)]);
      expect(wrong).toMatchObject({
        ...{ status: 404, payload: { error: 'operation 2: no wallet with id: 999999' } },
      });
      expect((await batch([{ ...receipt, Reference: 'r' }])).payload.error).toContain(
        'operation 1: Reference',
      );
      expect((await batch([receipt], { Reference: 'r' })).payload.error).toContain('a batch with Atomic');
      expect((await batch(Array(101).fill(receipt))).payload.error).toContain('at most 100 entries');
      expect(await pendingOperations()).toBe(0);
    });
  });
});
