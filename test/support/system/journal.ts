import { expect } from 'vitest';
import type { Sql } from '../../../lib/postgres/database.ts';

/** Books a declined receipt of wallet 1, and expects that nothing changes or removes it. */
export async function expectFinalJournal(sql: Sql): Promise<void> {
  await sql`
    INSERT INTO operations (id, transaction_id, leg, wallet_id, amount, currency, correlation_id, status, reason,
      created_at, processed_at, position, hash)
    VALUES (1, gen_random_uuid(), 'receipt', 1, 1, 'USD', 'c', 'decline', 'balance_limit', now(), now(), 1, sha256(''))`;
  await expect(sql`UPDATE operations SET amount = 2`).rejects.toThrow('append-only');
  await expect(sql`DELETE FROM operations`).rejects.toThrow('append-only');
  await expect(sql`TRUNCATE operations`).rejects.toThrow('append-only');
  expect(await sql`SELECT amount FROM operations`).toEqual([{ amount: 1n }]);
}
