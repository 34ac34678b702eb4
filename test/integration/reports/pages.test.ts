import { describe, expect, test } from 'vitest';
import { MAX } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const PERIOD = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };

describe('the pages of GET /operations/{walletId}', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;

  /** Adds receipts of 1, 2, 3 … whose times go up and down, three at each. */
  const receive = async (wallet: bigint, count: number, from = PERIOD.from): Promise<void> => {
    await sql`
      INSERT INTO operations (transaction_id, leg, wallet_id, amount, currency, correlation_id, created_at)
      SELECT gen_random_uuid(), 'receipt', ${wallet}, n, 'USD', 'c',
        ${from}::timestamptz + n % 7 / 3 * interval '1 microsecond' FROM generate_series(1, ${count}::int) AS n`;
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
    let next: string | null = null;
    let offset = 0;
    do {
      const byOffset = await page(wallet, { ...PERIOD, limit: String(limit), offset: String(offset) });
      const byCursor = await page(wallet, {
        limit: String(limit),
        ...(next === null ? PERIOD : { after: next }),
      });
      expect(byCursor).toEqual({ ...byOffset, Offset: 0n });
      expect(byCursor.Next === null).toBe(offset + limit >= 20);
      next = byCursor.Next;
      offset += limit;
    } while (next !== null);
    expect(offset).toBeGreaterThanOrEqual(20);
  });

  test('neither repeat nor lose an operation while others are recorded', async () => {
    const wallet = await system.wallet('USD');
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    await receive(wallet, 50, hourAgo);
    const whole = await page(wallet, {});
    const seen = [];
    let query: Record<string, string> = { limit: '7' };
    for (;;) {
      const { Operations, Next, From, To } = await page(wallet, query);
      seen.push(...Operations);
      if (Next === null) break;
      query = { limit: '7', after: Next };
      expect((await page(wallet, query)).From).toBe(From);
      expect((await page(wallet, query)).To).toBe(To);
      await system.receive(wallet, 1n, 'USD');
      // One that comes late, before where the pages are: it moves every offset, but no cursor.
      await receive(wallet, 1, new Date(Date.now() - 7_200_000).toISOString());
    }
    expect(seen).toEqual(whole.Operations);
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
        `after belongs to a page from ${PERIOD.from} to ${PERIOD.to}: leave out from and to, or give these`,
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

  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [from, to] = [PERIOD.from, PERIOD.to];
  test.each([
    '',
    'x',
    'null',
    '%00',
    "1'--",
    'x'.repeat(10_000),
    encoded(null),
    encoded({}),
    encoded(['1', from, to, from]),
    encoded(['1', from, to, from, '0']),
    encoded([1, from, to, from, 1]),
    encoded(['1', from, to, "now'", '1']),
    encoded(['1', from, to, 'infinity', '1']),
    encoded(['1', from, to, null, '1']),
    encoded(['1', from, to, from, '1', 'more']),
    encoded(['1', from, to, from, String(MAX + 1n)]),
    `${encoded(['1', from, to, from, '1'])}=`,
  ])('are refused to the broken cursor %j', async (after) => {
    const refusal = await refused(sql, handlers.listOperations, asked(1n, { after }));
    expect(refusal).toMatchObject({
      status: 400,
      code: 'invalid_field',
      error: 'after must be the Next of an earlier page',
    });
  });
});
