import { describe, expect, test } from 'vitest';
import { allowSeconds, runTx } from '../../../lib/postgres/database.ts';
import { testDatabase } from '../../support/system/database.ts';

describe('the time limit of a transaction', async () => {
  const database = await testDatabase();
  await database.sql`
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET transaction_timeout = %L', current_database(), '2s'); END $$`;
  const sql = database.open();

  test('ends a transaction that takes longer', async () => {
    await expect(sql.begin((tx) => tx`SELECT pg_sleep(60)`)).rejects.toThrow();
  });

  test('is raised for work that may take longer', async () => {
    const done = await runTx(sql, async (tx) => {
      await allowSeconds(tx, 30);
      await tx`SELECT pg_sleep(3)`;
      return 'done';
    });
    expect(done).toBe('done');
  });
});
