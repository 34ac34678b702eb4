import type { DeclineReason, Leg, OperationStatus } from '../ledger/leg.ts';
import type { Statements } from '../postgres/database.ts';
import { type Cursor, formatCursor } from '../wire/cursor.ts';
import { noWallet, ok, type Result, refused } from '../wire/refusal.ts';

/** An operation as callers see it: amounts in millionths of a unit, times in RFC 3339. */
export interface OperationView {
  readonly Type: 'in' | 'out';
  /** As the caller named it, in Currency. */
  readonly Amount: bigint;
  readonly Currency: string;
  readonly CreatedAt: string;
  readonly Status: OperationStatus;
  readonly Reason: DeclineReason | null;
  readonly TransactionId: string;
  readonly WalletId: bigint;
  readonly CounterpartyId: bigint | null;
  /** What was added or taken, in the wallet's currency. */
  readonly WalletAmount: bigint | null;
  readonly BalanceAfter: bigint | null;
  readonly ProcessedAt: string | null;
}

export interface OperationRow {
  readonly id: bigint;
  readonly type: 'in' | 'out';
  readonly leg: Leg;
  readonly amount: bigint;
  readonly currency: string;
  readonly created_at: string;
  readonly status: OperationStatus;
  readonly reason: DeclineReason | null;
  readonly transaction_id: string;
  readonly wallet_id: bigint;
  readonly counterparty_id: bigint | null;
  readonly wallet_amount: bigint | null;
  readonly balance_after: bigint | null;
  readonly processed_at: string | null;
}

/** Which operations a report covers. Times are RFC 3339; the database's clock fills in what is missing. */
export interface Period {
  readonly walletId: bigint;
  /** Inclusive; one month ago by default. */
  readonly from: string | undefined;
  /** Exclusive; now by default. */
  readonly to: string | undefined;
}

/** A period as it was read: what the reply repeats, so that the next page covers the same time. */
export interface PeriodBounds {
  readonly from: string;
  readonly to: string;
}

/** Which part of the one list of a period's operations is asked for. */
export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
  /** Where the page before ended; the period is that page's then, and there is no offset. */
  readonly after: Cursor | undefined;
}

export interface OperationsPage {
  readonly Operations: readonly OperationView[];
  readonly Limit: number;
  readonly Offset: number;
  readonly From: string;
  readonly To: string;
  /** What the next page is asked for with; null on the last. */
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
  // One more than asked for tells whether there is a next page.
  const start = after ?? { createdAt: from, id: 0n };
  const rows = await readPage(sql, period.walletId, start, to, offset, limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const Next = last
    ? formatCursor({ walletId: period.walletId, from, to, createdAt: last.created_at, id: last.id })
    : null;
  return ok({ Operations: page.map(toView), Limit: limit, Offset: offset, From: from, To: to, Next });
}

/**
 * Finds the page in the index alone, passing over what the offset says, and reads only the page's own rows. Planned
 * as one ordered scan it would fall back to sorting the whole period where statistics lag behind a growing wallet.
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

/** A period's bounds, where the wallet is known and they are in order. */
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

/** The bounds of the page that a cursor comes from, which must be of the same wallet and the same period. */
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
  id, type, leg, amount, currency, created_at, status, reason, transaction_id, wallet_id, counterparty_id,
  wallet_amount, balance_after, processed_at`;

export function toView(row: OperationRow): OperationView {
  return {
    Type: row.type,
    Amount: row.amount,
    Currency: row.currency,
    CreatedAt: row.created_at,
    Status: row.status,
    Reason: row.reason,
    TransactionId: row.transaction_id,
    WalletId: row.wallet_id,
    CounterpartyId: row.counterparty_id,
    WalletAmount: row.wallet_amount,
    BalanceAfter: row.balance_after,
    ProcessedAt: row.processed_at,
  };
}
