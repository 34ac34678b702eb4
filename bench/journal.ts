import { allowSeconds, runTx, type Sql, type Statements } from '../lib/postgres/database.ts';
import { addDetails, WITH_DETAILS } from './details.ts';
import { addRollUps } from './roll-ups.ts';
import { withoutIndexes } from './without-indexes.ts';

/** The size of a generated journal. */
export interface JournalShape {
  /** Operations in all, an even number. */
  readonly operations: number;
  /** Wallets in all, 2 or more: wallet 1 is the heavy one, the others share the rest equally. */
  readonly wallets: number;
  /** One in so many operations is the heavy wallet's; 2 or more. */
  readonly heavyEvery: number;
}

/** The wallet with the most operations. All wallets are in USD, and the journal's last operation is a second old. */
export const HEAVY_WALLET = 1n;

/** The transaction of the operation with this id. */
export const transactionIdOf = (operationId: number): string =>
  `${operationId.toString(16).padStart(12, '0')}70008000000000000000`.replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    '$1-$2-$3-$4-$5',
  );

/** Pairs inserted by one statement: it takes a few seconds, then progress is logged. */
const PAIRS_PER_STATEMENT = 250_000;

/** Time limit of one statement, in seconds: enough for an index over ten million rows. */
const STATEMENT_LIMIT_SECONDS = 900;

/** The period that the journal covers, in seconds: a bit less than the month that reports cover by default. */
const JOURNAL_SECONDS = 27 * 86_400;

/** Seconds by which the wallets are older than the journal. */
const HOUR = 3_600;

/** Operations are settled within so many milliseconds, the same for neighbours, so that they are booked in their order. */
const SETTLE_MS = { least: 100, range: 400, pairs: 1_000 };

/**
 * Fills a migrated database without wallets with settled operations, as the service would have written them: receipts
 * of whole units, each refunded by a payout at once, one in four of them in EUR; every hundredth has a reference. Balances, positions, conversions and
 * roll-ups agree; the hashes form no chain, and there are no refund totals. Statistics are those of an empty table until
 * {@link vacuumJournal}.
 *
 * @returns the heavy wallet's number of operations
 */
export async function generateJournal(
  sql: Sql,
  shape: JournalShape,
  log: (line: string) => void,
): Promise<number> {
  const pairs = shape.operations / 2;
  await prepare(sql, shape, pairs);
  const insert = async (): Promise<void> => {
    for (let first = 1; first <= pairs; first += PAIRS_PER_STATEMENT) {
      const last = Math.min(first + PAIRS_PER_STATEMENT - 1, pairs);
      await runLong(sql, (tx) => insertPairs(tx, shape, first, last));
      log(`${last * 2} of ${shape.operations} operations`);
    }
    await sql`SELECT setval('operation_ids', ${shape.operations}::bigint)`;
    log('building indexes');
  };
  await withoutIndexes(sql, ['operations'], insert, (statement) =>
    runLong(sql, (tx) => tx.unsafe(statement)),
  );
  await runLong(sql, noteBookings);
  await addDetails(sql);
  await addRollUps(sql);
  return Math.floor(pairs / shape.heavyEvery) * 2;
}

/** Does with a generated journal what autovacuum would have done by then. */
export async function vacuumJournal(sql: Sql): Promise<void> {
  // VACUUM can't run in a transaction, so its limit is set on the connection.
  await sql.unsafe('SET statement_timeout = 0; SET transaction_timeout = 0');
  await sql.unsafe(`VACUUM ANALYZE operations, wallets, settled_minutes, money_totals, transaction_details, transaction_metadata,
    wallet_details`);
  // So that the loaded rows are not written to disk during a measurement.
  await sql.unsafe('CHECKPOINT');
  await sql.unsafe('RESET statement_timeout; RESET transaction_timeout');
}

