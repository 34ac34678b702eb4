import { beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { idsOf, type SearchQuery, searcher } from '../../support/system/search.ts';
import { testSystem } from '../../support/system/system.ts';

describe('GET /transactions by owner, reference and metadata', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  const own: bigint[] = [];
  let other: bigint;

  const post = async (name: keyof typeof handlers, body: object): Promise<any> => {
    const { status, payload, text } = await call(handlers[name], { body });
    expect(status, text).toBe(200);
    return payload;
  };
  const wallet = async (Currency: string, OwnerId: string): Promise<bigint> => {
    const body = { Name: 'Holder', Country: 'UK', City: 'London', Currency, OwnerId };
    return (await post('createWallet', body)).WalletID;
  };

  const { page, whole } = searcher(handlers.searchTransactions);

  const settled: string[] = [];
  const receive = async (body: object, settles = true): Promise<string> => {
    const { TransactionId } = await post('receiveAmount', { Amount: 100n, Currency: 'USD', ...body });
    if (settles) await system.settleAll();
    return TransactionId;
  };

  beforeAll(async () => {
    await system.setRates();
    for (const currency of ['USD', 'EUR', 'THB']) own.push(await wallet(currency, 'holder-1'));
    other = await wallet('USD', 'holder-2');
    const [a = 0n, b = 0n, c = 0n] = own;
    for (let n = 0; n < 8; n++) {
      settled.push(await receive({ WalletId: [a, b, c][n % 3] }));
      const transfer = { Amount: 10n, Currency: 'USD' };
      for (const [OriginWalletId, TargetWalletId] of [
        [a, b],
        [a, other],
        [other, c],
      ] as const) {
        const { TransactionId } = await post('transferAmount', {
          OriginWalletId,
          TargetWalletId,
          ...transfer,
        });
        await system.settleAll();
        settled.push(TransactionId);
      }
      await receive({ WalletId: other });
    }
  });

  test.each(['1', '3', '100'])(
    'finds those of all wallets of an owner, each once, in pages of %s, in either order',
    async (limit) => {
      const pending = await receive({ WalletId: own[1], Reference: `pending-${limit}` }, false);
      const query = { owner: 'holder-1', limit };
      expect(idsOf(await whole(query))).toEqual([...settled, pending]);
      expect(idsOf(await whole({ ...query, order: 'desc' }))).toEqual([pending, ...settled.toReversed()]);
      await system.settleAll();
      settled.push(pending);
    },
  );

  test('of an owner, only one wallet if that is given, and none of a wallet of somebody else', async () => {
    const [a = 0n] = own;
    const both = await whole({ owner: 'holder-1', wallet: String(a) });
    expect(idsOf(both)).toEqual(idsOf(await whole({ wallet: String(a) })));
    expect(await page({ owner: 'holder-1', wallet: String(other) })).toMatchObject({
      Transactions: [],
      More: false,
    });
    expect(await page({ owner: 'nobody' })).toMatchObject({ Transactions: [], More: false });
  });

  test('finds the one with a reference, and nothing where something else does not fit', async () => {
    const id = await receive({ WalletId: other, Reference: 'order 17/a' });
    const late = await receive({ WalletId: other, Reference: 'order 19' }, false);
    const found = await whole({ reference: 'order 17/a' });
    expect(idsOf(found)).toEqual([id]);
    expect(found[0]).toEqual(await system.transaction(id));
    for (const more of [
      { wallet: String(own[0]) },
      { owner: 'holder-1' },
      { status: 'decline' },
      { kind: 'transfer' },
      { currency: 'EUR' },
      { amountFrom: '101' },
      { to: '2026-01-01' },
      { metadataName: 'a', metadataValue: 'b' },
    ] as SearchQuery[])
      expect([more, await whole({ reference: 'order 17/a', ...more })]).toEqual([more, []]);
    const fitting = {
      owner: 'holder-2',
      status: 'success',
      kind: 'receipt',
      currency: 'USD',
      amountTo: '100',
    };
    expect(idsOf(await whole({ reference: 'order 17/a', ...fitting, from: '2026-01-01' }))).toEqual([id]);
    expect(await whole({ reference: 'order 18' })).toEqual([]);
    await sql`UPDATE pending_operations SET created_at = '2026-05-01T00:00:00.123456Z' WHERE transaction_id = ${late}::uuid`;
    const [from, to] = ['2026-05-01T00:00:00.123456Z', '2026-05-01T02:00:00.123457+02:00'];
    expect(idsOf(await whole({ reference: 'order 19', from, to }))).toEqual([late]);
    expect(await whole({ reference: 'order 19', from: '2026-05-01T00:00:00.123457Z' })).toEqual([]);
    expect(await whole({ reference: 'order 19', to: from })).toEqual([]);
    await system.settleAll();
  });

  test('knows a payout from a transfer, by its reference as by its wallet', async () => {
    const [a = 0n] = own;
    const sent = { WalletId: a, Amount: 1n, Currency: 'USD', Reference: 'sent out' };
    const { TransactionId } = await post('sendAmount', sent);
    await system.settleAll();
    expect(idsOf(await whole({ reference: 'sent out', kind: 'payout' }))).toEqual([TransactionId]);
    expect(await whole({ reference: 'sent out', kind: 'transfer' })).toEqual([]);
    expect(idsOf(await whole({ wallet: String(a), kind: 'payout' }))).toEqual([TransactionId]);
  });

  test('finds a payout that is held, and one that was cancelled or declined, by its reference as by its wallet', async () => {
    const holder = await wallet('USD', 'holder-3');
    await receive({ WalletId: holder });
    const send = async (Amount: bigint, Reference: string): Promise<string> => {
      const body = { WalletId: holder, Amount, Currency: 'USD', Confirm: true, Reference };
      const { TransactionId } = await post('sendAmount', body);
      expect(idsOf(await whole({ wallet: String(holder), status: 'new' }))).toEqual([TransactionId]);
      await system.settleAll();
      return TransactionId;
    };
    const answer = async (name: 'confirmPayout' | 'cancelPayout', transactionId: string) => {
      expect((await call(handlers[name], { path: { transactionId }, body: {} })).status).toBe(200);
      expect(idsOf(await whole({ reference: 'paid', kind: 'payout' }))).toEqual([paid]);
      await system.settleAll();
    };
    const paid = await send(10n, 'paid');
    const [cancelled, declined, held] = [
      await send(20n, 'gone'),
      await send(500n, 'poor'),
      await send(5n, 'held'),
    ];
    await answer('confirmPayout', paid);
    await answer('cancelPayout', cancelled);
    const cases: [SearchQuery, string[]][] = [
      [{ kind: 'payout' }, [paid, cancelled, declined, held]],
      [{ kind: 'payout', order: 'desc' }, [held, declined, cancelled, paid]],
      [{ status: 'processing' }, [held]],
      [{ reason: 'cancelled' }, [cancelled]],
      [{ kind: 'payout', status: 'decline' }, [cancelled, declined]],
      [{ kind: 'payout', amountFrom: '10', amountTo: '20' }, [paid, cancelled]],
      [{ kind: 'payout', reference: 'held', currency: 'USD', amountTo: '5' }, [held]],
      [{ kind: 'transfer', reference: 'held' }, []],
      [{ reference: 'gone' }, [cancelled]],
    ];
    for (const [query, ids] of cases)
      for (const whose of [{ wallet: String(holder) }, { owner: 'holder-3', limit: '1' }] as SearchQuery[])
        expect([query, idsOf(await whole({ ...query, ...whose }))]).toEqual([query, ids]);
  });

  test('finds a hold by its reference, of no kind', async () => {
    const [a = 0n] = own;
    const { HoldId } = await post('holdAmount', { WalletId: a, Amount: 1n, Reference: 'a room' });
    await system.settleAll();
    expect(idsOf(await whole({ reference: 'a room', wallet: String(a) }))).toEqual([HoldId]);
    expect(await whole({ reference: 'a room', kind: 'transfer' })).toEqual([]);
    expect(await whole({ reference: 'a room', wallet: String(other) })).toEqual([]);
  });

  test('has shorter pages where there are long details, and passes over none', async () => {
    const Metadata = { note: '"'.repeat(2_000) };
    const holder = await wallet('USD', 'holder-4');
    const entry = { WalletId: holder, Amount: 1n, Currency: 'USD', Metadata };
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const { Results } = await post('acceptOperations', {
        Operations: Array.from({ length: 100 }, () => entry),
      });
      ids.push(...idsOf(Results));
    }
    const pair = { metadataName: 'note', metadataValue: Metadata.note };
    for (const query of [{ wallet: String(holder) }, pair] as SearchQuery[]) {
      const { text, payload } = await call(handlers.searchTransactions, {
        query: { ...query, limit: '500' },
      });
      expect(payload).toMatchObject({ Limit: 500n, More: true });
      expect(text.length).toBeLessThan(1_300_000);
      expect(idsOf(await whole({ ...query, limit: '500' }))).toEqual(ids);
    }
    await system.settleAll();
    for (const order of ['asc', 'desc']) {
      const found = idsOf(await whole({ wallet: String(holder), limit: '500', order }));
      expect(found).toEqual(order === 'asc' ? ids : ids.toReversed());
    }
  });

  test.each(['1', '2', '100'])('finds those with a pair of metadata, in pages of %s', async (limit) => {
    const shop = `north ${limit}`;
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.push(await receive({ WalletId: other, Metadata: { shop, till: String(n % 2) } }, n < 4));
      await receive({ WalletId: other, Metadata: { shop: 'south', [shop]: 'shop' } });
    }
    const query = { metadataName: 'shop', metadataValue: shop, limit };
    expect(idsOf(await whole(query))).toEqual(ids);
    expect(idsOf(await whole({ ...query, order: 'desc' }))).toEqual(ids.toReversed());
    expect(await whole({ metadataName: 'shop', metadataValue: 'nort', limit })).toEqual([]);
    const { Next } = await page({ ...query, limit: '100' });
    const later = await receive({ WalletId: other, Metadata: { shop } });
    expect(idsOf((await page({ ...query, limit: '100', after: Next })).Transactions)).toEqual([later]);
  });

  test('passes over none that is committed after one with a larger number', async () => {
    const late = open();
    const Metadata = { run: 'late' };
    const holding = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    // As a request that has its number, and is not committed.
    const request = late.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock_shared(8151624)`;
      await tx`
        WITH operation AS (
          INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, correlation_id, has_details)
          VALUES (gen_random_uuid(), 'receipt', ${other}, 1, 1, 'USD', 'c', true) RETURNING transaction_id
        )
        INSERT INTO transaction_details (transaction_id, owner, metadata)
        SELECT transaction_id, '', ${JSON.stringify(Metadata)}::text::json FROM operation`;
      begun.resolve();
      await holding.promise;
    });
    await begun.promise;
    await receive({ WalletId: other, Metadata });
    const reading = page({ metadataName: 'run', metadataValue: 'late' });
    holding.resolve();
    await request;
    expect((await reading).Transactions).toHaveLength(2);
  });

  test('is refused half of a pair, and what still has no index', async () => {
    const error = async (query: SearchQuery) =>
      (await refused(sql, handlers.searchTransactions, { query })).error;
    expect(await error({ metadataName: 'shop' })).toBe(
      'metadataName and metadataValue go together: give both, or none',
    );
    expect(await error({ kind: 'receipt' })).toBe(
      'no index finds that: give wallet, owner, reference, correlationId, or metadataName with metadataValue as well',
    );
  });
});
