import { describe, expect, test } from 'vitest';
import { createWallet } from '../../../lib/wallets/wallets.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { answeredOrWaiting, holdOpen } from '../../support/system/open-transaction.ts';
import { testSystem } from '../../support/system/system.ts';

const SNOW = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'EUR' };

describe('GET /wallets while wallets are created', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = testSystem(open());
  await system.setRates();

  const list = async (query: Record<string, string> = {}): Promise<bigint[]> =>
    (await call(handlers.listWallets, { query })).payload.Wallets.map(
      ({ WalletID }: { WalletID: bigint }) => WalletID,
    );
  const create = async (): Promise<bigint> => await system.wallet('EUR');

  test('passes over none whose commit comes after that of a larger one', async () => {
    const first = await create();
    const commit = await holdOpen(sql, (tx) => createWallet(tx, SNOW, 2, 'c'));
    try {
      const later = await create();
      expect(later).toBe(first + 2n);
      const answer = list({ after: String(first) });
      expect(await answeredOrWaiting(sql, answer)).toBe('waiting');
      await commit();
      expect(await answer).toEqual([first + 1n, later]);
    } finally {
      await commit();
    }
  });

  test('waits for nobody where the page is older than any transaction', async () => {
    const first = await create();
    const second = await create();
    await sql`UPDATE wallets SET created_at = now() - interval '21 seconds'`;
    const commit = await holdOpen(sql, (tx) => createWallet(tx, SNOW, 2, 'c'));
    try {
      const answer = list({ after: String(first - 1n), limit: '2' });
      expect(await answeredOrWaiting(sql, answer)).toBe('answered');
      expect(await answer).toEqual([first, second]);
      await create();
      expect(await list({ after: String(first - 1n), limit: '2' })).toEqual([first, second]);
      expect(await list({ after: String(second + 10n) })).toEqual([]);
    } finally {
      await commit();
    }
  });

  test('reads every wallet once, whoever goes on from the last one while many are created at once', async () => {
    const start = await create();
    const made: bigint[] = [];
    let isOver = false;
    const creating = Promise.all(
      Array.from({ length: 3 }, async () => {
        for (let count = 0; count < 30; count++) made.push(await create());
      }),
    ).finally(() => {
      isOver = true;
    });
    const read: bigint[] = [];
    for (let isLast = false; !isLast; ) {
      isLast = isOver;
      read.push(...(await list({ after: String(read.at(-1) ?? start), limit: '7' })));
      isLast &&= read.length >= made.length;
    }
    await creating;
    expect(read).toEqual(made.toSorted((a, b) => Number(a - b)));
  });
});
