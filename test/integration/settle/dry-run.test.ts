import { beforeAll, describe, expect, test } from 'vitest';
import { NO_TRANSACTION } from '../../../lib/ledger/id.ts';
import { callerWith } from '../../support/description/callers.ts';
import { type Asked, call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { contents } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const USD = 'USD';

describe('a request that is only tried out', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers, queue, bus } = system;

  beforeAll(() => system.setRates());

  type Name = keyof typeof handlers;

  /** Tries a request out, and expects that nothing changed, nobody was woken and nothing was told. */
  async function tried(name: Name, body: object, asked: Asked = {}): Promise<any> {
    const [before, woken, told] = [await contents(sql), queue.sent.length, bus.events.length];
    const answer = await call(handlers[name], { body: { ...body, DryRun: true }, ...asked });
    expect(await contents(sql)).toEqual(before);
    expect([queue.sent.length, bus.events.length]).toEqual([woken, told]);
    return answer;
  }

  async function rich(amount = 1_000n, currency = USD): Promise<bigint> {
    const wallet = await system.wallet(currency);
    await call(handlers.receiveAmount, { body: { WalletId: wallet, Amount: amount, Currency: currency } });
    await system.settleAll();
    return wallet;
  }

  const receipt = (WalletId: bigint, Amount = 100n) => ({ WalletId, Amount, Currency: USD });
  const transfer = (OriginWalletId: bigint, TargetWalletId: bigint, Amount: bigint) => ({
    ...{ OriginWalletId, TargetWalletId, Amount, Currency: USD },
  });

  test('tells what a receipt would do, with ids that nobody has', async () => {
    const wallet = await rich(5n);
    const { status, payload } = await tried('receiveAmount', receipt(wallet));
    expect(status).toBe(200);
    expect(payload).toMatchObject({
      DryRun: true,
      TransactionId: NO_TRANSACTION,
      Status: 'success',
      Reason: null,
      Operations: [{ Type: 'in', TransactionId: NO_TRANSACTION, Status: 'success', BalanceAfter: 105n }],
      Wallets: [{ WalletID: wallet, Currency: USD, Balance: 105n, Available: 105n }],
    });
    expect(await system.balance(wallet)).toBe(5n);
  });

  test('tells both legs of a transfer, after what is pending before it', async () => {
    const [from, to] = [await rich(10n), await rich(1n)];
    await call(handlers.receiveAmount, { body: receipt(from, 90n) });
    const { payload } = await tried('transferAmount', transfer(from, to, 100n));
    expect(payload).toMatchObject({
      Status: 'success',
      Operations: [
        { Type: 'out', WalletId: from, BalanceAfter: 0n },
        { Type: 'in', WalletId: to, BalanceAfter: 101n },
      ],
      Wallets: [
        { WalletID: from, Balance: 0n },
        { WalletID: to, Balance: 101n },
      ],
    });
    await system.settleAll();
    expect([await system.balance(from), await system.balance(to)]).toEqual([100n, 1n]);
  });

  test('tells that a transfer would be declined, and why', async () => {
    const [from, to] = [await rich(10n), await rich(1n)];
    const { status, payload } = await tried('transferAmount', transfer(from, to, 11n));
    expect(status).toBe(200);
    expect(payload).toMatchObject({ Status: 'decline', Reason: 'insufficient_funds' });
    expect(payload.Wallets).toMatchObject([{ Balance: 10n }, { Balance: 1n }]);
  });

  test('refuses what would be refused, with the same words', async () => {
    const wallet = await rich();
    for (const [name, body] of [
      ['receiveAmount', receipt(777n)],
      ['transferAmount', transfer(wallet, wallet, 1n)],
      ['transferAmount', transfer(wallet, 777n, 1n)],
      ['refundTransaction', { TransactionId: '018f2b1c-0000-7000-8000-000000000000' }],
    ] as const) {
      const { status, payload } = await tried(name, body);
      const real = await call(handlers[name], { body });
      expect([status, payload]).toEqual([real.status, real.payload]);
      expect(status).toBeGreaterThanOrEqual(400);
    }
  });

  test('tells holds, captures, releases and refunds', async () => {
    const [wallet, target] = [await rich(), await rich()];
    const { payload: held } = await tried('holdAmount', { WalletId: wallet, Amount: 300n });
    expect(held).toMatchObject({ HoldId: NO_TRANSACTION, Status: 'success', Operations: [] });
    expect(held.Wallets).toEqual([{ WalletID: wallet, Currency: USD, Balance: 1_000n, Available: 700n }]);

    const { payload: hold } = await call(handlers.holdAmount, { body: { WalletId: wallet, Amount: 300n } });
    await system.settleAll();
    const path = { holdId: hold.HoldId };
    const capture = { TargetWalletId: target, Amount: 200n };
    const { payload: captured } = await tried('captureHold', capture, { path });
    expect(captured.Wallets).toMatchObject([{ Balance: 800n, Available: 800n }, { Balance: 1_200n }]);
    const { payload: released } = await tried('releaseHold', {}, { path });
    expect(released.Wallets).toMatchObject([{ Balance: 1_000n, Available: 1_000n }]);

    const { payload: paid } = await call(handlers.transferAmount, { body: transfer(target, wallet, 50n) });
    await system.settleAll();
    const { payload: refunded } = await tried('refundTransaction', { TransactionId: paid.TransactionId });
    expect(refunded).toMatchObject({ Status: 'success', RefundOf: paid.TransactionId });
    expect(refunded.Wallets).toMatchObject([{ Available: 700n }, { Balance: 1_000n }]);
  });

  test('tells each entry of a batch, one after the other', async () => {
    const [a, b] = [await rich(10n), await rich(0n + 1n)];
    const Operations = [
      transfer(a, b, 8n),
      transfer(a, b, 3n),
      receipt(777n),
      receipt(b, 1n),
      { WalletId: 1n },
    ];
    const { status, payload } = await tried('acceptOperations', { Operations });
    expect(status).toBe(200);
    expect(payload).toMatchObject({
      DryRun: true,
      Results: [
        { TransactionId: NO_TRANSACTION, Status: 'success' },
        { Status: 'decline', Reason: 'insufficient_funds' },
        { code: 'wallet_not_found' },
        { Status: 'success' },
        { code: 'fields_missing' },
      ],
      Wallets: [
        { WalletID: a, Balance: 2n },
        { WalletID: b, Balance: 10n },
      ],
    });
  });

  test('keeps no reference: it is free for the request itself', async () => {
    const wallet = await rich(5n);
    const noted = { ...receipt(wallet), Reference: 'tried first', Metadata: { shop: 'north' } };
    const { payload } = await tried('receiveAmount', noted);
    expect(payload).toMatchObject({
      Status: 'success',
      Reference: 'tried first',
      Metadata: { shop: 'north' },
    });
    expect((await call(handlers.receiveAmount, { body: noted })).status).toBe(200);
    expect((await tried('receiveAmount', noted)).payload.code).toBe('reference_taken');
    await system.settleAll();
  });

  test('takes no idempotency key: the key is free for the request itself', async () => {
    const wallet = await rich(5n);
    const headers = { 'Idempotency-Key': `try-${wallet}` };
    const first = await tried('receiveAmount', receipt(wallet), { headers });
    const second = await tried('receiveAmount', receipt(wallet), { headers });
    expect(second.payload.Wallets).toEqual(first.payload.Wallets);
    const { status, headers: sent } = await call(handlers.receiveAmount, { body: receipt(wallet), headers });
    expect([status, sent['idempotency-replayed']]).toEqual([200, undefined]);
    await system.settleAll();
    expect(await system.balance(wallet)).toBe(105n);
  });

  test('is refused to a key that may not read balances', async () => {
    const wallet = await rich(5n);
    const strict = testSystem(sql, 1, 'required').handlers;
    const asked = { access: callerWith(['operations:write']), body: { ...receipt(wallet), DryRun: true } };
    const { status, payload } = await call(strict.receiveAmount, asked);
    expect([status, payload.code]).toEqual([403, 'forbidden']);
    expect(payload.error).toContain('wallets:read');
  });

  test('must be true or false', async () => {
    const { status, payload } = await call(handlers.receiveAmount, {
      body: { ...receipt(await rich()), DryRun: 'yes' },
    });
    expect([status, payload.error]).toEqual([400, 'DryRun must be true or false, not "yes"']);
  });

  test('of many at once against each other and against the real ones, each ends, and the money adds up', async () => {
    const [a, b] = [await rich(100n), await rich(100n)];
    const both = Array.from({ length: 10 }, (_, n) =>
      n % 2 === 0 ? transfer(a, b, 1n) : transfer(b, a, 1n),
    );
    const answers = await Promise.all(
      both.flatMap((body) => [
        call(handlers.transferAmount, { body: { ...body, DryRun: true } }),
        call(handlers.transferAmount, { body, headers: { Prefer: 'wait=10' } }),
      ]),
    );
    expect(answers.map(({ status, payload }) => [status, payload.Status])).toEqual(
      answers.map(() => [200, 'success']),
    );
    await system.settleAll();
    expect((await system.balance(a)) + (await system.balance(b))).toBe(200n);
  });
});
