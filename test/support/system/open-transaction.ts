import type { Sql, Tx } from '../../../lib/postgres/database.ts';

/**
 * Begins a transaction, does work in it, and holds it open.
 *
 * @returns what commits it; to be called in any case
 */
export async function holdOpen(sql: Sql, work: (tx: Tx) => Promise<unknown>): Promise<() => Promise<void>> {
  const gate = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const transaction = sql.begin(async (tx) => {
    await work(tx);
    done.resolve();
    await gate.promise;
  });
  await Promise.race([done.promise, transaction]);
  return async () => {
    gate.resolve();
    await transaction;
  };
}

/** Waits until an answer is there, or until somebody waits for a lock in the database. */
export async function answeredOrWaiting(sql: Sql, answer: Promise<unknown>): Promise<'answered' | 'waiting'> {
  let isAnswered = false;
  const note = () => {
    isAnswered = true;
  };
  void answer.then(note, note);
  for (;;) {
    const waiting = await sql`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'`;
    if (waiting.length > 0) return 'waiting';
    if (isAnswered) return 'answered';
  }
}

/** How many transactions of others are under way in the database; autovacuum's are not counted. */
export async function countOpen(sql: Sql): Promise<number> {
  const { count } = await sql`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL
      AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
  return count;
}
