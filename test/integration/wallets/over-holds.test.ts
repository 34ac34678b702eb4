import { describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('a hold that is over', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();

  /** A wallet of 1,000 with active holds, the first of which is over, though nobody settled that. */
  const walletWith = async (...amounts: bigint[]) => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 1_000n, 'USD');
    const holds: string[] = [];
    for (const Amount of amounts) {
      const body = { WalletId: wallet, Amount };
      holds.push((await call(handlers.holdAmount, { body })).payload.HoldId);
    }
    await system.settleAll();
    const [over = ''] = holds;
    await sql`UPDATE holds SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' WHERE id = ${over}::uuid`;
    return { wallet, over, holds };
  };
  const moneyOf = async (wallet: bigint) => {
    const { Balance, Available } = (await call(handlers.getWallet, { path: { walletId: String(wallet) } }))
      .payload;
    return { Balance, Available };
  };
  const statusOf = async (holdId: string) =>
    (await call(handlers.showHold, { path: { holdId } })).payload.Status;

  test('reserves nothing in the wallet, whether it was settled or not', async () => {
    const { wallet, over } = await walletWith(300n, 200n);
    expect(await moneyOf(wallet)).toEqual({ Balance: 1_000n, Available: 800n });
    expect(await statusOf(over)).toBe('expired');
    await system.receive(wallet, 1n, 'USD');
    await system.settleAll();
    expect(await moneyOf(wallet)).toEqual({ Balance: 1_001n, Available: 801n });
    expect(await statusOf(over)).toBe('expired');
  });

  test('is shown so in the list of wallets, too', async () => {
    const { wallet } = await walletWith(300n, 200n);
    const query = { after: String(wallet - 1n), limit: '1' };
    expect((await call(handlers.listWallets, { query })).payload.Wallets).toMatchObject([
      { WalletID: wallet, Balance: 1_000n, Available: 800n },
    ]);
  });

  test('is not over while a capture that came in time is pending', async () => {
    const { wallet, holds } = await walletWith(300n);
    const [holdId = ''] = holds;
    await sql`UPDATE holds SET expires_at = now() + interval '1 hour' WHERE id = ${holdId}::uuid`;
    const body = { TargetWalletId: await system.wallet('USD') };
    expect((await call(handlers.captureHold, { path: { holdId }, body })).status).toBe(200);
    await sql`UPDATE holds SET expires_at = now() - interval '1 second' WHERE id = ${holdId}::uuid`;
    expect(await moneyOf(wallet)).toEqual({ Balance: 1_000n, Available: 700n });
    expect(await statusOf(holdId)).toBe('active');
    await system.settleAll();
    expect(await moneyOf(wallet)).toEqual({ Balance: 700n, Available: 700n });
    expect(await statusOf(holdId)).toBe('captured');
  });
});
