import { describe, expect, test } from 'vitest';
import { reconcileOnward } from '../../../lib/books/onward.ts';
import { call } from '../../support/system/client.ts';
import { refused } from '../../support/system/refused.ts';
import { declined, ruledSystem, SUCCESS } from '../../support/system/ruled.ts';

const MAX = 9_223_372_036_854_775_807n;

describe('a credit limit', () => {
  test('lets a balance go below zero, down to it and no further', async () => {
    const { first, limit, pay, hold, show, handlers, path, isRight, sql, other } = await ruledSystem();
    expect(await limit(first, { CreditLimit: 500 })).toMatchObject({ CreditLimit: 500n, SpendLimits: null });
    expect(await pay(1_400n)).toEqual(SUCCESS);
    expect(await show(first)).toMatchObject({ Balance: -400n, Available: 100n, CreditLimit: 500n });
    expect(await pay(101n)).toEqual(declined('insufficient_funds', 100n));
    expect(await hold(101n)).toMatchObject(declined('insufficient_funds', 100n));
    expect(await hold(60n)).toMatchObject(SUCCESS);
    expect(await pay(41n)).toEqual(declined('insufficient_funds', 40n));
    expect(await pay(40n)).toEqual(SUCCESS);
    expect(await show(first)).toMatchObject({ Balance: -440n, Available: 0n });
    expect(await refused(sql, handlers.limitWallet, { ...path(first), body: { CreditLimit: 499 } })).toEqual({
      status: 409,
      code: 'credit_in_use',
      error: 'CreditLimit must be at least 500: so much of it is used',
    });
    const { payload } = await call(handlers.listOperations, path(first));
    expect(payload.Operations.map(({ BalanceAfter }: any) => BalanceAfter)).toEqual([
      ...[1_000n, -400n, null, null, -440n],
    ]);
    const text = await call(handlers.getWallet, { ...path(first), headers: { prefer: 'amounts=string' } });
    expect(text.payload).toMatchObject({ Balance: '-440', CreditLimit: '500', Available: '0' });
    const now = { ...path(first), query: { at: new Date().toISOString() } };
    expect((await call(handlers.getWallet, now)).payload).toMatchObject({ Balance: -440n });
    expect(await show(other)).toMatchObject({ Balance: 1_440n });
    await isRight();
  });

  test('and the balance are an amount together, whatever comes in', async () => {
    const { sql, first, limit, get, handlers, path, show, isRight } = await ruledSystem();
    const tooMuch = { ...path(first), body: { CreditLimit: MAX } };
    expect(await refused(sql, handlers.limitWallet, tooMuch)).toMatchObject({
      status: 400,
      code: 'amount_out_of_range',
      error: `CreditLimit must be at most ${MAX - 1_000n}: with the balance it would exceed ${MAX}`,
    });
    await limit(first, { CreditLimit: MAX - 1_010n });
    expect(await get(11n)).toEqual(declined('balance_limit', 10n));
    expect(await get(10n)).toEqual(SUCCESS);
    expect(await show(first)).toMatchObject({ Available: MAX });
    await isRight();
  });

  test('may be as much as fits, however much was sent and came back or arrived', async () => {
    const { sql, first, other, limit, get, transfer, process, settleAll, handlers, path, isRight } =
      await ruledSystem();
    expect(await get(MAX - 1_000n)).toEqual(SUCCESS);
    await transfer(first, other, MAX - 3n, 'USD');
    const [wallet] = await sql`SELECT wallet_group AS group FROM wallets WHERE id = ${first}`;
    await process([{ walletId: first, group: wallet?.['group'], deduplicationId: 'x', correlationId: 'c' }]);
    const tooMuch = { ...path(first), body: { CreditLimit: 1n } };
    expect(await refused(sql, handlers.limitWallet, tooMuch)).toMatchObject({ code: 'amount_out_of_range' });
    await settleAll();
    expect(await limit(first, { CreditLimit: MAX - 3n })).toMatchObject({ CreditLimit: MAX - 3n });
    await isRight();
  });

  test('is used by what may come back, too', async () => {
    const { first, other, limit, pay, get, show, isRight } = await ruledSystem();
    await limit(first, { CreditLimit: 500 });
    await limit(other, { BalanceLimit: 1_200 });
    expect(await pay(1_300n)).toEqual(declined('balance_limit', 1_200n));
    expect(await show(first)).toMatchObject({ Balance: 1_000n });
    expect(await pay(1_200n)).toEqual(SUCCESS);
    expect(await get(5n)).toEqual(SUCCESS);
    expect(await show(first)).toMatchObject({ Balance: -195n });
    await isRight();
  });
});

