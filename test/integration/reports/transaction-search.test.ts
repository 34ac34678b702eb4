import { beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { idsOf, type SearchQuery, searcher } from '../../support/system/search.ts';
import { testSystem } from '../../support/system/system.ts';

describe('GET /transactions', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  const wallets: bigint[] = [];

  const post = async (name: keyof typeof handlers, body: object, path = {}): Promise<any> => {
    const { status, payload, text } = await call(handlers[name], { body, path });
    expect(status, text).toBe(200);
    return payload;
  };

  beforeAll(async () => {
    await system.setRates();
    for (const currency of ['USD', 'EUR', 'USD']) wallets.push(await system.wallet(currency));
    const [a = 0n, b = 0n, c = 0n] = wallets;
    const transfer = (OriginWalletId: bigint, TargetWalletId: bigint, Amount: bigint, Currency = 'USD') => ({
      ...{ OriginWalletId, TargetWalletId, Amount, Currency },
    });
    for (let n = 1n; n <= 12n; n++) {
      const receipt = { WalletId: n % 2n === 0n ? a : b, Amount: 100n * n, Currency: 'USD' };
      const { TransactionId: received } = await post('receiveAmount', receipt);
      await post('transferAmount', transfer(a, b, 30n * n));
      await post('transferAmount', transfer(b, c, 7n * n, 'EUR'));
      if (n % 3n === 0n) await post('transferAmount', transfer(c, a, 1_000_000n));
      await system.settleAll();
      if (n % 4n === 0n) {
        await post('refundTransaction', { TransactionId: received, Amount: 1n });
        const { HoldId } = await post('holdAmount', { WalletId: a, Amount: 20n });
        await system.settleAll();
        await post('captureHold', { TargetWalletId: b, Amount: 10n }, { holdId: HoldId });
        await system.settleAll();
      }
    }
    await post('receiveAmount', { WalletId: a, Amount: 77n, Currency: 'EUR' });
    // It comes back: its target is full.
    const full = await system.wallet('USD');
    await post('receiveAmount', { WalletId: full, Amount: 9223372036854775807n, Currency: 'USD' });
    await system.settleAll();
    await post('transferAmount', transfer(a, full, 5n));
    await system.settleAll();
    await post('receiveAmount', { WalletId: a, Amount: 1n, Currency: 'USD' });
    await post('transferAmount', transfer(a, c, 2n));
  });

  const { page, whole } = searcher(handlers.searchTransactions);

  /** What a wallet's transactions are by the list of its operations. */
  async function expected(wallet: bigint): Promise<string[]> {
    const { payload } = await call(handlers.listOperations, {
      path: { walletId: String(wallet) },
      query: { from: '2026-01-01' },
    });
    return [
      ...new Set(payload.Operations.map(({ TransactionId }: any) => TransactionId as string)),
    ] as string[];
  }

  const kindOf = ({ RefundOf, Operations }: any): string => {
    if (RefundOf !== undefined) return 'refund';
    return Operations.length === 1 && Operations[0].Type === 'in' ? 'receipt' : 'transfer';
  };

  test.each(['1', '2', '5', '100'])(
    'finds each transaction of a wallet once, in the order of its list or against it, in pages of %s',
    async (limit) => {
      for (const wallet of wallets) {
        const wanted = await expected(wallet);
        const query = { wallet: String(wallet), limit };
        expect(idsOf(await whole(query))).toEqual(wanted);
        expect(idsOf(await whole({ ...query, order: 'desc' }))).toEqual(wanted.toReversed());
      }
    },
  );

  test('tells each as GET /transaction does', async () => {
    for (const transaction of await whole({ wallet: String(wallets[0]) }))
      expect(transaction).toEqual(await system.transaction(transaction.TransactionId));
  });

  test('finds those that fulfill all of its filters', async () => {
    const wallet = String(wallets[0]);
    const all = await whole({ wallet });
    const amountOf = ({ Operations }: any): bigint => Operations[0].Amount;
    const cases: [SearchQuery, (transaction: any) => boolean][] = [
      [{ status: 'decline' }, ({ Status }) => Status === 'decline'],
      [{ status: 'new' }, ({ Status }) => Status === 'new'],
      [{ reason: 'insufficient_funds' }, ({ Reason }) => Reason === 'insufficient_funds'],
      [{ reason: 'balance_limit' }, ({ Reason }) => Reason === 'balance_limit'],
      [{ kind: 'receipt' }, (each) => kindOf(each) === 'receipt'],
      [{ kind: 'transfer' }, (each) => kindOf(each) === 'transfer'],
      [{ kind: 'refund' }, (each) => kindOf(each) === 'refund'],
      [{ currency: 'EUR' }, ({ Operations }) => Operations[0].Currency === 'EUR'],
      [{ amountFrom: '60', amountTo: '210' }, (each) => amountOf(each) >= 60n && amountOf(each) <= 210n],
      [
        { kind: 'transfer', status: 'success', amountFrom: '100' },
        (each) => kindOf(each) === 'transfer' && each.Status === 'success' && amountOf(each) >= 100n,
      ],
    ];
    for (const [filter, isWanted] of cases) {
      const wanted = idsOf(all.filter(isWanted));
      for (const limit of ['2', '100']) {
        const query = { wallet, limit, ...filter };
        expect([filter, idsOf(await whole(query))]).toEqual([filter, wanted]);
        expect([filter, idsOf(await whole({ ...query, order: 'desc' }))]).toEqual([
          filter,
          wanted.toReversed(),
        ]);
      }
      if (Object.keys(filter).length === 1 && filter['status'] !== 'new')
        expect([filter, wanted.length > 0]).toEqual([filter, true]);
    }
  });

  test('keeps to a period of booking', async () => {
    const wallet = String(wallets[0]);
    const all = (await whole({ wallet })).filter(({ Status }) => Status !== 'new');
    const bookedAt = ({ Operations }: any): string =>
      Operations.find(({ WalletId }: any) => String(WalletId) === wallet).ProcessedAt;
    const [from, to] = [bookedAt(all[3]), bookedAt(all[9])];
    const wanted = idsOf(all.filter((each) => bookedAt(each) >= from && bookedAt(each) < to));
    expect(wanted.length).toBeGreaterThan(2);
    expect(idsOf(await whole({ wallet, from, to, limit: '2' }))).toEqual(wanted);
    expect(idsOf(await whole({ wallet, from, to, limit: '2', order: 'desc' }))).toEqual(wanted.toReversed());
  });

  test('misses nothing that is booked later, for whoever comes back with Next', async () => {
    const wallet = await system.wallet('USD');
    const receive = () => post('receiveAmount', { WalletId: wallet, Amount: 1n, Currency: 'USD' });
    const query = { wallet: String(wallet) };
    const first = await page(query);
    expect([first.Transactions, first.More]).toEqual([[], false]);
    await receive();
    await system.settleAll();
    await receive();
    const second = await page({ ...query, after: first.Next });
    expect(second.Transactions.map(({ Status }: any) => Status)).toEqual(['success', 'new']);
    await system.settleAll();
    const third = await page({ ...query, after: second.Next });
    expect(idsOf(third.Transactions)).toEqual([second.Transactions[1].TransactionId]);
    expect(third.Transactions[0].Status).toBe('success');
  });

  test('is refused what no index finds, a cursor of another search, and words that it does not know', async () => {
    const error = async (query: SearchQuery) =>
      (await refused(sql, handlers.searchTransactions, { query })).error;
    const { Next } = await page({ wallet: '1', limit: '1' });
    expect(await error({ status: 'decline' })).toBe(
      'no index finds that: give wallet, owner, reference, correlationId, or metadataName with metadataValue as well',
    );
    expect(await error({ wallet: '1', amountFrom: '5', amountTo: '4' })).toBe(
      'amountFrom (5) must not be above amountTo (4)',
    );
    expect(await error({ wallet: '777' })).toBe('no wallet with id: 777');
    expect(await error({ wallet: '2', limit: '1', after: Next })).toBe(
      'after belongs to another search: repeat its parameters, or leave it out',
    );
    expect(await error({ wallet: '1', after: 'x' })).toBe('after must be the Next of an earlier page');
    expect(await error({ wallet: '1', status: 'gone' })).toBe(
      'status must be new, success, decline, processing or left out, not "gone"',
    );
    expect(await error({ wallet: '1', amountFrom: '0' })).toContain(
      'amountFrom must be a whole number from 1',
    );
  });
});
