import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { call } from '../../support/system/client.ts';
import { notAllowed } from '../../support/system/currencies.ts';
import { testDatabase } from '../../support/system/database.ts';
import { prepare } from '../../support/system/prepare.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

describe('POST /batch', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const { acceptOperations } = system.handlers;
  await system.setRates();
  const [a, b] = [await system.wallet('USD'), await system.wallet('USD')];

  const batch = async (Operations: unknown, headers = {}) =>
    await call(acceptOperations, { body: { Operations }, headers });
  const receipt = (Amount: bigint, WalletId = a) => ({ WalletId, Amount, Currency: 'USD' });
  const transfer = (Amount: bigint) => ({ OriginWalletId: a, TargetWalletId: b, Amount, Currency: 'USD' });

  test('accepts 500 receipts and transfers, in their order', async () => {
    const operations = Array.from({ length: 250 }, (_, i) => [
      receipt(BigInt(i + 1)),
      transfer(BigInt(i + 1)),
    ]).flat();
    const { status, payload } = await batch(operations);
    expect(status).toBe(200);
    expect(payload.Results).toHaveLength(500);
    const rows = await sql`SELECT transaction_id FROM legs ORDER BY id`;
    expect(rows.map(({ transaction_id }) => transaction_id)).toEqual(
      payload.Results.map(({ TransactionId }: { TransactionId: string }) => TransactionId),
    );
    await system.settleAll();
    expect(await system.balance(b)).toBe((250n * 251n) / 2n);
    expect(await system.balance(a)).toBe(0n);
  });

  test('looks up its wallets, and never reads them all', async () => {
    const own = open(1);
    const alone = testSystem(own);
    await prepare(
      own,
      (tx) => tx`
        INSERT INTO wallets (name, country, city, currency, wallet_group)
        SELECT 'W', 'UK', 'London', 'USD', 1 FROM generate_series(1, 10000)`,
    );
    await own.unsafe('VACUUM (ANALYZE) wallets');
    const rowsScanned = async (): Promise<bigint> => {
      await own`SELECT pg_stat_force_next_flush()`;
      const [row] = await own`SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'wallets'`;
      return row?.['seq_tup_read'];
    };
    const before = await rowsScanned();
    const body = {
      Operations: Array.from({ length: 500 }, (_, i) => [receipt(BigInt(i + 1)), transfer(1n)][i % 2]),
    };
    expect((await call(alone.handlers.acceptOperations, { body })).status).toBe(200);
    // Other tests' connections may have told by now what they scanned: a few rows.
    expect(Number((await rowsScanned()) - before)).toBeLessThan(10_000);
    await alone.settleAll();
  });

  test('gives each entry its own result', async () => {
    const { status, payload } = await batch([
      receipt(5n),
      receipt(5n, 999_999n),
      { ...receipt(5n), Currency: 'XXX' },
      { ...transfer(1n), TargetWalletId: 999_999n },
      { ...transfer(1n), TargetWalletId: a },
      { ...receipt(5n), Amount: 0n },
      { WalletId: a },
      { ...receipt(5n), Extra: 1n },
      'nonsense',
      transfer(1n),
    ]);
    expect(status).toBe(200);
    expect(payload.Results.map(({ code }: { code?: string }) => code)).toEqual([
      undefined,
      'wallet_not_found',
      'currency_not_allowed',
      'wallet_not_found',
      'same_wallet',
      'invalid_field',
      'fields_missing',
      'invalid_field',
      'invalid_field',
      undefined,
    ]);
    expect(payload.Results[2].error).toBe(notAllowed('XXX'));
    expect(payload.Results[8].error).toBe('an entry of Operations must be an object, not "nonsense"');
    expect(payload.Results[1].error).toBe('no wallet with id: 999999');
    await system.settleAll();
    expect((await system.transaction(payload.Results[9].TransactionId)).Status).toBe('success');
  });

  test.each([
    ['5', '5'],
    ['1e400', '1e400'],
    ['null', 'null'],
    ['true', 'boolean'],
    ['false', 'boolean'],
    ['""', '""'],
    ['[]', 'an array'],
    ['[[{}]]', 'an array'],
  ])('refuses the entry %s, which is no object, by itself', async (json, shown) => {
    const one = stringifyJson(receipt(1n));
    for (const headers of [{}, { 'Idempotency-Key': randomUUID() }]) {
      const { status, payload } = await call(acceptOperations, {
        text: `{"Operations": [${one}, ${json}, ${one}]}`,
        headers,
      });
      expect(status).toBe(200);
      expect(payload.Results).toEqual([
        { TransactionId: expect.any(String) },
        { error: `an entry of Operations must be an object, not ${shown}`, code: 'invalid_field' },
        { TransactionId: expect.any(String) },
      ]);
    }
    await system.settleAll();
  });

  test('names the currency that is not allowed in each entry, also in the reply that a key keeps', async () => {
    const names = ['XXX', 'ABCDEFGHIJKL', '777777777777', 'usd'];
    const entries = names.map((Currency) => ({ ...receipt(5n), Currency }));
    const headers = { 'Idempotency-Key': 'batch-of-unknown-currencies' };
    for (const _time of ['first', 'again']) {
      const { payload } = await batch(entries, headers);
      expect(payload.Results).toEqual(
        names.map((name) => ({ error: notAllowed(name), code: 'currency_not_allowed' })),
      );
    }
  });

  test('names at most ten fields of an entry, and the known name that one written otherwise means', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`Field${index}`, 1n]));
    const { payload } = await batch([
      { ...receipt(1n), ...many },
      { walletId: a, amount: 1n, currency: 'USD' },
      { origin_wallet_id: a, targetwalletid: b, Amount: 1n, Currency: 'USD' },
    ]);
    const [first, second, third] = payload.Results;
    expect(first.error).toBe('Field0 is not a known field');
    expect(first.details).toHaveLength(10);
    expect(second).toMatchObject({
      error: 'walletId is not a known field: did you mean WalletId?',
      code: 'invalid_field',
      details: [{ field: 'walletId' }, { field: 'amount' }, { field: 'currency' }],
    });
    expect(third).toMatchObject({
      error: 'origin_wallet_id is not a known field: did you mean OriginWalletId?',
      details: [{ field: 'origin_wallet_id' }, { field: 'targetwalletid' }],
    });
  });

  test('is one request to an idempotency key', async () => {
    const headers = { 'Idempotency-Key': 'batch-1' };
    const first = await batch([receipt(1n), receipt(2n)], headers);
    const again = await batch([receipt(1n), receipt(2n)], headers);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await batch([receipt(1n)], headers)).status).toBe(422);
    await system.settleAll();
  });

  test('keeps every kind of refusal in the reply that an idempotency key gives again', async () => {
    const entries = [
      receipt(5n),
      receipt(5n, 999_999n),
      { ...receipt(5n), Currency: 'XXX' },
      { ...transfer(1n), TargetWalletId: 999_998n },
      { ...transfer(1n), OriginWalletId: 999_997n, TargetWalletId: 999_996n },
      { ...transfer(1n), TargetWalletId: a },
      { ...receipt(5n), Amount: 0n },
      { WalletId: a, 'a "name"': 1n },
      transfer(1n),
    ];
    const headers = { 'Idempotency-Key': 'batch-with-refusals' };
    const first = await batch(entries, headers);
    const again = await batch(entries, headers);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
    expect(
      first.payload.Results.filter(({ TransactionId }: { TransactionId?: string }) => TransactionId),
    ).toHaveLength(2);
    await system.settleAll();
  });

  test('is accepted once when it comes several times at once with one key', async () => {
    const headers = { 'Idempotency-Key': 'batch-at-once' };
    const before = await system.balance(b);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => batch([receipt(7n, b), receipt(8n, b)], headers)),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    await system.settleAll();
    expect(await system.balance(b)).toBe(before + 15n);
  });

  test.each([
    ['nothing', {}, 'all fields should be filled'],
    ['no entries', { Operations: [] }, 'all fields should be filled'],
    ['no array', { Operations: 5n }, 'Operations must be an array, not 5'],
    [
      'over 500',
      { Operations: Array.from({ length: 501 }, () => 1n) },
      'Operations must have at most 500 entries, not 501',
    ],
  ])('refuses %s', async (_what, body, error) => {
    expect(await refused(sql, acceptOperations, { body })).toMatchObject({ status: 400, error });
  });

  test('takes 500 entries with the longest numbers', async () => {
    const MAX = 9_223_372_036_854_775_807n;
    const longest = { OriginWalletId: MAX, TargetWalletId: MAX - 1n, Amount: MAX, Currency: 'ABCDEFGHIJKL' };
    const { status, payload } = await batch(Array.from({ length: 500 }, () => longest));
    expect([status, payload.Results[499].code]).toEqual([200, 'wallet_not_found']);
  });
});
