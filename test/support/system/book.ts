import type { Sql, Statements } from '../../../lib/postgres/database.ts';
import { rows } from '../../../lib/postgres/rows.ts';
import { prepare } from './prepare.ts';

/** A settled operation as a test writes it into the journal, with no other sense than its place in reports. */
export interface Booked {
  readonly amount: bigint;
  /** When it was booked; not before the one before it. */
  readonly at: string;
  readonly leg?: 'receipt' | 'debit' | 'credit' | 'return' | 'hold' | 'release';
  readonly status?: 'success' | 'decline';
  readonly currency?: string;
}

/**
 * Appends operations to a wallet's journal as settling numbers them, in one transaction. The balance after one that
 * succeeded is its amount.
 */
export async function book(sql: Sql, wallet: bigint, operations: readonly Booked[]): Promise<void> {
  await prepare(sql, (tx) => bookIn(tx, wallet, operations));
}

/** The same in a transaction that the caller holds open. */
export async function bookIn(tx: Statements, wallet: bigint, operations: readonly Booked[]): Promise<void> {
  const given = rows(tx, 'given', operations, {
    amount: ['bigint', ({ amount }) => amount],
    at: ['text', ({ at }) => at],
    leg: ['text', ({ leg = 'receipt' }) => leg],
    status: ['text', ({ status = 'success' }) => status],
    currency: ['text', ({ currency = 'EUR' }) => currency],
    number: ['bigint', (operation) => BigInt(operations.indexOf(operation) + 1)],
  });
  await bookRows(tx, wallet, tx`SELECT amount, at::timestamptz, leg, status, currency, number FROM ${given}`);
}

/** The same of rows that a query makes: `amount`, `at`, `leg`, `status`, `currency` and `number`, from 1 on. */
export async function bookRows(
  tx: Statements,
  wallet: bigint,
  query: ReturnType<typeof rows>,
): Promise<void> {
  await tx`
    WITH given AS MATERIALIZED (${query}),
    wallet AS MATERIALIZED (SELECT id, chain_length, unlisted FROM wallets WHERE id = ${wallet} FOR NO KEY UPDATE),
    numbered AS (
      SELECT given.*, chain_length + number AS position,
        unlisted + count(*) FILTER (WHERE leg IN ('hold', 'release', 'expiry')) OVER (ORDER BY number) AS unlisted
      FROM given, wallet
    ),
    booked AS (
      INSERT INTO operations (wallet_id, position, id, counterparty_id, amount, origin_amount, wallet_amount, balance_after,
        unlisted, created_at, processed_at, leg, status, reason, transaction_id, hold_id, currency, origin_currency,
        currency_rate, wallet_rate, hash, correlation_id)
      SELECT ${wallet}, position, nextval('operation_ids'), CASE WHEN leg IN ('debit', 'credit', 'return') THEN ${wallet} + 1 END,
        amount, CASE WHEN leg = 'credit' THEN 1 END, settled.one, CASE WHEN status = 'success' THEN amount END,
        nullif(unlisted, 0), at, at, leg::operation_leg, status::operation_status,
        CASE WHEN status = 'decline' OR leg = 'return' THEN 'balance_limit'::decline_reason END, gen_random_uuid(),
        CASE WHEN leg IN ('hold', 'release') THEN gen_random_uuid() END, currency, CASE WHEN leg = 'credit' THEN 'USD' END,
        settled.one, settled.one, sha256(''), 'c'
      FROM numbered, LATERAL (SELECT CASE WHEN status = 'success' THEN 1 END AS one) AS settled
      ORDER BY position
    )
    UPDATE wallets SET chain_length = chain_length + (SELECT count(*) FROM given),
      unlisted = coalesce((SELECT max(unlisted) FROM numbered), wallets.unlisted),
      balance = coalesce((SELECT amount FROM numbered WHERE status = 'success' ORDER BY number DESC LIMIT 1), balance),
      booked_at = coalesce((SELECT max(at) FROM given), booked_at)
    WHERE id = ${wallet}`;
}

/** Adds pending receipts of 1, 2, 3 … to a wallet, and wakes nobody. */
export async function addPending(sql: Statements, wallet: bigint, amounts: readonly bigint[]): Promise<void> {
  const given = rows(sql, 'given', amounts, { amount: ['bigint', (amount) => amount] });
  await sql`
    INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, correlation_id)
    SELECT gen_random_uuid(), 'receipt', ${wallet}, 1, amount, 'EUR', 'c' FROM ${given}`;
}
