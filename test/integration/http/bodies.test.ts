import { describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const MAX_BYTES = 64 * 1024;
const SNOW = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };
const POSTS = ['updateCurrencies', 'createWallet', 'receiveAmount', 'transferAmount'] as const;

describe('the body of every POST', async () => {
  const { sql } = await testDatabase();
  const { handlers, setRates, wallet } = testSystem(sql);
  await setRates();
  await wallet('USD');

  const GOOD = {
    updateCurrencies: '{"Rates": {"EUR": 1.5}}',
    createWallet: JSON.stringify(SNOW),
    receiveAmount: '{"WalletId": 1, "Amount": 5, "Currency": "USD"}',
    transferAmount: '{"OriginWalletId": 1, "TargetWalletId": 2, "Amount": 5, "Currency": "USD"}',
  };

  const NO_OBJECTS: [string, string | undefined][] = [
    ['nothing', undefined],
    ['an empty text', ''],
    ['a space', ' '],
    ['a word', 'hello'],
    ['a form', 'Name=Jon+Snow&Country=UK'],
    ['XML', '<wallet/>'],
    ['half of an object', '{"Name": "Jon'],
    ['an object and a comma', '{"Name": "Jon",}'],
    ['two objects', '{}{}'],
    ['a comment', '{} // x'],
    ['single quotes', "{'Name': 'Jon'}"],
    ['a leading zero', '{"Amount": 05}'],
    ['NaN', '{"Amount": NaN}'],
    ['a raw line break in a string', '{"Name": "a\nb"}'],
    ['a raw NUL', '{"Name": "a\0b"}'],
    ['an array', '[]'],
    ['an array of objects', '[{}]'],
    ['a number', '5'],
    ['a string', '"{}"'],
    ['true', 'true'],
    ['null', 'null'],
    ['arrays as deep as a body can be', '['.repeat(MAX_BYTES)],
    ['an object of arrays, nested and closed', `{"Name": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['objects, nested and closed', `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`],
  ];

  test.each(POSTS.flatMap((post) => NO_OBJECTS.map((row) => [post, ...row] as const)))(
    '%s refuses %s',
    async (post, what, text) => {
      const refusal = await refused(sql, handlers[post], text === undefined ? {} : { text });
      expect(refusal.status).toBe(400);
      // What is nested may be within what can be parsed; then it is a field of the wrong type.
      if (!what.includes('nested')) {
        expect(refusal).toMatchObject({ code: 'invalid_json', error: 'the body must be a JSON object' });
      }
    },
  );

  test.each(POSTS.slice(0, 3))('%s reads a body in base64', async (post) => {
    expect((await call(handlers[post], { bytes: Buffer.from(GOOD[post]) })).status).toBe(200);
  });

  test.each(POSTS)('%s refuses in base64 what it refuses as text', async (post) => {
    const refusal = await refused(sql, handlers[post], { bytes: Buffer.from('hello') });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_json' });
  });

  test('keeps characters of any length in base64', async () => {
    const body = { ...SNOW, Name: 'Jøn 雪 🐎' };
    const { payload } = await call(handlers.createWallet, { bytes: Buffer.from(JSON.stringify(body)) });
    const path = { walletId: String(payload.WalletID) };
    expect((await call(handlers.getWallet, { path })).payload.Name).toBe('Jøn 雪 🐎');
  });

  test('is refused where its bytes are no UTF-8, instead of being kept as other characters', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...SNOW, Name: 'J?n' }));
    bytes[bytes.indexOf('?')] = 0xf8;
    expect(await refused(sql, handlers.createWallet, { bytes })).toMatchObject({
      status: 400,
      code: 'invalid_json',
    });
  });

  test('is the same to an Idempotency-Key as text and in base64', async () => {
    const headers = { 'Idempotency-Key': 'one-body-in-two-forms' };
    const first = await call(handlers.receiveAmount, { text: GOOD.receiveAmount, headers });
    const again = await call(handlers.receiveAmount, { bytes: Buffer.from(GOOD.receiveAmount), headers });
    expect([again.status, again.text]).toEqual([200, first.text]);
  });

  const padded = (json: string, bytes: number): string =>
    `${json.slice(0, -1)}${' '.repeat(bytes - Buffer.byteLength(json))}}`;

  test.each(POSTS.slice(0, 3))('%s takes exactly 64 KiB, as text and in base64', async (post) => {
    const text = padded(GOOD[post], MAX_BYTES);
    expect(Buffer.byteLength(text)).toBe(MAX_BYTES);
    expect((await call(handlers[post], { text })).status).toBe(200);
    expect((await call(handlers[post], { bytes: Buffer.from(text) })).status).toBe(200);
  });

  test.each(POSTS)('%s refuses one byte more than 64 KiB, as text and in base64', async (post) => {
    const text = padded(GOOD[post], MAX_BYTES + 1);
    for (const asked of [{ text }, { bytes: Buffer.from(text) }]) {
      expect(await refused(sql, handlers[post], asked)).toEqual({
        status: 413,
        code: 'body_too_large',
        error: 'the body has 65537 bytes; at most 65536 are taken',
      });
    }
  });

  test('is measured in bytes, not in characters', async () => {
    const text = JSON.stringify({ ...SNOW, Name: '雪'.repeat(22_000) });
    expect(text.length).toBeLessThan(MAX_BYTES);
    expect((await refused(sql, handlers.createWallet, { text })).status).toBe(413);
  });

  test.each(POSTS)('%s ends at once for a number of as many digits as a body can have', async (post) => {
    const text = `{"Amount": ${'9'.repeat(MAX_BYTES - 20)}}`;
    expect((await refused(sql, handlers[post], { text })).status).toBe(400);
  });

  test('counts the last of a field that comes twice, as JSON.parse does', async () => {
    const text = '{"WalletId": 1, "Amount": 5, "Currency": "USD", "Amount": 0}';
    expect((await refused(sql, handlers.receiveAmount, { text })).error).toMatch(/^Amount must be/);
  });
});
