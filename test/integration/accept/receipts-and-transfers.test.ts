import { describe, expect, test } from 'vitest';
import { MAX, UUID } from '../../support/constants.ts';
import { type Asked, call } from '../../support/system/client.ts';
import { notAllowed } from '../../support/system/currencies.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import {
  crossed,
  EACH_FIELD,
  EACH_ID,
  EACH_REQUEST,
  RECEIPT,
  REQUESTS,
  type Request,
  TRANSFER,
  withJson,
} from '../../support/system/requests.ts';
import { testSystem } from '../../support/system/system.ts';

const ODD = 9_007_199_254_740_993n;

describe('POST /receive_amount and POST /transfer_amount', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers, queue } = system;
  await system.setRates();
  await sql`INSERT INTO currencies (name, rate, withdrawn_at) VALUES ('GONE', 5, now())`;
  await system.wallet('EUR');
  await system.wallet('USD');

  const refusal = async (request: Request, asked: Asked) => {
    const sent = queue.sent.length;
    const answer = await refused(sql, handlers[request], asked);
    expect(queue.sent.length).toBe(sent);
    return answer;
  };

  test('record a pending operation, answer with its transaction, and wake its wallet', async () => {
    for (const [request, leg] of [
      ['receiveAmount', 'receipt'],
      ['transferAmount', 'debit'],
    ] as const) {
      queue.sent.splice(0);
      const { status, payload } = await call(handlers[request], { body: REQUESTS[request] });
      expect(status).toBe(200);
      expect(Object.keys(payload)).toEqual(['TransactionId']);
      expect(payload.TransactionId).toMatch(UUID);
      const rows = await sql`
        SELECT id, leg, status, wallet_id, counterparty_id, amount, currency FROM legs
        WHERE transaction_id = ${payload.TransactionId}::uuid`;
      const { Amount: amount, Currency: currency } = REQUESTS[request];
      const counterparty_id = leg === 'debit' ? 2n : null;
      expect(rows).toMatchObject([
        { leg, status: 'new', wallet_id: 1n, counterparty_id, amount: BigInt(amount), currency },
      ]);
      expect(queue.sent).toMatchObject([
        { walletId: 1n, group: 1, deduplicationId: `operation-${rows[0]?.['id']}` },
      ]);
    }
  });

  test.each(
    crossed(
      EACH_REQUEST.map((request) => [request] as const),
      ['1', String(ODD), String(MAX), '"1"', `"${ODD}"`],
    ),
  )('%s takes the amount %s with every digit', async (request, json) => {
    const { status, payload } = await call(handlers[request], withJson(request, 'Amount', json));
    expect(status).toBe(200);
    const path = { transactionId: payload.TransactionId };
    const [operation] = (await call(handlers.getTransaction, { path })).payload.Operations;
    expect(operation.Amount).toBe(BigInt(json.replaceAll('"', '')));
  });

  const WRONG_AMOUNTS = [
    ...[
      '0',
      '-0',
      '-5',
      String(MAX + 1n),
      String(-MAX),
      '5.5',
      '1.5e0',
      '1e-1',
      '1e400',
      '1e999999999',
      '9'.repeat(10_000),
    ],
    ...['" 5"', '"5 "', '"-5"', '"5.5"', '"1e6"', '"0"', '"0x10"', '"five"', '"٥"', `"${MAX + 1n}"`],
    ...['true', 'false', '[]', '[5]', '{}', '{"rawJSON":"5"}'],
  ];

  test.each(
    crossed(
      EACH_REQUEST.map((request) => [request] as const),
      WRONG_AMOUNTS,
    ),
  )('%s refuses the amount %s', async (request, json) => {
    const { status, code, error } = await refusal(request, withJson(request, 'Amount', json));
    expect([status, code]).toEqual([400, 'invalid_field']);
    expect(error).toMatch(
      /^Amount must be a whole number of millionths of a unit from 1 to 9223372036854775807, not /,
    );
  });

  const WRONG_IDS = [
    ...[
      '0',
      '-1',
      String(MAX + 1n),
      '1e-3',
      '1e400',
      '1.5',
      '"1"',
      '"x"',
      'true',
      '[]',
      '[1]',
      '{}',
      '9'.repeat(10_000),
    ],
    `"1'; DROP TABLE wallets;--"`,
  ];

  test.each(crossed(EACH_ID, WRONG_IDS))('%s refuses as %s %s', async (request, field, json) => {
    const { status, code, error } = await refusal(request, withJson(request, field, json));
    expect([status, code]).toEqual([400, 'invalid_field']);
    expect(error).toMatch(new RegExp(`^${field} must be a whole number from 1 to 9223372036854775807, not `));
  });

  test.each(crossed(EACH_ID, [7n, MAX]))(
    '%s refuses as %s %d, a wallet that there is not',
    async (request, field, id) => {
      const answer = await refusal(request, withJson(request, field, String(id)));
      expect(answer).toEqual({ status: 404, code: 'wallet_not_found', error: `no wallet with id: ${id}` });
    },
  );

  const UNKNOWN_CURRENCIES = ['XXX', 'GONE', 'usd', 'US', 'USD ', 'ABCDEFGHIJKLM', '€€€', 'USD\0', "USD';--"];
  test.each(
    crossed(
      EACH_REQUEST.map((request) => [request] as const),
      UNKNOWN_CURRENCIES,
    ),
  )('%s refuses the currency %j with the sentence that callers know', async (request, currency) => {
    const answer = await refusal(request, withJson(request, 'Currency', JSON.stringify(currency)));
    const error = notAllowed(currency);
    expect(answer).toEqual({ status: 400, code: 'currency_not_allowed', error });
  });

  test.each(
    crossed(
      EACH_REQUEST.map((request) => [request] as const),
      ['5', 'true', '["USD"]', '{}'],
    ),
  )('%s refuses the currency %s, which is no string', async (request, json) => {
    const { status, code, error } = await refusal(request, withJson(request, 'Currency', json));
    expect([status, code]).toEqual([400, 'invalid_field']);
    expect(error).toMatch(/^Currency must be a string, not /);
  });

  test.each(crossed(EACH_FIELD, ['null', '""', '" "', undefined]))(
    '%s refuses a missing %s (%s) with the sentence that callers know',
    async (request, field, json) => {
      const { [field]: _, ...rest } = REQUESTS[request] as Record<string, unknown>;
      const answer = await refusal(
        request,
        json === undefined ? { body: rest } : withJson(request, field, json),
      );
      expect(answer).toEqual({
        status: 400,
        code: 'fields_missing',
        error: 'all fields should be filled',
        details: [{ field, error: 'is missing' }],
      });
    },
  );

  test.each(EACH_REQUEST)('%s names every field that is wrong', async (request) => {
    const fields = Object.keys(REQUESTS[request]);
    const empty = await refusal(request, { text: '{}' });
    expect(empty.error).toBe('all fields should be filled');
    expect(empty.details?.map(({ field }) => field)).toEqual(fields);
    const wrong = await refusal(request, {
      body: Object.fromEntries([...fields, 'Note'].map((field) => [field, []])),
    });
    expect(wrong.code).toBe('invalid_field');
    expect(wrong.error).toMatch(new RegExp(`^${fields[0]} must be a whole number.* not an array$`));
    expect(wrong.details?.map(({ field }) => field)).toEqual([...fields, 'Note']);
  });

  test.each(
    crossed(
      EACH_REQUEST.map((request) => [request] as const),
      ['Note', 'Status', '__proto__'],
    ),
  )('%s refuses the field %s, which it does not know', async (request, field) => {
    const text = `{${JSON.stringify(field)}: 1, ${JSON.stringify(REQUESTS[request]).slice(1)}`;
    const answer = await refusal(request, { text });
    expect(answer).toEqual({ status: 400, code: 'invalid_field', error: `${field} is not a known field` });
  });

  test('refuse a transfer from a wallet to itself, whether there is such a wallet or not', async () => {
    for (const id of [1, 999]) {
      const body = { ...TRANSFER, OriginWalletId: id, TargetWalletId: id };
      const { status, code, error } = await refusal('transferAmount', { body });
      expect([status, code]).toEqual([400, 'same_wallet']);
      expect(error).toContain('OriginWalletId and TargetWalletId');
    }
  });

  test('refuse an unknown wallet before an unknown currency, and the origin before the target', async () => {
    const body = { ...TRANSFER, OriginWalletId: 8, TargetWalletId: 9, Currency: 'XXX' };
    expect((await refusal('transferAmount', { body })).error).toBe('no wallet with id: 8');
    expect(
      (await refusal('receiveAmount', { body: { ...RECEIPT, WalletId: 8, Currency: 'XXX' } })).status,
    ).toBe(404);
  });
});

