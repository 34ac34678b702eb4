import { afterAll, describe, expect, test } from 'vitest';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { lockWallets } from '../../../lib/settle/locks.ts';
import { testDatabase } from '../../support/system/database.ts';
import { answeredOrWaiting, holdOpen } from '../../support/system/open-transaction.ts';
import { testSystem, wakeUp } from '../../support/system/system.ts';

/** Wallets, each in a group of its own: none is locked along with another. */
const GROUPS = 50;

describe('settling linked transactions', async () => {
  const database = await testDatabase();
  const system = testSystem(database.sql, GROUPS);
  await system.setRates();
  const wallets: bigint[] = [];
  for (let number = 0; number < GROUPS; number++) wallets.push(await system.wallet('USD'));
  const [a = 0n, b = 0n, c = 0n, d = 0n] = wallets;
  for (const id of wallets) await system.receive(id, 1_000_000n, 'USD');
  await system.settleAll();
  const groupOf = async (id: bigint) => {
    const [row] = await database.sql`SELECT wallet_group FROM wallets WHERE id = ${id}`;
    return Number(row?.['wallet_group']);
  };
  const settle = async (...ids: bigint[]) =>
    await system.process(await Promise.all(ids.map(async (id) => wakeUp(id, await groupOf(id)))));
  const statusOf = async (id: string) => (await system.transaction(id)).Status;
  /** Forgets what was sent: only what a test delivers wakes anybody. */
  const unsent = () => system.queue.sent.splice(0);

  test('settles it with all its wallets, whichever of them is woken', async () => {
    for (const woken of [a, b, c]) {
      const id = await system.link([b, a, 5n, 'USD'], [c, b, 5n, 'USD'], [a, c, 5n, 'USD']);
      unsent();
      await settle(woken);
      expect(await statusOf(id)).toBe('success');
    }
  });

  test('lets later operations of its wallets wait behind it, and settles them after it', async () => {
    const [from, to] = [await system.wallet('USD'), await system.wallet('USD')];
    const linked = await system.link([from, to, 5n, 'USD'], [a, from, 9n, 'USD']);
    const later = await system.receive(from, 5n, 'USD');
    unsent();
    await settle(from);
    // The receipt came behind the transfer that it could have paid for.
    expect(await system.transaction(linked)).toMatchObject({ Status: 'decline', DeclinedNumber: 1n });
    expect(await statusOf(later)).toBe('success');
    const [order] = await database.sql`
      SELECT string_agg(leg::text, ' ' ORDER BY position) AS legs FROM operations WHERE wallet_id = ${from}`;
    expect(order?.['legs']).toBe('linked_debit linked_credit receipt');
  });

  test('settles what crosses in one order, so that none waits for another for ever', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 10; round++)
      ids.push(
        await system.link([a, b, 1n, 'USD'], [c, d, 1n, 'USD']),
        await system.link([d, a, 1n, 'USD'], [b, c, 1n, 'USD']),
      );
    unsent();
    await settle(c);
    for (const id of ids) expect(await statusOf(id)).toBe('success');
  });

  test('is not kept waiting by a share that ends within it', async () => {
    const filler = 95;
    for (let number = 0; number < filler; number++) await system.receive(a, 1n, 'USD');
    const many = Array.from({ length: 100 }, (): [bigint, bigint, bigint, string] => [a, b, 1n, 'USD']);
    const id = await system.link(...many);
    const last = await system.receive(a, 1n, 'USD');
    unsent();
    await settle(a);
    expect([await statusOf(id), await statusOf(last)]).toEqual(['success', 'success']);
  });

  test('leaves all of it pending while somebody else has one of its wallets', async () => {
    const id = await system.link([a, b, 1n, 'USD'], [b, c, 1n, 'USD']);
    unsent();
    const release = await holdOpen(database.open(), (tx) =>
      lockWallets(tx, { walletIds: [c], group: null, after: 0n }),
    );
    const settling = settle(a);
    try {
      expect(await answeredOrWaiting(database.sql, settling)).toBe('waiting');
      const [row] = await database.sql`
        SELECT count(*)::integer AS count FROM pending_operations WHERE transaction_id = ${id}::uuid`;
      expect(row?.['count']).toBe(4);
    } finally {
      await release();
      await settling;
    }
    expect(await statusOf(id)).toBe('success');
  });

  test('waits for wallets in the order of their ids, however they are named, and holds none behind the first', async () => {
    const isFree = (id: bigint) =>
      database.sql`SELECT id FROM wallets WHERE id = ${id} FOR NO KEY UPDATE SKIP LOCKED`;
    const release = await holdOpen(
      database.open(),
      (tx) => tx`SELECT FROM wallets WHERE id = ${a} FOR NO KEY UPDATE`,
    );
    const naming = database
      .open()
      .begin((tx) => system.layout.lockWallets(tx, { walletIds: [c, a, b], group: null, after: 0n }));
    try {
      expect(await answeredOrWaiting(database.sql, naming)).toBe('waiting');
      expect([...(await isFree(b)), ...(await isFree(c))]).toEqual([{ id: b }, { id: c }]);
    } finally {
      await release();
      await naming;
    }
  });

  describe('by 32 processors at once', () => {
    const CALLERS = 32;
    const pools = Array.from({ length: CALLERS }, () => testSystem(database.open(), GROUPS));
    afterAll(async () => {
      await Promise.all(pools.map(({ sql }) => sql.end({ timeout: 5 })));
    });

    test('moves money among 50 wallets in all directions without a deadlock', async () => {
      const deadlocks = async () => {
        await database.sql`SELECT pg_stat_force_next_flush()`;
        const [row] = await database.sql`
          SELECT deadlocks::integer FROM pg_stat_database WHERE datname = current_database()`;
        return Number(row?.['deadlocks']);
      };
      const before = await deadlocks();
      // Each caller's transfers go in its own direction.
      const walletAt = (index: number): bigint => wallets[index % GROUPS] ?? 0n;
      const ids = await Promise.all(
        pools.map(async (caller, index) => {
          const made: string[] = [];
          for (let round = 0; round < 6; round++) {
            const start = index * 7 + round * 13;
            const step = index % 2 === 0 ? 3 : 47;
            made.push(
              await caller.link(
                [walletAt(start), walletAt(start + step), 3n, 'USD'],
                [walletAt(start + step), walletAt(start + 2 * step), 2n, 'USD'],
                [walletAt(start + 1), walletAt(start), 1n, 'USD'],
              ),
            );
            await caller.settleAll();
          }
          return made;
        }),
      );
      for (const id of ids.flat()) expect(await statusOf(id)).toBe('success');
      expect(await deadlocks()).toBe(before);
      const { checks, isClean } = await reconcile(database.sql, 60);
      expect(checks.filter(({ problems }) => problems > 0)).toEqual([]);
      expect(isClean).toBe(true);
    });
  });
});
