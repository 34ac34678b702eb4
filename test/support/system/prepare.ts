import { runTx, type Sql, type Tx } from '../../../lib/postgres/database.ts';

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
    // Before PostgreSQL 17, which a cluster of servers may be, transactions have no limit.
    await tx`
      SELECT set_config(name, ${PREPARATION_SECONDS * 1_000}::text, true) FROM pg_settings
      WHERE name IN ('statement_timeout', 'transaction_timeout')`;
    await work(tx);
  });
}

/** Adds pending receipts of a millionth of a US dollar each to a wallet, and wakes nobody. */
export async function addReceipts(sql: Sql, wallet: bigint, count: number, minutesAgo = 0): Promise<void> {
  await prepare(
    sql,
    (tx) => tx`
      INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, correlation_id, created_at)
      SELECT gen_random_uuid(), 'receipt', id, wallet_group, 1, 'USD', 'c', now() - make_interval(mins => ${minutesAgo})
      FROM wallets CROSS JOIN generate_series(1, ${count}::int) WHERE id = ${wallet}`,
  );
}

/**
 * Adds receipts of 1, 2, 3 … millionths of a wallet's currency to the journal of a wallet that has no operation yet, all
 * accepted and settled at one time. The chain of hashes is not made: every hash is that of nothing.
 *
 * @param at that time, in RFC 3339; now if missing
 */
export async function addSettledReceipts(
  sql: Sql,
  wallet: bigint,
  count: number,
  at: string | null = null,
): Promise<void> {
  if (count === 0) return;
  await prepare(sql, async (tx) => {
    await tx`
      INSERT INTO operations (wallet_id, position, id, transaction_id, leg, amount, currency, status, wallet_amount,
        balance_after, currency_rate, wallet_rate, created_at, processed_at, hash, correlation_id)
      SELECT wallets.id, n, nextval('operation_ids'), gen_random_uuid(), 'receipt', n, currency, 'success', n,
        n * (n + 1) / 2, rate, rate, coalesce(${at}::timestamptz, now()), coalesce(${at}::timestamptz, now()), sha256(''), 'c'
      FROM wallets JOIN currencies ON currencies.name = currency CROSS JOIN generate_series(1::bigint, ${count}::bigint) AS n
      WHERE wallets.id = ${wallet}`;
    await tx`
      UPDATE wallets SET chain_length = ${count}, booked_at = coalesce(${at}::timestamptz, now()), chain_head = sha256(''),
        balance = ${count}::bigint * (${count}::bigint + 1) / 2
      WHERE id = ${wallet}`;
  });
}

/** Adds wallets of US dollars with the ids after `first`, in two groups. */
export async function addWallets(sql: Sql, first: number, count: number): Promise<void> {
  await prepare(
    sql,
    (tx) => tx`
      INSERT INTO wallets (id, name, country, city, currency, wallet_group)
      SELECT ${first}::int + n, 'Jon Snow', 'UK', 'London', 'USD', 1 + n % 2 FROM generate_series(1, ${count}::int) AS n`,
  );
}

/** Adds so many pending receipts to each of the wallets with the ids after `first`, and wakes nobody. */
export async function addPending(sql: Sql, first: number, wallets: number, each = 1): Promise<void> {
  await prepare(
    sql,
    (tx) => tx`
      INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, correlation_id)
      SELECT gen_random_uuid(), 'receipt', ${first}::int + n, 1 + n % 2, 1, 'USD', 'c'
      FROM generate_series(1, ${each}::int), generate_series(1, ${wallets}::int) AS n`,
  );
}

/**
 * Adds settled receipts of a millionth of a US dollar to a wallet without any, and nothing else: the books are not right
 * after it.
 */
export async function addSettled(sql: Sql, wallet: bigint, count: number, minutesAgo: number): Promise<void> {
  await prepare(
    sql,
    (tx) => tx`
      INSERT INTO operations (wallet_id, position, id, amount, wallet_amount, balance_after, created_at, processed_at, leg,
        status, transaction_id, currency, currency_rate, wallet_rate, hash, correlation_id)
      SELECT ${wallet}, n, nextval('operation_ids'), 1, 1, n, at, at, 'receipt', 'success', gen_random_uuid(), 'USD',
        1000000000000, 1000000000000, sha256(n::text::bytea), 'c'
      FROM generate_series(1, ${count}::int) AS n, make_interval(mins => ${minutesAgo}) AS ago, LATERAL (SELECT now() - ago) AS made(at)`,
  );
}
