import { describe, expect, test } from 'vitest';
import { parseRate } from '../../../lib/ledger/rate.ts';
import { addPending, book } from '../../support/system/book.ts';
import { tellStory } from '../../support/system/books.ts';
import { call } from '../../support/system/client.ts';
import { listRates } from '../../support/system/currencies.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const SHORT = 'type,amount,currency,created_at';
const ALL = `${SHORT},position,processed_at,transaction_id,leg,counterparty_id,status,reason,wallet_amount,wallet_currency,balance_after,reference,description,metadata`;

/** A time with all six digits after the point. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

type Line = Readonly<Record<string, string>>;

function linesOf(text: string): Line[] {
  const [header = '', ...lines] = text.split('\n');
  expect(lines.pop()).toBe('');
  const names = header.split(',');
  return lines.map((line) => {
    const values = line.split(',');
    expect(values).toHaveLength(names.length);
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  });
}

/** What converts to what, exactly and rounded down; independent of the code under test. */
const convert = (amount: bigint, from: bigint, to: bigint): bigint => (amount * from) / to;

describe('a statement: the file of a wallet that went through everything', async () => {
  const { sql } = await testDatabase();
  const { wallets } = await tellStory(sql);
  const { handlers } = testSystem(sql);
  const ids = Object.values(wallets);

  const file = async (wallet: bigint, query: Record<string, string> = {}) =>
    (await call(handlers.downloadOperations, { path: { walletId: String(wallet) }, query })).text;
  const statement = async (wallet: bigint, query: Record<string, string> = {}) =>
    linesOf(await file(wallet, { columns: 'all', ...query }));
  const rates = await listRates(handlers.getCurrencies);
  const rateOf = (name = ''): bigint => parseRate(rates[name] ?? '') ?? 0n;

  test('each line leads from one balance to the next, and the last to that of the wallet', async () => {
    const legs = new Set<string>();
    for (const wallet of ids) {
      const { payload } = await call(handlers.getWallet, { path: { walletId: String(wallet) } });
      let balance = 0n;
      let position = 0n;
      for (const line of await statement(wallet)) {
        const moved = BigInt(line['wallet_amount'] ?? '');
        balance += line['type'] === 'in' ? moved : -moved;
        expect([line['balance_after'], line['status'], line['wallet_currency']]).toEqual([
          String(balance),
          'success',
          payload.Currency,
        ]);
        expect(BigInt(line['position'] ?? '')).toBeGreaterThan(position);
        position = BigInt(line['position'] ?? '');
        expect([line['created_at'], line['processed_at']]).toEqual([
          expect.stringMatching(TIME),
          expect.stringMatching(TIME),
        ]);
        legs.add(line['leg'] ?? '');
      }
      expect(balance).toBe(payload.Balance);
    }
    expect([...legs].toSorted()).toEqual(['capture', 'credit', 'debit', 'payout', 'receipt', 'return']);
  });

  test.each(['USD', 'EUR', 'THB', 'RUB'])('its lines add up to the totals in %s', async (currency) => {
    for (const wallet of ids) {
      const { payload } = await call(handlers.totalOperations, {
        path: { walletId: String(wallet) },
        query: { currency },
      });
      const sums = { in: 0n, out: 0n };
      for (const line of linesOf(await file(wallet))) {
        const value = convert(BigInt(line['amount'] ?? ''), rateOf(line['currency']), rateOf(currency));
        sums[line['type'] as 'in' | 'out'] += value;
      }
      expect(payload).toEqual({ Currency: currency, AmountIn: sums.in, AmountOut: sums.out });
    }
  });

  test('the part of a period leads from its first balance to its last', async () => {
    const wallet = wallets.usd;
    const lines = await statement(wallet);
    const middle = lines[Math.floor(lines.length / 2)]?.['processed_at'] ?? '';
    const before = await statement(wallet, { to: middle });
    const after = await statement(wallet, { from: middle });
    expect([...before, ...after]).toEqual(lines);
    // A balance at a moment has what was booked then, and a period from there as well.
    const { payload } = await call(handlers.getWallet, {
      path: { walletId: String(wallet) },
      query: { at: new Date(Date.parse(before.at(-1)?.['processed_at'] ?? '') + 1).toISOString() },
    });
    expect(String(payload.Balance)).toBe(before.at(-1)?.['balance_after']);
  });

  test('with all statuses it is the list, field by field', async () => {
    const statuses = new Set<string>();
    for (const wallet of ids) {
      const { payload } = await call(handlers.listOperations, { path: { walletId: String(wallet) } });
      const currency = (await call(handlers.getWallet, { path: { walletId: String(wallet) } })).payload
        .Currency;
      const lines = await statement(wallet, { status: 'all' });
      const fields: [string, string][] = [
        ['type', 'Type'],
        ['amount', 'Amount'],
        ['currency', 'Currency'],
        ['position', 'Position'],
        ['transaction_id', 'TransactionId'],
        ['counterparty_id', 'CounterpartyId'],
        ['status', 'Status'],
        ['reason', 'Reason'],
        ['wallet_amount', 'WalletAmount'],
        ['balance_after', 'BalanceAfter'],
      ];
      expect(lines.map((line) => fields.map(([name]) => line[name]))).toEqual(
        payload.Operations.map((operation: Record<string, bigint | string | null>) =>
          fields.map(([, name]) => operation[name]?.toString() ?? ''),
        ),
      );
      expect(new Set(lines.map((line) => line['wallet_currency']))).toEqual(new Set([currency]));
      for (const [index, { created_at, processed_at, status }] of lines.entries()) {
        expect(created_at).toMatch(TIME);
        expect(processed_at).toMatch(status === 'new' ? /^$/ : TIME);
        const { CreatedAt, ProcessedAt } = payload.Operations[index];
        expect(Date.parse(created_at ?? '')).toBe(Date.parse(CreatedAt));
        if (ProcessedAt !== null) expect(Date.parse(processed_at ?? '')).toBe(Date.parse(ProcessedAt));
        statuses.add(status ?? '');
      }
    }
    expect([...statuses].toSorted()).toEqual(['decline', 'new', 'success']);
  });

  test('has no pending operations in a period that is over', async () => {
    for (const wallet of ids) {
      const lines = await statement(wallet, { status: 'all', to: new Date().toISOString() });
      expect(lines.every(({ status }) => status !== 'new')).toBe(true);
    }
  });

  test('with all columns begins each line as without', async () => {
    for (const wallet of ids) {
      for (const status of ['success', 'all']) {
        const short = (await file(wallet, { status })).split('\n');
        const all = (await file(wallet, { status, columns: 'all' })).split('\n');
        expect([short[0], all[0]]).toEqual([SHORT, ALL]);
        expect(all.map((line) => line.split(',').slice(0, 4).join(','))).toEqual(short);
      }
    }
  });
});

