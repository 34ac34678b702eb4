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

  /** What is no object, and how the reply's sentence goes on after "the body must be a JSON object". */
  const NO_OBJECTS: [string, string | undefined, string][] = [
    ['nothing', undefined, ', and is empty'],
    ['an empty text', '', ', and is empty'],
    ['a space', ' ', ': line 1, column 2 has the end instead of a value'],
    ['a word', 'hello', ': line 1, column 1 has "h" instead of a value'],
    ['a form', 'Name=Jon+Snow&Country=UK', ': line 1, column 1 has "N" instead of a value'],
    ['XML', '<wallet/>', ': line 1, column 1 has "<" instead of a value'],
    ['half of an object', '{"Name": "Jon', ': line 1, column 14 has the end instead of the rest of a string'],
    [
      'an object and a comma',
      '{"Name": "Jon",}',
      ': line 1, column 16 has "}" instead of a name in double quotes',
    ],
    ['two objects', '{}{}', ': line 1, column 3 has "{" instead of the end'],
    ['a comment', '{} // x', ': line 1, column 4 has "/" instead of the end'],
    ['single quotes', "{'Name': 'Jon'}", `: line 1, column 2 has "'" instead of a name in double quotes`],
    ['a leading zero', '{"Amount": 05}', ': line 1, column 13 has "5" instead of "," or "}"'],
    ['NaN', '{"Amount": NaN}', ': line 1, column 12 has "N" instead of a value'],
    [
      'a raw line break in a string',
      '{\n"Name": "a\nb"}',
      ': line 2, column 11 has U+000A instead of the rest of a string',
    ],
    ['a raw NUL', '{"Name": "a\0b"}', ': line 1, column 12 has U+0000 instead of the rest of a string'],
    ['an array', '[]', ', not an array'],
    ['an array of objects', '[{}]', ', not an array'],
    ['a number', '5', ', not a number'],
    ['zero', '0', ', not a number'],
    ['minus zero', '-0', ', not a number'],
    ['a string', '"{}"', ', not a string'],
    ['an empty string', '""', ', not a string'],
    ['true', 'true', ', not true'],
    ['false', 'false', ', not false'],
    ['null', 'null', ', not null'],
    ['arrays as deep as a body can be', '['.repeat(MAX_BYTES), ': nested more than 50 deep'],
    [
      'an object of arrays, nested and closed',
      `{"Name": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      ': nested more than 50 deep',
    ],
    [
      'objects, nested and closed',
      `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`,
      ': nested more than 50 deep',
    ],
  ];

  test.each(POSTS.flatMap((post) => NO_OBJECTS.map((row) => [post, ...row] as const)))(
    '%s refuses %s',
    async (post, _what, text, problem) => {
      expect(await refused(sql, handlers[post], text === undefined ? {} : { text })).toEqual({
        status: 400,
        code: 'invalid_json',
        error: `the body must be a JSON object${problem}`,
      });
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
    expect(await refused(sql, handlers.createWallet, { bytes })).toEqual(NO_UTF_8);
    // The same, if the gateway has decoded it before.
    expect(await refused(sql, handlers.createWallet, { text: bytes.toString('utf8') })).toEqual(NO_UTF_8);
  });

  const NO_UTF_8 = {
    status: 400,
    code: 'invalid_json',
    error: 'the body must be UTF-8; if U+FFFD is meant, write it as \\ufffd',
  };

  test('may have U+FFFD as an escape', async () => {
    const text = JSON.stringify({ ...SNOW, Name: '?' }).replace('?', '\\ufffd');
    const { payload } = await call(handlers.createWallet, { text });
    const path = { walletId: String(payload.WalletID) };
    expect((await call(handlers.getWallet, { path })).payload.Name).toBe('\ufffd');
  });

  test.each([
    'application/json; charset=iso-8859-1',
    'application/json;charset="ISO-8859-1"',
    'text/plain; Charset = windows-1252',
    'application/json; charset=utf-16; q=1',
    'application/json; charset=utf-8; charset=latin1',
    'application/json; charset=utf-8,application/json; charset=utf-7',
  ])('is refused where its Content-Type names another charset than UTF-8: %s', async (type) => {
    const headers = { 'Content-Type': type };
    for (const post of POSTS) {
      const { status, code, error } = await refused(sql, handlers[post], { text: GOOD[post], headers });
      expect([status, code]).toEqual([400, 'invalid_json']);
      expect(error).toMatch(/^the body must be UTF-8, not "(?!utf-8)[\w-]+" as its Content-Type says$/i);
    }
  });

  test('repeats no more of a charset than its start', async () => {
    const headers = { 'Content-Type': `text/plain; charset=${'x'.repeat(5_000)}` };
    const { error } = await refused(sql, handlers.createWallet, { text: GOOD.createWallet, headers });
    expect(error.length).toBeLessThan(120);
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset="UTF-8"',
    'text/plain;charset=utf8',
    'application/json; charset=us-ascii',
    'application/x-www-form-urlencoded',
    '',
  ])('is taken with the Content-Type %j', async (type) => {
    const asked = { text: GOOD.receiveAmount, headers: { 'Content-Type': type } };
    expect((await call(handlers.receiveAmount, asked)).status).toBe(200);
  });

  test.each(['gzip', 'GZIP', 'br', 'deflate', 'identity, gzip', 'x'.repeat(5_000)])(
    'is refused as encoded with %s, whatever it holds',
    async (encoding) => {
      const headers = { 'Content-Encoding': encoding };
      for (const asked of [{ text: GOOD.receiveAmount }, { bytes: Buffer.from([0x1f, 0x8b, 8, 0]) }]) {
        const answer = await call(handlers.receiveAmount, { ...asked, headers });
        expect([answer.status, answer.payload.code]).toEqual([415, 'unsupported_encoding']);
        expect(answer.headers['accept-encoding']).toBe('identity');
        expect(answer.payload.error).toMatch(
          /^Content-Encoding "\w{1,40}" is not taken: send the body as it is, which is identity$/,
        );
      }
      expect((await refused(sql, handlers.createWallet, { text: GOOD.createWallet, headers })).status).toBe(
        415,
      );
    },
  );

  test.each(['identity', 'Identity', 'identity, identity', ''])(
    'is taken as encoded with %j',
    async (encoding) => {
      const asked = { text: GOOD.receiveAmount, headers: { 'Content-Encoding': encoding } };
      expect((await call(handlers.receiveAmount, asked)).status).toBe(200);
    },
  );

  test('may begin with a byte order mark, one and no more', async () => {
    const text = `\u{feff}${GOOD.receiveAmount}`;
    expect((await call(handlers.receiveAmount, { text })).status).toBe(200);
    expect((await call(handlers.receiveAmount, { bytes: Buffer.from(text) })).status).toBe(200);
    const { code, error } = await refused(sql, handlers.receiveAmount, { text: `\u{feff}${text}` });
    expect([code, error]).toEqual([
      'invalid_json',
      'the body must be a JSON object: line 1, column 1 has U+FEFF instead of a value',
    ]);
    const bytes = Buffer.from(text, 'utf16le');
    expect(await refused(sql, handlers.receiveAmount, { bytes })).toEqual(NO_UTF_8);
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

  const DOUBLED: [string, (typeof POSTS)[number] | 'acceptOperations', string, string][] = [
    ['a field', 'receiveAmount', '{"WalletId": 1, "Amount": 1, "Amount": 7, "Currency": "USD"}', 'Amount'],
    [
      'an equal one',
      'receiveAmount',
      '{"WalletId": 1, "WalletId": 1, "Amount": 1, "Currency": "USD"}',
      'WalletId',
    ],
    [
      'an escaped one',
      'receiveAmount',
      '{"WalletId": 1, "Amount": 1, "\\u0041mount": 7, "Currency": "USD"}',
      'Amount',
    ],
    ['a rate', 'updateCurrencies', '{"Rates": {"EUR": 1.1, "EUR": 1.2}}', 'Rates.EUR'],
    ['a field nobody knows', 'createWallet', '{"a": 1, "a": 2}', 'a'],
    [
      'a field of an entry',
      'acceptOperations',
      `{"Operations": [${GOOD.receiveAmount}, {"WalletId": 1, "Amount": 1, "Amount": 7, "Currency": "USD"}]}`,
      'Operations.1.Amount',
    ],
    [
      'all entries',
      'acceptOperations',
      `{"Operations": [${GOOD.receiveAmount}], "Operations": []}`,
      'Operations',
    ],
  ];

  test.each(DOUBLED)('is refused where %s stands twice', async (_what, post, text, name) => {
    for (const headers of [{}, { 'Idempotency-Key': `twice-${name}` }]) {
      expect(await refused(sql, handlers[post], { text, headers })).toEqual({
        status: 400,
        code: 'invalid_field',
        error: `${name} stands twice`,
      });
    }
  });

  test.each(POSTS)('%s refuses a query, which would be passed over', async (post) => {
    const refusal = await refused(sql, handlers[post], { text: GOOD[post], query: { Amount: '7' } });
    expect(refusal).toEqual({ status: 400, code: 'invalid_field', error: 'Amount is not a known field' });
  });
});
