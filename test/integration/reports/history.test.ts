import { describe, expect, test } from 'vitest';
import { type Booked, book } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const { sql } = await testDatabase();
const system = testSystem(sql);
const { handlers } = system;
await system.setRates();

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (minute: number) => new Date(START + minute * 60_000).toISOString().replace('Z', '000Z');

/** A wallet with operations, one a minute from the first on; those that are named were declined. */
async function walletWith(count: number, declined: readonly number[] = []): Promise<bigint> {
  const wallet = await system.wallet('EUR');
  const operations = Array.from({ length: count }, (_, index): Booked => {
    const number = index + 1;
    const status = declined.includes(number) ? 'decline' : 'success';
    return { amount: BigInt(number * 10), at: at(number), status };
  });
  await book(sql, wallet, operations);
  return wallet;
}

async function ask(walletId: bigint, query: Record<string, string>): Promise<any> {
  const asked = { path: { walletId: String(walletId) }, query };
  const { status, payload, text } = await call(handlers.getHistory, asked);
  expect(status, text).toBe(200);
  return payload;
}

const pointsOf = ({ Points }: any): [bigint, bigint][] =>
  Points.map(({ Position, Balance }: any) => [Position, Balance]);

describe('GET /wallet/{walletId}/history', async () => {
  const wallet = await walletWith(10, [4]);

  test('has every operation of a short period, and the balance before it', async () => {
    expect(await ask(wallet, { from: at(3), to: at(7), points: '4' })).toEqual({
      ...{ WalletId: wallet, Currency: 'EUR', From: at(3), To: at(7), IsSampled: false, Balance: 20n },
      Points: [
        { At: at(3), Balance: 30n, Position: 3n },
        { At: at(5), Balance: 50n, Position: 5n },
        { At: at(6), Balance: 60n, Position: 6n },
      ],
    });
  });

  test('begins with nothing before the first operation, and ends with the last balance', async () => {
    const { Balance, Points } = await ask(wallet, { from: at(0) });
    expect([Balance, Points.at(-1).Balance, Points.length]).toEqual([0n, await system.balance(wallet), 9]);
  });

  test('is sampled evenly where there are more operations than points, with the last one', async () => {
    const many = await walletWith(1_003);
    const history = await ask(many, { from: at(0), to: at(2_000), points: '10' });
    expect([history.IsSampled, history.Balance]).toEqual([true, 0n]);
    expect(pointsOf(history).map(([position]) => position)).toEqual([
      ...[100n, 200n, 300n, 401n, 501n, 601n, 702n, 802n, 902n, 1_003n],
    ]);
    for (const [position, balance] of pointsOf(history)) expect(balance).toBe(position * 10n);
    const zoomed = await ask(many, { from: at(500), to: at(505), points: '10' });
    expect([zoomed.IsSampled, zoomed.Balance]).toEqual([false, 4_990n]);
    expect(pointsOf(zoomed)).toEqual([500n, 501n, 502n, 503n, 504n].map((n) => [n, n * 10n]));
  });

  test('takes the success before an operation that was declined, and none after too many of them', async () => {
    const from = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const declining = await walletWith(300, [...from(95, 100), ...from(160, 200)]);
    const history = await ask(declining, { from: at(0), to: at(1_000), points: '3' });
    expect(pointsOf(history)).toEqual([
      [94n, 940n],
      [300n, 3_000n],
    ]);
  });

  test('has no point in a period without operations, and its balance', async () => {
    const quiet = await ask(wallet, { from: '2026-03-01', to: '2026-03-02' });
    expect([quiet.Points, quiet.Balance, quiet.IsSampled]).toEqual([[], 100n, false]);
    const fresh = await ask(await system.wallet('USD'), {});
    expect([fresh.Points, fresh.Balance, fresh.Currency]).toEqual([[], 0n, 'USD']);
  });

  test('agrees with what settling wrote', async () => {
    const settled = await system.wallet('USD');
    for (const amount of [9_007_199_254_740_993n, 5n]) await system.receive(settled, amount, 'USD');
    await system.settleAll();
    expect(pointsOf(await ask(settled, {}))).toEqual([
      [1n, 9_007_199_254_740_993n],
      [2n, 9_007_199_254_740_998n],
    ]);
  });

  test.each([
    [{ points: '1' }, 400, 'points must be a whole number from 2 to 1000, not "1"'],
    [{ points: '1001' }, 400, 'points must be a whole number from 2 to 1000, not "1001"'],
    [{ from: 'x' }, 400, 'from must be a time in RFC 3339, such as 2026-01-31T12:00:00Z, not "x"'],
  ])('refuses %j', async (query, status, error) => {
    const asked = { path: { walletId: String(wallet) }, query: query as Record<string, string> };
    expect(await refused(sql, handlers.getHistory, asked)).toMatchObject({ status, error });
  });

  test('refuses a wallet that is unknown', async () => {
    const asked = { path: { walletId: '999' } };
    expect(await refused(sql, handlers.getHistory, asked)).toEqual({
      ...{ status: 404, code: 'wallet_not_found', error: 'no wallet with id: 999' },
    });
  });
});