describe('a limit of spending', () => {
  test('of an operation is asked of payments and holds, in the wallet’s currency', async () => {
    const { first, limit, pay, hold, get, isRight } = await ruledSystem();
    await limit(first, { SpendLimits: { PerOperation: 100 } });
    expect(await pay(101n)).toEqual(declined('operation_limit', 100n));
    expect(await pay(92n, 'EUR')).toEqual(declined('operation_limit', 100n));
    expect(await pay(91n, 'EUR')).toEqual(SUCCESS);
    expect(await hold(101n)).toMatchObject(declined('operation_limit', 100n));
    expect(await get(500n)).toEqual(SUCCESS);
    await isRight();
  });

  test('of a day counts what was spent before, what holds reserve, and captures once', async () => {
    const { first, limit, pay, hold, capture, show, isRight } = await ruledSystem();
    expect(await pay(30n)).toEqual(SUCCESS);
    const { SpendLimits } = await limit(first, { SpendLimits: { PerDay: 100, PerMonth: 1_000 } });
    expect(SpendLimits).toEqual({
      ...{ PerOperation: null, PerDay: 100n, PerMonth: 1_000n, SpentToday: 30n, SpentThisMonth: 30n },
    });
    const { HoldId } = await hold(50n);
    expect(await pay(21n)).toEqual(declined('daily_limit', 20n));
    expect(await hold(21n)).toMatchObject(declined('daily_limit', 20n));
    expect(await capture(HoldId)).toEqual(SUCCESS);
    expect(await pay(21n)).toEqual(declined('daily_limit', 20n));
    expect(await pay(20n)).toEqual(SUCCESS);
    expect((await show(first)).SpendLimits).toMatchObject({ SpentToday: 100n, SpentThisMonth: 100n });
    await limit(first, { SpendLimits: { PerDay: null, PerMonth: 120 } });
    expect(await pay(21n)).toMatchObject({ Reason: 'monthly_limit', Available: 20n });
    await isRight();
  });

  test('of a day begins anew with the next one, that of a month does not', async () => {
    const { sql, first, limit, pay, show, isRight } = await ruledSystem();
    await limit(first, { SpendLimits: { PerDay: 100, PerMonth: 150 } });
    await sql`
      UPDATE wallet_limits SET spent_on = spent_on - 1, spent_day = 100, spent_month = 100
      WHERE extract(day FROM spent_on) > 1`;
    const isFirst = new Date().getUTCDate() === 1;
    expect((await show(first)).SpendLimits).toMatchObject({
      ...{ SpentToday: 0n, SpentThisMonth: isFirst ? 0n : 100n },
    });
    if (isFirst) return;
    expect(await pay(51n)).toEqual(declined('monthly_limit', 50n));
    expect(await pay(50n)).toEqual(SUCCESS);
    expect((await show(first)).SpendLimits).toMatchObject({ SpentToday: 50n, SpentThisMonth: 150n });
    await sql`UPDATE wallet_limits SET spent_month = 50`;
    await isRight();
  });

  test('neither asks refunds nor is freed by them, nor by money that comes back', async () => {
    const { first, other, limit, freeze, transfer, settleAll, refund, show, pay, sql, isRight } =
      await ruledSystem();
    const paid = await transfer(first, other, 60n, 'USD');
    await settleAll();
    await limit(first, { SpendLimits: { PerDay: 100 } });
    await limit(other, { SpendLimits: { PerOperation: 1, PerDay: 1 } });
    expect(await refund(paid)).toEqual(SUCCESS);
    await freeze(other, 'in');
    expect(await pay(30n)).toEqual(declined('wallet_frozen'));
    expect((await show(first)).SpendLimits).toMatchObject({ SpentToday: 90n });
    expect((await show(other)).SpendLimits).toMatchObject({ SpentToday: 0n });
    const [receipt] = await sql`SELECT transaction_id AS id FROM operations WHERE leg = 'receipt'`;
    expect(await refund(receipt?.['id'])).toEqual(SUCCESS);
    expect((await show(first)).SpendLimits).toMatchObject({ SpentToday: 90n });
    await isRight();
  });

  test('is proven by the books from the middle of a day on', async () => {
    const { sql, first, limit, pay, settleAll } = await ruledSystem();
    await limit(first, { SpendLimits: { PerDay: 100 } });
    expect(await pay(60n)).toEqual(SUCCESS);
    const sizes = { operations: 100, wallets: 100 };
    expect(await reconcileOnward(sql, 60, undefined, sizes)).toMatchObject({ isClean: true });
    await limit(first, { SpendLimits: { PerDay: 1_000 } });
    expect(await pay(50n)).toEqual(SUCCESS);
    await settleAll();
    await sql`ALTER TABLE wallet_changes DISABLE TRIGGER ALL`;
    await sql`UPDATE wallet_changes SET per_day = 100`;
    const { checks } = await reconcileOnward(sql, 60, undefined, sizes);
    expect(checks.find(({ name }) => name === 'limits')?.rows).toMatchObject([
      { walletId: first.toString(), expected: 'at most 100', actual: '110' },
    ]);
  });

  test('is kept by operations that are settled together', async () => {
    const { first, other, limit, transfer, settleAll, show, isRight } = await ruledSystem();
    await limit(first, { SpendLimits: { PerDay: 100 } });
    for (let n = 0; n < 5; n++) await transfer(first, other, 30n, 'USD');
    await settleAll();
    expect((await show(first)).SpendLimits).toMatchObject({ SpentToday: 90n });
    expect(await show(first)).toMatchObject({ Balance: 910n });
    await isRight();
  });

  test('is removed by null, one by one or all, and what was left out stays', async () => {
    const { sql, first, limit, pay, show } = await ruledSystem();
    await limit(first, { CreditLimit: 7, BalanceLimit: 5_000, SpendLimits: { PerDay: 1, PerMonth: '2' } });
    await limit(first, { SpendLimits: { PerDay: null } });
    expect(await show(first)).toMatchObject({
      CreditLimit: 7n,
      BalanceLimit: 5_000n,
      SpendLimits: { PerOperation: null, PerDay: null, PerMonth: 2n },
    });
    await limit(first, { SpendLimits: null });
    expect(await show(first)).toMatchObject({ BalanceLimit: 5_000n, SpendLimits: null });
    await limit(first, { CreditLimit: null, BalanceLimit: null });
    expect(await show(first)).toMatchObject({ CreditLimit: 0n, BalanceLimit: null });
    expect(await sql`SELECT FROM wallet_limits`).toHaveLength(0);
    expect(await pay(900n)).toEqual(SUCCESS);
  });
});

