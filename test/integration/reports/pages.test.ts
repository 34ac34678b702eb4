import { describe, expect, test } from 'vitest';
import { shownTime } from '../../../lib/wire/time.ts';
import { MAX } from '../../support/constants.ts';
import { addPending, book } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const PERIOD = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };

describe('the pages of GET /operations/{walletId}', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;

  /** Books receipts of 1, 2, 3 …, three at a time. */
  const receive = async (wallet: bigint, count: number, from = PERIOD.from): Promise<void> => {
    const at = (n: number) => new Date(Date.parse(from) + Math.floor(n / 3)).toISOString();
    await book(
      sql,
      wallet,
      Array.from({ length: count }, (_, n) => ({ amount: BigInt(n + 1), at: at(n) })),
    );
  };
  const walletWith = async (count: number): Promise<bigint> => {
    const wallet = await system.wallet('USD');
    await receive(wallet, count);
    return wallet;
  };
  const asked = (wallet: bigint, query: Record<string, string> = {}) => ({
    path: { walletId: String(wallet) },
    query,
  });
  const page = async (wallet: bigint, query: Record<string, string>) =>
    (await call(handlers.listOperations, asked(wallet, query))).payload;
  const cursorOf = async (wallet: bigint): Promise<string> =>
    (await page(wallet, { ...PERIOD, limit: '2' })).Next;

  test.each([1, 2, 5, 19, 20, 21, 1000])('of %i are the same by cursor and by offset', async (limit) => {
    const wallet = await walletWith(20);
    let query: Record<string, string> = PERIOD;
    let seen = 0;
    for (let offset = 0; offset < 20 + limit; offset += limit) {
      const byOffset = await page(wallet, { ...PERIOD, limit: String(limit), offset: String(offset) });
      const byCursor = await page(wallet, { limit: String(limit), ...query });
      expect(byCursor).toEqual({ ...byOffset, Offset: 0n });
      expect(byCursor.Operations).toHaveLength(Math.max(0, Math.min(limit, 20 - offset)));
      seen += byCursor.Operations.length;
      query = { after: byCursor.Next };
    }
    expect(seen).toBe(20);
  });

  /** Every page from a query on, until one is empty. */
  const readOn = async (wallet: bigint, first: Record<string, string>, limit: number) => {
    const seen: { Position: bigint | null; Amount: bigint }[] = [];
    for (let query = first; ; ) {
      const { Operations, Next } = await page(wallet, { ...query, limit: String(limit) });
      seen.push(...Operations);
      if (Operations.length === 0) return { seen, Next: Next as string };
      query = { after: Next };
    }
  };

  test.each([1, 3, 1000])('of %i have the pending operations at their end, by id', async (limit) => {
    const wallet = await walletWith(4);
    await addPending(sql, wallet, [50n, 40n, 60n]);
    const { from } = PERIOD;
    const { seen } = await readOn(wallet, { from }, limit);
    expect(seen.map(({ Position, Amount }) => [Position, Amount])).toEqual([
      ...[1n, 2n, 3n, 4n].map((n) => [n, n]),
      ...[50n, 40n, 60n].map((amount) => [null, amount]),
    ]);
    for (let offset = 0; offset <= 7; offset++) {
      const query = { from, limit: String(limit), offset: String(offset) };
      expect((await page(wallet, query)).Operations).toEqual(seen.slice(offset, offset + limit));
    }
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect((await readOn(wallet, { from, to: future }, limit)).seen).toEqual(seen);
    expect((await readOn(wallet, { from, to: new Date().toISOString() }, limit)).seen).toHaveLength(4);
  });

  test('neither repeat nor lose an operation, though others are booked before each', async () => {
    const wallet = await system.wallet('USD');
    const hourAgo = Date.now() - 3_600_000;
    await receive(wallet, 50, new Date(hourAgo).toISOString());
    let query: Record<string, string> = {};
    const seen: bigint[] = [];
    for (let more = 0; more < 30; more++) {
      const { Operations, Next, From } = await page(wallet, { ...query, limit: '7' });
      seen.push(...Operations.map(({ Position }: { Position: bigint }) => Position));
      query = { after: Next };
      expect((await page(wallet, query)).From).toBe(From);
      if (more < 10) await receive(wallet, 2, new Date().toISOString());
    }
    expect(seen).toEqual(Array.from({ length: 70 }, (_, n) => BigInt(n + 1)));
  });

  test('go on from the end of a list, also of an empty one, whenever operations come', async () => {
    const wallet = await system.wallet('USD');
    let { Operations, Next } = await page(wallet, {});
    expect(Operations).toEqual([]);
    for (let n = 1n; n <= 3n; n++) {
      await book(sql, wallet, [{ amount: n, at: new Date().toISOString() }]);
      ({ Operations, Next } = await page(wallet, { after: Next }));
      expect(Operations).toMatchObject([{ Position: n, Amount: n, Status: 'success' }]);
      expect((await page(wallet, { after: Next })).Operations).toEqual([]);
    }
  });

  test('give a pending operation once, and again with its position when it is settled', async () => {
    const wallet = await walletWith(2);
    await addPending(sql, wallet, [50n]);
    const { seen, Next } = await readOn(wallet, { from: PERIOD.from }, 2);
    expect(seen).toMatchObject([{}, {}, { Position: null, Amount: 50n, Status: 'new' }]);
    await addPending(sql, wallet, [60n]);
    await book(sql, wallet, [{ amount: 50n, at: new Date().toISOString() }]);
    expect((await readOn(wallet, { after: Next }, 2)).seen).toMatchObject([
      { Position: 3n, Amount: 50n, Status: 'success' },
      { Position: null, Amount: 60n, Status: 'new' },
    ]);
  });

  test('begin in the period that a cursor of an empty list names, though operations came before it', async () => {
    const wallet = await walletWith(3);
    const from = new Date(Date.now() - 1_000).toISOString();
    const to = new Date(Date.now() + 86_400_000).toISOString();
    const { Next } = await page(wallet, { from, to });
    await book(sql, wallet, [{ amount: 7n, at: new Date(Date.now() - 60_000).toISOString() }]);
    await book(sql, wallet, [{ amount: 8n, at: new Date().toISOString() }]);
    const { Operations, To } = await page(wallet, { after: Next });
    expect([Operations.map(({ Amount }: { Amount: bigint }) => Amount), To]).toEqual([[8n], shownTime(to)]);
  });

  const HOLDS = ['hold', 'release'] as const;
  test.each([
    ['here and there', (n: number) => n % 3 === 0],
    ['between long stretches of holds', (n: number) => n % 150 === 149],
    ['behind a stretch of holds', (n: number) => n > 300],
    ['before a stretch of holds', (n: number) => n < 9],
    ['nowhere', () => false],
  ])('have operations that moved money, which are %s', async (_where, isListed) => {
    const wallet = await system.wallet('USD');
    const all = Array.from({ length: 400 }, (_, n) => ({
      amount: BigInt(n + 1),
      at: new Date(Date.parse(PERIOD.from) + n).toISOString(),
      leg: isListed(n) ? ('receipt' as const) : (HOLDS[n % 2] ?? 'hold'),
    }));
    await book(sql, wallet, all);
    const expected = all.filter((_, n) => isListed(n)).map(({ amount }) => amount);
    for (const limit of [1, 2, 7, 1000]) {
      const { seen } = await readOn(wallet, PERIOD, limit);
      expect(seen.map(({ Position }) => Position)).toEqual(expected);
      for (const offset of [0, 1, 5, 98, 99, 132, 133, 134]) {
        const byOffset = await page(wallet, { ...PERIOD, limit: String(limit), offset: String(offset) });
        expect(byOffset.Operations).toEqual(seen.slice(offset, offset + limit));
      }
    }
  });

  test('go on from a cursor whatever else its page repeats of the first', async () => {
    const wallet = await walletWith(5);
    const after = await cursorOf(wallet);
    const expected = await page(wallet, { after });
    expect(await page(wallet, { after, ...PERIOD })).toEqual(expected);
    const sameFrom = '2026-01-01T02:00:00+02:00';
    expect(await page(wallet, { after, from: sameFrom, offset: '0' })).toEqual(expected);
  });

  test('are refused to the cursor of another wallet', async () => {
    const [wallet, other] = [await walletWith(5), await walletWith(5)];
    const after = await cursorOf(other);
    expect(await refused(sql, handlers.listOperations, asked(wallet, { after }))).toMatchObject({
      status: 400,
      code: 'invalid_field',
      error: `after must be the Next of a page of wallet ${wallet}`,
    });
  });

  test('are refused to the cursor of another period', async () => {
    const wallet = await walletWith(5);
    const after = await cursorOf(wallet);
    for (const query of [
      { from: PERIOD.to },
      { to: PERIOD.from },
      { ...PERIOD, to: '2026-01-03T00:00:00Z' },
    ]) {
      const refusal = await refused(sql, handlers.listOperations, asked(wallet, { after, ...query }));
      expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
      expect(refusal.error).toBe(
        `after belongs to a page from ${shownTime(PERIOD.from)} to ${shownTime(PERIOD.to)}: leave out from and to, or give these`,
      );
    }
  });

  test('are refused to a cursor and an offset at once', async () => {
    const wallet = await walletWith(5);
    const query = { after: await cursorOf(wallet), offset: '1' };
    expect((await refused(sql, handlers.listOperations, asked(wallet, query))).error).toBe(
      'offset must not be given with after',
    );
  });

  test('are refused a time of its end to the cursor of a list without one', async () => {
    const wallet = await walletWith(5);
    const { Next, To, From } = await page(wallet, { from: PERIOD.from });
    expect((await refused(sql, handlers.listOperations, asked(wallet, { after: Next, to: To }))).error).toBe(
      `after belongs to a page from ${From} without to: leave out from and to, or give these`,
    );
  });

  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [from, to] = [PERIOD.from, PERIOD.to];
  test.each([
    ' ',
    'x',
    'null',
    '%00',
    "1'--",
    'x'.repeat(10_000),
    encoded(null),
    encoded({}),
    encoded(['1', from, to, '1']),
    encoded(['1', from, to, '01', '0']),
    encoded(['1', from, to, '-1', '0']),
    encoded([1, from, to, 1, 1]),
    encoded(['1', from, "now'", '1', '1']),
    encoded(['1', from, 'infinity', '1', '1']),
    encoded(['1', null, to, '1', '1']),
    encoded(['1', from, to, '1', null]),
    encoded(['1', from, to, '1', '1', 'more']),
    encoded(['1', from, to, '1', String(MAX)]),
    encoded(['1', from, to, String(MAX), '1']),
    `${encoded(['1', from, to, '1', '1'])}=`,
  ])('are refused to the broken cursor %j', async (after) => {
    const refusal = await refused(sql, handlers.listOperations, asked(1n, { after }));
    expect(refusal).toMatchObject({
      status: 400,
      code: 'invalid_field',
      error: 'after must be the Next of an earlier page',
    });
  });

  test('of a cursor beyond the journal are empty, not a failure', async () => {
    const wallet = await walletWith(5);
    for (const parts of [
      [from, to, String(MAX - 1n), '0'],
      [from, to, '9', String(MAX - 1n)],
      [from, null, String(MAX - 1n), '0'],
    ]) {
      const { status, payload } = await call(
        handlers.listOperations,
        asked(wallet, { after: encoded([wallet.toString(), ...parts]) }),
      );
      expect([status, payload.Operations]).toEqual([200, []]);
    }
  });
});
