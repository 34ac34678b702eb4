import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { contextOf } from '../../../lib/access/caller.ts';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { contents } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const UNKNOWN = 987_654_321n;

const sentence = (id: string) =>
  `Reference was given before, to the transaction ${id}: give another one, or leave it out`;

describe('a Reference', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();
  const [a, b] = [await system.wallet('USD'), await system.wallet('USD')];
  const receipt = (fields: object, Amount = 5n) => ({ WalletId: a, Amount, Currency: 'USD', ...fields });
  const transfer = (fields: object) => ({
    OriginWalletId: a,
    TargetWalletId: b,
    Amount: 1n,
    Currency: 'USD',
    ...fields,
  });
  const receive = (fields: object, headers = {}) =>
    call(handlers.receiveAmount, { body: receipt(fields), headers });
  const received = async (fields: object): Promise<string> => (await receive(fields)).payload.TransactionId;
  const taken = (first: string) => ({
    error: sentence(first),
    code: 'reference_taken',
    FirstTransactionId: first,
  });

  test('is refused the second time on each route, with the id of the first, and changes nothing', async () => {
    const paid = await received({});
    await system.settleAll();
    const Reference = 'order-1';
    const first = await received({ Reference });
    const before = await contents(sql);
    const asked = [
      [handlers.receiveAmount, receipt({ Reference })],
      [handlers.transferAmount, transfer({ Reference })],
      [handlers.refundTransaction, { TransactionId: paid, Reference }],
      [handlers.holdAmount, { WalletId: a, Amount: 1n, Reference }],
    ] as const;
    for (const [handler, body] of asked) {
      const { status, payload } = await call(handler, { body });
      expect([status, payload]).toEqual([409, taken(first)]);
    }
    expect(await contents(sql)).toEqual(before);
  });

  test('is accepted again where the first request was refused', async () => {
    const Reference = 'order-2';
    const refused = await call(handlers.receiveAmount, {
      body: { ...receipt({ Reference }), WalletId: UNKNOWN },
    });
    expect(refused.payload.code).toBe('wallet_not_found');
    expect((await receive({ Reference })).status).toBe(200);
  });

  test('is told after an unknown wallet, and before a currency that is not allowed', async () => {
    const Reference = 'order-3';
    await received({ Reference });
    const body = { ...receipt({ Reference }), Currency: 'NOPE' };
    const code = async (more: object) =>
      (await call(handlers.receiveAmount, { body: { ...body, ...more } })).payload.code;
    expect([await code({}), await code({ WalletId: UNKNOWN })]).toEqual([
      'reference_taken',
      'wallet_not_found',
    ]);
  });

  test('is replayed with its Idempotency-Key, and refused with another', async () => {
    const Reference = 'order-4';
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await receive({ Reference }, headers);
    const again = await receive({ Reference }, headers);
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([
      200,
      first.text,
      'true',
    ]);
    const other = { 'Idempotency-Key': randomUUID() };
    const refused = await receive({ Reference }, other);
    expect(refused.payload).toEqual(taken(first.payload.TransactionId));
    expect((await receive({ Reference }, other)).text).toBe(refused.text);
  });

  test.each([
    ['with keys', true],
    ['without keys', false],
  ])('is one transaction of many at once, %s', async (_how, isKeyed) => {
    const Reference = `race-${isKeyed}`;
    const pool = testSystem(open(8));
    const wallet = await system.wallet('USD');
    const attempts = Array.from({ length: 40 }, (_, index) => {
      const headers = isKeyed ? { 'Idempotency-Key': randomUUID() } : undefined;
      const asked = headers === undefined ? {} : { headers };
      const { receiveAmount, holdAmount, acceptOperations } = pool.handlers;
      const body = { WalletId: wallet, Amount: BigInt(index + 1), Currency: 'USD', Reference };
      if (index % 4 === 1) return call(acceptOperations, { body: { Operations: [body] }, ...asked });
      if (index % 4 === 2) {
        const hold = { WalletId: wallet, Amount: 1n, Reference };
        return call(holdAmount, { body: hold, ...asked });
      }
      return call(receiveAmount, { body, ...asked });
    });
    const replies = (await Promise.all(attempts)).map(({ status, payload }) => {
      const [entry = payload] = payload.Results ?? [];
      return {
        status,
        code: entry.code,
        id: entry.TransactionId ?? entry.HoldId ?? entry.FirstTransactionId,
      };
    });
    expect(replies.filter(({ code }) => code === undefined)).toHaveLength(1);
    expect(replies.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(new Set(replies.map(({ id }) => id)).size).toBe(1);
    const rows = await sql`SELECT transaction_id FROM legs WHERE wallet_id = ${wallet}`;
    expect(rows.map(({ transaction_id }) => transaction_id)).toEqual([replies[0]?.id]);
  });

  test('is refused by itself in a batch: for earlier transactions, and for earlier entries', async () => {
    const first = await received({ Reference: 'b-1' });
    const entries = [
      receipt({ Reference: 'b-1' }),
      { ...receipt({ Reference: 'b-2' }), Currency: 'NOPE' },
      receipt({ Reference: 'b-2' }),
      transfer({ Reference: 'b-2' }),
      receipt({ Description: 'no reference' }),
      receipt({}),
      { ...receipt({ Reference: 'b-2' }), WalletId: UNKNOWN },
    ];
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { Operations: entries };
    const { payload, text } = await call(handlers.acceptOperations, { body, headers });
    const [, , second, , fifth, sixth] = payload.Results;
    expect(payload.Results).toEqual([
      taken(first),
      taken(second.TransactionId),
      { TransactionId: expect.any(String) },
      taken(second.TransactionId),
      { TransactionId: expect.any(String) },
      { TransactionId: expect.any(String) },
      expect.objectContaining({ code: 'wallet_not_found' }),
    ]);
    const again = await call(handlers.acceptOperations, { body, headers });
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([text, 'true']);
    const flags = await sql`
      SELECT has_details FROM legs WHERE transaction_id IN (${second.TransactionId}, ${fifth.TransactionId}, ${sixth.TransactionId})
      ORDER BY id`;
    expect(flags.map(({ has_details }) => has_details)).toEqual([true, true, false]);
  });

  test('is one transaction of many batches at once that have each other’s references in any order', async () => {
    const pool = testSystem(open(6));
    const names = Array.from({ length: 30 }, (_, index) => `mixed-${index}`);
    const wallet = await system.wallet('USD');
    const batches = Array.from({ length: 12 }, (_, index) => {
      const order = index % 2 === 0 ? names : names.toReversed();
      const Operations = order.map((Reference) => ({
        WalletId: wallet,
        Amount: 1n,
        Currency: 'USD',
        Reference,
      }));
      const headers = { 'Idempotency-Key': randomUUID() };
      return call(pool.handlers.acceptOperations, { body: { Operations }, headers });
    });
    const replies = await Promise.all(batches);
    expect(replies.map(({ status }) => status)).toEqual(batches.map(() => 200));
    const results = replies.flatMap(({ payload }) => payload.Results);
    expect(results.filter(({ code }) => code === undefined)).toHaveLength(names.length);
    const [row] = await sql`SELECT count(*)::int AS legs FROM legs WHERE wallet_id = ${wallet}`;
    expect(row?.['legs']).toBe(names.length);
  });

  test('is unique for the owner of an API key, not for the key, and not for all', async () => {
    const guarded = testSystem(sql, 2, 'required');
    const access = (owner: string) =>
      contextOf({ id: randomUUID(), name: 'key', owner, scopes: ['operations:write'] });
    const as = (owner: string) =>
      call(guarded.handlers.receiveAmount, { body: receipt({ Reference: 'mine' }), access: access(owner) });
    const first = await as('shop');
    expect((await as('shop')).payload).toEqual(taken(first.payload.TransactionId));
    expect((await as('bank')).status).toBe(200);
  });

  test('numbers the rows without passing over one', async () => {
    const rows = await sql`SELECT number FROM transaction_details ORDER BY number`;
    expect(rows.length).toBeGreaterThan(30);
    expect(new Set(rows.map(({ number }) => number)).size).toBe(rows.length);
  });

  test('leaves clean books, whatever became of its transaction', async () => {
    const poor = await system.wallet('USD');
    await call(handlers.transferAmount, {
      body: { ...transfer({ Reference: 'too-much' }), OriginWalletId: poor },
    });
    await system.settleAll();
    const { checks } = await reconcile(sql, 60);
    expect(checks.filter(({ problems }) => problems > 0)).toEqual([]);
  });
});
