import { beforeAll, describe, expect, test } from 'vitest';
import { MAX } from '../../support/constants.ts';
import { type Answer, type Asked, call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

/** The smallest whole number that a double can't keep. */
const ODD = 9_007_199_254_740_993n;

const AS_TEXT = { Prefer: 'amounts=string' };

/** Numbers that are no amounts and no ids. */
const NUMBERS = new Set(['Rate', 'Position', 'Group', 'Limit', 'Offset']);

describe('with Prefer: amounts=string', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;

  /** Calls with the preference and without it. */
  async function both(name: keyof typeof handlers, asked: Asked): Promise<[Answer, Answer]> {
    const answers = await Promise.all([
      call(handlers[name], { ...asked, headers: { ...asked.headers, ...AS_TEXT } }),
      call(handlers[name], asked),
    ]);
    for (const { status, text } of answers) expect([name, status, text]).toEqual([name, 200, text]);
    return answers;
  }

  beforeAll(() => system.setRates());

  /** A value as the preference wants it: each number but a few as text. */
  function asText(value: unknown, name = ''): unknown {
    if (Array.isArray(value)) return value.map((item) => asText(item));
    if (typeof value === 'bigint') return NUMBERS.has(name) ? value : String(value);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item, key)]));
  }

  test('every amount and id of every report is a string of digits, and nothing else changes', async () => {
    const [odd, max] = [await system.wallet('USD'), await system.wallet('USD')];
    await system.receive(odd, ODD, 'USD');
    await system.receive(max, MAX, 'USD');
    await system.settleAll();
    const id = await system.transfer(max, odd, ODD, 'USD');
    const { payload: hold } = await call(handlers.holdAmount, { body: { WalletId: odd, Amount: ODD } });
    await system.settleAll();
    const pending = await system.receive(max, MAX, 'USD');
    const path = { walletId: String(odd) };
    const at = new Date().toISOString();
    const from = '2000-01-01T00:00:00Z';
    const reports = [
      ['getConversion', { path: { amount: String(MAX), from: 'USD', to: 'USD' } }, [String(MAX)]],
      ['getWallet', { path }, [String(odd), String(ODD), String(2n * ODD)]],
      ['getWallet', { path: { walletId: String(max) } }, [String(max), String(MAX - ODD)]],
      ['getWallet', { path, query: { at } }, [String(2n * ODD)]],
      ['listWallets', { query: { limit: '1' } }, [String(odd)]],
      ['getTransaction', { path: { transactionId: id } }, [String(odd), String(max), String(ODD)]],
      ['getTransaction', { path: { transactionId: pending } }, [String(MAX)]],
      ['showHold', { path: { holdId: hold.HoldId } }, [String(odd), String(ODD)]],
      ['listOperations', { path, query: { from, to: at } }, [String(ODD), String(2n * ODD)]],
      [
        'totalOperations',
        { path: { walletId: String(max) }, query: { from, to: at } },
        [String(MAX), String(ODD)],
      ],
      ['getCurrencies', {}, []],
    ] as const;
    for (const [name, asked, digits] of reports) {
      const [text, plain] = await both(name, asked);
      expect(text.payload, name).toEqual(asText(plain.payload));
      for (const each of digits) expect(text.text, name).toContain(`:"${each}"`);
      expect(text.headers['preference-applied']).toBe('amounts=string');
      expect(plain.headers['preference-applied']).toBeUndefined();
      expect(plain.text).not.toMatch(/:"\d+"/);
    }
    const list = await call(handlers.listWallets, { query: { limit: '1' }, headers: AS_TEXT });
    expect(list.payload).toMatchObject({ Next: String(odd), Wallets: [{ WalletID: String(odd) }] });
    const next = await call(handlers.listWallets, { query: { after: list.payload.Next }, headers: AS_TEXT });
    expect(next.payload).toMatchObject({ Next: null, Wallets: [{ WalletID: String(max) }] });
  });

  test('a new wallet has its id as text, and a file is as it is', async () => {
    const body = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };
    const created = await call(handlers.createWallet, { body, headers: AS_TEXT });
    expect(created.text).toMatch(/^\{"payload":\{"WalletID":"\d+"\}\}$/);
    const path = { walletId: created.payload.WalletID };
    const file = await call(handlers.downloadOperations, { path, headers: AS_TEXT });
    expect([file.status, file.headers['preference-applied']]).toEqual([200, undefined]);
  });

  test('a reply that is kept with a key has one form, and each repeat the one that it prefers', async () => {
    const body = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };
    const key = { 'Idempotency-Key': 'forms' };
    const first = await call(handlers.createWallet, { body, headers: { ...key, ...AS_TEXT } });
    const [kept] = await sql<{ body: string }[]>`SELECT body FROM idempotency_keys WHERE key = 'forms'`;
    expect(kept?.body).toBe(`{"payload":{"WalletID":${first.payload.WalletID}}}`);
    const again = await call(handlers.createWallet, { body, headers: { ...key, ...AS_TEXT } });
    const plain = await call(handlers.createWallet, { body, headers: key });
    expect([again.text, plain.text]).toEqual([first.text, kept?.body]);
    expect(again.headers).toMatchObject({
      'idempotency-replayed': 'true',
      'preference-applied': 'amounts=string',
    });
  });

  test('ids of a body may be text, and the amounts of each request keep their digits', async () => {
    const [a, b] = [String(await system.wallet('USD')), String(await system.wallet('USD'))];
    const Currency = 'USD';
    const post = (name: keyof typeof handlers, body: unknown, path?: Record<string, string>) =>
      call(handlers[name], { body, headers: AS_TEXT, ...(path && { path }) });
    for (const Amount of [String(ODD), ODD])
      expect((await post('receiveAmount', { WalletId: a, Amount, Currency })).status).toBe(200);
    const order = { OriginWalletId: a, TargetWalletId: b, Amount: String(ODD), Currency };
    expect((await post('transferAmount', order)).status).toBe(200);
    const held = await post('holdAmount', { WalletId: a, Amount: String(ODD) });
    await system.settleAll();
    const path = { holdId: held.payload.HoldId };
    expect((await post('captureHold', { TargetWalletId: b, Amount: String(ODD) }, path)).status).toBe(200);
    const batch = await post('acceptOperations', {
      Operations: [{ ...order, OriginWalletId: b, TargetWalletId: a }],
    });
    expect(batch.payload).toEqual({ Results: [{ TransactionId: expect.any(String) }] });
    await system.settleAll();
    const refund = { TransactionId: batch.payload.Results[0].TransactionId, Amount: String(ODD) };
    expect((await post('refundTransaction', refund)).status).toBe(200);
    await system.settleAll();
    expect([await system.balance(BigInt(a)), await system.balance(BigInt(b))]).toEqual([0n, 2n * ODD]);
  });

  test('ids of a body that are no digits are refused as ever, and without the preference all text is', async () => {
    const receive = (WalletId: unknown, headers: Record<string, string>) =>
      call(handlers.receiveAmount, { body: { WalletId, Amount: 5n, Currency: 'USD' }, headers });
    for (const id of ['x', '1.0', '-1', '0', '9223372036854775808', '99999999999999999999', '1 '])
      expect((await receive(id, AS_TEXT)).payload).toMatchObject({ code: 'invalid_field' });
    expect((await receive('1', {})).payload).toMatchObject({ code: 'invalid_field' });
    expect((await receive('1', { Prefer: 'amounts=text' })).payload).toMatchObject({ code: 'invalid_field' });
    expect((await receive('', AS_TEXT)).payload).toMatchObject({ code: 'fields_missing' });
    expect((await receive(String(MAX), AS_TEXT)).payload).toMatchObject({ code: 'wallet_not_found' });
  });

  test('a body with its ids in another form is another request to its key', async () => {
    const wallet = await system.wallet('USD');
    const send = (WalletId: bigint | string) =>
      call(handlers.receiveAmount, {
        body: { WalletId, Amount: 5n, Currency: 'USD' },
        headers: { 'Idempotency-Key': 'another-form', ...AS_TEXT },
      });
    const first = await send(wallet);
    expect((await send(wallet)).text).toBe(first.text);
    expect((await send(String(wallet))).status).toBe(422);
  });
});
