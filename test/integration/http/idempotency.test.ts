import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { notAllowed } from '../../support/system/currencies.ts';
import { testDatabase } from '../../support/system/database.ts';
import { RATES, testSystem } from '../../support/system/system.ts';

describe('Idempotency-Key', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);
  await system.setRates();
  const wallet = await system.wallet('USD');

  const receipt = { WalletId: wallet, Amount: 9_007_199_254_740_993n, Currency: 'USD' };
  const route = 'POST /receive_amount';
  const operations = async (): Promise<number> => (await sql`SELECT FROM legs`).count;
  const withKey = (key = randomUUID() as string) => ({ headers: { 'Idempotency-Key': key } });

  test('gives the first reply again, says so, and does nothing', async () => {
    const headers = withKey();
    const first = await call(system.handlers.receiveAmount, { body: receipt, route, ...headers });
    const before = [await operations(), system.queue.sent.length];
    const again = await call(system.handlers.receiveAmount, { body: receipt, route, ...headers });
    expect(again.text).toBe(first.text);
    expect(again.status).toBe(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect([await operations(), system.queue.sent.length]).toEqual(before);
  });

  test('refuses another body with the same key', async () => {
    const headers = withKey();
    await call(system.handlers.receiveAmount, { body: receipt, route, ...headers });
    const before = await operations();
    const other = await call(system.handlers.receiveAmount, {
      body: { ...receipt, Amount: 1n },
      route,
      ...headers,
    });
    expect(other.status).toBe(422);
    expect(other.payload.code).toBe('idempotency_key_reused');
    expect(await operations()).toBe(before);
  });

  test('refuses another request with the same key and body', async () => {
    const headers = withKey();
    await call(system.handlers.updateCurrencies, {
      text: RATES,
      route: 'POST /update_currencies',
      ...headers,
    });
    const other = await call(system.handlers.updateCurrencies, {
      text: RATES,
      route: 'POST /elsewhere',
      ...headers,
    });
    expect(other.status).toBe(422);
  });

  test('makes one operation of many equal requests at once', async () => {
    const headers = withKey();
    const before = await operations();
    const instances = Array.from({ length: 8 }, () => testSystem(database.open()));
    const answers = await Promise.all(
      instances.map(({ handlers }) => call(handlers.receiveAmount, { body: receipt, route, ...headers })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(
      answers.filter(({ headers: { 'idempotency-replayed': replayed } }) => replayed === 'true'),
    ).toHaveLength(7);
    expect(await operations()).toBe(before + 1);
  });

  test('makes one wallet of two equal requests at once', async () => {
    const headers = withKey();
    const body = { Name: 'Arya', Country: 'UK', City: 'York', Currency: 'EUR' };
    const [a, b] = await Promise.all(
      [testSystem(database.open()), testSystem(database.open())].map(({ handlers }) =>
        call(handlers.createWallet, { body, route: 'POST /wallet', ...headers }),
      ),
    );
    expect(a?.payload.WalletID).toBe(b?.payload.WalletID);
  });

  test('works on every POST', async () => {
    const other = await system.wallet('USD');
    const transfer = { OriginWalletId: wallet, TargetWalletId: other, Amount: 1n, Currency: 'USD' };
    const cases = [
      { handler: system.handlers.updateCurrencies, text: RATES },
      { handler: system.handlers.transferAmount, body: transfer },
      {
        handler: system.handlers.createWallet,
        body: { Name: 'a', Country: 'b', City: 'c', Currency: 'USD' },
      },
      { handler: system.handlers.receiveAmount, body: receipt },
    ];
    for (const { handler, ...asked } of cases) {
      const headers = withKey();
      const first = await call(handler, { ...asked, ...headers });
      const again = await call(handler, { ...asked, ...headers });
      expect(first.status).toBe(200);
      expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
    }
  });

  test('gives a refusal again, even when the request would succeed by now', async () => {
    const headers = withKey();
    const body = { ...receipt, Currency: 'NEW' };
    const first = await call(system.handlers.receiveAmount, { body, route, ...headers });
    expect([first.status, first.payload.error]).toEqual([400, notAllowed('NEW')]);
    await call(system.handlers.updateCurrencies, { text: '{"Rates": {"NEW": 1}}' });
    const again = await call(system.handlers.receiveAmount, { body, route, ...headers });
    expect([again.status, again.text]).toEqual([400, first.text]);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  test('leaves the key free when a field was wrong, so that the caller can mend the request', async () => {
    const headers = withKey();
    const wrong = await call(system.handlers.receiveAmount, {
      body: { ...receipt, Amount: -1n },
      route,
      ...headers,
    });
    expect(wrong.status).toBe(400);
    const right = await call(system.handlers.receiveAmount, { body: receipt, route, ...headers });
    expect(right.status).toBe(200);
  });

  test('leaves the key free when the transaction failed', async () => {
    const headers = withKey();
    await sql`ALTER TABLE pending_operations ADD CONSTRAINT broken CHECK (amount <> 13)`;
    const body = { ...receipt, Amount: 13n };
    expect((await call(system.handlers.receiveAmount, { body, route, ...headers })).status).toBe(500);
    await sql`ALTER TABLE pending_operations DROP CONSTRAINT broken`;
    const retried = await call(system.handlers.receiveAmount, { body, route, ...headers });
    expect([retried.status, retried.headers['idempotency-replayed']]).toEqual([200, undefined]);
  });

  /** The same receipt, as a client writes it that puts its names in another order. */
  const REWRITTEN: [string, string][] = [
    ['another order of names', `{"Currency":"USD","Amount":9007199254740993,"WalletId":${wallet}}`],
    ['blanks', `\r\n{ "WalletId" : ${wallet},\t"Amount" : 9007199254740993 , "Currency" : "USD" }\n`],
    ['another spelling of numbers', `{"WalletId":${wallet}.0,"Amount":9007199254740.993e3,"Currency":"USD"}`],
    ['escapes', `{"Wallet\\u0049d":${wallet},"Amount":9007199254740993,"Currency":"\\u0055SD"}`],
    ['a byte order mark', `\u{feff}{"WalletId":${wallet},"Amount":9007199254740993,"Currency":"USD"}`],
  ];

  test.each(REWRITTEN)('is the same request with %s', async (_what, text) => {
    for (const [one, other] of [
      [{ body: receipt }, { text }],
      [{ text }, { body: receipt }],
    ] as const) {
      const headers = withKey();
      const first = await call(system.handlers.receiveAmount, { ...one, route, ...headers });
      const before = await operations();
      const again = await call(system.handlers.receiveAmount, { ...other, route, ...headers });
      expect([again.status, again.text]).toEqual([200, first.text]);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(await operations()).toBe(before);
    }
  });

  test('is the same request with rates and entries written anew, and another one if one of them differs', async () => {
    const texts = {
      updateCurrencies: [
        '{"Rates": {"AAA": 1.5, "BBB": 2}}',
        '{"Rates": {"BBB": 2.0, "AAA": 15e-1}}',
        '{"Rates": {"AAA": 1.5, "BBB": 3}}',
      ],
      acceptOperations: [
        `{"Operations": [{"WalletId": ${wallet}, "Amount": 1000000, "Currency": "USD"}, 5]}`,
        `{"Operations": [{"Currency": "USD", "Amount": 1e6, "WalletId": ${wallet}}, 5.0]}`,
        `{"Operations": [5, {"WalletId": ${wallet}, "Amount": 1000000, "Currency": "USD"}]}`,
      ],
    };
    for (const [name, [first = '', same = '', other = '']] of Object.entries(texts)) {
      const headers = withKey();
      const handler = system.handlers[name as keyof typeof texts];
      const done = await call(handler, { text: first, ...headers });
      const again = await call(handler, { text: same, ...headers });
      const changed = await call(handler, { text: other, ...headers });
      expect([name, done.status, again.text, changed.status]).toEqual([name, 200, done.text, 422]);
      expect(again.headers['idempotency-replayed']).toBe('true');
    }
  });

  test('is the same key in quotes', async () => {
    const key = randomUUID();
    const first = await call(system.handlers.receiveAmount, { body: receipt, route, ...withKey(key) });
    const before = await operations();
    const again = await call(system.handlers.receiveAmount, { body: receipt, route, ...withKey(`"${key}"`) });
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
    expect(await operations()).toBe(before);
  });

  test.each(['a,b', '"a","b"', '"a,b"', 'a,', ', '])(
    'is refused as %j, of every POST: there may be two',
    async (key) => {
      const before = await operations();
      const { updateCurrencies, createWallet, receiveAmount, acceptOperations, holdAmount } = system.handlers;
      const body = { Name: 'a', Country: 'b', City: 'c', Currency: 'USD' };
      for (const [handler, asked] of [
        [updateCurrencies, { text: RATES }],
        [createWallet, { body }],
        [receiveAmount, { body: receipt }],
        [acceptOperations, { body: { Operations: [receipt] } }],
        [holdAmount, { body: { WalletId: wallet, Amount: 1n } }],
      ] as const) {
        const answer = await call(handler, { ...asked, ...withKey(key) });
        expect([answer.status, answer.payload]).toEqual([
          400,
          {
            error: 'there must be one Idempotency-Key, and no comma in it',
            code: 'invalid_idempotency_key',
          },
        ]);
      }
      expect(await operations()).toBe(before);
    },
  );

  test.each(['', 'a b', 'ä', 'x'.repeat(256), 'tab\t', '""', '"a', 'a"', '"a b"', '"a"b"'])(
    'refuses the key %j',
    async (key) => {
      const answer = await call(system.handlers.receiveAmount, { body: receipt, ...withKey(key) });
      expect([answer.status, answer.payload.code]).toEqual([400, 'invalid_idempotency_key']);
    },
  );

  test('takes a key of 255 visible characters', async () => {
    const answer = await call(system.handlers.receiveAmount, { body: receipt, ...withKey('~'.repeat(255)) });
    expect(answer.status).toBe(200);
  });
});
