import { describe, expect, test } from 'vitest';
import type { Sql, Tx } from '../../../lib/postgres/database.ts';
import { lockWallets } from '../../../lib/settle/locks.ts';
import { testDatabase } from '../../support/system/database.ts';
import { answeredOrWaiting } from '../../support/system/open-transaction.ts';
import { testSystem } from '../../support/system/system.ts';

describe('two transactions that name the same two wallets', async () => {
  const database = await testDatabase();
  const system = testSystem(database.sql, 2);
  await system.setRates();
  const [a, b] = [await system.wallet('USD'), await system.wallet('USD')];
  const lock = (tx: Tx, ...walletIds: bigint[]) => lockWallets(tx, { walletIds, group: null, after: 0n });

  /** The first has one wallet when the second comes, and names both then. @returns why one of them failed, if one did */
  async function cross(
    held: bigint,
    first: readonly bigint[],
    second: readonly bigint[],
  ): Promise<readonly unknown[]> {
    const [one, other]: [Sql, Sql] = [database.open(), database.open()];
    let waiting: Promise<unknown> = Promise.resolve();
    const begun = one.begin(async (tx) => {
      await lock(tx, held);
      waiting = other.begin((tx2) => lock(tx2, ...second));
      expect(await answeredOrWaiting(database.sql, waiting)).toBe('waiting');
      await lock(tx, ...first);
    });
    const outcomes = [...(await Promise.allSettled([begun])), ...(await Promise.allSettled([waiting]))];
    return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  }

  test('never wait for each other, in whatever order each names them', async () => {
    // The second waits for the wallet with the smaller id, and has nothing meanwhile: so the first gets the other one.
    expect(await cross(a, [a, b], [b, a])).toEqual([]);
    expect(await cross(a, [b, a], [a, b])).toEqual([]);
  });

  test('would wait for each other if one of them locked the larger id first', async () => {
    // What the order is for, and that a deadlock would be seen here: the second has the smaller one then, which the first asks for.
    const failures = await cross(b, [a, b], [a, b]);
    expect(failures).toEqual([expect.objectContaining({ code: '40P01' })]);
  });
});
