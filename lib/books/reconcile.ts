import type { Sql } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { addUp, type CheckReport, PASSES, runPasses, WALLET_PASSES, WHOLE_PASSES } from './passes.ts';
import { everything } from './scope.ts';

export interface ReconcileReport {
  /** RFC 3339, by the database's clock. */
  readonly checkedAt: string;
  /** Pending ones, too. */
  readonly operations: number;
  readonly wallets: number;
  readonly checks: readonly CheckReport[];
  readonly isClean: boolean;
}

/**
 * Checks all the books against themselves in one consistent snapshot: balances against the journal, legs against legs,
 * double entries against zero. The database compares sets and answers only the rows that are off.
 *
 * @param seconds how long it may take
 * @throws what the database throws; rows that are off are reported, never thrown
 */
export async function reconcile(sql: Sql, seconds: number): Promise<ReconcileReport> {
  return await readSnapshot(sql, seconds, async ({ tx, takenAt }) => {
    const [size] = await tx<{ operations: number; wallets: number }[]>`
      SELECT ((SELECT count(*) FROM operations) + (SELECT count(*) FROM pending_operations))::float8 AS operations,
        (SELECT count(*) FROM wallets)::float8 AS wallets`;
    if (size === undefined) throw new Error('the database counts nothing');
    // Everything is read, and an index would read it in random order: far slower for tables larger than the memory.
    await tx`SELECT set_config('enable_indexscan', 'off', true)`;
    const found: CheckReport[] = [];
    for (const pass of [...PASSES, ...WALLET_PASSES, ...WHOLE_PASSES])
      found.push(...(await runPasses(tx, everything(tx), [pass])));
    const checks = addUp(found);
    return { checkedAt: takenAt, ...size, checks, isClean: checks.every(({ problems }) => problems === 0) };
  });
}
