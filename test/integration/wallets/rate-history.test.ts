import { describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const { sql } = await testDatabase();
const { handlers } = testSystem(sql);

const set = async (rates: string) => await call(handlers.updateCurrencies, { text: `{"Rates": ${rates}}` });

async function ask(currency: string, query: Record<string, string> = {}): Promise<any> {
  const { status, payload, text } = await call(handlers.getRates, { path: { currency }, query });
  expect(status, text).toBe(200);
  return payload;
}

const ratesOf = ({ Rates }: any): string[] => Rates.map(({ Rate }: any) => String(Rate));

describe('GET /currency/{currency}/rates', async () => {
  for (const rate of ['1.1', '1.1', '1.2', '0.000000000001', '1.2'])
    await set(`{"EUR": ${rate}, "RUB": 0.01}`);

  test('lists the rates that a currency had, the newest first, each change once', async () => {
    const rates = await ask('EUR');
    expect(rates).toMatchObject({ Currency: 'EUR', Next: null });
    expect(ratesOf(rates)).toEqual(['1.2', '0.000000000001', '1.2', '1.1']);
    expect(ratesOf(await ask('RUB'))).toEqual(['0.01']);
  });

  test('comes page by page, of which each goes on where the one before ended', async () => {
    const pages: string[][] = [];
    for (let to: string | null = ''; to !== null; ) {
      const page = await ask('EUR', { limit: '3', ...(to === '' ? {} : { to }) });
      pages.push(ratesOf(page));
      to = page.Next;
    }
    expect(pages).toEqual([['1.2', '0.000000000001', '1.2'], ['1.1']]);
  });

  test('has those that were set from a time on and before another', async () => {
    const [, third, second] = (await ask('EUR')).Rates;
    expect(ratesOf(await ask('EUR', { from: second.SetAt, to: third.SetAt }))).toEqual(['1.2']);
    expect(ratesOf(await ask('EUR', { to: '2020-01-01' }))).toEqual([]);
  });

  test('has none of USD, which is always 1, and goes on with a currency that was withdrawn', async () => {
    expect(await ask('USD')).toEqual({ Currency: 'USD', Rates: [], Next: null });
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'RUB'`;
    expect(ratesOf(await ask('RUB'))).toEqual(['0.01']);
  });

  test.each([
    ['XXX', {}, 'currency_not_allowed'],
    ['x', {}, 'currency_not_allowed'],
    ['EUR', { limit: '1001' }, 'invalid_field'],
    ['EUR', { from: 'x' }, 'invalid_field'],
  ])('refuses %s with %j', async (currency, query, code) => {
    const asked = { path: { currency }, query: query as Record<string, string> };
    expect(await refused(sql, handlers.getRates, asked)).toMatchObject({ status: 400, code });
  });
});
