import { describe, expect, test } from 'vitest';
import { MAX, TIME } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { notAllowed } from '../../support/system/currencies.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const SNOW = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'EUR' };
const TEXTS = ['Name', 'Country', 'City'];

describe('POST /wallet', async () => {
  const { sql } = await testDatabase();
  const { handlers, setRates, bus } = testSystem(sql);
  await setRates();
  await sql`INSERT INTO currencies (name, rate, withdrawn_at) VALUES ('GONE', 5, now())`;

  const create = (body: object) => call(handlers.createWallet, { body });
  const get = async (id: bigint) =>
    (await call(handlers.getWallet, { path: { walletId: String(id) } })).payload;

  test('counts ids from 1, though requests were refused before and in between', async () => {
    for (const expected of [1n, 2n, 3n]) {
      expect((await create({ ...SNOW, Currency: 'XXX' })).status).toBe(400);
      expect((await create({ ...SNOW, Name: '' })).status).toBe(400);
      expect(await create(SNOW)).toMatchObject({ status: 200, payload: { WalletID: expected } });
    }
  });

  test('deals wallets over the groups in turn, and begins them with nothing', async () => {
    const groups = [];
    for (let count = 0; count < 4; count++) {
      const { WalletID } = (await create(SNOW)).payload;
      const { CreatedAt, ...wallet } = await get(WalletID);
      expect(CreatedAt).toMatch(TIME);
      expect(wallet).toMatchObject({ WalletID, ...SNOW, Balance: 0n });
      groups.push(wallet.Group);
    }
    expect(groups.toSorted()).toEqual([1n, 1n, 2n, 2n]);
    expect(groups[0]).not.toBe(groups[1]);
  });

  test('publishes that there is a wallet', async () => {
    bus.events.splice(0);
    const { payload } = await create({ ...SNOW, City: 'Wall' });
    expect(bus.events).toMatchObject([
      { type: 'WalletCreated', detail: { WalletId: String(payload.WalletID), ...SNOW, City: 'Wall' } },
    ]);
  });

  test.each(TEXTS)(
    'takes for %s up to 200 characters, as people count them, and gives them back',
    async (field) => {
      for (const text of [
        'a'.repeat(200),
        '雪'.repeat(200),
        '🐎'.repeat(200),
        ' x\t\n',
        'ß\u0301',
        '\u202etxt',
      ]) {
        const { status, payload } = await create({ ...SNOW, [field]: text });
        expect(status).toBe(200);
        expect((await get(payload.WalletID))[field]).toBe(text);
      }
    },
  );

  const WRONG_TEXTS: [string, string, string][] = [
    ['201 letters', JSON.stringify('a'.repeat(201)), 'must have at most 200 characters, not 201'],
    ['201 emoji', JSON.stringify('🐎'.repeat(201)), 'must have at most 200 characters, not 201'],
    ['a NUL', '"a\\u0000b"', 'must be valid Unicode without NUL'],
    ['half of a surrogate pair', '"a\\ud83d"', 'must be valid Unicode without NUL'],
    ['a swapped surrogate pair', '"\\udc0e\\ud83d"', 'must be valid Unicode without NUL'],
    ['a number', '5', 'must be a string, not 5'],
    ['true', 'true', 'must be a string, not boolean'],
    ['an array', '["x"]', 'must be a string, not an array'],
    ['an object', '{"x":1}', 'must be a string, not object'],
  ];
  const EACH_WRONG_TEXT = TEXTS.flatMap((field) => WRONG_TEXTS.map((row) => [field, ...row] as const));

  test.each(EACH_WRONG_TEXT)('refuses for %s %s', async (field, _what, json, problem) => {
    const text = JSON.stringify({ ...SNOW, [field]: '?' }).replace('"?"', json);
    expect(await refused(sql, handlers.createWallet, { text })).toEqual({
      status: 400,
      code: 'invalid_field',
      error: `${field} ${problem}`,
    });
  });

  test.each([
    ['5', 'Currency must be a string, not 5'],
    ['false', 'Currency must be a string, not boolean'],
    ['["EUR"]', 'Currency must be a string, not an array'],
    ['{}', 'Currency must be a string, not object'],
  ])('refuses the currency %s', async (json, error) => {
    const text = JSON.stringify({ ...SNOW, Currency: '?' }).replace('"?"', json);
    const refusal = await refused(sql, handlers.createWallet, { text });
    expect(refusal).toEqual({ status: 400, code: 'invalid_field', error });
  });

  test.each(['XXX', 'GONE', 'eur', 'EU', 'EUR ', 'ABCDEFGHIJKLM', '€€€', 'EUR\0', "EUR'; --"])(
    'refuses the currency %j with the sentence that callers know',
    async (Currency) => {
      expect(await refused(sql, handlers.createWallet, { body: { ...SNOW, Currency } })).toEqual({
        status: 400,
        code: 'currency_not_allowed',
        error: notAllowed(Currency),
      });
    },
  );

  const MISSING = [undefined, null, '', ' \t\n\u00a0'];
  const EACH_MISSING = Object.keys(SNOW).flatMap((field) => MISSING.map((value) => [field, value] as const));

  test.each(EACH_MISSING)(
    'refuses a missing %s (%j) with the sentence that callers know',
    async (field, value) => {
      expect(await refused(sql, handlers.createWallet, { body: { ...SNOW, [field]: value } })).toEqual({
        status: 400,
        code: 'fields_missing',
        error: 'all fields should be filled',
        details: [{ field, error: 'is missing' }],
      });
    },
  );

  test('refuses a body of nothing with the sentence that callers know, and names every field', async () => {
    const { error, details } = await refused(sql, handlers.createWallet, { text: '{}' });
    expect(error).toBe('all fields should be filled');
    expect(details?.map(({ field }) => field)).toEqual(Object.keys(SNOW));
  });

  test('names every field that is wrong, and every one that it does not know', async () => {
    const body = { ...SNOW, Name: 5, Currency: 'eur', balance: 1, Group: 1 };
    const { error, code, details } = await refused(sql, handlers.createWallet, { body });
    expect([error, code]).toEqual(['Name must be a string, not 5', 'invalid_field']);
    expect(details).toEqual([
      { field: 'Name', error: 'must be a string, not 5' },
      { field: 'Currency', error: 'is not allowed' },
      { field: 'balance', error: 'is not a known field' },
      { field: 'Group', error: 'is not a known field' },
    ]);
  });

  test.each(['Balance', 'WalletID', 'name', '__proto__', 'constructor'])(
    'refuses the field %j',
    async (field) => {
      const text = `${JSON.stringify(SNOW).slice(0, -1)}, ${JSON.stringify(field)}: 1}`;
      const refusal = await refused(sql, handlers.createWallet, { text });
      expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
      expect(refusal.error).toContain(`${field} is not a known field`);
    },
  );
});

