import { describe, expect, test } from 'vitest';
import { createBalancer } from '../../../functions/balancer.ts';
import { rebalance } from '../../../lib/groups/balancer.ts';
import { EVENT_SCHEMAS } from '../../../lib/messaging/event-schemas.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addReceipts, addSettled, addWallets } from '../../support/system/prepare.ts';
import { testSystem } from '../../support/system/system.ts';

describe('the balancer', () => {
  const context = { awsRequestId: 'run' };

  /** Wallets with so many settled operations each, in the last minutes. */
  async function systemWith(loads: readonly number[], groups = 2) {
    const database = await testDatabase();
    const system = testSystem(database.sql, groups);
    const wallets: bigint[] = [];
    for (const load of loads) {
      const wallet = await system.wallet('USD');
      wallets.push(wallet);
      await addReceipts(database.sql, wallet, load, 1);
    }
    system.bus.events.splice(0);
    return { database, system, wallets, balance: createBalancer(system, groups) };
  }

  const loadOf = async (sql: Sql): Promise<number[]> => {
    const rows = await sql<{ load: number }[]>`
      SELECT count(legs.id)::int AS load FROM wallets LEFT JOIN legs ON wallet_id = wallets.id
      GROUP BY wallet_group ORDER BY load`;
    return rows.map(({ load }) => load);
  };

  test('splits 1234, 5678, 0 and 3456 operations into 4690 and 5678', async () => {
    const { database, balance } = await systemWith([1234, 5678, 0, 3456]);
    await balance({}, context);
    expect(await loadOf(database.sql)).toEqual([4690, 5678]);
  });

  test('leaves wallets without activity where they are', async () => {
    const { system, wallets, balance } = await systemWith([10, 0, 10, 0, 10, 0]);
    const groups = async () =>
      await system.sql`SELECT wallet_group FROM wallets WHERE id = ANY(${`{${wallets.filter((_, i) => i % 2 === 1).join()}}`}::bigint[]) ORDER BY id`;
    const before = await groups();
    await balance({}, context);
    expect(await groups()).toEqual(before);
  });

  test('spreads many wallets with equal loads evenly', async () => {
    const { database, balance } = await systemWith(
      Array.from({ length: 30 }, () => 2),
      3,
    );
    await database.sql`UPDATE wallets SET wallet_group = 1`;
    await balance({}, context);
    expect(await loadOf(database.sql)).toEqual([20, 20, 20]);
  });

  test('moves nothing when no split is more even than the present one, and says nothing', async () => {
    const { system, balance } = await systemWith([5, 5, 5, 5, 5, 5, 5]);
    const report = await balance({}, context);
    expect(report).toMatchObject({ WalletsMoved: 0 });
    expect(system.bus.events).toEqual([]);
  });

  test('publishes the load of each group before and after', async () => {
    const { database, system, balance } = await systemWith([1, 2, 3, 4]);
    await database.sql`UPDATE wallets SET wallet_group = 1`;
    await balance({}, context);
    const [event] = system.bus.events;
    expect(event?.type).toBe('GroupsRebalanced');
    const detail = EVENT_SCHEMAS.GroupsRebalanced.parse(event?.detail);
    expect(detail).toMatchObject({
      CorrelationId: 'run',
      WalletsMoved: 2,
      Groups: [
        { Group: 1, OperationsBefore: 10, OperationsAfter: 5 },
        { Group: 2, OperationsBefore: 0, OperationsAfter: 5 },
      ],
    });
  });

  test('does not count operations older than its window', async () => {
    const { database, wallets, balance } = await systemWith([3, 3]);
    await addSettled(database.sql, wallets[0] ?? 0n, 100, 31);
    expect(await balance({}, context)).toMatchObject({
      Groups: [{ OperationsBefore: 3 }, { OperationsBefore: 3 }],
    });
  });

  test('counts what was settled in its window and what is pending', async () => {
    const { database, system, wallets, balance } = await systemWith([0, 0, 3]);
    await addSettled(database.sql, wallets[0] ?? 0n, 20, 29);
    await addSettled(database.sql, wallets[1] ?? 0n, 7, 1);
    await system.receive(wallets[1] ?? 0n, 1n, 'USD');
    expect(await balance({}, context)).toMatchObject({
      Groups: [{ OperationsBefore: 23 }, { OperationsBefore: 8 }],
    });
  });

  test('brings more wallets home than one statement moves', async () => {
    const { database, system } = await systemWith([]);
    await addWallets(database.sql, 0, 2_500);
    await database.sql`UPDATE wallets SET wallet_group = 3 + id % 5`;
    expect(await createBalancer(system, 2)({}, context)).toMatchObject({ WalletsMoved: 2_500 });
    const rows =
      await database.sql`SELECT count(*)::int AS n FROM wallets GROUP BY wallet_group ORDER BY wallet_group`;
    expect(rows.map(({ n }) => n)).toEqual([1_250, 1_250]);
  });

  test('brings wallets home whose group is no more', async () => {
    const { database, system } = await systemWith([0, 0, 4, 4, 0, 0]);
    await database.sql`UPDATE wallets SET wallet_group = 7`;
    await createBalancer(system, 2)({}, context);
    const rows = await database.sql`SELECT count(*)::int AS n FROM wallets GROUP BY wallet_group ORDER BY 1`;
    expect(rows.map(({ n }) => n)).toEqual([3, 3]);
  });

  test('does nothing while another run is under way', async () => {
    const { database, system } = await systemWith([1, 2, 3, 4]);
    await database.sql`
      INSERT INTO leases (name, holder, expires_at) VALUES ('balancer', gen_random_uuid(), now() + interval '1 minute')`;
    expect(await createBalancer(system, 2)({}, context)).toEqual({ Skipped: 'another run is under way' });
    await database.sql`UPDATE leases SET expires_at = now() - interval '1 second'`;
    expect(await createBalancer(system, 2)({}, context)).toHaveProperty('WalletsMoved');
  });

  test('lets one of two runs at once do the work', async () => {
    const { database, system } = await systemWith(Array.from({ length: 50 }, (_, i) => i));
    await database.sql`UPDATE wallets SET wallet_group = 1`;
    const runs = await Promise.all(
      [database.open(), database.open()].map((sql) =>
        rebalance({ sql, bus: system.bus }, { groups: 2, id: system.newId(), correlationId: 'c' }),
      ),
    );
    expect(runs.filter((run) => (run?.WalletsMoved ?? 0) > 0)).toHaveLength(1);
  });

  test('moves wallets while their operations are under way, and each is settled once and in order', async () => {
    const { database, system, wallets } = await systemWith(
      Array.from({ length: 8 }, () => 0),
      3,
    );
    const other = testSystem(database.open(), 3);
    for (const wallet of wallets) await system.receive(wallet, 1_000n, 'USD');
    await system.settleAll();
    const ids: string[] = [];
    const balancing = (async () => {
      for (let i = 0; i < 10; i++) {
        await database.sql`UPDATE wallets SET wallet_group = 1 + (wallet_group + ${i}) % 3`;
        await createBalancer(system, 3)({}, context);
      }
    })();
    for (let i = 0; i < 60; i++) {
      const [from, to] = [wallets[i % 8] ?? 0n, wallets[(i * 3 + 1) % 8] ?? 0n];
      if (from !== to) ids.push(await system.transfer(from, to, 7n, 'USD'));
      other.queue.sent.push(...system.queue.sent.splice(0, 3));
      if (i % 5 === 0) await Promise.all([system.settleAll(), other.settleAll()]);
    }
    await balancing;
    for (let i = 0; i < 3; i++) {
      await system.settleAll();
      await other.settleAll();
    }
    for (const id of ids) expect((await system.transaction(id)).Status).toBe('success');
    const [sum] = await database.sql`SELECT sum(balance)::text AS total FROM wallets`;
    expect(sum?.['total']).toBe('8000');
    const outOfOrder = await database.sql`
      SELECT FROM (
        SELECT balance_after - lag(balance_after, 1, 0::bigint) OVER own AS step,
          CASE type_of(leg) WHEN 'in' THEN wallet_amount ELSE -wallet_amount END AS amount
        FROM operations WHERE status = 'success' AND wallet_id = ANY (${`{${wallets.join()}}`}::bigint[])
        WINDOW own AS (PARTITION BY wallet_id ORDER BY position)
      ) AS steps WHERE step <> amount`;
    expect(outOfOrder.count).toBe(0);
  });
});
