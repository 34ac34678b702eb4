import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Operation, Wallet } from '../../../client/generated/api.ts';
import type { SeenRequest, StubReply } from '../../support/client/stub-server.ts';
import { stubbedClient } from '../../support/client/stubbed.ts';

const start = (reply: (request: SeenRequest) => StubReply) => stubbedClient(reply);

const urlsOf = (seen: readonly SeenRequest[]) => seen.map(({ url }) => url);

/** So many wallets in all, in pages of `limit`. */
const walletsUpTo = (last: bigint) => (request: SeenRequest) => {
  const query = new URL(request.url, 'http://stub').searchParams;
  const [limit, after] = [BigInt(query.get('limit') ?? 100), BigInt(query.get('after') ?? 0)];
  const end = after + limit < last ? after + limit : last;
  const Wallets = Array.from({ length: Number(end - after) }, (_, index) => ({
    WalletID: String(after + BigInt(index) + 1n),
  }));
  return { body: { payload: { Wallets, Next: end < last ? String(end) : null } } };
};

describe('the list of wallets', () => {
  test('comes one by one over all pages, in order', async () => {
    const { ps, seen } = await start(walletsUpTo(7n));
    const ids: bigint[] = [];
    for await (const wallet of ps.wallets.list({ limit: 3 })) {
      expectTypeOf(wallet).toEqualTypeOf<Wallet>();
      ids.push(wallet.WalletID);
    }
    expect(ids).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
    expect(urlsOf(seen)).toEqual([
      '/wallets?limit=3',
      '/wallets?limit=3&after=3',
      '/wallets?limit=3&after=6',
    ]);
  });

  test('goes on from where the caller says', async () => {
    const { ps } = await start(walletsUpTo(7n));
    const { Wallets, Next } = await ps.wallets.list({ limit: 2, after: 4n }).page();
    expect([Wallets.map(({ WalletID }) => WalletID), Next]).toEqual([[5n, 6n], 6n]);
  });

  test('reads no page that nobody wants', async () => {
    const { ps, seen } = await start(walletsUpTo(1_000n));
    for await (const { WalletID } of ps.wallets.list({ limit: 10 })) if (WalletID === 10n) break;
    expect(seen).toHaveLength(1);
  });

  test('can be read twice', async () => {
    const { ps, seen } = await start(walletsUpTo(1n));
    const list = ps.wallets.list();
    for (let time = 0; time < 2; time++) for await (const { WalletID } of list) expect(WalletID).toBe(1n);
    expect(urlsOf(seen)).toEqual(['/wallets', '/wallets']);
  });
});

describe('the list of operations', () => {
  const pageOf = (length: number, Limit: number, Next: string) => ({
    body: {
      payload: {
        Operations: Array.from({ length }, () => ({ Amount: '9007199254740993' })),
        ...{ Limit, Offset: 0, From: 'f', To: 't', Next },
      },
    },
  });

  test('ends with the first page that is not full, though each has a cursor', async () => {
    const { ps, seen } = await start(({ url }) =>
      url.includes('after=b') ? pageOf(1, 2, 'c') : pageOf(2, 2, url.includes('after=a') ? 'b' : 'a'),
    );
    const amounts: bigint[] = [];
    const query = { walletId: 7n, from: '2026-01-01', to: '2026-02-01T00:00:00+01:00', limit: 2 };
    for await (const operation of ps.operations.list(query)) {
      expectTypeOf(operation).toEqualTypeOf<Operation>();
      amounts.push(operation.Amount);
    }
    expect(amounts).toEqual(Array(5).fill(9007199254740993n));
    expect(urlsOf(seen)).toEqual([
      '/operations/7?from=2026-01-01&to=2026-02-01T00%3A00%3A00%2B01%3A00&limit=2',
      '/operations/7?limit=2&after=a',
      '/operations/7?limit=2&after=b',
    ]);
  });

  test('keeps its order from page to page', async () => {
    const { ps, seen } = await start(({ url }) => pageOf(url.includes('after') ? 1 : 2, 2, 'a'));
    for await (const _page of ps.operations.list({ walletId: 7n, limit: 2, order: 'desc' }).pages());
    expect(urlsOf(seen)).toEqual([
      '/operations/7?limit=2&order=desc',
      '/operations/7?limit=2&order=desc&after=a',
    ]);
  });

  test('ends with an empty page, and gives the cursor to come back with', async () => {
    const { ps } = await start(({ url }) => (url.includes('after') ? pageOf(0, 2, 'b') : pageOf(2, 2, 'a')));
    const cursors: string[] = [];
    for await (const { Next } of ps.operations.list({ walletId: 7n, limit: 2 }).pages()) cursors.push(Next);
    expect(cursors).toEqual(['a', 'b']);
    const page = await ps.operations.list({ walletId: 7n, limit: 2, after: 'b' }).page();
    expect(page.Operations).toEqual([]);
  });
});