describe('GET /wallet/{walletId}', async () => {
  const { sql } = await testDatabase();
  const { handlers, setRates, wallet } = testSystem(sql);
  await setRates();
  await wallet('EUR');

  test.each(['7', String(MAX)])(
    'refuses wallet %s, which there is not, with the sentence that callers know',
    async (walletId) => {
      expect(await refused(sql, handlers.getWallet, { path: { walletId } })).toEqual({
        status: 404,
        code: 'wallet_not_found',
        error: `no wallet with id: ${walletId}`,
      });
    },
  );

  test.each([
    '0',
    '-1',
    String(MAX + 1n),
    '1e3',
    '1.0',
    ' 1',
    '1,2',
    'abc',
    '0x1',
    "1' OR '1'='1",
    '1\0',
    '9'.repeat(9_000),
  ])('refuses the id %j', async (walletId) => {
    const refusal = await refused(sql, handlers.getWallet, { path: { walletId } });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toMatch(/^walletId must be a whole number from 1 to 9223372036854775807, not "/);
    expect(refusal.error.length).toBeLessThan(300);
  });

  test.each(['', ' '])('refuses the id %j with the sentence that callers know', async (walletId) => {
    const refusal = await refused(sql, handlers.getWallet, { path: { walletId } });
    expect(refusal).toMatchObject({
      status: 400,
      code: 'fields_missing',
      error: 'wallet id should be filled',
    });
  });

  test.each(['fields', 'walletId'])('refuses the parameter %s', async (name) => {
    const asked = { path: { walletId: '1' }, query: { [name]: '1' } };
    const refusal = await refused(sql, handlers.getWallet, asked);
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toMatch(new RegExp(`^${name} is not a known field`));
  });
});

describe('GET /wallets', async () => {
  const { sql } = await testDatabase();
  const { handlers, setRates } = testSystem(sql);
  await setRates();
  const list = async (query: Record<string, string> = {}) => {
    const { Wallets, Next } = (await call(handlers.listWallets, { query })).payload;
    return { ids: Wallets.map(({ WalletID }: { WalletID: bigint }) => WalletID), Next };
  };

  test('is empty while there are no wallets', async () => {
    expect(await list()).toEqual({ ids: [], Next: null });
  });

  test('shows wallets by id, 100 by default, and where to go on, or null', async () => {
    await sql`
      INSERT INTO wallets (id, name, country, city, currency, wallet_group)
      SELECT id, 'n', 'c', 'c', 'EUR', 1 FROM generate_series(250, 1, -1) AS id`;
    const all = Array.from({ length: 250 }, (_, index) => BigInt(index + 1));
    expect(await list()).toEqual({ ids: all.slice(0, 100), Next: 100n });
    expect(await list({ after: '100' })).toEqual({ ids: all.slice(100, 200), Next: 200n });
    expect(await list({ after: '200' })).toEqual({ ids: all.slice(200), Next: null });
    expect(await list({ limit: '250' })).toEqual({ ids: all, Next: null });
    expect(await list({ limit: '1000' })).toEqual({ ids: all, Next: null });
    expect(await list({ limit: '249' })).toEqual({ ids: all.slice(0, 249), Next: 249n });
    expect(await list({ limit: '1', after: '249' })).toEqual({ ids: [250n], Next: null });
    expect(await list({ after: '250' })).toEqual({ ids: [], Next: null });
    expect(await list({ after: String(MAX) })).toEqual({ ids: [], Next: null });
  });

  test('shows each wallet as the request for one does', async () => {
    const { payload } = await call(handlers.listWallets, { query: { limit: '1' } });
    expect(payload.Wallets).toEqual([(await call(handlers.getWallet, { path: { walletId: '1' } })).payload]);
  });

  test.each([
    ...['0', '-1', '1001', '1.5', '1e2', 'ten', ' ', '5,6', '9'.repeat(30)].map((value) => ['limit', value]),
    ...['0', '-1', String(MAX + 1n), '1e3', '1.0', 'x', '1,2', "1'--"].map((value) => ['after', value]),
  ] as [string, string][])('refuses %s=%s', async (name, value) => {
    const refusal = await refused(sql, handlers.listWallets, { query: { [name]: value } });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toMatch(new RegExp(`^${name} must be a whole number from 1 to \\d+, not "`));
  });

  test('has its defaults where a parameter is empty', async () => {
    const answer = await call(handlers.listWallets, { query: { limit: '', after: '' } });
    expect(answer).toMatchObject({ status: 200, text: (await call(handlers.listWallets)).text });
  });

  test('names every parameter that is wrong or not known', async () => {
    const query = { limit: '0', after: 'x', page: '2' };
    const { status, details } = await refused(sql, handlers.listWallets, { query });
    expect(status).toBe(400);
    expect(details?.map(({ field }) => field)).toEqual(['limit', 'after', 'page']);
  });
});
