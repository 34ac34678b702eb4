import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { idsOf, type SearchQuery, searcher } from '../../support/system/search.ts';
import { testSystem } from '../../support/system/system.ts';

describe('GET /transactions by correlation id', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  let [a, b]: [bigint, bigint] = [0n, 0n];

  const headersOf = (id: string | undefined): Record<string, string> =>
    id === undefined ? {} : { 'X-Correlation-Id': id };
  const post = async (name: keyof typeof handlers, body: object, id?: string, path = {}) => {
    const answer = await call(handlers[name], { body, path, headers: headersOf(id) });
    expect(answer.status, answer.text).toBe(200);
    return answer;
  };
  const receive = async (id?: string, settles = true): Promise<string> => {
    const { payload } = await post('receiveAmount', { WalletId: a, Amount: 100n, Currency: 'USD' }, id);
    if (settles) await system.settleAll();
    return payload.TransactionId;
  };

  const { page, whole } = searcher(handlers.searchTransactions);
  const found = async (correlationId: string, more: SearchQuery = {}): Promise<string[]> =>
    idsOf(await whole({ correlationId, ...more }));

  /** Records a receipt of a correlation id in a transaction that stays open until its end is asked for. */
  async function receiveSlowly(id: string) {
    const slow = open();
    const transactionId = randomUUID();
    const inserted = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const ended = slow.begin(async (tx) => {
      await tx`
        INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, correlation_id)
        SELECT ${transactionId}::uuid, 'receipt', id, wallet_group, 1, 'USD', ${id} FROM wallets WHERE id = ${a}`;
      inserted.resolve();
      await asked.promise;
    });
    await inserted.promise;
    const commit = async (): Promise<void> => {
      asked.resolve();
      await ended;
    };
    return { transactionId, commit };
  }

  beforeAll(async () => {
    await system.setRates();
    [a, b] = [await system.wallet('USD'), await system.wallet('EUR')];
    await receive();
  });

  test('finds what a request made that brought none, by the one in its reply, whether it is settled or not', async () => {
    const { payload, headers } = await post('receiveAmount', { WalletId: a, Amount: 1n, Currency: 'USD' });
    const id = headers['x-correlation-id'] ?? '';
    expect(await found(id)).toEqual([payload.TransactionId]);
    await system.settleAll();
    expect(await found(id)).toEqual([payload.TransactionId]);
  });

  test('finds all that a batch made that brought none', async () => {
    const Operations = [1n, 2n, 3n].map((Amount) => ({ WalletId: a, Amount, Currency: 'USD' }));
    const { payload, headers } = await post('acceptOperations', { Operations });
    const ids = payload.Results.map(({ TransactionId }: any) => TransactionId);
    const id = headers['x-correlation-id'] ?? '';
    expect(await found(id)).toEqual(ids);
    await system.settleAll();
    expect(await found(id, { limit: '2' })).toEqual(ids);
  });

  test('finds nothing by the id of another transaction of a batch than its first', async () => {
    const Operations = [1n, 2n].map((Amount) => ({ WalletId: a, Amount, Currency: 'USD' }));
    const { payload } = await post('acceptOperations', { Operations });
    expect(await found(payload.Results[1].TransactionId)).toEqual([]);
  });

  test('is stored with operations of requests that brought one alone, and told by the story of each', async () => {
    const transfer = { OriginWalletId: a, TargetWalletId: b, Amount: 10n, Currency: 'USD' };
    const sent = [await post('transferAmount', transfer), await post('transferAmount', transfer, 'order-18')];
    await system.settleAll();
    for (const { payload, headers } of sent) {
      const { TransactionId } = payload;
      const stored = await sql<{ id: string | null }[]>`
        SELECT correlation_id AS id FROM operations WHERE transaction_id = ${TransactionId}::uuid`;
      const brought = headers['x-correlation-id'] === 'order-18' ? 'order-18' : null;
      expect([...stored]).toEqual([{ id: brought }, { id: brought }]);
      const story = await call(handlers.getStory, { path: { transactionId: TransactionId } });
      expect(story.payload.CorrelationId).toBe(headers['x-correlation-id']);
    }
  });

  test('finds everything that requests with the same one made, once each, in their order or against it', async () => {
    const id = 'order-17/a';
    const receipt = await receive(id);
    const transfer = { OriginWalletId: a, TargetWalletId: b, Amount: 10n, Currency: 'USD' };
    const { payload: sent } = await post('transferAmount', transfer, id);
    await system.settleAll();
    const refund = { TransactionId: sent.TransactionId, Amount: 2n };
    const { payload: refunded } = await post('refundTransaction', refund, id);
    await system.settleAll();
    const { payload: held } = await post('holdAmount', { WalletId: a, Amount: 5n, Currency: 'USD' }, id);
    await system.settleAll();
    const capture = { TargetWalletId: b, Amount: 3n };
    const { payload: captured } = await post('captureHold', capture, id, { holdId: held.HoldId });
    await system.settleAll();
    const Transfers = [transfer, { ...transfer, OriginWalletId: b, TargetWalletId: a, Amount: 1n }];
    const { payload: linked } = await post('linkTransfers', { Transfers }, id);
    const pending = await receive(id, false);
    const all = [
      ...[receipt, sent.TransactionId, refunded.TransactionId, held.HoldId, captured.TransactionId],
      ...[linked.TransactionId, pending],
    ];
    const distinct = [...new Set(all)];
    for (const limit of ['1', '3', '100']) {
      expect([limit, [...new Set(await found(id, { limit }))]]).toEqual([limit, distinct]);
      expect([limit, new Set(await found(id, { limit, order: 'desc' }))]).toEqual([limit, new Set(distinct)]);
    }
    expect(await found(id, { limit: '100' })).toEqual(distinct);
    await system.settleAll();
    expect(await found(id)).toEqual(distinct);
    expect(await found(id, { kind: 'refund' })).toEqual([refunded.TransactionId]);
    expect(await found(id, { wallet: String(b), kind: 'receipt' })).toEqual([]);
  });

  test('does not take a transaction for that of a request only because its id is the correlation id', async () => {
    const given = await receive('order-18');
    expect(await found(given)).toEqual([]);
    const other = await receive(given);
    expect(await found(given)).toEqual([other]);
  });

  test('finds nothing under what nobody gave, and refuses what nobody can give', async () => {
    expect(await found('nobody')).toEqual([]);
    expect(await found(randomUUID())).toEqual([]);
    for (const wrong of ['two words', 'ü', 'x'.repeat(129)]) {
      const refusal = await refused(sql, handlers.searchTransactions, { query: { correlationId: wrong } });
      expect([wrong, refusal.error]).toEqual([
        wrong,
        expect.stringContaining('correlationId must be 1 to 128 visible ASCII characters'),
      ]);
    }
  });

  test('gives one that is committed late to whoever goes on from the end', async () => {
    const id = 'late-at-the-end';
    const late = await receiveSlowly(id);
    const early = await receive(id, false);
    const first = await page({ correlationId: id });
    expect(first).toMatchObject({ Transactions: [{ TransactionId: early }], More: false });
    await late.commit();
    expect(await found(id, { after: first.Next })).toEqual([late.transactionId, early]);
  });

  test('passes over none that is committed late within the list', async () => {
    const id = 'late-within';
    const late = await receiveSlowly(id);
    const rest = [await receive(id, false), await receive(id, false)];
    const listed = found(id, { limit: '1' });
    await late.commit();
    expect(await listed).toEqual([late.transactionId, ...rest]);
  });
});
