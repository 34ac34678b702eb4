import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { eachRoute } from '../lib/http/each-route.ts';
import { command, query } from '../lib/http/route.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { convertAmount, listCurrencies, updateRates } from '../lib/wallets/currencies.ts';
import { listRates, MAX_RATES_SHOWN } from '../lib/wallets/rate-history.ts';
import { currency, integerText, queryInteger, rates } from '../lib/wire/fields.ts';
import { ok } from '../lib/wire/refusal.ts';
import { time } from '../lib/wire/time.ts';

interface Deps {
  readonly sql: Sql;
}

export const updateCurrencies = command({
  route: 'POST /update_currencies',
  scope: 'currencies:write',
  input: z.strictObject({ Rates: rates }),
  transact: (tx, { Rates }) => updateRates(tx, Rates),
  payload: () => ({}),
});

export const getCurrencies = query({
  route: 'GET /currencies',
  scope: 'wallets:read',
  input: z.strictObject({}),
  answer: async ({ sql }: Deps) => ok({ Currencies: await listCurrencies(sql) }),
});

export const getRates = query({
  route: 'GET /currency/{currency}/rates',
  scope: 'any key',
  input: z.strictObject({ currency, from: time, to: time, limit: queryInteger(1, MAX_RATES_SHOWN, 100) }),
  answer: ({ sql }: Deps, input) => listRates(sql, input),
});

export const getConversion = query({
  route: 'GET /convert_amount/{amount}/{from}/{to}',
  scope: 'wallets:read',
  input: z.strictObject({ amount: integerText, from: currency, to: currency }),
  answer: async ({ sql }: Deps, { amount, from, to }) => {
    const converted = await convertAmount(sql, amount, from, to);
    return converted.ok ? ok({ Amount: converted.value, Currency: to }) : converted;
  },
});

const handlerOf = entry(database, apiKeys);

export const update = handlerOf(updateCurrencies);
export const list = handlerOf((deps) => eachRoute<typeof deps>(getCurrencies, getRates)(deps));
export const convert = handlerOf(getConversion);
