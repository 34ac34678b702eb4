import { expect, expectTypeOf, test } from 'vitest';
import type { Story } from '../../../client/generated/api.ts';
import { stubbedClient } from '../../support/client/stubbed.ts';

test('transactions.story gives all digits of what is known of a transaction', async () => {
  const body =
    '{"payload":{"CorrelationId":"c","Entries":[{"WalletId":9007199254740993,"Amount":-90071992547409931}],"Legs":[{"BalanceBefore":9007199254740993}]}}';
  const { ps, seen } = await stubbedClient([{ text: body }], { maxRetries: 0 });
  const story = await ps.transactions.story('t-1');
  expectTypeOf(story).toEqualTypeOf<Story>();
  expect(story).toMatchObject({
    Entries: [{ WalletId: 9_007_199_254_740_993n, Amount: -90_071_992_547_409_931n }],
    Legs: [{ BalanceBefore: 9_007_199_254_740_993n }],
  });
  expect(seen.map(({ method, url }) => [method, url])).toEqual([['GET', '/transaction/t-1/story']]);
});
