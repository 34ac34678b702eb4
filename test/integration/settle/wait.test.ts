import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { MAX_OPERATIONS } from '../../../lib/settle/reads.ts';
import { MAX, TIME, UUID } from '../../support/constants.ts';
import { type Asked, call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addReceipts } from '../../support/system/prepare.ts';
import { testSystem } from '../../support/system/system.ts';

const USD = 'USD';

describe('a request that waits for the outcome', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers, queue, bus } = system;

  beforeAll(() => system.setRates());
  beforeEach(() => {
    queue.sent.splice(0);
    bus.events.splice(0);
  });

  type Name = keyof typeof handlers;

  const send = (name: Name, body: unknown, prefer = 'wait=10', asked: Asked = {}) =>
    call(handlers[name], { body, ...asked, headers: { ...asked.headers, Prefer: prefer } });

  /** Sends it, and expects it to be settled. @returns the payload */
  async function settled(name: Name, body: unknown, asked: Asked = {}): Promise<any> {
    const { status, payload, headers, text } = await send(name, body, 'wait=10', asked);
    expect([name, status, headers['preference-applied'], text]).toEqual([name, 200, 'wait=10', text]);
    return payload;
  }

  const receipt = (WalletId: bigint, Amount = 100n) => ({ WalletId, Amount, Currency: USD });

  const transfer = (OriginWalletId: bigint, TargetWalletId: bigint, Amount: bigint, Currency = USD) => ({
    ...{ OriginWalletId, TargetWalletId, Amount, Currency },
  });

  /** A wallet with money, that nobody is woken for. */
  async function rich(amount = 1_000_000n, currency = USD): Promise<bigint> {
    const wallet = await system.wallet(currency);
    await settled('receiveAmount', { WalletId: wallet, Amount: amount, Currency: currency });
    queue.sent.splice(0);
    bus.events.splice(0);
    return wallet;
  }

  const nothingIsLeft = async () => {
    const [row] = await sql`
      SELECT (SELECT count(*) FROM pending_operations)::int AS pending, (SELECT count(*) FROM outbox)::int AS staged`;
    expect(row).toEqual({ pending: 0, staged: 0 });
    expect((await reconcile(sql, 60)).isClean).toBe(true);
  };

  test('settles a receipt at once, without the queue, and tells what GET /transaction does', async () => {
    const wallet = await system.wallet(USD);
    bus.events.splice(0);
    const payload = await settled('receiveAmount', receipt(wallet));
    expect(payload).toEqual({
      TransactionId: expect.stringMatching(UUID),
      Status: 'success',
      Reason: null,
      ...{ Available: null, FreeAt: null },
      Operations: [
        expect.objectContaining({ Type: 'in', Amount: 100n, Status: 'success', BalanceAfter: 100n }),
      ],
      CreatedAt: expect.stringMatching(TIME),
      ProcessedAt: expect.stringMatching(TIME),
    });
    expect(await system.transaction(payload.TransactionId)).toEqual(payload);
    expect(bus.events.map(({ type }) => type)).toEqual(['TransactionSucceeded']);
    expect(queue.sent.map(({ walletId }) => walletId)).toEqual([wallet]);
    await nothingIsLeft();
    await system.settleAll();
    expect(await system.balance(wallet)).toBe(100n);
  });

  test('settles both legs of a transfer, and wakes both wallets as always', async () => {
    const [from, to] = [await rich(), await rich(5n, 'EUR')];
    const payload = await settled('transferAmount', transfer(from, to, 1_000n, 'EUR'));
    expect(payload).toMatchObject({
      Status: 'success',
      Operations: [
        { Type: 'out', WalletId: from, Amount: 1_000n, WalletAmount: 1_094n },
        { Type: 'in', WalletId: to, Amount: 1_000n, BalanceAfter: 1_005n },
      ],
    });
    expect(queue.sent.map(({ walletId }) => walletId).toSorted()).toEqual([from, to].toSorted());
    expect(bus.events.map(({ type }) => type)).toEqual(['TransactionSucceeded']);
    await nothingIsLeft();
  });

  test('tells why it was declined, and when the money came back', async () => {
    const [from, to] = [await rich(), await system.wallet(USD)];
    expect(await settled('transferAmount', transfer(from, to, 1_000_001n))).toMatchObject({
      Status: 'decline',
      Reason: 'insufficient_funds',
      Operations: [{ Status: 'decline', Reason: 'insufficient_funds' }],
    });
    await settled('receiveAmount', receipt(to, MAX));
    expect(await settled('transferAmount', transfer(from, to, 10n))).toMatchObject({
      Status: 'decline',
      Reason: 'balance_limit',
      Operations: [{ Type: 'out' }, { Type: 'in', Status: 'decline' }, { Type: 'in', WalletId: from }],
    });
    expect([await system.balance(from), await system.balance(to)]).toEqual([1_000_000n, MAX]);
    await nothingIsLeft();
  });

  test('settles holds, their ends, and refunds', async () => {
    const [from, to] = [await rich(), await rich()];
    const held = await settled('holdAmount', { WalletId: from, Amount: 600_000n });
    expect(held).toMatchObject({
      HoldId: held.TransactionId,
      Status: 'success',
      ProcessedAt: expect.any(String),
    });
    const refused = await settled('holdAmount', { WalletId: from, Amount: 600_000n });
    expect(refused).toMatchObject({ Status: 'decline', Reason: 'insufficient_funds' });
    const path = { holdId: held.HoldId };
    const captured = await settled('captureHold', { TargetWalletId: to, Amount: 500_000n }, { path });
    expect(captured).toMatchObject({ Status: 'success', Operations: [{ WalletId: from }, { WalletId: to }] });
    const other = await settled('holdAmount', { WalletId: from, Amount: 400_000n });
    const released = await settled('releaseHold', {}, { path: { holdId: other.HoldId } });
    expect(released).toMatchObject({ Status: 'success' });
    const { TransactionId } = captured;
    const refund = await settled('refundTransaction', { TransactionId, Amount: 1n });
    expect(refund).toMatchObject({ Status: 'success', RefundOf: TransactionId });
    expect([await system.balance(from), await system.balance(to)]).toEqual([500_001n, 1_499_999n]);
    expect(bus.events.map(({ type }) => type)).toContain('HoldRefused');
    await nothingIsLeft();
  });

  test('says with each preference what it followed, and with none or a malformed one answers as always', async () => {
    const wallet = await system.wallet(USD);
    const both = await send('receiveAmount', receipt(wallet), 'wait=7, amounts=string');
    expect(both.headers['preference-applied']).toBe('amounts=string, wait=7');
    expect(both.payload.Operations).toMatchObject([
      { Amount: '100', WalletId: String(wallet), Position: 1n },
    ]);
    const long = await send('receiveAmount', receipt(wallet), 'wait=3600');
    expect(long.headers['preference-applied']).toBe('wait=20');
    for (const prefer of ['wait', 'wait=-1', 'wait=1.5', 'respond-async']) {
      const { payload, headers } = await send('receiveAmount', receipt(wallet), prefer);
      expect(payload).toEqual({ TransactionId: expect.stringMatching(UUID) });
      expect(headers['preference-applied']).toBeUndefined();
    }
    const now = await send('receiveAmount', receipt(wallet), 'wait=0');
    expect(now.headers['preference-applied']).toBe('wait=0');
    expect(now.payload).toMatchObject({ Status: 'new', Operations: [{ Position: null }] });
    await system.settleAll();
  });

  test('is of no effect where there is nothing to wait for', async () => {
    const wallet = await system.wallet(USD);
    const Operations = [receipt(wallet)];
    for (const [name, body, status] of [
      ['acceptOperations', { Operations }, 200],
      ['createWallet', { Name: 'a', Country: 'b', City: 'c', Currency: USD }, 200],
      ['updateCurrencies', { Rates: { EUR: 1 } }, 200],
      ['receiveAmount', receipt(wallet, 0n), 400],
      ['receiveAmount', receipt(4_711n), 404],
    ] as const) {
      const reply = await send(name, body);
      expect([name, reply.status, reply.headers['preference-applied']]).toEqual([name, status, undefined]);
    }
    await system.setRates();
    await system.settleAll();
  });

  test('settles what was accepted before it, too, in its order', async () => {
    const wallet = await system.wallet(USD);
    await addReceipts(sql, wallet, 2 * MAX_OPERATIONS);
    const { Operations } = await settled('receiveAmount', receipt(wallet));
    expect(Operations).toMatchObject([{ Position: BigInt(2 * MAX_OPERATIONS + 1) }]);
    await nothingIsLeft();
  });

  test('the reply that is kept stays the short one, and a repeat tells what the transaction is by then', async () => {
    const [from, to] = [await rich(), await system.wallet(USD)];
    const headers = { 'Idempotency-Key': randomUUID() };
    const short = await call(handlers.transferAmount, { body: transfer(from, to, 5n), headers });
    const waiting = { body: transfer(from, to, 5n), headers: { ...headers, Prefer: 'wait=10' } };
    for (let repeat = 0; repeat < 2; repeat++) {
      const told = await call(handlers.transferAmount, waiting);
      expect(told.payload).toMatchObject({ ...short.payload, Status: 'success', Operations: [{}, {}] });
      expect(told.headers).toMatchObject({ 'idempotency-replayed': 'true', 'preference-applied': 'wait=10' });
    }
    const again = await call(handlers.transferAmount, { body: transfer(from, to, 5n), headers });
    expect(again.text).toBe(short.text);
    expect(again.headers['preference-applied']).toBeUndefined();

    const first = { 'Idempotency-Key': randomUUID() };
    const told = await send('holdAmount', { WalletId: from, Amount: 5n }, 'wait=10', { headers: first });
    expect(told.headers['idempotency-replayed']).toBeUndefined();
    const kept = await call(handlers.holdAmount, { body: { WalletId: from, Amount: 5n }, headers: first });
    expect(kept.text).toBe(`{"payload":{"HoldId":"${told.payload.HoldId}"}}`);
    expect(await system.balance(to)).toBe(5n);
  });

  test('a refusal that is repeated for its key is not waited for', async () => {
    const wallet = await system.wallet(USD);
    const headers = { 'Idempotency-Key': randomUUID() };
    for (const replayed of [undefined, 'true']) {
      const reply = await send('transferAmount', transfer(wallet, wallet, 5n), 'wait=10', { headers });
      expect([reply.status, reply.headers['idempotency-replayed']]).toEqual([400, replayed]);
      expect(reply.headers['preference-applied']).toBeUndefined();
    }
  });

  test('many at once settle each operation once, with processors among them', async () => {
    const wallets = [await rich(), await rich(), await rich()] as const;
    const key = { 'Idempotency-Key': randomUUID() };
    const waits = Array.from({ length: 24 }, (_, index) => {
      const [from, to] = [wallets[index % 3] ?? 0n, wallets[(index + 1 + (index % 2)) % 3] ?? 0n];
      const isKeyed = index >= 20;
      const body = isKeyed ? transfer(wallets[0], wallets[1], 7n) : transfer(from, to, 5n);
      return send('transferAmount', body, 'wait=10', isKeyed ? { headers: key } : {});
    });
    const [answers] = await Promise.all([Promise.all(waits), system.settleAll()]);
    for (const { payload } of answers) expect(payload).toMatchObject({ Status: 'success' });
    expect(new Set(answers.map(({ payload }) => payload.TransactionId)).size).toBe(21);
    await system.settleAll();
    const balances = await Promise.all(wallets.map((wallet) => system.balance(wallet)));
    expect(balances.reduce((sum, balance) => sum + balance)).toBe(3_000_000n);
    await nothingIsLeft();
  });
});
