import { describe, expect, test } from 'vitest';
import { TIME } from '../../support/constants.ts';
import { book } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

/** Whatever looks like a time, wherever it stands in a reply. */
const ANY_TIME = /\d{4}-\d\d-\d\dT[^"\s)]*/g;

describe('every time in a JSON reply', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();
  const wallet = await system.wallet('USD');
  const walletId = String(wallet);
  const whole = '2026-01-31T12:00:00Z';
  await book(sql, wallet, [{ amount: 500n, at: whole }]);
  await sql`UPDATE currencies SET updated_at = ${whole}`;
  await sql`UPDATE wallets SET created_at = ${whole}`;
  const query = { from: '2026-01-01', to: '2026-02-01' };
  const listed = await call(handlers.listOperations, { path: { walletId }, query });
  const [{ TransactionId: transactionId }] = listed.payload.Operations;
  const { HoldId: holdId } = (await call(handlers.holdAmount, { body: { WalletId: wallet, Amount: 1n } }))
    .payload;
  await sql`UPDATE holds SET expires_at = '2099-01-31T12:00:00Z'`;

  test.each([
    ['getCurrencies', {}, 4],
    ['getWallet', { path: { walletId } }, 1],
    ['getWallet', { path: { walletId }, query: { at: whole } }, 1],
    ['listWallets', {}, 1],
    ['listOperations', { path: { walletId }, query }, 4],
    ['getTransaction', { path: { transactionId } }, 4],
    ['showHold', { path: { holdId } }, 2],
    ['listOperations', { path: { walletId }, query: { from: query.to, to: query.from } }, 2],
    ['listOperations', { path: { walletId }, query: { to: query.from } }, 2],
  ] as const)('has six digits after the point in %s %j', async (name, asked, count) => {
    const { text } = await call(handlers[name], asked);
    const times = text.match(ANY_TIME) ?? [];
    expect(times.length, text).toBeGreaterThanOrEqual(count);
    for (const time of times) expect(time).toMatch(TIME);
  });
});
