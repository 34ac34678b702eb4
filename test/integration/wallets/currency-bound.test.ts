import { describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { listRates } from '../../support/system/currencies.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

describe('the bound of 1000 currencies', () => {
  const names = (count: number, letter: string) =>
    Array.from({ length: count }, (_, index) => `"${letter}${String(index).padStart(3, '0')}": 1.5`).join();

  const bounded = async () => {
    const { sql, open } = await testDatabase();
    const { handlers } = testSystem(sql);
    const update = (rates: string) => call(handlers.updateCurrencies, { text: `{"Rates": {${rates}}}` });
    const listed = async () => (await call(handlers.getCurrencies)).payload.Currencies;
    return { sql, open, handlers, update, listed, rates: () => listRates(handlers.getCurrencies) };
  };

  test('takes 1000 rates at once, names of 3 to 12 of A-Z and 0-9, and USD as 1', async () => {
    const { handlers, rates } = await bounded();
    const update = (text: string) => call(handlers.updateCurrencies, { text });
    const many = Array.from({ length: 997 }, (_, index) => `"M${String(index).padStart(3, '0')}": 1.5`);
    const text = `{"Rates": {"USD": 1, "1IN": 2, "ABCDEFGHIJKL": 3, ${many}}}`;
    expect((await update(text)).status).toBe(200);
    expect(await rates()).toMatchObject({ USD: '1', '1IN': '2', ABCDEFGHIJKL: '3', M996: '1.5' });
  });

  test('refuses one more with all that came with it, and updates the others also when it is reached', async () => {
    const { sql, handlers, update, listed } = await bounded();
    expect((await update(names(999, 'M'))).status).toBe(200);
    const text = '{"Rates": {"M000": 7, "NEW": 2, "NEWER": 3}}';
    expect(await refused(sql, handlers.updateCurrencies, { text })).toEqual({
      status: 409,
      code: 'too_many_currencies',
      error: 'there may be at most 1000 currencies, not 1002',
    });
    expect(await update('"M000": 7, "USD": 1')).toMatchObject({ status: 200, payload: {} });
    const currencies = await listed();
    expect(currencies).toHaveLength(1_000);
    expect(currencies[0]).toMatchObject({ Name: 'M000', Rate: 7n });
  });

  test('counts withdrawn currencies', async () => {
    const { sql, handlers, update } = await bounded();
    await update(names(999, 'M'));
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'M000'`;
    const refusal = await refused(sql, handlers.updateCurrencies, { text: '{"Rates": {"NEW": 2}}' });
    expect(refusal.code).toBe('too_many_currencies');
    expect((await update('"M000": 2')).status).toBe(200);
  });

  test('holds for updates at once', async () => {
    const { update, listed } = await bounded();
    await update(names(899, 'M'));
    const replies = await Promise.all(['A', 'B', 'C', 'D'].map((letter) => update(names(60, letter))));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
    expect(await listed()).toHaveLength(960);
  });

  test('is kept by the database, too, for statements at once', async () => {
    const { open, update, listed } = await bounded();
    await update(names(998, 'M'));
    const inserts = await Promise.allSettled(
      ['AAA', 'BBB', 'CCC'].map((name) => open()`INSERT INTO currencies (name, rate) VALUES (${name}, 1)`),
    );
    expect(inserts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await listed()).toHaveLength(1_000);
  });

  test('keeps its refusal with the Idempotency-Key', async () => {
    const { handlers, update } = await bounded();
    await update(names(999, 'M'));
    const request = { text: '{"Rates": {"NEW": 2}}', headers: { 'Idempotency-Key': 'one' } };
    for (const replayed of [undefined, 'true']) {
      const { status, headers } = await call(handlers.updateCurrencies, request);
      expect([status, headers['idempotency-replayed']]).toEqual([409, replayed]);
    }
  });
});
