import { describe, expect, test } from 'vitest';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { MAX } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { prepare } from '../../support/system/prepare.ts';
import { testSystem } from '../../support/system/system.ts';

describe('a hold', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();

  const funded = async (amount = 100n, currency = 'EUR') => {
    const wallet = await system.wallet(currency);
    await system.receive(wallet, amount, currency);
    await system.settleAll();
    return wallet;
  };
  const hold = async (WalletId: bigint, Amount: bigint, ExpiresInSeconds?: bigint): Promise<string> => {
    const body = { WalletId, Amount, ...(ExpiresInSeconds === undefined ? {} : { ExpiresInSeconds }) };
    const { payload } = await call(handlers.holdAmount, { body });
    await system.settleAll();
    return payload.HoldId;
  };
  const capture = (holdId: string, body: Record<string, bigint>, of = handlers) =>
    call(of.captureHold, { path: { holdId }, body });
  const release = (holdId: string, of = handlers) => call(of.releaseHold, { path: { holdId } });
  const shown = async (holdId: string) => (await call(handlers.showHold, { path: { holdId } })).payload;
  const funds = async (walletId: bigint) => {
    const { payload } = await call(handlers.getWallet, { path: { walletId: String(walletId) } });
    return [payload.Balance, payload.Available];
  };

  test('reserves an amount: the balance stays, less is available', async () => {
    const wallet = await funded();
    const id = await hold(wallet, 60n);
    expect(await funds(wallet)).toEqual([100n, 40n]);
    expect(await shown(id)).toMatchObject({
      HoldId: id,
      WalletId: wallet,
      Amount: 60n,
      Currency: 'EUR',
      Status: 'active',
    });
    const tooMuch = await system.transfer(wallet, await system.wallet('EUR'), 41n, 'EUR');
    await system.settleAll();
    expect((await system.transaction(tooMuch)).Reason).toBe('insufficient_funds');
  });

  test('is declined where less is available', async () => {
    const wallet = await funded();
    await hold(wallet, 60n);
    const id = await hold(wallet, 41n);
    expect((await shown(id)).Status).toBe('declined');
    expect(await system.transaction(id)).toMatchObject({ Status: 'decline', Reason: 'insufficient_funds' });
    expect(await funds(wallet)).toEqual([100n, 40n]);
  });

  test('is captured in part as a transfer, and the rest is available again', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n);
    const { payload } = await capture(id, { TargetWalletId: target, Amount: 25n });
    await system.settleAll();
    expect((await system.transaction(payload.TransactionId)).Status).toBe('success');
    expect((await shown(id)).Status).toBe('captured');
    expect(await funds(wallet)).toEqual([75n, 75n]);
    expect(await funds(target)).toEqual([25n, 25n]);
  });

  test('is captured whole by default', async () => {
    const [wallet, target] = [await funded(), await system.wallet('USD')];
    const id = await hold(wallet, 60n);
    await capture(id, { TargetWalletId: target });
    await system.settleAll();
    expect(await funds(wallet)).toEqual([40n, 40n]);
    expect(await funds(target)).toEqual([65n, 65n]);
  });

  test('is released', async () => {
    const wallet = await funded();
    const id = await hold(wallet, 60n);
    expect((await release(id)).status).toBe(200);
    await system.settleAll();
    expect((await shown(id)).Status).toBe('released');
    expect(await funds(wallet)).toEqual([100n, 100n]);
  });

  const over = async (id: string): Promise<void> => {
    await sql`UPDATE holds SET expires_at = now() WHERE id = ${id}::uuid`;
  };

  test('expires', async () => {
    const wallet = await funded();
    const target = await system.wallet('EUR');
    const id = await hold(wallet, 60n, 1n);
    await over(id);
    expect(await capture(id, { TargetWalletId: target })).toMatchObject({
      status: 409,
      payload: { error: 'the hold has expired' },
    });
    expect(await relayOnce(system)).toMatchObject({ expired: 1 });
    expect(await relayOnce(system)).toMatchObject({ expired: 0 });
    expect((await shown(id)).Status).toBe('expired');
    expect(await funds(wallet)).toEqual([100n, 100n]);
  });

  test('frees its amount for a transfer as soon as it is over, with no relay', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n);
    await over(id);
    const transfer = await system.transfer(wallet, target, 100n, 'EUR');
    await system.settleAll();
    expect((await system.transaction(transfer)).Status).toBe('success');
    expect((await shown(id)).Status).toBe('expired');
    expect(await funds(wallet)).toEqual([0n, 0n]);
  });

  test('frees its amount for another hold as soon as it is over', async () => {
    const wallet = await funded();
    await over(await hold(wallet, 60n));
    const other = await hold(wallet, 100n);
    expect((await shown(other)).Status).toBe('active');
    expect(await funds(wallet)).toEqual([100n, 0n]);
  });

  test('can be released while it is over and did not expire yet', async () => {
    const wallet = await funded();
    const id = await hold(wallet, 60n);
    await over(id);
    const { status, payload } = await release(id);
    expect(status).toBe(200);
    await system.settleAll();
    expect((await system.transaction(payload.TransactionId)).Status).toBe('success');
    expect((await shown(id)).Status).toBe('released');
    expect(await funds(wallet)).toEqual([100n, 100n]);
  });

  test('is captured if that was requested in time, though it is over when it is settled', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n);
    const poor = await system.transfer(wallet, target, 100n, 'EUR');
    const { payload } = await capture(id, { TargetWalletId: target });
    await over(id);
    await system.settleAll();
    expect((await system.transaction(payload.TransactionId)).Status).toBe('success');
    expect((await system.transaction(poor)).Reason).toBe('insufficient_funds');
    expect((await shown(id)).Status).toBe('captured');
  });

  test('expires before the rest of its wallet is settled, however many are over', async () => {
    const wallet = await funded();
    await prepare(sql, async (tx) => {
      await tx`
        INSERT INTO holds (id, wallet_id, amount, currency, status, position, wallet_amount, currency_rate, wallet_rate, expires_at)
        SELECT gen_random_uuid(), ${wallet}, 1, 'EUR', 'active', n, 1, 1, 1, now() FROM generate_series(1, 100) AS n`;
      await tx`UPDATE wallets SET held = 100 WHERE id = ${wallet}`;
    });
    const target = await system.wallet('EUR');
    const transfer = await system.transfer(wallet, target, 100n, 'EUR');
    await system.settleAll();
    expect((await system.transaction(transfer)).Status).toBe('success');
  });

  test('is settled once, in one way, whatever races', async () => {
    for (let round = 0; round < 5; round++) {
      const [wallet, target] = [await funded(), await system.wallet('EUR')];
      const id = await hold(wallet, 60n);
      const racers = Array.from({ length: 4 }, () => testSystem(database.open()));
      const answers = await Promise.all([
        ...racers.map((racer) => capture(id, { TargetWalletId: target }, racer.handlers)),
        ...racers.map((racer) => release(id, racer.handlers)),
      ]);
      await sql`UPDATE holds SET expires_at = now() WHERE id = ${id}::uuid`;
      await relayOnce(system);
      for (const { queue } of racers) system.queue.sent.push(...queue.sent);
      await system.settleAll();
      const accepted = answers
        .filter(({ status }) => status === 200)
        .map(({ payload }) => payload.TransactionId);
      const statuses = await Promise.all(accepted.map(async (tx) => (await system.transaction(tx)).Status));
      expect(statuses.filter((status) => status === 'success')).toHaveLength(1);
      const [balance, available] = await funds(wallet);
      expect(available).toBe(balance);
      expect(balance).toBe((await shown(id)).Status === 'captured' ? 40n : 100n);
    }
  });

  test('can not be captured or released after it was settled', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n);
    await release(id);
    await system.settleAll();
    const again = { status: 409, payload: { code: 'hold_not_active' } };
    expect(await capture(id, { TargetWalletId: target })).toMatchObject(again);
    expect(await release(id)).toMatchObject(again);
  });

  test('gives the money back to the balance where the target can not take it', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    await system.receive(target, MAX, 'EUR');
    const id = await hold(wallet, 60n);
    const { payload } = await capture(id, { TargetWalletId: target });
    await system.settleAll();
    expect(await system.transaction(payload.TransactionId)).toMatchObject({
      Status: 'decline',
      Reason: 'balance_limit',
    });
    expect(await funds(wallet)).toEqual([100n, 100n]);
  });

  test('refuses what is wrong, and names it', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n);
    const unknown = '00000000-0000-7000-8000-000000000000';
    const cases = [
      [await capture(unknown, { TargetWalletId: target }), 404, 'hold_not_found'],
      [await release(unknown), 404, 'hold_not_found'],
      [await release('nope'), 400, 'invalid_field'],
      [await capture(id, { TargetWalletId: 999_999n }), 404, 'wallet_not_found'],
      [await capture(id, { TargetWalletId: wallet }), 400, 'same_wallet'],
      [await capture(id, { TargetWalletId: target, Amount: 61n }), 409, 'capture_exceeds_hold'],
      [await capture(id, {}), 400, 'fields_missing'],
      [
        await call(handlers.holdAmount, { body: { WalletId: 999_999n, Amount: 1n } }),
        404,
        'wallet_not_found',
      ],
      [
        await call(handlers.holdAmount, { body: { WalletId: wallet, Amount: 1n, ExpiresInSeconds: 0n } }),
        400,
        'invalid_field',
      ],
      [
        await call(handlers.holdAmount, {
          body: { WalletId: wallet, Amount: 1n, ExpiresInSeconds: 2_678_401n },
        }),
        400,
        'invalid_field',
      ],
      [await call(handlers.showHold, { path: { holdId: unknown } }), 404, 'hold_not_found'],
    ] as const;
    for (const [{ status, payload }, expected, code] of cases) {
      expect([status, payload.code]).toEqual([expected, code]);
    }
    expect(await funds(wallet)).toEqual([100n, 40n]);
  });

  test('is no operation in reports, which tell of money that moved', async () => {
    const wallet = await funded();
    await release(await hold(wallet, 60n));
    await system.settleAll();
    const { payload } = await call(handlers.listOperations, { path: { walletId: String(wallet) } });
    expect(payload.Operations).toHaveLength(1);
    const csv = await call(handlers.downloadOperations, { path: { walletId: String(wallet) } });
    expect(csv.text.trim().split('\n')).toHaveLength(2);
  });

  test('tells of its changes in events', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    system.bus.events.splice(0);
    const id = await hold(wallet, 60n);
    await capture(id, { TargetWalletId: target });
    await release(id);
    await system.settleAll();
    expect(
      system.bus.events.map(({ type, detail }) => [
        type,
        detail['Status'] ?? detail['Reason'] ?? detail['Kind'],
      ]),
    ).toEqual([
      ['HoldChanged', 'active'],
      ['HoldChanged', 'captured'],
      ['HoldRefused', 'hold_not_active'],
      ['TransactionSucceeded', 'transfer'],
    ]);
  });
});
