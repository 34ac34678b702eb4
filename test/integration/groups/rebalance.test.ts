import { describe, expect, test } from 'vitest';
import { createBalancer } from '../../../functions/balancer.ts';
import { rebalanceGroups } from '../../../functions/rebalance.ts';
import { releaseLease, takeLease } from '../../../lib/postgres/lease.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('POST /rebalance', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const headers = (key: string) => ({ 'Idempotency-Key': key });
  const rebalance = (key: string) =>
    call(system.handlers.rebalanceGroups, { body: {}, headers: headers(key) });
  const groups = async () => (await call(system.handlers.getGroups, {})).payload;

  test('runs the balancer, and GET /groups tells what it did', async () => {
    const wallets = [];
    for (let n = 0; n < 4; n++) wallets.push(await system.wallet('USD'));
    await sql`UPDATE wallets SET wallet_group = 1`;
    for (const wallet of wallets) await system.receive(wallet, 5n, 'USD');
    const before = await groups();
    expect(before.Runs).toEqual([]);
    expect(before.Groups).toEqual([
      { Group: 1n, Wallets: 4n, Pending: 4n, IsPendingExact: true },
      { Group: 2n, Wallets: 0n, Pending: 0n, IsPendingExact: true },
    ]);
    const { payload } = await rebalance('a');
    expect(payload).toEqual({ RunId: expect.any(String), Status: 'done', WalletsMoved: 2n });
    const { Groups, Runs } = await groups();
    expect(Groups).toMatchObject([{ Wallets: 2n }, { Wallets: 2n }]);
    expect(Runs).toMatchObject([
      {
        ...{ RunId: payload.RunId, Trigger: 'request', Status: 'done', WalletsMoved: 2n },
        Groups: [
          { Group: 1n, OperationsBefore: 4n, OperationsAfter: 2n },
          { Group: 2n, OperationsBefore: 0n, OperationsAfter: 2n },
        ],
      },
    ]);
    expect(Runs[0].FinishedAt >= Runs[0].StartedAt).toBe(true);
  });

  test('runs it once for an Idempotency-Key', async () => {
    const first = await rebalance('b');
    const again = await rebalance('b');
    expect(again.payload).toEqual(first.payload);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await groups()).Runs).toHaveLength(2);
  });

  test('is refused while the balancer runs', async () => {
    const holder = system.newId();
    await takeLease(sql, 'balancer', holder, 60);
    const { status, payload } = await rebalance('c');
    expect([status, payload.code]).toEqual([409, 'rebalance_in_progress']);
    await releaseLease(sql, 'balancer', holder);
    expect((await groups()).Runs).toHaveLength(2);
    expect((await rebalance('d')).payload.Status).toBe('done');
  });

  test('is told to have failed if it did, and another may begin', async () => {
    await sql`ALTER TABLE operations RENAME TO operations_gone`;
    const { payload } = await rebalance('e');
    expect(payload).toEqual({ RunId: expect.any(String), Status: 'failed' });
    await sql`ALTER TABLE operations_gone RENAME TO operations`;
    expect((await groups()).Runs[0]).toMatchObject({ Status: 'failed', WalletsMoved: null, Groups: [] });
    expect((await rebalance('f')).payload.Status).toBe('done');
  });

  test('tells a repeat how the run stands meanwhile', async () => {
    const waiting = Promise.withResolvers<void>();
    const bus = { publish: () => waiting.promise.then(() => []) };
    await sql`UPDATE wallets SET wallet_group = 1`;
    const slow = rebalanceGroups(2)({ sql, apiKeys: 'off', bus: bus as never });
    const running = call(slow, { body: {}, headers: headers('g') });
    await expect.poll(async () => (await groups()).Runs[0].Status, { timeout: 20_000 }).toBe('running');
    expect((await rebalance('g')).payload).toMatchObject({ Status: 'running' });
    waiting.resolve();
    await running;
    expect((await rebalance('g')).payload).toMatchObject({ Status: 'done', WalletsMoved: 2n });
  });

  test('is told to have failed, in its list and to a repeat, if it was lost', async () => {
    const { payload } = await rebalance('lost');
    await sql`
      UPDATE balancer_runs SET started_at = now() - interval '16 minutes', finished_at = NULL, wallets_moved = NULL, groups = NULL
      WHERE id = ${payload.RunId}::uuid`;
    expect((await rebalance('lost')).payload).toEqual({ RunId: payload.RunId, Status: 'failed' });
    const { Runs } = await groups();
    expect(Runs.find(({ RunId }: any) => RunId === payload.RunId)).toMatchObject({
      ...{ Status: 'failed', FinishedAt: null, WalletsMoved: null },
    });
  });

  test('is told beside the runs of the schedule, of which 100 are kept and 20 told', async () => {
    await sql`
      INSERT INTO balancer_runs (id, trigger, started_at, finished_at, wallets_moved, groups)
      SELECT gen_random_uuid(), 'schedule', now() - make_interval(hours => n), now(), 0, '[]' FROM generate_series(1, 200) AS n`;
    await createBalancer(system.deps, 2)({}, { awsRequestId: 'scheduled' });
    const { Runs } = await groups();
    expect(Runs).toHaveLength(20);
    expect(Runs[0]).toMatchObject({ Trigger: 'schedule', Status: 'done' });
    const [kept] = await sql`SELECT count(*)::float8 AS runs FROM balancer_runs`;
    expect(kept).toEqual({ runs: 100 });
  });
});
