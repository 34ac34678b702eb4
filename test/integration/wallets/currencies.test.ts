import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../lib/ledger/money.ts';
import { formatRate } from '../../../lib/ledger/rate.ts';
import { MAX, TIME } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { listRates, notAllowed } from '../../support/system/currencies.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const RATE_RULE = 'a rate is a number from 0.000000000001 to 1000000000 with up to 12 fraction digits';
const NAME_RULE = 'a name is 3 to 12 of A-Z and 0-9';

describe('POST /update_currencies', async () => {
  const { sql } = await testDatabase();
  const { handlers } = testSystem(sql);
  const update = (text: string) => call(handlers.updateCurrencies, { text });

  const listed = () => listRates(handlers.getCurrencies);

  test('has USD at 1 without any update', async () => {
    expect(await listed()).toEqual({ USD: '1' });
  });

  test.each([
    ['1.0', '1'],
    ['1.093809', '1.093809'],
    ['0.000000000001', '0.000000000001'],
    ['1000000000', '1000000000'],
    ['999999999.999999999999', '999999999.999999999999'],
    ['0.100000000000', '0.1'],
    ['5e-7', '0.0000005'],
    ['1e-12', '0.000000000001'],
    ['1E+9', '1000000000'],
    ['1.093809000000000000', '1.093809'],
    ['1.0938090000000', '1.093809'],
    ['10e-13', '0.000000000001'],
  ])('keeps the rate %s exactly', async (given, shown) => {
    expect(await update(`{"Rates": {"EUR": ${given}}}`)).toMatchObject({ status: 200, payload: {} });
    expect((await listed())['EUR']).toBe(shown);
  });

  test('gives back the digits of any rate that it was given', async () => {
    const rate = fc.bigInt({ min: 1n, max: 10n ** 21n }).map(formatRate);
    await fc.assert(
      fc.asyncProperty(rate, rate, async (first, second) => {
        await update(`{"Rates": {"AAA": ${first}, "BBB": ${second}}}`);
        expect(await listed()).toMatchObject({ AAA: first, BBB: second });
      }),
      { numRuns: 25 },
    );
  });

  test('keeps every rate that there was, and leaves other currencies as they are', async () => {
    await update('{"Rates": {"HIS": 1.5, "OLD": 7}}');
    await update('{"Rates": {"HIS": 2.5}}');
    const history = await sql`SELECT rate::text FROM currency_rates WHERE name = 'HIS' ORDER BY id`;
    expect(history.map(({ rate }) => rate)).toEqual(['1500000000000', '2500000000000']);
    expect(await listed()).toMatchObject({ HIS: '2.5', OLD: '7' });
  });

  test('keeps a rate in the history once while it stays the same', async () => {
    for (const rate of ['1.5', '1.5', '1.50', '2', '1.5']) await update(`{"Rates": {"SAME": ${rate}}}`);
    const history = await sql`SELECT rate::text FROM currency_rates WHERE name = 'SAME' ORDER BY id`;
    expect(history.map(({ rate }) => rate)).toEqual(['1500000000000', '2000000000000', '1500000000000']);
  });

  test('allows a withdrawn currency again', async () => {
    await update('{"Rates": {"GONE": 3}}');
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'GONE'`;
    expect(await listed()).not.toHaveProperty('GONE');
    await update('{"Rates": {"GONE": 4}}');
    expect(await listed()).toHaveProperty('GONE', '4');
  });

  test.each(['{}', '{"Rates": null}', '{"Rates": {}}', '{"Rates": ""}', '{"Rate": {"EUR": 1}}'])(
    'refuses %s with the sentence that callers know',
    async (text) => {
      const refusal = await refused(sql, handlers.updateCurrencies, { text });
      expect(refusal).toMatchObject({
        status: 400,
        code: 'fields_missing',
        error: 'rates field must be set',
      });
    },
  );

  test.each([
    ['{"rates": {"EUR": 1}}', 'rates is not a known field: did you mean Rates?'],
    ['{"Rates": {"EUR": 1}, "RATES": {"EUR": 2}}', 'RATES is not a known field: did you mean Rates?'],
    ['{"Rates": []}', 'Rates must be an object of rates by currency, not an array'],
    ['{"Rates": 5}', 'Rates must be an object of rates by currency, not 5'],
    ['{"Rates": "EUR"}', 'Rates must be an object of rates by currency, not "EUR"'],
    ['{"Rates": true}', 'Rates must be an object of rates by currency, not boolean'],
    ['{"Rates": {"eur": 1}}', `Rates has "eur": ${NAME_RULE}`],
    ['{"Rates": {"EU": 1}}', `Rates has "EU": ${NAME_RULE}`],
    ['{"Rates": {"ABCDEFGHIJKLM": 1}}', `Rates has "ABCDEFGHIJKLM": ${NAME_RULE}`],
    ['{"Rates": {"": 1}}', `Rates has "": ${NAME_RULE}`],
    ['{"Rates": {"EUR ": 1}}', `Rates has "EUR ": ${NAME_RULE}`],
    ['{"Rates": {"ÄÖÜ": 1}}', `Rates has "ÄÖÜ": ${NAME_RULE}`],
    ['{"Rates": {"\\u0000\\u0000\\u0000": 1}}', `Rates has "\\u0000\\u0000\\u0000": ${NAME_RULE}`],
    ['{"Rates": {"__proto__": 1}}', `Rates has "__proto__": ${NAME_RULE}`],
    ['{"Rates": {"E\';--": 1}}', `Rates has "E';--": ${NAME_RULE}`],
    ['{"Rates": {"EUR": 0}}', `Rates has 0 for EUR: ${RATE_RULE}`],
    ['{"Rates": {"EUR": -1.5}}', `Rates has -1.5 for EUR: ${RATE_RULE}`],
    ['{"Rates": {"EUR": 1.0000000000001}}', `Rates has 1.0000000000001 for EUR: ${RATE_RULE}`],
    ['{"Rates": {"EUR": 1e-13}}', `Rates has 1e-13 for EUR: ${RATE_RULE}`],
    ['{"Rates": {"EUR": 1000000000.1}}', `Rates has 1000000000.1 for EUR: ${RATE_RULE}`],
    ['{"Rates": {"EUR": 1e999999999}}', `Rates has 1e999999999 for EUR: ${RATE_RULE}`],
    ['{"Rates": {"EUR": "1.5"}}', `Rates has "1.5" for EUR: ${RATE_RULE}`],
    ['{"Rates": {"EUR": "NaN"}}', `Rates has "NaN" for EUR: ${RATE_RULE}`],
    ['{"Rates": {"USD": 1, "EUR": [1]}}', `Rates has an array for EUR: ${RATE_RULE}`],
    ['{"Rates": {"USD": 1.000000000001}}', 'Rates has another rate than 1 for USD, in which rates are given'],
    ['{"Rates": {"NEW": 2, "USD": 2}}', 'Rates has another rate than 1 for USD, in which rates are given'],
    ['{"Rates": {"EUR": 1}, "Base": "USD"}', 'Base is not a known field'],
    ['{"Rates": {"EUR": 1}, "__proto__": {}}', '__proto__ is not a known field'],
  ])('refuses %s, and names what is wrong', async (text, error) => {
    expect(await refused(sql, handlers.updateCurrencies, { text })).toEqual({
      status: 400,
      code: 'invalid_field',
      error,
    });
  });

  test('refuses null for a rate', async () => {
    const refusal = await refused(sql, handlers.updateCurrencies, { text: '{"Rates": {"EUR": null}}' });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toMatch(/^Rates has \w+ for EUR: a rate is a number/);
  });

  test('refuses 1001 rates', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => `"M${String(index).padStart(4, '0')}": 1.5`);
    const refusal = await refused(sql, handlers.updateCurrencies, { text: `{"Rates": {${many}}}` });
    expect(refusal).toMatchObject({ status: 400, error: 'Rates must have at most 1000 rates, not 1001' });
  });
});

describe('GET /currencies', async () => {
  const { sql } = await testDatabase();
  const { handlers, setRates } = testSystem(sql);
  await setRates();

  test('lists the allowed currencies by name, with the time of the last update', async () => {
    const { status, payload } = await call(handlers.getCurrencies);
    expect(status).toBe(200);
    expect(payload.Currencies.map(({ Name, Rate }: Record<string, unknown>) => [Name, Rate])).toEqual([
      ['EUR', '1.093809'],
      ['RUB', '0.009803'],
      ['THB', '0.029758'],
      ['USD', 1n],
    ]);
    for (const { UpdatedAt } of payload.Currencies) expect(UpdatedAt).toMatch(TIME);
  });

  test('refuses a parameter that it does not know', async () => {
    expect(await refused(sql, handlers.getCurrencies, { query: { limit: '5' } })).toEqual({
      status: 400,
      code: 'invalid_field',
      error: 'limit is not a known field',
    });
  });
});

describe('GET /convert_amount/{amount}/{from}/{to}', async () => {
  const { sql } = await testDatabase();
  const { handlers, setRates } = testSystem(sql);
  await setRates();
  await call(handlers.updateCurrencies, { text: '{"Rates": {"TINY": 1e-12, "HUGE": 1e9, "GONE": 5}}' });
  await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'GONE'`;

  test.each([
    ['1000000', 'EUR', 'THB', 36_756_804n],
    ['1000000', 'THB', 'RUB', 3_035_601n],
    ['200000000', 'USD', 'EUR', 182_847_279n],
    ['9007199254740993', 'USD', 'USD', 9_007_199_254_740_993n],
    [String(MAX), 'EUR', 'EUR', MAX],
    [String(MAX), 'RUB', 'USD', convert(MAX, 9_803n, 1_000_000n, 'down')],
    ['1', 'RUB', 'EUR', 0n],
    [String(MAX), 'TINY', 'HUGE', 0n],
    ['0005', 'USD', 'USD', 5n],
  ])('converts %s %s to %s, with every digit', async (amount, from, to, Amount) => {
    const { status, payload } = await call(handlers.getConversion, { path: { amount, from, to } });
    expect({ status, payload }).toEqual({ status: 200, payload: { Amount, Currency: to } });
  });

  test('refuses what converts to more than 64 bits', async () => {
    const path = { amount: String(MAX), from: 'EUR', to: 'USD' };
    const refusal = await refused(sql, handlers.getConversion, { path });
    expect(refusal).toMatchObject({ status: 400, code: 'amount_out_of_range' });
    expect(refusal.error).toContain('amount converts to more than 9223372036854775807');
  });

  test.each([
    '0',
    '-5',
    '-0',
    String(MAX + 1n),
    '5.5',
    '1e6',
    ' 5',
    '5 ',
    '0x10',
    'five',
    '٥',
    "1'--",
    '1%00',
    '9'.repeat(5_000),
  ])('refuses the amount %j', async (amount) => {
    const refusal = await refused(sql, handlers.getConversion, { path: { amount, from: 'USD', to: 'EUR' } });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toMatch(/^amount must be a whole number from 1 to 9223372036854775807, not "/);
  });

  test.each([
    ['XXX', 'EUR', 'XXX'],
    ['EUR', 'XXX', 'XXX'],
    ['eur', 'USD', 'eur'],
    ['USD', 'E', 'E'],
    ['GONE', 'USD', 'GONE'],
    ['USD', 'GONE', 'GONE'],
    ['XXX', 'GONE', 'XXX'],
    ["' OR 1=1--", 'USD', "' OR 1=1--"],
  ])('refuses %s to %s with the sentence that callers know, and the currency', async (from, to, named) => {
    expect(await refused(sql, handlers.getConversion, { path: { amount: '1', from, to } })).toEqual({
      status: 400,
      code: 'currency_not_allowed',
      error: notAllowed(named),
    });
  });

  test('refuses two names that no currency has by the same code as one', async () => {
    const path = { amount: '1', from: 'eur', to: 'usd' };
    expect(await refused(sql, handlers.getConversion, { path })).toEqual({
      status: 400,
      code: 'currency_not_allowed',
      error: notAllowed('eur'),
      details: [
        { field: 'from', error: 'is not allowed' },
        { field: 'to', error: 'is not allowed' },
      ],
    });
  });

  test('names every field that is wrong', async () => {
    const path = { amount: 'x', from: 'usd', to: 'EUR' };
    const { error, details } = await refused(sql, handlers.getConversion, { path });
    expect(error).toMatch(/^amount must be/);
    expect(details?.map(({ field }) => field)).toEqual(['amount', 'from']);
  });

  test.each(['rounding', 'amount', 'from'])('refuses the parameter %s in the query', async (name) => {
    const path = { amount: '1', from: 'USD', to: 'EUR' };
    const refusal = await refused(sql, handlers.getConversion, { path, query: { [name]: 'EUR' } });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toMatch(new RegExp(`^${name} is not a known field`));
  });
});
