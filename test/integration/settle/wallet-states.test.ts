import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runTx, type Sql } from '../../../lib/postgres/database.ts';
import { freezeWallet, limitWallet } from '../../../lib/wallets/rules.ts';
import { call } from '../../support/system/client.ts';
import { refused } from '../../support/system/refused.ts';
import { declined, ruledSystem, SUCCESS } from '../../support/system/ruled.ts';

describe('a frozen wallet', () => {
  test('declines what goes out, and gives its holds back', async () => {
    const { first, freeze, pay, get, hold, capture, handlers, settleAll, show, isRight } =
      await ruledSystem();
    const [one, two] = [await hold(100n), await hold(50n)];
    expect(await freeze(first, 'out')).toMatchObject({ WalletID: first, Status: 'frozen', Frozen: 'out' });
    expect(await pay(1n)).toEqual(declined('wallet_frozen'));
    expect(await hold(1n)).toMatchObject(declined('wallet_frozen'));
    expect(await capture(one.HoldId)).toEqual(declined('wallet_frozen'));
    expect(await get(5n)).toEqual(SUCCESS);
    await call(handlers.releaseHold, { path: { holdId: two.HoldId } });
    await settleAll();
    expect(await show(first)).toMatchObject({ Status: 'frozen', Balance: 1_005n, Available: 905n });
    await isRight();
  });

  test('declines what comes in, and the money of a transfer goes back to where it came from', async () => {
    const { first, other, freeze, pay, get, show, queue, bus, isRight } = await ruledSystem();
    await freeze(other, 'in');
    expect(await pay(10n)).toEqual(declined('wallet_frozen'));
    expect(await get(5n, other)).toEqual(declined('wallet_frozen'));
    expect(await show(first)).toMatchObject({ Balance: 1_000n });
    expect(queue.sent).toEqual([]);
    expect(bus.events.findLast(({ type }) => type === 'TransactionDeclined')).toMatchObject({
      detail: { Reason: 'wallet_frozen' },
    });
    await isRight();
  });

  test('gets its own money back', async () => {
    const { first, other, freeze, transfer, settleAll, show } = await ruledSystem();
    await freeze(other);
    await transfer(first, other, 10n, 'USD');
    await freeze(first);
    await settleAll();
    const id = await transfer(first, other, 1n, 'USD');
    await settleAll();
    expect(id).toBeDefined();
    expect(await show(first)).toMatchObject({ Frozen: 'both', Balance: 1_000n });
  });

  test('is free again, by direction, and what changes nothing is told to nobody', async () => {
    const { first, freeze, handlers, path, pay, bus, sql, isRight } = await ruledSystem();
    await freeze(first);
    await freeze(first, 'out');
    const unfreeze = { ...path(first), body: { Direction: 'out' } };
    expect((await call(handlers.unfreezeWallet, unfreeze)).payload).toMatchObject({ Frozen: 'in' });
    expect(await pay(1n)).toEqual(SUCCESS);
    expect((await call(handlers.unfreezeWallet, path(first))).payload).toMatchObject({ Status: 'active' });
    const changes = bus.events.filter(({ type }) => type === 'WalletChanged').map(({ detail }) => detail);
    expect(changes).toMatchObject([
      { WalletId: first.toString(), Status: 'frozen', Frozen: 'both', CreditLimit: '0' },
      { Frozen: 'in' },
      { Status: 'active' },
    ]);
    const rows = await sql`SELECT number, after_position FROM wallet_changes ORDER BY number`;
    expect(rows).toMatchObject([
      { number: 1n, after_position: 1n },
      { number: 2n, after_position: 1n },
      { number: 3n, after_position: 2n },
    ]);
    await isRight();
  });
});

/** Looks for somebody who waits for a lock, at most, and milliseconds between them: two seconds in all. */
const MAX_POLLS = 200;
const POLL_MS = 10;

async function isAnyoneWaiting(sql: Sql): Promise<boolean> {
  const waiting = await sql`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'`;
  return waiting.length > 0;
}

