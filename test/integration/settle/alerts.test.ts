import { describe, expect, test } from 'vitest';
import { MAX_ALERTS } from '../../../lib/wallets/alerts.ts';
import { LAST_ID } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { refused } from '../../support/system/refused.ts';
import { ruledSystem } from '../../support/system/ruled.ts';

const UNKNOWN = '0197a1b2-c3d4-7e5f-8a6b-0123456789ab';

/** A system whose first wallet has 1,000, with what adds alerts and tells which fired. */
async function alertSystem() {
  const made = await ruledSystem();
  const { handlers, path, bus, first } = made;
  return {
    ...made,
    add: async (Direction: string, Balance: bigint, id = first) =>
      (await call(handlers.addAlert, { ...path(id), body: { Direction, Balance } })).payload,
    remove: async (AlertId: string, id = first) =>
      (await call(handlers.removeAlert, { ...path(id), body: { AlertId } })).payload,
    list: async (id = first) => (await call(handlers.listAlerts, path(id))).payload.Alerts,
    fired: () =>
      bus.events
        .filter(({ type }) => type === 'BalanceCrossed')
        .map(({ detail }) => [detail['AlertId'], detail['Balance'], detail['Position']]),
  };
}

describe('an alert', () => {
  test('fires once when an operation takes the balance below, and again only after it came back', async () => {
    const { first, add, pay, get, fired, bus, isRight } = await alertSystem();
    const { AlertId, CreatedAt, ...alert } = await add('below', 900n);
    expect(alert).toEqual({ WalletId: first, Direction: 'below', Balance: 900n });
    await pay(100n);
    expect(fired()).toEqual([]);
    await pay(1n);
    await pay(50n);
    await get(50n);
    expect(fired()).toEqual([[AlertId, '899', '3']]);
    await pay(1n);
    expect(fired().slice(1)).toEqual([]);
    await get(2n);
    await pay(1n);
    expect(fired().slice(1)).toEqual([[AlertId, '899', '8']]);
    expect(bus.events.find(({ type }) => type === 'BalanceCrossed')?.detail).toEqual({
      ...{ Version: 1, EventId: expect.any(String), OccurredAt: expect.any(String) },
      ...{ CorrelationId: expect.any(String), TransactionId: expect.any(String) },
      ...{ AlertId, WalletId: first.toString(), Direction: 'below', Threshold: '900', Balance: '899' },
      ...{ Currency: 'USD', Position: '3' },
    });
    expect(CreatedAt).toMatch(/^\d{4}-/);
    await isRight();
  });

  test('above an amount, or below nothing within credit, fires in order with others', async () => {
    const { first, add, limit, pay, get, fired } = await alertSystem();
    await limit(first, { CreditLimit: 500n });
    const above = await add('above', 1_000n);
    const owing = await add('below', -100n);
    const empty = await add('below', 1n);
    await get(1n);
    await pay(1_001n);
    await pay(101n);
    await get(1_102n);
    const ids = [above.AlertId, empty.AlertId, owing.AlertId];
    expect(fired()).toEqual([
      [ids[0], '1001', '2'],
      [ids[1], '0', '3'],
      [ids[2], '-101', '4'],
      [ids[0], '1001', '5'],
    ]);
  });

  test('counts every operation of one transaction of the processor by itself', async () => {
    const { first, other, add, transfer, receive, settleAll, fired } = await alertSystem();
    const { AlertId } = await add('below', 1_000n);
    for (let round = 0; round < 3; round++) {
      await transfer(first, other, 1n, 'USD');
      await receive(first, 1n, 'USD');
    }
    await settleAll();
    expect(fired()).toEqual(['2', '4', '6'].map((position) => [AlertId, '999', position]));
  });

  test('asks the balance: a hold does not fire it, its capture does; nor does what is declined', async () => {
    const { add, hold, capture, pay, fired } = await alertSystem();
    await add('below', 1_000n);
    const { HoldId } = await hold(100n);
    await pay(1_000n);
    expect(fired()).toEqual([]);
    await capture(HoldId);
    expect(fired()).toMatchObject([[expect.any(String), '900', '4']]);
  });

  test('counts for what is settled after it was added, until it is removed', async () => {
    const { first, other, add, remove, list, pay, get, transfer, settleAll, fired, sql, show } =
      await alertSystem();
    await pay(10n);
    await transfer(first, other, 1n, 'USD');
    const { AlertId } = await add('below', 990n);
    expect(fired()).toEqual([]);
    await settleAll();
    expect(fired()).toEqual([[AlertId, '989', '3']]);
    expect(await sql`SELECT after_position FROM wallet_alerts`).toEqual([{ after_position: 2n }]);
    expect(await remove(AlertId)).toMatchObject({ AlertId, Balance: 990n });
    await get(100n);
    await pay(200n);
    expect(fired()).toHaveLength(1);
    expect(await list()).toEqual([]);
    expect(await sql`SELECT FROM wallets WHERE has_alerts`).toHaveLength(0);
    expect(await show(first)).not.toHaveProperty('Alerts');
  });

  test('is there once for an edge, and few are in a wallet', async () => {
    const { first, add, list, handlers, path, sql } = await alertSystem();
    const alerts = [];
    for (let balance = 0n; balance < BigInt(MAX_ALERTS); balance++) alerts.push(await add('above', balance));
    expect(await add('above', 0n)).toEqual(alerts[0]);
    // In one millisecond, ids may be in any order.
    await sql`UPDATE wallet_alerts SET id = ${LAST_ID} WHERE id = ${alerts[0].AlertId}`;
    expect(await list()).toEqual([{ ...alerts[0], AlertId: LAST_ID }, ...alerts.slice(1)]);
    const more = { ...path(first), body: { Direction: 'below', Balance: 0n } };
    expect(await refused(sql, handlers.addAlert, more)).toMatchObject({
      ...{ status: 409, code: 'too_many_alerts' },
      error: `wallet ${first} has 20 alerts: remove one before you add another`,
    });
  });

  test('is added once by a request that comes twice', async () => {
    const { first, handlers, path, list } = await alertSystem();
    const asked = {
      ...path(first),
      ...{
        body: { Direction: 'above', Balance: '9223372036854775807' },
        headers: { 'idempotency-key': 'alert' },
      },
    };
    const once = await call(handlers.addAlert, asked);
    expect(await call(handlers.addAlert, asked)).toMatchObject({ status: 200, text: once.text });
    expect(await list()).toHaveLength(1);
  });

  test('needs a wallet that is open, and an edge', async () => {
    const { sql, handlers, path, other, add, list } = await alertSystem();
    const { AlertId } = await add('below', 5n, other);
    await call(handlers.closeWallet, path(other));
    const right = { Direction: 'below', Balance: 0n };
    expect(await refused(sql, handlers.addAlert, { ...path(other), body: right })).toMatchObject({
      code: 'wallet_closed',
    });
    for (const [handler, body] of [
      [handlers.addAlert, right],
      [handlers.removeAlert, { AlertId }],
    ] as const)
      expect(await refused(sql, handler, { ...path(99n), body })).toMatchObject({ code: 'wallet_not_found' });
    expect(await refused(sql, handlers.listAlerts, path(99n))).toMatchObject({ code: 'wallet_not_found' });
    const none = { ...path(other), body: { AlertId: UNKNOWN } };
    expect(await refused(sql, handlers.removeAlert, none)).toMatchObject({
      ...{ status: 404, code: 'alert_not_found' },
      error: `wallet ${other} has no alert with id: ${UNKNOWN}`,
    });
    expect(await list(other)).toHaveLength(1);
  });

  test.each([
    [{}, 'fields_missing'],
    [{ Direction: 'under', Balance: 5 }, 'invalid_field'],
    [{ Direction: 'below', Balance: 1.5 }, 'invalid_field'],
    [{ Direction: 'below', Balance: '--5' }, 'invalid_field'],
    [{ Direction: 'below', Balance: -9223372036854775808n }, 'invalid_field'],
    [{ Direction: 'below' }, 'fields_missing'],
  ])('takes no %o', async (body, code) => {
    const { sql, handlers, path, first } = await alertSystem();
    expect(await refused(sql, handlers.addAlert, { ...path(first), body })).toMatchObject({ code });
  });
});
