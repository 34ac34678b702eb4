import { describe, expect, test } from 'vitest';
import { getOverview } from '../../../functions/overview.ts';
import { createReconciler } from '../../../functions/reconcile.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { addPending } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('GET /overview', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const overview = async () => (await call(system.handlers.getOverview, {})).payload;

  test('tells of a system in which nothing happened yet', async () => {
    const period = { Succeeded: 0n, Declined: 0n, PerSecond: 0n, P50: null, P95: null, Declines: [] };
    expect(await overview()).toMatchObject({
      ...{ Hour: period, Day: period, Money: [], DeadLetters: 0n, Books: null, Webhooks: null },
      Pending: { OldestSeconds: null, Count: 0n, IsCountExact: true },
    });
  });

  test('tells at once of what was settled, of the money and of what is pending', async () => {
    await system.setRates();
    const [a, b] = [await system.wallet('USD'), await system.wallet('EUR')];
    await system.receive(a, 9_007_199_254_740_993n, 'USD');
    await system.settleAll();
    await system.transfer(b, a, 1n, 'EUR');
    await system.transfer(a, b, 993n, 'USD');
    await system.settleAll();
    await addPending(sql, a, [5n]);
    await sql`UPDATE pending_operations SET created_at = now() - interval '90 seconds'`;
    const { Hour, Day, Minutes, Money, Pending } = await overview();
    expect(Hour).toMatchObject({ Succeeded: 3n, Declined: 1n });
    expect(Hour.Declines).toEqual([{ Reason: 'insufficient_funds', Count: 1n }]);
    expect(Number(Hour.P95)).toBeGreaterThanOrEqual(Number(Hour.P50));
    expect(Day).toMatchObject({ Succeeded: 3n, Declined: 1n });
    expect(Minutes).toHaveLength(60);
    expect(Minutes.reduce((sum: bigint, minute: any) => sum + minute.Succeeded, 0n)).toBe(3n);
    expect(Money).toEqual([
      { Currency: 'EUR', InWallets: await system.balance(b), InTransit: 0n },
      { Currency: 'USD', InWallets: 9_007_199_254_740_000n, InTransit: 0n },
    ]);
    expect(Pending).toMatchObject({ Count: 1n, IsCountExact: true });
    expect(Number(Pending.OldestSeconds)).toBeGreaterThanOrEqual(90);
    const text = await call(system.handlers.getOverview, { headers: { prefer: 'amounts=string' } });
    expect(text.text).toContain('"InWallets":"9007199254740000","InTransit":"0"');
  });

  test('tells of what is in transit', async () => {
    const c = await system.wallet('USD');
    await system.receive(c, 100n, 'USD');
    await system.settleAll();
    const to = await system.wallet('EUR');
    await system.transfer(c, to, 60n, 'EUR');
    await system.process(system.queue.sent.splice(0, 1));
    expect((await overview()).Money).toMatchObject([
      { Currency: 'EUR', InTransit: 60n },
      { Currency: 'USD' },
    ]);
    await system.settleAll();
    expect((await overview()).Money).toMatchObject([{ Currency: 'EUR', InTransit: 0n }, { Currency: 'USD' }]);
  });

  test('tells of the last check of the books', async () => {
    await createReconciler({ sql })();
    expect((await overview()).Books).toMatchObject({ Result: 'clean', Faults: 0n });
    await sql`UPDATE wallets SET balance = balance + 1 WHERE id = 1`;
    await createReconciler({ sql })({ Full: true });
    expect((await overview()).Books).toMatchObject({ Result: 'faults', Faults: 3n });
  });

  test('does without the dead letters if their queue does not answer', async () => {
    const handler = getOverview({ sql, apiKeys: 'off', countLetters: () => Promise.resolve(null) });
    expect((await call(handler, { route: 'GET /overview' })).payload.DeadLetters).toBeNull();
  });

  test('counts no more than 10,000 pending operations, and then tells the age that the relay saw', async () => {
    const behind = await system.wallet('USD');
    await addPending(
      sql,
      1n,
      Array.from({ length: 10_001 }, (_, n) => BigInt(n + 1)),
    );
    await addPending(sql, behind, [5n]);
    await sql`UPDATE pending_operations SET created_at = now() - interval '1 hour' WHERE wallet_id = ${behind}`;
    const pending = async () => (await overview()).Pending;
    expect(await pending()).toMatchObject({ Count: 10_000n, IsCountExact: false });
    expect(Number((await pending()).OldestSeconds)).toBeLessThan(3_000);
    await relayOnce(system.deps);
    expect(Number((await pending()).OldestSeconds)).toBeGreaterThanOrEqual(3_600);
  });
});