describe('a balance limit', () => {
  test('declines what would exceed it, and counts what may come back', async () => {
    const { sql, first, other, limit, get, transfer, process, settleAll, isRight } = await ruledSystem();
    await limit(first, { BalanceLimit: 1_100 });
    expect(await get(101n)).toEqual(declined('balance_limit', 100n));
    await transfer(first, other, 300n, 'USD');
    const [row] = await sql`SELECT wallet_group AS group FROM wallets WHERE id = ${first}`;
    const wakeUp = { walletId: first, group: row?.['group'], deduplicationId: 'x', correlationId: 'c' };
    await process([wakeUp]);
    expect(await get(101n)).toEqual(declined('balance_limit', 100n));
    await settleAll();
    expect(await get(401n)).toEqual(declined('balance_limit', 400n));
    expect(await get(400n)).toEqual(SUCCESS);
    await isRight();
  });
});

describe('a request for limits', () => {
  test.each([
    [{ CreditLimit: -1 }, 'CreditLimit must be a whole number of millionths of a unit from 0 to'],
    [{ BalanceLimit: 1.5 }, 'BalanceLimit must be a whole number'],
    [{ SpendLimits: 5 }, 'SpendLimits must be an object of PerOperation, PerDay and PerMonth, or null'],
    [{ SpendLimits: { PerDay: 'x' } }, 'SpendLimits.PerDay must be a whole number'],
    [{ SpendLimits: { PerYear: 5 } }, 'SpendLimits.PerYear is not a known field'],
    [{ Limit: 5 }, 'Limit is not a known field'],
  ])('that is wrong is told why: %j', async (body, sentence) => {
    const { sql, first, handlers, path } = await ruledSystem();
    const { status, code, error } = await refused(sql, handlers.limitWallet, { ...path(first), body });
    expect([status, code]).toEqual([400, 'invalid_field']);
    expect(error).toContain(sentence);
  });

  test('is done once for its key', async () => {
    const { first, limit, handlers, path } = await ruledSystem();
    const asked = { ...path(first), body: { CreditLimit: 5 }, headers: { 'idempotency-key': 'k' } };
    const once = await call(handlers.limitWallet, asked);
    await limit(first, { CreditLimit: 6 });
    expect(await call(handlers.limitWallet, asked)).toMatchObject({ status: 200, text: once.text });
    expect(await limit(first, {})).toMatchObject({ CreditLimit: 6n });
  });
});
