import { describe, expect, test } from 'vitest';
import { NOTHING_PUBLISHED } from '../../../lib/messaging/outbox.ts';
import { runTx, type Sql } from '../../../lib/postgres/database.ts';
import { ONE_SERVER } from '../../../lib/settle/layout.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { settlePending } from '../../../lib/settle/settle-pending.ts';
import { tellStory } from '../../support/system/books.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

/** What was kept of the money, by currency. */
const kept = (sql: Sql) => sql`
  SELECT currency, sum(in_wallets)::text AS wallet, sum(in_transit)::text AS transit FROM (
    SELECT currency, in_wallets, in_transit FROM money_totals
    UNION ALL SELECT currency, in_wallets, in_transit FROM money_minutes
  ) AS kept GROUP BY currency ORDER BY currency`;

/** The same by the double entries of the journal. */
const entered = (sql: Sql) => sql`
  SELECT currency, coalesce(sum(amount) FILTER (WHERE account = 'wallet'), 0)::text AS wallet,
    coalesce(sum(amount) FILTER (WHERE account = 'transit'), 0)::text AS transit
  FROM ledger_entries WHERE account IN ('wallet', 'transit') GROUP BY currency ORDER BY currency`;

/** What was counted, whole. */
const counted = (sql: Sql) => sql`
  SELECT sum(succeeded)::float8 AS succeeded, sum(declined)::float8 AS declined,
    (SELECT sum(number)::float8 FROM settled_minutes, unnest(settle_times) AS number) AS timed,
    (SELECT json_object_agg(reason, count ORDER BY reason)::text FROM (
      SELECT (enum_range(NULL::decline_reason))[place] AS reason, sum(number) AS count
      FROM settled_minutes, unnest(declines) WITH ORDINALITY AS each(number, place) GROUP BY place HAVING sum(number) > 0
    ) AS reasons) AS reasons
  FROM settled_minutes`;

/** The same by the journal. */
const booked = (sql: Sql) => sql`
  SELECT count(*) FILTER (WHERE status = 'success')::float8 AS succeeded,
    count(*) FILTER (WHERE status = 'decline')::float8 AS declined, count(*)::float8 AS timed,
    (SELECT json_object_agg(reason, count ORDER BY reason)::text FROM (
      SELECT reason, count(*) AS count FROM operations WHERE status = 'decline' GROUP BY reason) AS reasons) AS reasons
  FROM operations WHERE leg <> 'expiry'`;

/** Lets time pass for what was rolled up. */
async function age(sql: Sql, minutes: number): Promise<void> {
  await sql`UPDATE settled_minutes SET minute = minute - make_interval(mins => ${minutes})`;
  await sql`UPDATE money_minutes SET minute = minute - make_interval(mins => ${minutes})`;
}

describe('what settling adds up', async () => {
  const { sql } = await testDatabase();
  await tellStory(sql);

  test('is what the journal has: after transfers, declines, returns, refunds, holds, payouts and linked transactions', async () => {
    expect([...(await kept(sql))]).toEqual([...(await entered(sql))]);
    const [count] = await counted(sql);
    expect(count).toEqual((await booked(sql))[0]);
    expect(count?.['declined']).toBeGreaterThan(5);
    expect((await kept(sql)).filter(({ transit }) => transit !== '0')).not.toEqual([]);
  });

  test('is the same after the relay moved it: to the totals, to one row a minute, to one row in ten', async () => {
    const [money, counts] = [await kept(sql), await counted(sql)];
    const system = testSystem(sql);
    for (const minutes of [3, 100]) {
      await age(sql, minutes);
      expect((await relayOnce(system.deps)).failed).toEqual([]);
      expect([...(await kept(sql))]).toEqual([...money]);
      expect([...(await counted(sql))]).toEqual([...counts]);
      expect([...(await sql`SELECT FROM money_minutes`)]).toEqual([]);
      expect([...(await sql`SELECT DISTINCT backend FROM settled_minutes`)]).toEqual([{ backend: 0 }]);
    }
    const spans = await sql<{ minute: string }[]>`SELECT minute FROM settled_minutes`;
    for (const { minute } of spans) expect(minute).toMatch(/T\d\d:\d0:00Z$/);
  });

  test('is forgotten after a day, but for the money', async () => {
    const money = await kept(sql);
    await age(sql, 26 * 60);
    await relayOnce(testSystem(sql).deps);
    expect([...(await sql`SELECT FROM settled_minutes`)]).toEqual([]);
    expect([...(await kept(sql))]).toEqual([...money]);
  });
});

describe('transactions that settle at once', async () => {
  const database = await testDatabase();

  test('write rows of their own, and none waits for another', async () => {
    const system = testSystem(database.sql);
    const [a, b] = [await system.wallet('USD'), await system.wallet('USD')];
    await system.receive(a, 5n, 'USD');
    await system.receive(b, 7n, 'USD');
    const settle = (sql: Sql, wallet: bigint, meanwhile = () => Promise.resolve()) =>
      runTx(sql, async (tx) => {
        await tx`SELECT set_config('lock_timeout', '1ms', true)`;
        const request = { walletIds: [wallet], group: null, after: 0n };
        const { succeeded } = await settlePending(tx, request, NOTHING_PUBLISHED, ONE_SERVER);
        await meanwhile();
        return succeeded;
      });
    const other = database.open();
    let inner = 0;
    const outer = await settle(database.sql, a, async () => {
      inner = await settle(other, b);
    });
    expect([outer, inner]).toEqual([1, 1]);
    expect([...(await kept(database.sql))]).toEqual([{ currency: 'USD', wallet: '12', transit: '0' }]);
    const [rows] = await database.sql`SELECT count(DISTINCT backend)::float8 AS backends FROM money_minutes`;
    expect(rows).toEqual({ backends: 2 });
  });
});
