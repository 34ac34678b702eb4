import { afterEach, describe, expect, test, vi } from 'vitest';
import { runTx } from '../../../lib/postgres/database.ts';
import { isUnreachable, lostConnection } from '../../../lib/postgres/errors.ts';
import { testDatabase } from '../../support/system/database.ts';

describe('a transaction', async () => {
  const { sql } = await testDatabase();

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Ends the transaction's own connection. */
  const cut = (tx: Parameters<Parameters<typeof runTx>[1]>[0]) =>
    tx`SELECT pg_terminate_backend(pg_backend_pid())`;

  test('that lost its connection is run again', async () => {
    let runs = 0;
    const done = await runTx(sql, async (tx) => {
      runs += 1;
      if (runs === 1) await cut(tx);
      return 'done';
    });
    expect([done, runs]).toEqual(['done', 2]);
  });

  test('that lost its connection after the time that it may take is not, and is told as one that took too long', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    let runs = 0;
    const error: unknown = await runTx(sql, async (tx) => {
      runs += 1;
      vi.advanceTimersByTime(9_000);
      await cut(tx);
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: '25P04', message: 'the transaction met its time limit' });
    expect(isUnreachable(error)).toBe(false);
    expect(runs).toBe(1);
  });

  test('that lost its connection is not run again by who is late', async () => {
    let runs = 0;
    const work = runTx(
      sql,
      async (tx) => {
        runs += 1;
        await cut(tx);
      },
      () => true,
    );
    expect(lostConnection(await work.catch((thrown: unknown) => thrown))).toBe(true);
    expect(runs).toBe(1);
  });
});
