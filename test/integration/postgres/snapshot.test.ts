import { describe, expect, test } from 'vitest';
import { openDatabase, type Tx } from '../../../lib/postgres/database.ts';
import { readBeside, readSnapshot } from '../../../lib/postgres/snapshot.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addWallets } from '../../support/system/prepare.ts';

const SECONDS = 60;

const countWallets = async (tx: Tx): Promise<number> => {
  const [row] = await tx<{ count: number }[]>`SELECT count(*)::float8 AS count FROM wallets`;
  return row?.count ?? -1;
};

describe('a second connection', () => {
  test('reads what the snapshot of the first has, and not what came later', async () => {
    const { sql, url } = await testDatabase();
    const [first, beside] = [openDatabase(url), openDatabase(url)];
    await addWallets(sql, 0, 3);
    const counts = await readSnapshot(first, SECONDS, async ({ tx }) => {
      await addWallets(sql, 100, 5);
      return [await readBeside(beside, tx, SECONDS, countWallets), await countWallets(tx)];
    });
    expect(counts).toEqual([3, 3]);
    expect(await readSnapshot(beside, SECONDS, ({ tx }) => countWallets(tx))).toBe(8);
    await Promise.all([first.end(), beside.end()]);
  });

  test('changes nothing, and may take as long as it was given', async () => {
    const { url } = await testDatabase();
    const [first, beside] = [openDatabase(url), openDatabase(url)];
    await readSnapshot(first, SECONDS, async ({ tx }) => {
      const limit = readBeside(beside, tx, SECONDS, (other) => other`SHOW statement_timeout`);
      expect(await limit).toEqual([{ statement_timeout: '1min' }]);
      const change = readBeside(beside, tx, SECONDS, (other) => other`DELETE FROM wallets`);
      await expect(change).rejects.toMatchObject({ code: '25006' });
    });
    await Promise.all([first.end(), beside.end()]);
  });
});
