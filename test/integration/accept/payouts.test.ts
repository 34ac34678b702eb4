import { describe, expect, test } from 'vitest';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('a payout', async () => {
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
  const send = async (WalletId: bigint, Amount: bigint, Confirm: boolean, Currency = 'EUR') => {
    const { payload } = await call(handlers.sendAmount, { body: { WalletId, Amount, Currency, Confirm } });
    await system.settleAll();
    return String(payload.TransactionId);
  };
  const confirm = (transactionId: string, of = handlers) =>
    call(of.confirmPayout, { path: { transactionId } });
  const cancel = (transactionId: string, of = handlers) => call(of.cancelPayout, { path: { transactionId } });
  const funds = async (walletId: bigint) => {
    const { payload } = await call(handlers.getWallet, { path: { walletId: String(walletId) } });
    return [payload.Balance, payload.Available];
  };
  const eventsOf = (transactionId: string) =>
    system.bus.events
      .filter(({ detail }) => (detail as { TransactionId?: string }).TransactionId === transactionId)
      .map(({ type, detail }) => ({ type, ...detail }));
  const notPending = { status: 409, payload: { code: 'payout_not_pending' } };

  test('takes the amount out of the wallet, rounded up in its currency', async () => {
    const wallet = await funded(100n, 'USD');
    const id = await send(wallet, 60n, false);
    expect(await system.transaction(id)).toMatchObject({
      Status: 'success',
      Operations: [{ Type: 'out', Amount: 60n, Currency: 'EUR', WalletAmount: 66n, CounterpartyId: null }],
    });
    expect(await funds(wallet)).toEqual([34n, 34n]);
    expect(eventsOf(id)).toMatchObject([
      { type: 'TransactionSucceeded', Kind: 'payout', OriginWalletId: `${wallet}`, WalletAmount: '66' },
    ]);
  });

  test('is the same by its id in capital letters', async () => {
    const wallet = await funded();
    const transactionId = (await send(wallet, 40n, true)).toUpperCase();
    const path = { transactionId };
    expect((await call(handlers.getTransaction, { path })).payload).toMatchObject({ Status: 'processing' });
    const tried = await call(handlers.confirmPayout, { path, body: { DryRun: true } });
    expect(tried.payload).toMatchObject({ DryRun: true, Status: 'success' });
    const { payload } = await call(handlers.confirmPayout, { path, headers: { prefer: 'wait=5' } });
    expect(payload).toMatchObject({ TransactionId: transactionId.toLowerCase(), Status: 'success' });
  });

  test('is declined where less is available', async () => {
    const wallet = await funded();
    for (const isHeld of [false, true]) {
      const id = await send(wallet, 101n, isHeld);
      expect(await system.transaction(id)).toMatchObject({ Status: 'decline', Reason: 'insufficient_funds' });
      expect(eventsOf(id)).toMatchObject([{ type: 'TransactionDeclined', Kind: 'payout' }]);
      expect(await confirm(id)).toMatchObject(notPending);
    }
    expect(await funds(wallet)).toEqual([100n, 100n]);
  });

  test('waits for its confirmation, with its money reserved, and takes exactly that', async () => {
    const wallet = await funded(100n, 'USD');
    const id = await send(wallet, 60n, true);
    expect(await system.transaction(id)).toMatchObject({
      Status: 'processing',
      Reason: null,
      Operations: [],
      ProcessedAt: null,
    });
    expect(await funds(wallet)).toEqual([100n, 34n]);
    expect(eventsOf(id)).toMatchObject([
      { type: 'PayoutHeld', WalletId: `${wallet}`, Amount: '60', Currency: 'EUR', WalletAmount: '66' },
    ]);
    await call(handlers.updateCurrencies, { text: '{"Rates": {"EUR": 1.5}}' });
    expect(await confirm(id)).toMatchObject({ status: 200, payload: { TransactionId: id } });
    await system.settleAll();
    await system.setRates();
    expect(await system.transaction(id)).toMatchObject({
      Status: 'success',
      Operations: [{ Type: 'out', Amount: 60n, Currency: 'EUR', WalletAmount: 66n }],
    });
    expect(await funds(wallet)).toEqual([34n, 34n]);
    expect(eventsOf(id).slice(1)).toMatchObject([{ type: 'TransactionSucceeded', Kind: 'payout' }]);
  });

  test('is paid once it is confirmed, though its currency was withdrawn', async () => {
    const wallet = await funded();
    const id = await send(wallet, 60n, true);
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'EUR'`;
    await confirm(id);
    await system.settleAll();
    await sql`UPDATE currencies SET withdrawn_at = NULL`;
    expect((await system.transaction(id)).Status).toBe('success');
  });

  test('gives its money back once it is cancelled', async () => {
    const wallet = await funded();
    const id = await send(wallet, 60n, true);
    expect(await cancel(id)).toMatchObject({ status: 200, payload: { TransactionId: id } });
    await system.settleAll();
    expect(await system.transaction(id)).toMatchObject({
      Status: 'decline',
      Reason: 'cancelled',
      Operations: [],
      ProcessedAt: expect.any(String),
    });
    expect(await funds(wallet)).toEqual([100n, 100n]);
    expect(eventsOf(id).slice(1)).toMatchObject([{ type: 'TransactionDeclined', Reason: 'cancelled' }]);
  });

  test('is never over by itself', async () => {
    const wallet = await funded();
    const id = await send(wallet, 60n, true);
    expect(await relayOnce(system)).toMatchObject({ expired: 0 });
    const { payload } = await call(handlers.showHold, { path: { holdId: id } });
    expect(payload).toMatchObject({ Kind: 'payout', Status: 'active', ExpiresAt: null });
    expect(await funds(wallet)).toEqual([100n, 40n]);
  });

  test('is confirmed or cancelled once, whatever races', async () => {
    for (let round = 0; round < 5; round++) {
      const wallet = await funded();
      const id = await send(wallet, 60n, true);
      const racers = Array.from({ length: 3 }, () => testSystem(database.open()));
      const answers = await Promise.all(
        racers.flatMap((racer) => [confirm(id, racer.handlers), cancel(id, racer.handlers)]),
      );
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        200,
        ...Array.from({ length: 5 }, () => 409),
      ]);
      for (const { queue } of racers) system.queue.sent.push(...queue.sent);
      await system.settleAll();
      const isPaid = (await system.transaction(id)).Status === 'success';
      expect(await funds(wallet)).toEqual(isPaid ? [40n, 40n] : [100n, 100n]);
      expect(answers.findIndex(({ status }) => status === 200) % 2 === 0).toBe(isPaid);
    }
  });

  test('can be waited for: until it is held, and until it is paid', async () => {
    const wallet = await funded();
    const headers = { Prefer: 'wait=20' };
    const body = { WalletId: wallet, Amount: 60n, Currency: 'EUR', Confirm: true };
    const held = await call(handlers.sendAmount, { body, headers });
    expect(held.payload).toMatchObject({ Status: 'processing', Operations: [] });
    expect(await funds(wallet)).toEqual([100n, 40n]);
    const path = { transactionId: held.payload.TransactionId };
    const paid = await call(handlers.confirmPayout, { path, headers });
    expect(paid.payload).toMatchObject({ Status: 'success', Operations: [{ Amount: 60n }] });
  });

  test('answers a repeated confirmation with the same key as before', async () => {
    const wallet = await funded();
    const id = await send(wallet, 60n, true);
    const asked = { path: { transactionId: id }, headers: { 'Idempotency-Key': 'paid' } };
    const [first, again] = [
      await call(handlers.confirmPayout, asked),
      await call(handlers.confirmPayout, asked),
    ];
    expect(again).toMatchObject({ status: 200, text: first.text });
  });

  test('can not be refunded, captured, released or extended', async () => {
    const wallet = await funded();
    const id = await send(wallet, 60n, true);
    const target = await system.wallet('EUR');
    const path = { holdId: id };
    const notActive = { status: 409, payload: { code: 'hold_not_active' } };
    expect(await call(handlers.captureHold, { path, body: { TargetWalletId: target } })).toMatchObject(
      notActive,
    );
    expect(await call(handlers.releaseHold, { path })).toMatchObject(notActive);
    expect(await call(handlers.extendHold, { path, body: { ExpiresInSeconds: 60 } })).toMatchObject(
      notActive,
    );
    await confirm(id);
    await system.settleAll();
    for (const TransactionId of [id, await send(wallet, 1n, false)]) {
      expect(await call(handlers.refundTransaction, { body: { TransactionId } })).toMatchObject({
        status: 409,
        payload: { code: 'not_refundable' },
      });
    }
  });

  test('refuses answers that it does not wait for, and says why', async () => {
    const wallet = await funded();
    const plain = await send(wallet, 1n, false);
    const { payload } = await call(handlers.sendAmount, {
      body: { WalletId: wallet, Amount: 1n, Currency: 'EUR', Confirm: true },
    });
    const early = await confirm(payload.TransactionId);
    await system.settleAll();
    const cancelled = await send(wallet, 1n, true);
    await cancel(cancelled);
    expect([early, await confirm(plain), await cancel(cancelled), await confirm(cancelled)]).toMatchObject(
      [
        { ...notPending, payload: { error: /not held yet/ } },
        { ...notPending, payload: { error: /Confirm/ } },
        { ...notPending, payload: { error: /cancelled before/ } },
        { ...notPending, payload: { error: /cancelled before/ } },
      ].map(({ status, payload: { error } }) => ({
        status,
        payload: { error: expect.stringMatching(error) },
      })),
    );
    const unknown = '00000000-0000-7000-8000-000000000000';
    expect(await confirm(unknown)).toMatchObject({ status: 404, payload: { code: 'transaction_not_found' } });
  });
});
