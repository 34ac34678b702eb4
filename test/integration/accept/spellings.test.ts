import { describe, expect, test } from 'vitest';
import { shownTime } from '../../../lib/wire/time.ts';
import { MAX, TIME } from '../../support/constants.ts';
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
  withJson,
} from '../../support/system/requests.ts';
import { testSystem } from '../../support/system/system.ts';

const ODD = 9_007_199_254_740_993n;

describe('POST /receive_amount and POST /transfer_amount', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();
  await system.wallet('EUR');
  await system.wallet('USD');

  const refusal = async (request: Request, asked: Asked) => await refused(sql, handlers[request], asked);

  test.each(
    crossed(
      EACH_REQUEST.map((request) => [request] as const),
      [
        ['1000000.0', '1000000'],
        ['1e6', '1000000'],
        ['1E+6', '1000000'],
        [`${ODD}.000`, String(ODD)],
        ['9.223372036854775807e18', String(MAX)],
      ] as const,
    ),
  )('%s takes the amount %j, which is whole, and keeps it to the digit', async (request, [json, amount]) => {
    const { status, payload } = await call(handlers[request], withJson(request, 'Amount', json));
    expect(status).toBe(200);
    const path = { transactionId: payload.TransactionId };
    expect((await call(handlers.getTransaction, { path })).payload.Operations[0].Amount).toBe(BigInt(amount));
  });

  test.each(EACH_ID)('%s takes as %s a number in another spelling', async (request, field) => {
    const id = field === 'TargetWalletId' ? '20e-1' : '0.1e1';
    expect((await call(handlers[request], withJson(request, field, id))).status).toBe(200);
  });

  test.each(EACH_FIELD)(
    '%s refuses %s in another case, and says which name is meant',
    async (request, field) => {
      const rest: Record<string, unknown> = { ...REQUESTS[request] };
      const { [field]: value } = rest;
      const others = [field.toLowerCase(), field.toUpperCase(), field.replaceAll(/(?!^)([A-Z])/g, '_$1')];
      for (const other of others.filter((name) => name !== field)) {
        delete rest[field];
        const error = `${other} is not a known field: did you mean ${field}?`;
        const alone = await refusal(request, { body: { ...rest, [other]: value } });
        expect(alone).toEqual({ status: 400, code: 'invalid_field', error });
        const both = await refusal(request, { body: { ...rest, [field]: value, [other]: 7 } });
        expect(both).toEqual({ status: 400, code: 'invalid_field', error });
      }
    },
  );

  test('say what is missing, and what was meant by a name in another case', async () => {
    const answer = await refusal('receiveAmount', { body: { walletId: 1, Amount: 5 } });
    expect(answer).toEqual({
      status: 400,
      code: 'fields_missing',
      error: 'all fields should be filled',
      details: [
        { field: 'Currency', error: 'is missing' },
        { field: 'walletId', error: 'is not a known field: did you mean WalletId?' },
      ],
    });
  });

  test('name at most ten fields that are wrong, and none at full length', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`x${index}${'y'.repeat(90)}`, 1]),
    );
    const { details } = await refusal('receiveAmount', { body: { ...RECEIPT, ...many } });
    expect(details).toHaveLength(10);
    for (const { field } of details ?? []) expect(field.length).toBe(40);
  });
});

describe('POST /hold', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  const shown = async (holdId: string) => (await call(handlers.showHold, { path: { holdId } })).payload;
  const hold = async (WalletId: bigint) =>
    (await call(handlers.holdAmount, { body: { WalletId, Amount: 60n } })).payload.HoldId;

  test('shows its times with six digits after the point, whenever they are', async () => {
    const id = await hold(await system.wallet('USD'));
    for (const second of ['2099-01-31T12:00:00Z', '2099-01-31T12:00:00.1Z', '2099-01-31T12:00:00.12345Z']) {
      await sql`UPDATE holds SET created_at = ${second}, expires_at = ${second} WHERE id = ${id}::uuid`;
      const { CreatedAt, ExpiresAt } = await shown(id);
      expect([CreatedAt, ExpiresAt]).toEqual([shownTime(second), shownTime(second)]);
      expect(CreatedAt).toMatch(TIME);
    }
  });

  test('lasts a whole number of seconds, however it is written', async () => {
    const wallet = await system.wallet('USD');
    const text = `{"WalletId": ${wallet}.0, "Amount": 1e0, "ExpiresInSeconds": 0.6e2}`;
    const { payload } = await call(handlers.holdAmount, { text });
    const { CreatedAt, ExpiresAt } = await shown(payload.HoldId);
    expect(Date.parse(ExpiresAt) - Date.parse(CreatedAt)).toBe(60_000);
  });

  test('is refused where the wallet’s currency has no rate any more, and names it', async () => {
    await sql`INSERT INTO currencies (name, rate) VALUES ('BYE', 1)`;
    const wallet = await system.wallet('BYE');
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'BYE'`;
    for (const headers of [{}, { 'Idempotency-Key': 'hold-of-bye' }]) {
      const body = { WalletId: wallet, Amount: 1n };
      expect(await call(handlers.holdAmount, { body, headers })).toMatchObject({
        status: 400,
        payload: { code: 'currency_not_allowed', error: notAllowed('BYE') },
      });
    }
  });
});
