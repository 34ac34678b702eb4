import { describe, expect, test } from 'vitest';
import { createProcessor } from '../../../functions/processor.ts';
import type { WakeUp } from '../../../lib/messaging/wake-ups.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addReceipts } from '../../support/system/prepare.ts';
import { sqsEvent, testSystem } from '../../support/system/system.ts';

const MAX = 9_223_372_036_854_775_807n;

/** More than one transaction settles. */
const LONG_BACKLOG = 1_500;

describe('in a group with a backlog', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql, 1);
  await system.setRates();
  const processor = createProcessor(system);

  const take = (): WakeUp[] => system.queue.sent.splice(0);
  const wallets = async (count: number): Promise<bigint[]> => {
    const ids: bigint[] = [];
    for (let made = 0; made < count; made++) ids.push(await system.wallet('USD'));
    return ids;
  };
  const pendingOf = async (walletId: bigint): Promise<number> =>
    (await sql`SELECT FROM pending_operations WHERE wallet_id = ${walletId}`).count;
  /** Settles one transaction of the messages' group: then the time is up. */
  const settleOnce = async (messages: readonly WakeUp[]) => {
    const left = [60_000];
    await processor(sqsEvent(messages), { getRemainingTimeInMillis: () => left.pop() ?? 0 });
    take();
  };
  const message = (walletId: bigint): WakeUp => {
    return { walletId, group: 1, deduplicationId: `test-${walletId}`, correlationId: 'c' };
  };

  test('receipts for full wallets are declined together, and keep none of the others waiting', async () => {
    const [full, free] = [await wallets(30), await wallets(3)];
    const receive = async (ids: readonly bigint[], Amount: bigint) => {
      const Operations = ids.map((WalletId) => ({ WalletId, Amount, Currency: 'USD' }));
      const { payload } = await call(system.handlers.acceptOperations, { body: { Operations } });
      return (payload.Results as { TransactionId: string }[]).map(({ TransactionId }) => TransactionId);
    };
    await receive(full, MAX);
    await system.settleAll();
    const declined = [...(await receive(full, 1n)), ...(await receive(full, 2n))];
    const fitting = await receive(free, 7n);
    await settleOnce(take().slice(0, 1));
    for (const id of declined)
      expect(await system.transaction(id)).toMatchObject({ Status: 'decline', Reason: 'balance_limit' });
    for (const id of fitting) expect(await system.transaction(id)).toMatchObject({ Status: 'success' });
    for (const id of full) expect(await system.balance(id)).toBe(MAX);
  });

  test('a full wallet keeps room for money that may come back to it, and for no more than that', async () => {
    const [full = 0n, other = 0n] = await wallets(2);
    await system.receive(full, MAX, 'USD');
    await system.settleAll();
    await system.transfer(full, other, 5n, 'USD');
    await settleOnce(take());
    expect(await pendingOf(other)).toBe(1);
    // A processor that is at work on the target keeps the credit pending meanwhile.
    const early = await system.receive(full, 1n, 'USD');
    await sql.begin(async (tx) => {
      await tx`SELECT FROM wallets WHERE id = ${other} FOR NO KEY UPDATE`;
      await settleOnce([message(full)]);
    });
    expect(await system.transaction(early)).toMatchObject({ Status: 'decline', Reason: 'balance_limit' });
    await system.process([message(other)]);
    const inTime = await system.receive(full, 5n, 'USD');
    const late = await system.receive(full, 1n, 'USD');
    await system.settleAll();
    expect(await system.transaction(inTime)).toMatchObject({ Status: 'success' });
    expect(await system.transaction(late)).toMatchObject({ Status: 'decline', Reason: 'balance_limit' });
  });

  test('all wallets have their turn, however much the messages of one make the search begin', async () => {
    const [busy = 0n, ...others] = await wallets(31);
    for (const id of [busy, ...others]) await addReceipts(sql, id, 250);
    const last = others.at(-1) ?? 0n;
    // Each transaction has room for ten of them.
    for (let batch = 0; batch < 4; batch++) await settleOnce([message(busy)]);
    expect(await pendingOf(last)).toBeLessThan(250);
    await system.process([message(busy), message(last)]);
    await system.settleAll();
  });

  test('an operation of a neighbour is settled by the transaction that begins with the busy wallet', async () => {
    const [busy = 0n, neighbour = 0n] = await wallets(2);
    await addReceipts(sql, busy, LONG_BACKLOG);
    await addReceipts(sql, neighbour, 1);
    await settleOnce([message(busy)]);
    expect(await pendingOf(neighbour)).toBe(0);
    expect(await pendingOf(busy)).toBeGreaterThan(0);
    await processor(sqsEvent([message(busy)]), { getRemainingTimeInMillis: () => 60_000 });
    expect([await pendingOf(busy), await system.balance(busy)]).toEqual([0, BigInt(LONG_BACKLOG)]);
  });

  test('an operation of a neighbour is settled by the next transaction, whatever comes before it', async () => {
    const ids = await wallets(12);
    for (const id of ids.slice(0, -1)) await addReceipts(sql, id, 150);
    const last = ids.at(-1) ?? 0n;
    await addReceipts(sql, last, 1);
    let transactions = 0;
    for (; (await pendingOf(last)) > 0 && transactions < 12; transactions++)
      await settleOnce([message(last)]);
    expect(transactions).toBe(1);
    await system.process([message(last)]);
    for (const id of ids) expect(await pendingOf(id)).toBe(0);
  });

  test('holds of one wallet that are over keep no other wallet’s money', async () => {
    const [busy = 0n, victim = 0n, payee = 0n] = await wallets(3);
    const many = 300;
    await system.receive(busy, BigInt(many), 'USD');
    await system.receive(victim, 100n, 'USD');
    await system.settleAll();
    const hold = (WalletId: bigint, Amount: bigint) =>
      call(system.handlers.holdAmount, { body: { WalletId, Amount } });
    for (let made = 0; made < many; made++) await hold(busy, 1n);
    const { payload } = await hold(victim, 100n);
    await system.settleAll();
    await sql`UPDATE holds SET expires_at = now() - interval '1 second'`;
    const path = { holdId: payload.HoldId };
    expect((await call(system.handlers.showHold, { path })).payload.Status).toBe('expired');
    const id = await system.transfer(victim, payee, 100n, 'USD');
    await system.settleAll();
    expect(await system.transaction(id)).toMatchObject({ Status: 'success' });
    const shown = await call(system.handlers.getWallet, { path: { walletId: String(busy) } });
    expect(shown.payload).toMatchObject({ Balance: BigInt(many), Available: BigInt(many) });
    await relayOnce(system, 0);
    expect((await sql`SELECT FROM holds WHERE status = 'active'`).count).toBe(0);
    take();
  });

  test('as many currencies as there may be change nothing about an operation in one of them', async () => {
    const [count] = await sql<{ most: number }[]>`SELECT 1000 - count(*)::int AS most FROM currencies`;
    const names = Array.from({ length: count?.most ?? 0 }, (_, index) => `Z${1_000 + index}`);
    const rates = Object.fromEntries(names.map((name) => [name, 2n]));
    expect((await call(system.handlers.updateCurrencies, { body: { Rates: rates } })).status).toBe(200);
    const oneMore = await call(system.handlers.updateCurrencies, { body: { Rates: { ONEMORE: 1n } } });
    expect([oneMore.status, oneMore.payload.code]).toEqual([409, 'too_many_currencies']);
    const [wallet = 0n] = await wallets(1);
    await system.receive(wallet, 3n, names.at(-1) ?? '');
    await system.settleAll();
    expect(await system.balance(wallet)).toBe(6n);
    expect((await call(system.handlers.getCurrencies)).payload.Currencies).toHaveLength(1_000);
  });
});

describe('the relay, with a backlog that nobody was woken for', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql, 2);
  await system.setRates();

  test('wakes each wallet once, whatever the length of its backlog, and all is settled', async () => {
    const ids = [await system.wallet('USD'), await system.wallet('USD'), await system.wallet('USD')];
    const [busy = 0n, ...others] = ids;
    await addReceipts(sql, busy, 3 * LONG_BACKLOG, 2);
    for (const id of others) await addReceipts(sql, id, 1, 2);
    const { woken, oldestPendingSeconds } = await relayOnce(system);
    expect(woken).toBe(3);
    expect(oldestPendingSeconds).toBeGreaterThanOrEqual(120);
    expect(new Set(system.queue.sent.map(({ walletId }) => walletId))).toEqual(new Set(ids));
    await system.settleAll();
    expect((await sql`SELECT FROM pending_operations`).count).toBe(0);
    expect(await system.balance(busy)).toBe(BigInt(3 * LONG_BACKLOG));
    expect(await relayOnce(system)).toMatchObject({ woken: 0, oldestPendingSeconds: 0 });
  });
});
