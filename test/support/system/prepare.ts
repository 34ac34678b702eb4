import { allowSeconds, runTx, type Sql, type Tx } from '../../../lib/postgres/database.ts';

/** Seconds for what prepares a test: it takes a few, and a busy machine may be twenty times as slow. */
const PREPARATION_SECONDS = 100;

/**
 * Prepares data in one transaction. Many rows at once may take longer than the service's own time limits, which are made
 * for requests.
 *
 * @throws what work or the database throws; nothing of the transaction is left then
 */
export async function prepare(sql: Sql, work: (tx: Tx) => Promise<unknown>): Promise<void> {
  await runTx(sql, async (tx) => {
    await allowSeconds(tx, PREPARATION_SECONDS);
    await work(tx);
  });
}

/** Adds pending receipts of a millionth of a US dollar each to a wallet, and wakes nobody. */
export async function addReceipts(sql: Sql, wallet: bigint, count: number, minutesAgo = 0): Promise<void> {
  await prepare(
    sql,
    (tx) => tx`
      INSERT INTO operations (transaction_id, leg, wallet_id, amount, currency, correlation_id, created_at)
      SELECT gen_random_uuid(), 'receipt', ${wallet}, 1, 'USD', 'c', now() - make_interval(mins => ${minutesAgo})
      FROM generate_series(1, ${count}::int)`,
  );
}
