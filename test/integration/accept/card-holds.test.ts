import { describe, expect, test } from 'vitest';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { MAX } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('a hold as of a card', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();

  const funded = async (amount = 100n, currency = 'EUR') => {
    const wallet = await system.wallet(currency);
    await system.receive(wallet, amount, currency);
    await system.settleAll();
    return wallet;
  };
  const hold = async (WalletId: bigint, Amount: bigint, more: object = {}): Promise<string> => {
    const { payload } = await call(handlers.holdAmount, { body: { WalletId, Amount, ...more } });
    await system.settleAll();
    return payload.HoldId;
  };
  const capture = async (holdId: string, body: object) => {
    const { payload, status } = await call(handlers.captureHold, { path: { holdId }, body });
    await system.settleAll();
    return status === 200 ? (await system.transaction(payload.TransactionId)).Reason : payload.code;
  };
  const shown = async (holdId: string) => (await call(handlers.showHold, { path: { holdId } })).payload;
  const extend = (holdId: string, ExpiresInSeconds: number) =>
    call(handlers.extendHold, { path: { holdId }, body: { ExpiresInSeconds } });
  const funds = async (walletId: bigint) => {
    const { payload } = await call(handlers.getWallet, { path: { walletId: String(walletId) } });
    return [payload.Balance, payload.Available];
  };
  const list = async (walletId: bigint, query: Record<string, string> = {}) =>
    (await call(handlers.showHolds, { path: { walletId: `${walletId}` }, query })).payload;
  const statusesOf = (id: string) =>
    system.bus.events
      .map(({ detail }) => detail as { HoldId?: string; Status?: string })
      .filter(({ HoldId }) => HoldId === id)
      .map(({ Status }) => Status);

  test('is captured several times, and keeps the rest reserved until the last', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n);
    expect(await capture(id, { TargetWalletId: target, Amount: 25n, Final: false })).toBeNull();
    expect(await funds(wallet)).toEqual([75n, 40n]);
    expect(await shown(id)).toMatchObject({ Status: 'active', Captured: 25n, Remaining: 35n });
    expect(await capture(id, { TargetWalletId: target, Amount: 36n, Final: false })).toBe(
      'capture_exceeds_hold',
    );
    expect(await capture(id, { TargetWalletId: target, Amount: 5n })).toBeNull();
    expect(await shown(id)).toMatchObject({ Status: 'captured', Captured: 30n, Remaining: 0n });
    expect(await funds(wallet)).toEqual([70n, 70n]);
    expect(await funds(target)).toEqual([30n, 30n]);
    expect(statusesOf(id)).toEqual(['active', 'active', 'captured']);
  });

  test('ends with the part that takes the last of it, and its event says so, also from the journal', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n, { OverCapture: 10n });
    expect(await capture(id, { TargetWalletId: target, Final: false })).toBeNull();
    expect(await shown(id)).toMatchObject({ Status: 'active', Captured: 60n, Remaining: 0n });
    expect(await capture(id, { TargetWalletId: target, Final: false })).toBe('capture_exceeds_hold');
    system.bus.isDown = true;
    expect(await capture(id, { TargetWalletId: target, Amount: 10n, Final: false })).toBeNull();
    system.bus.isDown = false;
    await sql`UPDATE outbox SET created_at = now() - interval '1 hour'`;
    await relayOnce(system);
    expect(await shown(id)).toMatchObject({ Status: 'captured', Captured: 70n });
    expect(statusesOf(id)).toEqual(['active', 'active', 'captured']);
    expect(await funds(wallet)).toEqual([30n, 30n]);
  });

  test('is captured beyond its amount as far as it was agreed, and money is available', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n, { OverCapture: 60n });
    expect(await funds(wallet)).toEqual([100n, 40n]);
    expect(await capture(id, { TargetWalletId: target, Amount: 121n })).toBe('capture_exceeds_hold');
    expect(await capture(id, { TargetWalletId: target, Amount: 101n })).toBe('insufficient_funds');
    expect(await shown(id)).toMatchObject({ Status: 'active', Captured: 0n });
    const other = await hold(wallet, 10n);
    expect(await capture(id, { TargetWalletId: target, Amount: 91n })).toBe('insufficient_funds');
    expect(await capture(id, { TargetWalletId: target, Amount: 90n })).toBeNull();
    expect(await funds(wallet)).toEqual([10n, 0n]);
    expect(await shown(other)).toMatchObject({ Status: 'active' });
  });

  test('refuses an over-capture that is more than the amount, or beyond 64 bits', async () => {
    const wallet = await funded();
    const place = (Amount: bigint, OverCapture: bigint) =>
      call(handlers.holdAmount, { body: { WalletId: wallet, Amount, OverCapture } });
    expect(await place(5n, 6n)).toMatchObject({ status: 400, payload: { code: 'invalid_field' } });
    expect(await place(MAX, 1n)).toMatchObject({ status: 400, payload: { code: 'invalid_field' } });
  });

  test('in another currency keeps its rates, and several captures take no more than one', async () => {
    const [wallet, target] = [await funded(1_000n, 'USD'), await system.wallet('THB')];
    const id = await hold(wallet, 1_000n, { Currency: 'THB' });
    expect(await shown(id)).toMatchObject({ Amount: 1_000n, Currency: 'THB', WalletAmount: 30n });
    expect(await funds(wallet)).toEqual([1_000n, 970n]);
    await call(handlers.updateCurrencies, { text: '{"Rates": {"THB": 0.5}}' });
    expect(await capture(id, { TargetWalletId: target, Amount: 33n, Final: false })).toBe('amount_too_small');
    for (const Amount of [350n, 350n, 300n])
      expect(await capture(id, { TargetWalletId: target, Amount, Final: Amount === 300n })).toBeNull();
    await system.setRates();
    expect(await funds(wallet)).toEqual([970n, 970n]);
    expect(await funds(target)).toEqual([1_000n, 1_000n]);
  });

  test('takes the earlier of two captures that were sent at once, and declines what no longer fits', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n);
    const send = async (Amount: bigint, Final: boolean) =>
      (
        await call(handlers.captureHold, {
          path: { holdId: id },
          body: { TargetWalletId: target, Amount, Final },
        })
      ).payload.TransactionId;
    const ids = [await send(40n, false), await send(30n, false), await send(20n, true), await send(1n, true)];
    await system.settleAll();
    const reasons = await Promise.all(ids.map(async (each) => (await system.transaction(each)).Reason));
    expect(reasons).toEqual([null, 'capture_exceeds_hold', null, 'hold_not_active']);
    expect(await funds(wallet)).toEqual([40n, 40n]);
  });

  test('gives its rest back when it expires or is released', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const [late, given] = [await hold(wallet, 60n), await hold(wallet, 40n)];
    for (const each of [late, given])
      await capture(each, { TargetWalletId: target, Amount: 25n, Final: false });
    expect(await funds(wallet)).toEqual([50n, 0n]);
    await sql`UPDATE holds SET expires_at = now() WHERE id = ${late}::uuid`;
    expect(await funds(wallet)).toEqual([50n, 35n]);
    expect(await relayOnce(system)).toMatchObject({ expired: 1 });
    await call(handlers.releaseHold, { path: { holdId: given } });
    await system.settleAll();
    expect(await shown(late)).toMatchObject({ Status: 'expired', Captured: 25n, Remaining: 0n });
    expect(await shown(given)).toMatchObject({ Status: 'released', Captured: 25n });
    expect(await funds(wallet)).toEqual([50n, 50n]);
  });

  test('is released with nothing left where all of it was captured in parts', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 60n, { OverCapture: 1n });
    await capture(id, { TargetWalletId: target, Final: false });
    const { payload } = await call(handlers.releaseHold, { path: { holdId: id } });
    await system.settleAll();
    expect((await system.transaction(payload.TransactionId)).Status).toBe('success');
    expect(await shown(id)).toMatchObject({ Status: 'released', Captured: 60n });
    expect(await funds(wallet)).toEqual([40n, 40n]);
  });

  test('expires, too, where all of it was captured in parts and only its over-capture is left', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const id = await hold(wallet, 100n, { OverCapture: 1n });
    await capture(id, { TargetWalletId: target, Final: false });
    await sql`UPDATE holds SET expires_at = now() WHERE id = ${id}::uuid`;
    expect(await relayOnce(system)).toMatchObject({ expired: 1 });
    expect(await relayOnce(system)).toMatchObject({ expired: 0 });
    expect(await sql`SELECT status FROM holds WHERE id = ${id}::uuid`).toEqual([{ status: 'expired' }]);
    const path = { walletId: String(wallet) };
    expect((await call(handlers.closeWallet, { path })).payload).toMatchObject({ Status: 'closed' });
  });

  test('takes no more than an amount in all, whatever comes in between', async () => {
    await call(handlers.updateCurrencies, { text: '{"Rates": {"TWO": 2}}' });
    const [wallet, target] = [await funded(MAX, 'USD'), await system.wallet('TWO')];
    const half = MAX / 2n;
    const id = await hold(wallet, half, { Currency: 'TWO', OverCapture: half });
    expect(await capture(id, { TargetWalletId: target, Amount: half, Final: false })).toBeNull();
    await system.receive(wallet, 100n, 'USD');
    await system.settleAll();
    expect(await capture(id, { TargetWalletId: target, Amount: 1n, Final: false })).toBe(
      'capture_exceeds_hold',
    );
    expect(await funds(wallet)).toEqual([101n, 101n]);
  });

  test('expires later once it is extended, and never earlier', async () => {
    const wallet = await funded();
    const id = await hold(wallet, 60n, { ExpiresInSeconds: 1000n });
    const before = Date.parse((await shown(id)).ExpiresAt);
    const { payload } = await extend(id, 5_000);
    expect(payload.HoldId).toBe(id);
    expect(Date.parse(payload.ExpiresAt) - before).toBeGreaterThanOrEqual(4_000_000);
    expect((await shown(id)).ExpiresAt).toBe(payload.ExpiresAt);
    expect((await extend(id, 10)).payload.ExpiresAt).toBe(payload.ExpiresAt);
    const events = system.bus.events.filter(({ detail }) => 'ExpiresAt' in detail);
    expect(events).toMatchObject([
      { type: 'HoldChanged', detail: { HoldId: id, Status: 'active', ExpiresAt: payload.ExpiresAt } },
    ]);
    expect((await sql`SELECT FROM outbox`).count).toBe(0);
    await sql`UPDATE holds SET expires_at = now() WHERE id = ${id}::uuid`;
    expect(await extend(id, 10)).toMatchObject({ status: 409, payload: { error: 'the hold has expired' } });
    await relayOnce(system);
    expect(await extend(id, 10)).toMatchObject({ status: 409, payload: { code: 'hold_not_active' } });
    expect(await extend(id, 31 * 86_400 + 1)).toMatchObject({ status: 400 });
  });

  test('is listed with the others of its wallet in the order of placing, by status and page by page', async () => {
    const [wallet, target] = [await funded(), await system.wallet('EUR')];
    const ids: string[] = [];
    for (const amount of [10n, 200n, 11n, 12n, 13n]) ids.push(await hold(wallet, amount));
    const [active, declined, captured, over, released] = ids;
    await capture(captured ?? '', { TargetWalletId: target });
    await call(handlers.releaseHold, { path: { holdId: released ?? '' } });
    await system.settleAll();
    await sql`UPDATE holds SET expires_at = now() WHERE id = ${over ?? ''}::uuid`;
    const idsOf = ({ Holds }: { Holds: { HoldId: string }[] }) => Holds.map(({ HoldId }) => HoldId);
    expect(idsOf(await list(wallet))).toEqual(ids);
    const byStatus = { active, declined, captured, released, expired: over };
    for (const [status, id] of Object.entries(byStatus)) {
      const { Holds, Next } = await list(wallet, { status });
      expect(Holds).toMatchObject([{ HoldId: id, Status: status }]);
      expect(Next).toBeNull();
    }
    const paged: string[] = [];
    for (let after: bigint | null | undefined; after !== null; ) {
      const page: any = await list(wallet, {
        limit: '2',
        ...(after === undefined ? {} : { after: `${after}` }),
      });
      paged.push(...idsOf(page));
      after = page.Next;
    }
    expect(paged).toEqual(ids);
    await call(handlers.holdAmount, { body: { WalletId: wallet, Amount: 1n } });
    expect(idsOf(await list(wallet))).toEqual(ids);
    expect(await list(999_999n)).toMatchObject({ code: 'wallet_not_found' });
    expect(await list(await system.wallet('EUR'))).toEqual({ Holds: [], Next: null });
  });

  test('leaves clean books', async () => {
    const { checks } = await reconcile(sql, 60);
    expect(checks.filter(({ problems }) => problems > 0)).toEqual([]);
  });
});
