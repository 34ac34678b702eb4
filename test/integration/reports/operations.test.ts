import { describe, expect, test } from 'vitest';
import { MAX, TIME } from '../../support/constants.ts';
import { addPending, book, bookRows } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { prepare } from '../../support/system/prepare.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const DAY = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };

/** A settled receipt, by when it was booked and what tells it from others. */
type Given = readonly [at: string, amount: bigint];

describe('the reports on a wallet', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();

  const walletWith = async (given: readonly Given[]): Promise<bigint> => {
    const wallet = await system.wallet('USD');
    await book(
      sql,
      wallet,
      given.map(([at, amount]) => ({ at, amount })),
    );
    return wallet;
  };
  const list = async (wallet: bigint, query: Record<string, string> = {}) =>
    (await call(handlers.listOperations, { path: { walletId: String(wallet) }, query })).payload;
  const amounts = async (wallet: bigint, query: Record<string, string> = {}): Promise<bigint[]> =>
    (await list(wallet, query)).Operations.map(({ Amount }: { Amount: bigint }) => Amount);
  const download = async (wallet: bigint, query: Record<string, string> = {}) =>
    await call(handlers.downloadOperations, { path: { walletId: String(wallet) }, query });

  test('cover times from the first on and before the last, to the microsecond', async () => {
    const wallet = await walletWith([
      ['2025-12-31T23:59:59.999999Z', 1n],
      ['2026-01-01T00:00:00Z', 2n],
      ['2026-01-01T23:59:59.999999Z', 3n],
      ['2026-01-02T00:00:00Z', 4n],
    ]);
    expect(await amounts(wallet, DAY)).toEqual([2n, 3n]);
    expect((await download(wallet, DAY)).text.split('\n').slice(1, -1)).toEqual([
      'in,2,EUR,2026-01-01T00:00:00.000000Z',
      'in,3,EUR,2026-01-01T23:59:59.999999Z',
    ]);
    expect(await amounts(wallet, { from: DAY.from, to: DAY.from })).toEqual([]);
    expect(await amounts(wallet, { from: DAY.from, to: '2026-01-01T00:00:00.000001Z' })).toEqual([2n]);
    expect(await amounts(wallet, { from: DAY.to, to: '2026-01-03T00:00:00Z' })).toEqual([4n]);
  });

  test('cover from one month ago until now by default, and say so', async () => {
    const day = 86_400_000;
    const ago = (days: number) => new Date(Date.now() - days * day).toISOString();
    const wallet = await walletWith([
      [ago(33), 1n],
      [ago(27), 2n],
      [ago(1), 3n],
    ]);
    const [before] = await sql`SELECT now() AS now`;
    const { From, To, Operations } = await list(wallet);
    const [after] = await sql`
      SELECT now() AS now, ${To}::timestamptz BETWEEN ${before?.['now']}::timestamptz AND now() AS "isNow",
        ${From}::timestamptz = ${To}::timestamptz - interval '1 month' AS "isMonth"`;
    expect(after).toMatchObject({ isNow: true, isMonth: true });
    expect(Operations.map(({ Amount }: { Amount: bigint }) => Amount)).toEqual([2n, 3n]);
    expect((await download(wallet)).text.split('\n')).toHaveLength(4);
  });

  test('take only one of the bounds, too', async () => {
    const wallet = await walletWith([['2020-02-29T12:00:00Z', 5n]]);
    expect(await amounts(wallet, { from: '2020-01-01T00:00:00Z' })).toEqual([5n]);
    expect(await amounts(wallet)).toEqual([]);
    const future = new Date(Date.now() + 40 * 86_400_000).toISOString();
    expect(
      (
        await refused(sql, handlers.listOperations, {
          path: { walletId: String(wallet) },
          query: { from: future },
        })
      ).error,
    ).toMatch(/^from \(.*\) must not be after the default to, which is now \(.*\)$/);
    expect((await list(wallet, { to: future })).To).toBe(future.replace('Z', '000Z'));
  });

  test('list in the order of booking, and page over that one list', async () => {
    const at = '2026-01-01T12:00:00.000001Z';
    const wallet = await walletWith([
      ['2026-01-01T11:00:00Z', 3n],
      [at, 2n],
      [at, 4n],
      [at, 1n],
      ['2026-01-01T12:00:00.000002Z', 5n],
      ['2026-01-01T13:00:00Z', 6n],
    ]);
    const whole = [3n, 2n, 4n, 1n, 5n, 6n];
    expect(await amounts(wallet, DAY)).toEqual(whole);
    for (let limit = 1; limit <= 7; limit++) {
      const paged: bigint[] = [];
      for (let offset = 0; offset < 7; offset += limit) {
        const page = await list(wallet, { ...DAY, limit: String(limit), offset: String(offset) });
        expect([page.Limit, page.Offset]).toEqual([BigInt(limit), BigInt(offset)]);
        paged.push(...page.Operations.map(({ Amount }: { Amount: bigint }) => Amount));
      }
      expect(paged).toEqual(whole);
    }
    expect((await download(wallet, DAY)).text).toMatch(
      /^type.*\nin,3,.*\nin,2,.*\nin,4,.*\nin,1,.*\nin,5,.*\nin,6,.*\n$/,
    );
  });

  test('list 1000 operations by default, and at most', async () => {
    const wallet = await walletWith(
      Array.from({ length: 1_001 }, (_, index) => [DAY.from, BigInt(index + 1)]),
    );
    const page = await list(wallet, DAY);
    expect([page.Operations.length, page.Limit, page.Offset]).toEqual([1_000, 1_000n, 0n]);
    expect(await amounts(wallet, { ...DAY, offset: '1000' })).toEqual([1_001n]);
    expect(await amounts(wallet, { ...DAY, offset: '1000000000' })).toEqual([]);
    expect((await download(wallet, DAY)).text.split('\n')).toHaveLength(1_003);
  });

  test('repeat the bounds that they covered, so that they can be asked for again', async () => {
    const wallet = await walletWith([['2026-01-01T12:00:00Z', 1n]]);
    const first = await list(wallet, {
      from: '2026-01-01T02:00:00.5+02:00',
      to: '2026-01-01T23:00:00-01:00',
    });
    expect([first.From, first.To]).toEqual(['2026-01-01T00:00:00.500000Z', '2026-01-02T00:00:00.000000Z']);
    expect(await list(wallet, { from: first.From, to: first.To })).toEqual(first);
    const now = await list(wallet);
    const again = await list(wallet, { from: now.From, to: now.To });
    // The cursor of a period that ends is another one than that of a list that goes on.
    expect({ ...again, Next: now.Next }).toEqual(now);
    expect(again.Next).not.toBe(now.Next);
  });

  test('show every operation of the wallet with what became of it, and of no other wallet', async () => {
    const [wallet, other] = [await system.wallet('USD'), await system.wallet('EUR')];
    await system.receive(wallet, 2_000_000n, 'USD');
    await system.transfer(wallet, other, 1_000_000n, 'EUR');
    await system.transfer(wallet, other, MAX, 'EUR');
    await system.settleAll();
    await system.receive(wallet, 7n, 'EUR');
    const { Operations } = await list(wallet);
    expect(Operations.map(({ Position }: { Position: bigint | null }) => Position)).toEqual([
      1n,
      2n,
      3n,
      null,
    ]);
    const settled = {
      WalletId: wallet,
      ProcessedAt: expect.stringMatching(TIME),
      CreatedAt: expect.stringMatching(TIME),
    };
    expect(Operations).toMatchObject([
      {
        ...settled,
        Type: 'in',
        Amount: 2_000_000n,
        Status: 'success',
        BalanceAfter: 2_000_000n,
        CounterpartyId: null,
      },
      {
        ...settled,
        Type: 'out',
        Amount: 1_000_000n,
        Currency: 'EUR',
        WalletAmount: 1_093_809n,
        CounterpartyId: other,
      },
      { ...settled, Type: 'out', Status: 'decline', Reason: 'insufficient_funds', WalletAmount: null },
      { Type: 'in', Amount: 7n, Status: 'new', Reason: null, ProcessedAt: null, BalanceAfter: null },
    ]);
    expect((await list(other)).Operations).toMatchObject([
      { Type: 'in', Amount: 1_000_000n, CounterpartyId: wallet },
    ]);
    const csv = await download(wallet);
    const types = csv.text.split('\n').map((line) => line.split(',').slice(0, 3).join());
    expect(types).toEqual(['type,amount,currency', 'in,2000000,USD', 'out,1000000,EUR', '']);
  });

  test('come as a CSV file named report.csv, which has its header even without operations', async () => {
    const { status, headers, text } = await download(await walletWith([]));
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/csv\b/);
    expect(headers['content-disposition']).toMatch(/^attachment; *filename="?report\.csv"?$/);
    expect(text).toBe('type,amount,currency,created_at\n');
  });

  test('come as a file of what moved money, without what is pending, declined or about a hold', async () => {
    const wallet = await system.wallet('USD');
    const at = DAY.from;
    await book(sql, wallet, [
      { amount: 1n, at, leg: 'hold' },
      { amount: 2n, at, leg: 'receipt' },
      { amount: 3n, at, leg: 'receipt', status: 'decline' },
      { amount: 4n, at, leg: 'release' },
      { amount: 5n, at, leg: 'debit' },
      { amount: 6n, at, leg: 'return' },
    ]);
    await addPending(sql, wallet, [7n]);
    const { text } = await download(wallet, { from: DAY.from });
    expect(text.split('\n').map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'type,amount',
      'in,2',
      'out,5',
      'in,6',
      '',
    ]);
  });

  test('come as a file of many pages without a line lost or doubled, though times are equal', async () => {
    const wallet = await system.wallet('USD');
    await prepare(sql, (tx) =>
      bookRows(
        tx,
        wallet,
        tx`SELECT n AS amount, ${DAY.from}::timestamptz + (n / 4000) * interval '1 second' AS at, 'receipt' AS leg,
          'success' AS status, 'EUR' AS currency, n AS number FROM generate_series(1, 15001) AS n`,
      ),
    );
    const lines = (await download(wallet, DAY)).text.split('\n').slice(1, -1);
    expect(lines.map((line) => Number(line.split(',')[1]))).toEqual(
      Array.from({ length: 15_001 }, (_, i) => i + 1),
    );
  });
});