/** Inserts the currencies, and the wallets with the end of their chains. */
async function prepare(sql: Sql, { wallets, heavyEvery }: JournalShape, pairs: number): Promise<void> {
  await runLong(sql, async (tx) => {
    await tx`
      INSERT INTO currencies (name, rate) VALUES ('EUR', 1093809000000), ('THB', 29758000000)
      ON CONFLICT (name) DO UPDATE SET rate = excluded.rate`;
    await tx`
      INSERT INTO wallets (name, country, city, currency, wallet_group, created_at, booked_at, chain_length, chain_head)
      SELECT 'Bench', 'UK', 'London', 'USD', 1 + n % 4, now() - make_interval(secs => ${JOURNAL_SECONDS + HOUR}), now(), 2 * CASE WHEN n = 1 THEN ${pairs}::bigint / ${heavyEvery}
        ELSE (rest.pairs + ${wallets} - 1 - (n - 1)) / (${wallets}::bigint - 1) END, sha256(int8send(n))
      FROM generate_series(1, ${wallets}::bigint) AS n,
        (SELECT ${pairs}::bigint - ${pairs}::bigint / ${heavyEvery} AS pairs) AS rest ORDER BY n`;
  });
}

/**
 * Pair p is operations 2p − 1 and 2p. Every heavyEvery-th pair is the heavy wallet's; the others go to wallets 2, 3, … in
 * turn, so a pair's position in its wallet follows from p alone.
 */
async function insertPairs(tx: Statements, shape: JournalShape, first: number, last: number): Promise<void> {
  const { operations, wallets, heavyEvery } = shape;
  await tx`
    INSERT INTO operations (id, transaction_id, wallet_id, amount, wallet_amount, balance_after, created_at, processed_at,
      leg, status, currency, currency_rate, wallet_rate, refund_of, position, hash, has_details)
    SELECT leg.id, leg.transaction_id, place.wallet, amount, wallet_amount, CASE WHEN leg.is_payout THEN 0 ELSE wallet_amount END,
      leg.at, leg.at + interval '1 millisecond' * (${SETTLE_MS.least} + p / ${SETTLE_MS.pairs} * 37 % ${SETTLE_MS.range}), CASE WHEN leg.is_payout THEN 'payout' ELSE 'receipt' END::operation_leg, 'success',
      currencies.name, currencies.rate, 1000000000000, CASE WHEN leg.is_payout THEN receipt.id END,
      2 * place.turn + CASE WHEN leg.is_payout THEN 2 ELSE 1 END, sha256(int8send(leg.id)), leg.id % ${WITH_DETAILS} = 0
    FROM generate_series(${first}::bigint, ${last}::bigint) AS p
    CROSS JOIN LATERAL (SELECT p - p / ${heavyEvery} - 1 AS rest) AS others
    CROSS JOIN LATERAL (
      SELECT CASE WHEN p % ${heavyEvery} = 0 THEN 1 ELSE 2 + rest % (${wallets}::bigint - 1) END AS wallet,
        CASE WHEN p % ${heavyEvery} = 0 THEN p / ${heavyEvery} - 1 ELSE rest / (${wallets}::bigint - 1) END AS turn
    ) AS place
    CROSS JOIN LATERAL (
      SELECT (1 + p * 7919 % 100003) * 1000000 AS amount, CASE WHEN place.turn % 4 = 3 THEN 'EUR' ELSE 'USD' END AS currency
    ) AS named
    JOIN currencies ON currencies.name = named.currency
    CROSS JOIN LATERAL (SELECT (amount / 1000000 * (currencies.rate / 1000000))::bigint AS wallet_amount) AS settled
    CROSS JOIN LATERAL (SELECT (lpad(to_hex(2 * p - 1), 12, '0') || '70008000000000000000')::uuid AS id) AS receipt
    CROSS JOIN LATERAL (
      SELECT 2 * p - 1 + n AS id, n = 1 AS is_payout,
        (lpad(to_hex(2 * p - 1 + n), 12, '0') || '70008000000000000000')::uuid AS transaction_id,
        date_trunc('milliseconds', now()) - interval '1 second'
          - (${operations}::bigint - (2 * p - 1 + n)) * (interval '1 second' * ${JOURNAL_SECONDS} / ${operations}::bigint) AS at
      FROM generate_series(0, 1) AS n
    ) AS leg
    ORDER BY leg.id`;
}

/** Gives each wallet the time of its last operation. */
async function noteBookings(tx: Statements): Promise<void> {
  await tx`
    UPDATE wallets SET booked_at = processed_at FROM operations
    WHERE wallet_id = wallets.id AND position = chain_length`;
}

async function runLong(sql: Sql, work: (tx: Statements) => Promise<unknown>): Promise<void> {
  await runTx(sql, async (tx) => {
    await allowSeconds(tx, STATEMENT_LIMIT_SECONDS);
    await work(tx);
  });
}
