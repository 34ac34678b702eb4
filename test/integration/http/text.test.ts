import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { array } from '../../../lib/postgres/database.ts';
import { UUID } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

const HOSTILE = [
  "Robert'); DROP TABLE wallets;--",
  "' OR '1'='1",
  "'; UPDATE wallets SET balance = 1; --",
  '"; SELECT pg_sleep(100); --',
  '/* comment */ -- comment',
  "\\'; DROP TABLE wallets;--",
  '\\',
  '"',
  '""""',
  '\\"\\\\"',
  '$1 $2 $$ $tag$',
  '%s %d %n %',
  '{"a":[1,2]}',
  '{NULL,"x"}',
  'NULL',
  'null',
  'a,b\tc\r\nd',
  '<script>alert(1)</script>',
  '=HYPERLINK("http://example.com")',
  '__proto__',
  '../../etc/passwd\u0001\u007f',
  'ʼ＇″ ‮ \u2028\u2029\ufeff',
];

const CORRELATION_IDS = ["order';DROP-TABLE-operations;--", '"\\"', '$1', '{NULL}', '~'.repeat(128)];

describe('what looks like SQL', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();

  const created = async (wallet: { Name: string; Country: string; City: string }) => {
    const answer = await call(handlers.createWallet, { body: { ...wallet, Currency: 'USD' } });
    expect(answer.status, answer.text).toBe(200);
    return (await call(handlers.getWallet, { path: { walletId: String(answer.payload.WalletID) } })).payload;
  };

  test.each(HOSTILE)('is kept as it is in every field of a wallet: %j', async (text) => {
    const given = { Name: text, Country: `${text}2`, City: `3${text}` };
    expect(await created(given)).toMatchObject(given);
    const [row] = await sql`SELECT name, country, city FROM wallets ORDER BY id DESC LIMIT 1`;
    expect(row).toEqual({ name: given.Name, country: given.Country, city: given.City });
  });

  test('is kept as it is in the event of a wallet', async () => {
    system.bus.events.splice(0);
    for (const text of HOSTILE) await created({ Name: text, Country: text, City: text });
    const told = HOSTILE.map((text) => ({ detail: { Name: text, Country: text, City: text } }));
    expect(system.bus.events).toMatchObject(told);
  });

  test('is kept as it is, whatever text it is', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).filter((value) => {
      return value.trim() !== '' && !value.includes('\0') && Array.from(value).length <= 200;
    });
    await fc.assert(
      fc.asyncProperty(text, text, async (Name, City) => {
        expect(await created({ Name, Country: 'UK', City })).toMatchObject({ Name, City });
      }),
      { numRuns: 50 },
    );
  });

  test.each(CORRELATION_IDS)(
    'is kept as it is in a correlation id, from the request to the last event: %j',
    async (id) => {
      const [origin, target] = [await system.wallet('USD'), await system.wallet('USD')];
      const headers = { 'X-Correlation-Id': id };
      system.bus.events.splice(0);
      const receipt = { WalletId: origin, Amount: 5, Currency: 'USD' };
      const answer = await call(handlers.receiveAmount, { body: receipt, headers });
      expect([answer.status, answer.headers['x-correlation-id']]).toEqual([200, id]);
      const transfer = { OriginWalletId: origin, TargetWalletId: target, Amount: 5, Currency: 'USD' };
      expect((await call(handlers.transferAmount, { body: transfer, headers })).status).toBe(200);
      await system.settleAll();
      expect(await system.balance(target)).toBe(5n);
      const ids =
        await sql`SELECT DISTINCT correlation_id FROM legs WHERE wallet_id IN (${origin}, ${target})`;
      expect([...ids]).toEqual([{ correlation_id: id }]);
      expect(system.bus.events.map(({ detail }) => detail['CorrelationId'])).toEqual([id, id]);
    },
  );

  test.each(['a b', 'ä', 'x'.repeat(129), '', 'a\nb: c'])(
    'and what is no correlation id is passed over, and never sent back: %j',
    async (id) => {
      const { status, headers } = await call(handlers.getCurrencies, { headers: { 'X-Correlation-Id': id } });
      expect(status).toBe(200);
      expect(headers['x-correlation-id']).toMatch(UUID);
    },
  );

  test('is kept as it is in an Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': "k';DELETE-FROM-idempotency_keys;--" };
    const asked = { body: { Name: 'a', Country: 'b', City: 'c', Currency: 'USD' }, headers };
    const first = await call(handlers.createWallet, asked);
    expect(first.status).toBe(200);
    expect((await call(handlers.createWallet, asked)).text).toBe(first.text);
    const keys = await sql`SELECT key FROM idempotency_keys`;
    expect([...keys]).toEqual([{ key: headers['Idempotency-Key'] }]);
  });

  test('is kept as it is in an array for the database, as is null', async () => {
    const items = [...HOSTILE, '', ' ', null];
    const [row] = await sql`SELECT to_json(${array(items)}::text[])::text AS items`;
    expect(JSON.parse(row?.['items'])).toEqual(items);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0')))),
        async (list) => {
          const [got] = await sql`SELECT to_json(${array(list)}::text[])::text AS items`;
          expect(JSON.parse(got?.['items'])).toEqual(list);
        },
      ),
      { numRuns: 50 },
    );
  });
});
