import { expect, test } from 'vitest';
import type { StubReply } from '../../support/client/stub-server.ts';
import { stubbedClient } from '../../support/client/stubbed.ts';

const start = (...replies: readonly StubReply[]) => stubbedClient(replies, { maxRetries: 0 });

test('wallets.history gives all digits of a balance over a period', async () => {
  const text = '{"payload":{"Balance":-9007199254740993,"Points":[{"Balance":9007199254740993}]}}';
  const { ps, seen } = await start({ text });
  const history = await ps.wallets.history({ walletId: 7n, from: '2026-01-01', points: 10 });
  expect(history).toEqual({
    Balance: -9_007_199_254_740_993n,
    Points: [{ Balance: 9_007_199_254_740_993n }],
  });
  expect(seen.map(({ url }) => url)).toEqual(['/wallet/7/history?from=2026-01-01&points=10']);
});

test('currencies.history goes on with the Next of each page, and gives rates as decimal text', async () => {
  const page = (rate: string, next: string | null) => ({
    text: `{"payload":{"Currency":"EUR","Rates":[{"Rate":${rate},"SetAt":"t"}],"Next":${JSON.stringify(next)}}}`,
  });
  const { ps, seen } = await start(page('1.0938090001', 'earlier'), page('1', null));
  const rates: unknown[] = [];
  for await (const { Rate } of ps.currencies.history({ currency: 'EUR', limit: 1 })) rates.push(Rate);
  expect(rates).toEqual(['1.0938090001', '1']);
  expect(seen.map(({ url }) => url)).toEqual([
    '/currency/EUR/rates?limit=1',
    '/currency/EUR/rates?limit=1&to=earlier',
  ]);
});