test('a change that a processor waits for counts for what it settles', async () => {
  const { sql, first, other, transfer, transaction, settleAll } = await ruledSystem();
  const frozen = await transfer(first, other, 10n, 'USD');
  const over = await transfer(other, first, 10n, 'USD');
  const context = { correlationId: 'c', stagesEvents: false };
  const started = Promise.withResolvers<void>();
  const changing = runTx(sql, async (tx) => {
    await freezeWallet(tx, first, 'out', true, context);
    await limitWallet(tx, other, { CreditLimit: 50n, SpendLimits: { PerDay: 5n } }, context);
    started.resolve();
    for (let polls = 0; polls < MAX_POLLS && !(await isAnyoneWaiting(sql)); polls++) await sleep(POLL_MS);
  });
  await started.promise;
  await Promise.all([changing, settleAll()]);
  expect(await transaction(frozen)).toMatchObject({ Reason: 'wallet_frozen' });
  expect(await transaction(over)).toMatchObject({ Reason: 'daily_limit', Available: 5n });
});

describe('closing a wallet', () => {
  test('is refused while it has anything', async () => {
    const { sql, first, other, hold, receive, transfer, settleAll, handlers, path } = await ruledSystem();
    await hold(10n);
    await receive(first, 5n, 'USD');
    expect(await refused(sql, handlers.closeWallet, path(first))).toEqual({
      status: 409,
      code: 'wallet_not_empty',
      error: `wallet ${first} is not empty: its balance is 1000, holds reserve 10, 1 of its operations are pending`,
    });
    await settleAll();
    await transfer(first, other, 990n, 'USD');
    await settleAll();
    expect((await refused(sql, handlers.closeWallet, path(other))).error).toContain('its balance is 990');
  });

  test('is refused while a hold is active that reserves nothing any more', async () => {
    const { sql, first, other, settleAll, handlers, path } = await ruledSystem();
    const body = { WalletId: first, Amount: 1_000n, OverCapture: 20n };
    const { payload } = await call(handlers.holdAmount, { body });
    await settleAll();
    const part = { TargetWalletId: other, Amount: 1_000n, Final: false };
    await call(handlers.captureHold, { path: { holdId: payload.HoldId }, body: part });
    await settleAll();
    expect((await refused(sql, handlers.closeWallet, path(first))).error).toBe(
      `wallet ${first} is not empty: 1 of its holds are active`,
    );
    await call(handlers.releaseHold, { path: { holdId: payload.HoldId } });
    await settleAll();
    expect((await call(handlers.closeWallet, path(first))).status).toBe(200);
  });

  test('waits for what may still come back to it', async () => {
    const { sql, first, other, transfer, process, handlers, path, settleAll } = await ruledSystem();
    await transfer(first, other, 1_000n, 'USD');
    const [group] = await sql`SELECT wallet_group AS group FROM wallets WHERE id = ${first}`;
    await process([{ walletId: first, group: group?.['group'], deduplicationId: 'x', correlationId: 'c' }]);
    const { error } = await refused(sql, handlers.closeWallet, path(first));
    expect(error).toBe(`wallet ${first} is not empty: 1000 of its transfers may still come back`);
    await settleAll();
    expect((await call(handlers.closeWallet, path(first))).payload).toMatchObject({ Status: 'closed' });
  });

  test('is for good, and all for it is declined', async () => {
    const { sql, first, other, pay, get, handlers, path, freeze, show, isRight } = await ruledSystem();
    expect(await pay(1_000n)).toEqual(SUCCESS);
    expect((await call(handlers.closeWallet, path(first))).payload).toMatchObject({ Status: 'closed' });
    expect((await call(handlers.closeWallet, path(first))).status).toBe(200);
    expect(await get(5n)).toEqual(declined('wallet_closed'));
    expect(await pay(5n)).toEqual(declined('wallet_closed'));
    for (const handler of [handlers.freezeWallet, handlers.unfreezeWallet, handlers.limitWallet])
      expect(await refused(sql, handler, path(first))).toEqual({
        status: 409,
        code: 'wallet_closed',
        error: `wallet ${first} is closed for good: it can't be changed, but for its name`,
      });
    await call(handlers.renameWallet, { ...path(first), body: { Name: 'Nobody' } });
    expect(await show(first)).toMatchObject({ Name: 'Nobody', Status: 'closed' });
    expect(await freeze(other)).toMatchObject({ Status: 'frozen' });
    await isRight();
  });

  test.each(['freezeWallet', 'unfreezeWallet', 'closeWallet', 'limitWallet'] as const)(
    'or changing it takes one that there is: %s',
    async (name) => {
      const { sql, handlers, path } = await ruledSystem();
      expect(await refused(sql, handlers[name], path(7n))).toMatchObject({ code: 'wallet_not_found' });
    },
  );
});
