import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../lib/ledger/money.ts';
import { formatRate } from '../../../lib/ledger/rate.ts';
import { MAX } from '../../support/constants.ts';
import { addPending, book } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { notAllowed } from '../../support/system/currencies.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const NAMES = ['USD', 'EUR', 'RUB', 'TINY', 'HUGE'];
const LEGS = ['receipt', 'debit', 'credit', 'return'] as const;
const STATUSES = ['success', 'success', 'decline', 'new'] as const;

interface Row {
  readonly leg: (typeof LEGS)[number];
  readonly status: (typeof STATUSES)[number];
  readonly amount: bigint;
  readonly currency: string;
}

const amounts = fc.oneof(
  fc.bigInt({ min: 1n, max: 1_000n }),
  fc.bigInt({ min: 1n, max: MAX }),
  fc.constant(MAX),
);
const rows: fc.Arbitrary<Row> = fc
  .record({
    leg: fc.constantFrom(...LEGS),
    status: fc.constantFrom(...STATUSES),
    amount: amounts,
    currency: fc.constantFrom(...NAMES),
  })
  .filter(({ leg, status }) => !(leg === 'return' && status === 'decline'));
const rates = fc.tuple(...NAMES.slice(1).map(() => fc.bigInt({ min: 1n, max: 10n ** 21n })));

describe('GET /operations/total/{walletId}', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;

  const setRates = async (given: readonly bigint[]): Promise<Map<string, bigint>> => {
    const table = new Map(NAMES.slice(1).map((name, index) => [name, given[index] ?? 1n]));
    const json = [...table].map(([name, rate]) => `"${name}": ${formatRate(rate)}`);
    await call(handlers.updateCurrencies, { text: `{"Rates": {${json}}}` });
    return table.set('USD', 10n ** 12n);
  };

  const walletWith = async (given: readonly Row[], at = '2026-01-01T12:00:00Z'): Promise<bigint> => {
    const wallet = await system.wallet('USD');
    const isPending = ({ status }: Row) => status === 'new';
    await book(
      sql,
      wallet,
      given.flatMap(({ status, ...row }) => (status === 'new' ? [] : [{ ...row, status, at }])),
    );
    await addPending(
      sql,
      wallet,
      given.filter(isPending).map(({ amount }) => amount),
    );
    return wallet;
  };
  const total = async (wallet: bigint, query: Record<string, string> = { from: '2026-01-01T00:00:00Z' }) =>
    await call(handlers.totalOperations, { path: { walletId: String(wallet) }, query });

  test('adds up the successes as convert does one by one, in any currency', async () => {
    await fc.assert(
      fc.asyncProperty(
        rates,
        fc.array(rows, { maxLength: 30 }),
        fc.constantFrom(...NAMES),
        async (given, list, name) => {
          const table = await setRates(given);
          const wallet = await walletWith(list);
          const rateOf = (currency: string): bigint => table.get(currency) ?? 0n;
          const sum = (isOut: boolean): bigint =>
            list
              .filter(({ leg, status }) => status === 'success' && (leg === 'debit') === isOut)
              .reduce(
                (all, row) => all + convert(row.amount, rateOf(row.currency), rateOf(name), 'down'),
                0n,
              );
          const { status, payload } = await total(wallet, { from: '2026-01-01T00:00:00Z', currency: name });
          expect(status).toBe(200);
          expect(payload).toEqual({ Currency: name, AmountIn: sum(false), AmountOut: sum(true) });
        },
      ),
      { numRuns: 40 },
    );
  });

  const receipt = (amount: bigint, currency: string, status: Row['status'] = 'success'): Row => ({
    leg: 'receipt',
    status,
    amount,
    currency,
  });

  test('rounds each operation by itself, not their sum', async () => {
    await setRates([3n * 10n ** 12n, 10n ** 12n, 1n, 1n]);
    const wallet = await walletWith([receipt(2n, 'USD'), receipt(2n, 'USD'), receipt(5n, 'USD')]);
    expect((await total(wallet, { from: '2026-01-01T00:00:00Z', currency: 'EUR' })).payload).toEqual({
      Currency: 'EUR',
      AmountIn: 1n,
      AmountOut: 0n,
    });
  });

  test('is in USD by default, keeps every digit, and may have more than 64 bits', async () => {
    const wallet = await walletWith([
      receipt(MAX, 'USD'),
      receipt(9_007_199_254_740_993n, 'USD'),
      receipt(MAX, 'USD'),
    ]);
    const { text } = await total(wallet);
    expect(text).toBe(
      `{"payload":{"Currency":"USD","AmountIn":${2n * MAX + 9_007_199_254_740_993n},"AmountOut":0}}`,
    );
  });

  test('is nothing without operations, and counts none that is pending or declined', async () => {
    const nothing = { Currency: 'USD', AmountIn: 0n, AmountOut: 0n };
    expect((await total(await walletWith([]))).payload).toEqual(nothing);
    const wallet = await walletWith([receipt(5n, 'USD', 'new'), receipt(5n, 'USD', 'decline')]);
    expect((await total(wallet)).payload).toEqual(nothing);
  });

  test('counts times from the first on and before the last, and the last month by default', async () => {
    const wallet = await walletWith([receipt(5n, 'USD')]);
    const at = '2026-01-01T12:00:00Z';
    const sumOf = async (query: Record<string, string>) => (await total(wallet, query)).payload.AmountIn;
    expect(await sumOf({ from: at, to: '2026-01-01T12:00:00.000001Z' })).toBe(5n);
    expect(await sumOf({ from: '2026-01-01T00:00:00Z', to: at })).toBe(0n);
    const old = await walletWith([receipt(5n, 'USD')], '2000-01-01T00:00:00Z');
    expect((await total(old, {})).payload.AmountIn).toBe(0n);
  });

  test('still counts operations of a currency that was withdrawn since', async () => {
    await setRates([2n * 10n ** 12n, 1n, 1n, 1n]);
    const wallet = await walletWith([receipt(5n, 'EUR')]);
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'EUR'`;
    expect((await total(wallet)).payload.AmountIn).toBe(10n);
  });

  test.each(['XXX', 'usd', 'EUR,USD', "USD'--", 'USD\0'])(
    'refuses the currency %j with the sentence that callers know',
    async (currency) => {
      const asked = { path: { walletId: String(await system.wallet('USD')) }, query: { currency } };
      expect(await refused(sql, handlers.totalOperations, asked)).toEqual({
        status: 400,
        code: 'currency_not_allowed',
        error: notAllowed(currency),
      });
    },
  );

  test('refuses a withdrawn currency, and takes an empty one for none', async () => {
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'RUB'`;
    const path = { walletId: String(await system.wallet('USD')) };
    const withdrawn = await refused(sql, handlers.totalOperations, { path, query: { currency: 'RUB' } });
    expect(withdrawn.error).toBe(notAllowed('RUB'));
    const empty = await call(handlers.totalOperations, { path, query: { currency: '' } });
    expect(empty).toMatchObject({ status: 200, payload: { Currency: 'USD' } });
  });
});
