import { describe, expect, test } from 'vitest';
import { addPending, book } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

describe('GET /operations/{walletId} with order=desc', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;

  const page = async (wallet: bigint, query: Record<string, string>): Promise<any> => {
    const { status, payload, text } = await call(handlers.listOperations, {
      path: { walletId: String(wallet) },
      query,
    });
    expect(status, text).toBe(200);
    return payload;
  };

  /** All pages of a list. */
  async function whole(wallet: bigint, query: Record<string, string>): Promise<any[]> {
    const all: any[] = [];
    let next: Record<string, string> = {};
    for (;;) {
      const { Operations, Next, Limit } = await page(wallet, { ...query, ...next });
      all.push(...Operations);
      if (Operations.length < Limit) return all;
      next = { after: Next };
    }
  }

  const booked = async (wallet: bigint, count: number, legs: readonly string[] = ['receipt']) =>
    await book(
      sql,
      wallet,
      Array.from({ length: count }, (_, n) => ({
        amount: BigInt(n + 1),
        at: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString(),
        leg: legs[n % legs.length] as 'receipt',
      })),
    );

  test.each([1, 2, 7, 19, 20, 21, 1000])(
    'is the list turned round, in pages of %i, among operations that are not listed',
    async (limit) => {
      const wallet = await system.wallet('USD');
      await booked(wallet, 60, ['receipt', 'hold', 'release', 'receipt', 'hold']);
      await addPending(sql, wallet, [1n, 2n, 3n]);
      const period = { from: '2026-01-01T00:00:00Z' };
      const oldest = await whole(wallet, { ...period, limit: '1000' });
      expect(oldest.length).toBeGreaterThan(20);
      expect(await whole(wallet, { ...period, order: 'desc', limit: String(limit) })).toEqual(
        oldest.toReversed(),
      );
    },
  );

  test('keeps to its period, which may be over', async () => {
    const wallet = await system.wallet('USD');
    await booked(wallet, 20);
    await addPending(sql, wallet, [1n, 2n]);
    const period = { from: '2026-01-01T00:03:00Z', to: '2026-01-01T00:10:00Z' };
    const got = await whole(wallet, { ...period, order: 'desc', limit: '3' });
    expect(got.map(({ Amount }) => Amount)).toEqual([10n, 9n, 8n, 7n, 6n, 5n, 4n]);
  });

  test('misses nothing that is settled between two pages, and tells it settled', async () => {
    const wallet = await system.wallet('USD');
    const body = (Amount: bigint) => ({ WalletId: wallet, Amount, Currency: 'USD' });
    for (let n = 1n; n <= 5n; n++) await call(handlers.receiveAmount, { body: body(n) });
    const first = await page(wallet, { order: 'desc', limit: '2' });
    expect(first.Operations.map(({ Amount, Status }: any) => [Amount, Status])).toEqual([
      [5n, 'new'],
      [4n, 'new'],
    ]);
    await system.settleAll();
    const rest = await whole(wallet, { order: 'desc', limit: '2', after: first.Next });
    expect(rest.map(({ Amount, Status }) => [Amount, Status])).toEqual(
      [5n, 4n, 3n, 2n, 1n].map((amount) => [amount, 'success']),
    );
  });

  test('does not move when something is booked meanwhile', async () => {
    const wallet = await system.wallet('USD');
    await booked(wallet, 9);
    const query = { from: '2026-01-01', order: 'desc', limit: '3' };
    const first = await page(wallet, query);
    await call(handlers.receiveAmount, { body: { WalletId: wallet, Amount: 99n, Currency: 'USD' } });
    await system.settleAll();
    const rest = await whole(wallet, { ...query, after: first.Next });
    expect([...first.Operations, ...rest].map(({ Amount }) => Amount)).toEqual(
      Array.from({ length: 9 }, (_, n) => BigInt(9 - n)),
    );
  });

  test('is empty for a wallet without operations, also where its page is continued', async () => {
    const wallet = await system.wallet('USD');
    const { Operations, Next } = await page(wallet, { order: 'desc' });
    expect(Operations).toEqual([]);
    expect((await page(wallet, { order: 'desc', after: Next })).Operations).toEqual([]);
  });

  test('is refused an offset, a cursor of the other order, and another word', async () => {
    const wallet = await system.wallet('USD');
    await booked(wallet, 5);
    const asked = (query: Record<string, string>) => ({ path: { walletId: String(wallet) }, query });
    const error = async (query: Record<string, string>) =>
      (await refused(sql, handlers.listOperations, asked(query))).error;
    const { Next } = await page(wallet, { from: '2026-01-01', limit: '2' });
    const { Next: newest } = await page(wallet, { from: '2026-01-01', limit: '2', order: 'desc' });
    expect(await error({ order: 'desc', offset: '1' })).toBe(
      'offset must not be given with order=desc: go on with after',
    );
    expect(await error({ order: 'desc', after: Next })).toBe(
      'after belongs to a page with order=asc: give this order, too',
    );
    expect(await error({ after: newest })).toBe(
      'after belongs to a page with order=desc: give this order, too',
    );
    expect(await error({ order: 'newest' })).toBe('order must be asc or desc, not "newest"');
  });
});
