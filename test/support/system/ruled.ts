import { expect } from 'vitest';
import { reconcileOnward } from '../../../lib/books/onward.ts';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { verifyChains } from '../../../lib/books/verify.ts';
import { call } from './client.ts';
import { testDatabase } from './database.ts';
import { testSystem } from './system.ts';

/** A system with a USD wallet that has 1,000, and an empty one. */
export async function ruledSystem() {
  const { sql } = await testDatabase();
  const made = testSystem(sql);
  const { handlers } = made;
  await made.setRates();
  const [wallet, other] = [await made.wallet('USD'), await made.wallet('USD')];
  await made.receive(wallet, 1_000n, 'USD');
  await made.settleAll();
  const path = (id: bigint) => ({ path: { walletId: id.toString() } });
  const outcome = async (TransactionId: string) => {
    await made.settleAll();
    const { Status, Reason, Available, FreeAt, ProcessedAt } = await made.transaction(TransactionId);
    const isFreeNext = FreeAt === (Reason?.endsWith('ly_limit') ? freeAfter(Reason, ProcessedAt) : null);
    return { Status, Reason, Available, isFreeNext };
  };
  return {
    ...{ ...made, sql, first: wallet, other, path },
    show: async (id: bigint) => (await call(handlers.getWallet, path(id))).payload,
    freeze: async (id: bigint, Direction?: string) =>
      (await call(handlers.freezeWallet, { ...path(id), body: Direction === undefined ? {} : { Direction } }))
        .payload,
    limit: async (id: bigint, body: object) =>
      (await call(handlers.limitWallet, { ...path(id), body })).payload,
    pay: async (amount: bigint, currency = 'USD') =>
      await outcome(await made.transfer(wallet, other, amount, currency)),
    get: async (amount: bigint, id = wallet) => await outcome(await made.receive(id, amount, 'USD')),
    hold: async (Amount: bigint): Promise<any> => {
      const { payload } = await call(handlers.holdAmount, { body: { WalletId: wallet, Amount } });
      return { HoldId: payload.HoldId, ...(await outcome(payload.HoldId)) };
    },
    capture: async (holdId: string) => {
      const asked = { path: { holdId }, body: { TargetWalletId: other } };
      return await outcome((await call(handlers.captureHold, asked)).payload.TransactionId);
    },
    refund: async (TransactionId: string) =>
      await outcome(
        (await call(handlers.refundTransaction, { body: { TransactionId } })).payload.TransactionId,
      ),
    /** Checks the books, whole and portion by portion. */
    async isRight() {
      await made.settleAll();
      const onward = await reconcileOnward(sql, 60, undefined, { operations: 3, wallets: 2 });
      for (const { checks } of [await reconcile(sql, 60), onward])
        expect(checks.filter(({ problems }) => problems > 0)).toEqual([]);
      expect(await verifyChains(sql, 60)).toMatchObject({ findings: [], isClean: true });
    },
  };
}

/** The outcome of what succeeds. */
export const SUCCESS = { Status: 'success', Reason: null, Available: null, isFreeNext: true };
/** The outcome of what is declined. */
export const declined = (Reason: string, Available: bigint | null = null) => ({
  ...{ Status: 'decline', Reason, Available, isFreeNext: true },
});

/** What `FreeAt` is to be: the beginning of the UTC day, or of the month, after a moment. */
function freeAfter(reason: string, moment: string): string {
  const [year = 0, month = 0, day = 0] = moment.slice(0, 10).split('-').map(Number);
  const next = reason === 'daily_limit' ? Date.UTC(year, month - 1, day + 1) : Date.UTC(year, month, 1);
  return new Date(next).toISOString().replace('000Z', '000000Z');
}