describe('the parameters of a file', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;

  test.each([
    ['status', 'decline', 'status must be success or all, not "decline"'],
    ['status', 'SUCCESS', 'status must be success or all, not "SUCCESS"'],
    ['status', 'success,all', 'status must be success or all, not "success,all"'],
    ['columns', 'everything', 'columns must be short or all, not "everything"'],
    ['columns', 'type,amount', 'columns must be short or all, not "type,amount"'],
  ])('%s=%s is refused with what would be right', async (name, value, error) => {
    await system.wallet('USD');
    const asked = { path: { walletId: '1' }, query: { [name]: value } };
    expect(await refused(sql, handlers.downloadOperations, asked)).toEqual({
      status: 400,
      code: 'invalid_field',
      error,
    });
  });

  test('are taken as they are by default', async () => {
    const wallet = await system.wallet('USD');
    const path = { walletId: String(wallet) };
    await system.receive(wallet, 5n, 'USD');
    await system.settleAll();
    const given = await call(handlers.downloadOperations, {
      path,
      query: { status: 'success', columns: 'short' },
    });
    expect(given.text).toBe((await call(handlers.downloadOperations, { path })).text);
  });

  test('change nothing of the times, which have six digits whatever they are', async () => {
    const wallet = await system.wallet('USD');
    const times = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:01.000001Z'];
    await book(
      sql,
      wallet,
      times.map((at) => ({ amount: 1n, at })),
    );
    const query = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', columns: 'all' };
    const { text } = await call(handlers.downloadOperations, { path: { walletId: String(wallet) }, query });
    const expected = [
      '2026-01-01T00:00:00.000000Z',
      '2026-01-01T00:00:00.500000Z',
      '2026-01-01T00:00:01.000001Z',
    ];
    expect(linesOf(text).map((line) => line['created_at'])).toEqual(expected);
    expect(linesOf(text).map((line) => line['processed_at'])).toEqual(expected);
  });

  test('may ask for more pending operations than are read at once', async () => {
    const wallet = await system.wallet('USD');
    const amounts = Array.from({ length: 20_001 }, (_, index) => BigInt(index + 1));
    await addPending(sql, wallet, amounts);
    const path = { walletId: String(wallet) };
    const { text } = await call(handlers.downloadOperations, { path, query: { status: 'all' } });
    expect(linesOf(text).map((line) => BigInt(line['amount'] ?? ''))).toEqual(amounts);
  });
});