describe('GET /transaction/{transactionId}', async () => {
  const { sql } = await testDatabase();
  const { handlers } = testSystem(sql);
  const ID = '0197a1b2-c3d4-7e5f-8a6b-0123456789ab';

  test('refuses a transaction that there is not', async () => {
    expect(await refused(sql, handlers.getTransaction, { path: { transactionId: ID } })).toEqual({
      status: 404,
      code: 'transaction_not_found',
      error: `no transaction with id: ${ID}`,
    });
  });

  test.each([
    '1',
    ID.slice(1),
    `${ID}0`,
    ID.replaceAll('-', ''),
    `{${ID}}`,
    'x'.repeat(9_000),
    `${ID.slice(0, -1)}'`,
    '\0',
  ])('refuses the id %j', async (transactionId) => {
    const refusal = await refused(sql, handlers.getTransaction, { path: { transactionId } });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toMatch(/^transactionId must be a UUID, not "/);
    expect(refusal.error.length).toBeLessThan(300);
  });

  test('refuses a parameter that it does not know', async () => {
    const asked = { path: { transactionId: ID }, query: { verbose: '1' } };
    const refusal = await refused(sql, handlers.getTransaction, asked);
    expect(refusal).toMatchObject({ status: 400, error: 'verbose is not a known field' });
  });
});
