import { describe, expect, test } from 'vitest';
import { book, bookIn } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { answeredOrWaiting, holdOpen } from '../../support/system/open-transaction.ts';
import { testSystem } from '../../support/system/system.ts';

describe('what a report told about the past', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = testSystem(open());
  await system.setRates();

  const now = async (): Promise<string> =>
    (await sql<{ now: string }[]>`SELECT clock_timestamp() AS now`)[0]?.now ?? '';

  /** Asks each report while an operation is booked and not committed yet. */
  const duringSettling = async (at: string, ask: (wallet: bigint) => Promise<unknown>) => {
    const wallet = await system.wallet('EUR');
    await book(sql, wallet, [{ amount: 1_000n, at: '2026-01-01T00:00:00Z' }]);
    const commit = await holdOpen(sql, (tx) => bookIn(tx, wallet, [{ amount: 2_000n, at }]));
    try {
      const answer = ask(wallet);
      const state = await answeredOrWaiting(sql, answer);
      await commit();
      return { state, during: await answer, after: await ask(wallet) };
    } finally {
      await commit();
    }
  };

  const FROM = '2026-01-01T00:00:00Z';
  type Query = Record<string, string>;
  const payloadOf = async (handler: keyof typeof handlers, wallet: bigint, query: Query) =>
    (await call(handlers[handler], { path: { walletId: String(wallet) }, query })).payload;
  const REPORTS: [string, unknown, (wallet: bigint, query: Query) => Promise<unknown>][] = [
    [
      'the list',
      [1_000n, 2_000n],
      async (wallet, query) =>
        (await payloadOf('listOperations', wallet, query)).Operations.map(
          ({ Amount }: { Amount: bigint }) => Amount,
        ),
    ],
    [
      'the total',
      3_000n,
      async (wallet, query) =>
        (await payloadOf('totalOperations', wallet, { ...query, currency: 'EUR' })).AmountIn,
    ],
    [
      'the file',
      ['in,1000', 'in,2000'],
      async (wallet, query) => {
        const { text } = await call(handlers.downloadOperations, {
          path: { walletId: String(wallet) },
          query,
        });
        return text
          .split('\n')
          .slice(1, -1)
          .map((line) => line.split(',').slice(0, 2).join());
      },
    ],
  ];

  test.each(REPORTS)('has in %s what a transaction under way books, until now', async (_what, whole, ask) => {
    const at = await now();
    const { state, during, after } = await duringSettling(at, (wallet) => ask(wallet, { from: FROM }));
    expect([state, during, after]).toEqual(['waiting', whole, whole]);
  });

  test.each(REPORTS)('has it in %s of a period that is just over', async (_what, whole, ask) => {
    const at = await now();
    const to = await now();
    const { state, during, after } = await duringSettling(at, (wallet) => ask(wallet, { from: FROM, to }));
    expect([state, during, after]).toEqual(['waiting', whole, whole]);
  });

  test.each(REPORTS)('waits for nobody in %s of a period that is long over', async (_what, _whole, ask) => {
    const to = new Date(Date.now() - 60_000).toISOString();
    const { state, during, after } = await duringSettling(await now(), (wallet) =>
      ask(wallet, { from: FROM, to }),
    );
    expect(state).toBe('answered');
    expect(during).toEqual(after);
  });

  const balanceAt = (at: string) => async (wallet: bigint) =>
    (await payloadOf('getWallet', wallet, { at })).Balance;

  test('has in a balance of just now what a transaction under way books', async () => {
    const at = await now();
    expect(await duringSettling(at, balanceAt(at))).toEqual({
      state: 'waiting',
      during: 2_000n,
      after: 2_000n,
    });
    const before = new Date(Date.parse(at) - 1).toISOString();
    expect(await duringSettling(at, balanceAt(before))).toEqual({
      state: 'waiting',
      during: 1_000n,
      after: 1_000n,
    });
  });

  test('waits for nobody in a balance of long ago', async () => {
    const at = new Date(Date.now() - 60_000).toISOString();
    expect(await duringSettling(await now(), balanceAt(at))).toEqual({
      state: 'answered',
      during: 1_000n,
      after: 1_000n,
    });
  });

  test('has each operation in one of two lists that follow one another, and in no two', async () => {
    const wallet = await system.wallet('EUR');
    const booked: bigint[] = [];
    const read: bigint[] = [];
    let isOver = false;
    const settling = (async () => {
      for (let amount = 1n; amount <= 60n; amount++) {
        const commit = await holdOpen(sql, async (tx) => {
          await tx`SELECT FROM wallets WHERE id = ${wallet} FOR NO KEY UPDATE`;
          const [row] = await tx<{ at: string }[]>`
            SELECT greatest(clock_timestamp(), booked_at + interval '1 microsecond') AS at FROM wallets WHERE id = ${wallet}`;
          await bookIn(tx, wallet, [{ amount, at: row?.at ?? '' }]);
        });
        await commit();
        booked.push(amount);
      }
      isOver = true;
    })();
    for (let from = FROM, isLast = false; !isLast; ) {
      isLast = isOver;
      const { Operations, To } = await payloadOf('listOperations', wallet, { from });
      read.push(...Operations.map(({ Amount }: { Amount: bigint }) => Amount));
      from = To;
    }
    await settling;
    expect(read).toEqual(booked);
  });
});
