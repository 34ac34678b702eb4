import * as z from 'zod';
import { readConfig } from '../lib/config.ts';
import { convertAmount, listCurrencies, updateRates } from '../lib/currencies.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { currency, integerText, rates } from '../lib/fields.ts';
import { command, query } from '../lib/http.ts';
import { accepted } from '../lib/refusals.ts';

interface Deps {
  readonly sql: Sql;
}

export const updateCurrencies = command({
  input: z.strictObject({ Rates: rates }),
  execute: (tx, { Rates }) => updateRates(tx, Rates),
  payload: () => ({}),
});

export const getCurrencies = query({
  input: z.strictObject({}),
  answer: async ({ sql }: Deps) => accepted({ Currencies: await listCurrencies(sql) }),
});

export const getConversion = query({
  input: z.strictObject({ amount: integerText, from: currency, to: currency }),
  answer: async ({ sql }: Deps, { amount, from, to }) => {
    const converted = await convertAmount(sql, amount, from, to);
    return converted.ok ? accepted({ Amount: converted.value, Currency: to }) : converted;
  },
});

const sql = openDatabase(readConfig(['DATABASE_URL']).DATABASE_URL);

export const update = updateCurrencies({ sql });
export const list = getCurrencies({ sql });
export const convert = getConversion({ sql });
