import type { Fragment } from 'postgres';
import type { WalletState } from '../ledger/decide.ts';
import type { HoldState } from '../ledger/hold.ts';
import type { PendingOperation } from '../ledger/leg.ts';
import { correlationOf } from '../postgres/correlation.ts';
import { array, type Statements, type Tx } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';

/** The most operations settled in one transaction: enough to spread its fixed cost, few enough to end in well under a second. */
export const MAX_OPERATIONS = 1_000;

/**
 * A wallet's operations in one transaction while others wait, at least: a tenth, so that a busy wallet keeps nobody waiting
 * for longer than a few transactions, and still few rows of wallets are written.
 */
export const SHARE = 100;

export interface LoadedOperation extends PendingOperation {
  readonly createdAt: string;
}

/** The columns of a {@link LoadedOperation}. */
export const pendingColumns = (sql: Statements) => sql`
  id, transaction_id AS "transactionId", leg, wallet_id AS "walletId", counterparty_id AS "counterpartyId",
  amount, currency, origin_amount AS "originAmount", origin_currency AS "originCurrency", reason,
  refund_of AS "refundOf", hold_id AS "holdId", ${correlationOf(sql)} AS "correlationId", has_details AS "hasDetails",
  created_at AS "createdAt", number, linked_legs AS "linkedLegs"`;

/**
 * What a wallet gets of a transaction for so many wallets.
 *
 * @param minShare at least: with {@link SHARE}, not all may fit
 */
export const shareOf = (wallets: number, minShare: number): number =>
  Math.max(minShare, Math.floor(MAX_OPERATIONS / Math.max(wallets, 1)));

/** A wallet whose pending operations after one are to be read. */
export interface PendingAfter {
  readonly walletId: bigint;
  /** The id of an operation; 0 for all. */
  readonly after: bigint;
}

/**
 * Reads wallets' pending operations, wallet by wallet, each wallet's in id order.
 *
 * @param share how many of a wallet, at most
 * @param limit how many in all, at most
 */
export async function loadPending(
  sql: Statements,
  wallets: readonly PendingAfter[],
  share: number,
  limit = MAX_OPERATIONS,
): Promise<LoadedOperation[]> {
  const wallet = rows(sql, 'wallet', wallets, {
    id: ['bigint', ({ walletId }) => walletId],
    after: ['bigint', ({ after }) => after],
  });
  return await sql<LoadedOperation[]>`
    SELECT operation.* FROM ${wallet} CROSS JOIN LATERAL (
      SELECT ${pendingColumns(sql)} FROM pending_operations
      WHERE wallet_id = wallet.id AND id > wallet.after AND leg <> 'expiry'
      ORDER BY id LIMIT ${share}
    ) AS operation LIMIT ${limit}`;
}

/**
 * The holds that operations are about. Their rows are only written under their wallet's lock.
 *
 * @param one of the layout
 */
export async function loadHolds(
  sql: Statements,
  operations: readonly PendingOperation[],
  one: Fragment,
): Promise<HoldState[]> {
  const about = operations.filter(({ holdId }) => holdId !== null);
  if (about.length === 0) return [];
  const keys = rows(sql, 'key', about, {
    hold_id: ['uuid', ({ holdId }) => holdId],
    wallet_id: ['bigint', ({ walletId }) => walletId],
  });
  return await sql<HoldState[]>`
    SELECT hold.* FROM ${keys} CROSS JOIN LATERAL (
      SELECT id, amount, over_capture AS "overCapture", status, wallet_amount AS "walletAmount",
        currency_rate AS "currencyRate", wallet_rate AS "walletRate", captured, captured_wallet AS "capturedWallet"
      FROM holds WHERE id = key.hold_id AND wallet_id = key.wallet_id ${one}) AS hold`;
}

/** The wallets with exactly what may still come back to them, summed up from pending legs. Their locks keep it from growing. */
export async function withExactReturnable<W extends WalletState>(
  tx: Tx,
  wallets: readonly W[],
  ids: readonly bigint[],
): Promise<W[]> {
  const receiver = tx`(CASE leg WHEN 'credit' THEN counterparty_id ELSE wallet_id END)`;
  const sums = await tx<{ id: bigint; returnable: bigint }[]>`
    SELECT ${receiver} AS id, sum(CASE leg WHEN 'credit' THEN origin_amount ELSE amount END) AS returnable
    FROM pending_operations
    WHERE leg IN ('credit', 'return') AND ${receiver} = ANY (${array(ids)}::bigint[]) GROUP BY 1`;
  const coming = new Map(sums.map(({ id, returnable }) => [id, returnable]));
  const inexact = new Set(ids);
  return wallets.map((wallet) =>
    inexact.has(wallet.id) ? { ...wallet, returnable: coming.get(wallet.id) ?? 0n, exact: true } : wallet,
  );
}

/** What the caller of a transfer named: its event tells that, even if the money came back in another currency. */
export interface NamedAmount extends Pick<PendingOperation, 'amount' | 'currency'> {
  /** What was left of the target's limit, if the credit was declined for it. */
  readonly available?: bigint | null;
}

/** The amounts that callers named, by transaction, of the transfers whose returns are among the operations. */
export async function debitsOfReturns(
  sql: Statements,
  operations: readonly PendingOperation[],
): Promise<Map<string, NamedAmount>> {
  const ids = operations.filter(({ leg }) => leg === 'return').map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Map();
  const debits = await sql<(NamedAmount & { id: string })[]>`
    SELECT transaction_id AS id, amount, currency, available FROM operations
    WHERE transaction_id = ANY (${array(ids)}::uuid[]) AND leg = 'credit'`;
  return new Map(debits.map((debit) => [debit.id, debit]));
}
