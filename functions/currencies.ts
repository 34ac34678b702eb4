import * as z from 'zod';
import { command, query } from '../lib/http/route.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { convertAmount, listCurrencies, updateRates } from '../lib/wallets/currencies.ts';
import { currency, integerText, rates } from '../lib/wire/fields.ts';
import { ok } from '../lib/wire/refusal.ts';

interface Deps {
  readonly sql: Sql;
}

export const updateCurrencies = command({
  scope: 'currencies:write',
  input: z.strictObject({ Rates: rates }),
  execute: (tx, { Rates }) => updateRates(tx, Rates),
  payload: () => ({}),
});

export const getCurrencies = query({
  scope: 'wallets:read',
  input: z.strictObject({}),
  answer: async ({ sql }: Deps) => ok({ Currencies: await listCurrencies(sql) }),
});

export const getConversion = query({
  scope: 'wallets:read',
  input: z.strictObject({ amount: integerText, from: currency, to: currency }),
  answer: async ({ sql }: Deps, { amount, from, to }) => {
    const converted = await convertAmount(sql, amount, from, to);
    return converted.ok ? ok({ Amount: converted.value, Currency: to }) : converted;
  },
});

const config = readConfig(['DATABASE_URL', 'API_KEYS']);
const deps = { sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS };

export const update = updateCurrencies(deps);
export const list = getCurrencies(deps);
export const convert = getConversion(deps);
