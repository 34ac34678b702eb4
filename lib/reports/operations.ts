import type { DeclineReason, Leg, OperationStatus, OperationType } from '../ledger/leg.ts';
import type { Statements } from '../postgres/database.ts';
import { type Cursor, formatCursor } from '../wire/cursor.ts';
import { noWallet, ok, type Result, refused } from '../wire/refusal.ts';

/** An operation as callers see it: amounts in millionths of a unit, times in RFC 3339. */
export interface OperationView {
  readonly Type: OperationType;
  /** As the caller named it, in Currency. */
  readonly Amount: bigint;
  readonly Currency: string;
  readonly CreatedAt: string;
  readonly Status: OperationStatus;
  readonly Reason: DeclineReason | null;
  readonly TransactionId: string;
  readonly WalletId: bigint;
  readonly CounterpartyId: bigint | null;
  /** Added or taken, in the wallet's currency. */
  readonly WalletAmount: bigint | null;
  readonly BalanceAfter: bigint | null;
  readonly ProcessedAt: string | null;
}

export interface OperationRow {
  readonly id: bigint;
  readonly type: OperationType;
  readonly leg: Leg;
  readonly amount: bigint;
  readonly currency: string;
  readonly createdAt: string;
  readonly status: OperationStatus;
  readonly reason: DeclineReason | null;
  readonly transactionId: string;
  readonly walletId: bigint;
  readonly counterpartyId: bigint | null;
  readonly walletAmount: bigint | null;
  readonly balanceAfter: bigint | null;
  readonly processedAt: string | null;
}

/** Which operations a report covers. Times are RFC 3339, by the database's clock if missing. */
export interface Period {
  readonly walletId: bigint;
  /** Inclusive; one month ago by default. */
  readonly from: string | undefined;
  /** Exclusive; now by default. */
  readonly to: string | undefined;
}

/** A period with both bounds set. The reply repeats them, so that the next page covers the same time. */
export interface PeriodBounds {
  readonly from: string;
  readonly to: string;
}

/** The requested part of the list of a period's operations. */
export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
  /** Where the previous page ended. The period is then that page's, and the offset 0. */
  readonly after: Cursor | undefined;
}

export interface OperationsPage {
  readonly Operations: readonly OperationView[];
  readonly Limit: number;
  readonly Offset: number;
  readonly From: string;
  readonly To: string;
  /** The `after` of the next page; null on the last. */
  readonly Next: string | null;
}

/** Lists a wallet's operations by time, then id. A page costs the same wherever its cursor is. */
export async function listOperations(
  sql: Statements,
  period: Period,
  { offset, limit, after }: PageRequest,
): Promise<Result<OperationsPage>> {
  if (after !== undefined && offset > 0)
    return refused('invalid_field', 'offset must not be given with after');
  const bounds = await (after === undefined ? readBounds(sql, period) : boundsOfCursor(sql, period, after));
  if (!bounds.ok) return bounds;
  const { from, to } = bounds.value;
  const start = after ?? { createdAt: from, id: 0n };
  // One more than requested tells whether a next page exists.
  const operations = await readPage(sql, period.walletId, start, to, offset, limit + 1);
  const page = operations.slice(0, limit);
  const last = operations.length > limit ? page.at(-1) : undefined;
  const Next = last
    ? formatCursor({ walletId: period.walletId, from, to, createdAt: last.createdAt, id: last.id })
    : null;
  return ok({ Operations: page.map(toView), Limit: limit, Offset: offset, From: from, To: to, Next });
}

/**
 * Finds the page in the index alone, the skipped part included, and reads only the page's rows. Planned as one ordered
 * scan, it would sort the whole period whenever statistics lag behind a growing wallet.
 */
async function readPage(
  sql: Statements,
  walletId: bigint,
  { createdAt, id }: Pick<Cursor, 'createdAt' | 'id'>,
  to: string,
  offset: number,
  limit: number,
) {
  return await sql<OperationRow[]>`
    SELECT ${operationColumns(sql)} FROM operations WHERE id IN (
      SELECT id FROM operations
      WHERE wallet_id = ${walletId} AND type IS NOT NULL
        AND (created_at, id) > (${createdAt}::timestamptz, ${id}) AND created_at < ${to}::timestamptz
      ORDER BY created_at, id LIMIT ${limit} OFFSET ${offset})
    ORDER BY created_at, id`;
}

/**
 * Sets the bounds of a period.
 *
 * @returns a refusal if the wallet is unknown or the bounds are in the wrong order
 */
export async function readBounds(
  sql: Statements,
  { walletId, from, to }: Period,
): Promise<Result<PeriodBounds>> {
  const [row] = await sql<(PeriodBounds & { isKnown: boolean; isInOrder: boolean })[]>`
    SELECT bounds.from, bounds.to, bounds.from <= bounds.to AS "isInOrder",
      EXISTS (SELECT FROM wallets WHERE id = ${walletId}) AS "isKnown"
    FROM (SELECT coalesce(${from ?? null}::timestamptz, now() - interval '1 month') AS from,
      coalesce(${to ?? null}::timestamptz, now()) AS to) AS bounds`;
  if (!row?.isKnown) return noWallet(walletId);
  if (!row.isInOrder) return refused('invalid_field', `from (${row.from}) must not be after to (${row.to})`);
  return ok({ from: row.from, to: row.to });
}

/** The bounds of the page that a cursor comes from, which must be a page of the same wallet and period. */
async function boundsOfCursor(
  sql: Statements,
  { walletId, from, to }: Period,
  after: Cursor,
): Promise<Result<PeriodBounds>> {
  if (after.walletId !== walletId)
    return refused('invalid_field', `after must be the Next of a page of wallet ${walletId}`);
  const bounds = await readBounds(sql, { walletId, from: after.from, to: after.to });
  if (!bounds.ok || (from === undefined && to === undefined)) return bounds;
  const given = await readBounds(sql, { walletId, from: from ?? after.from, to: to ?? after.to });
  if (given.ok && given.value.from === bounds.value.from && given.value.to === bounds.value.to) return bounds;
  return refused(
    'invalid_field',
    `after belongs to a page from ${after.from} to ${after.to}: leave out from and to, or give these`,
  );
}

/** The columns of an {@link OperationRow}. */
export const operationColumns = (sql: Statements) => sql`
  id, type, leg, amount, currency, created_at AS "createdAt", status, reason, transaction_id AS "transactionId",
  wallet_id AS "walletId", counterparty_id AS "counterpartyId", wallet_amount AS "walletAmount",
  balance_after AS "balanceAfter", processed_at AS "processedAt"`;

export function toView(row: OperationRow): OperationView {
  return {
    Type: row.type,
    Amount: row.amount,
    Currency: row.currency,
    CreatedAt: row.createdAt,
    Status: row.status,
    Reason: row.reason,
    TransactionId: row.transactionId,
    WalletId: row.walletId,
    CounterpartyId: row.counterpartyId,
    WalletAmount: row.walletAmount,
    BalanceAfter: row.balanceAfter,
    ProcessedAt: row.processedAt,
  };
}
