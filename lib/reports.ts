import type { Tx } from './db.ts';
import type { Leg } from './legs.ts';
import { accepted, currencyNotAllowed, noWallet, type Result, refused } from './refusals.ts';
import type { DeclineReason } from './settle.ts';

/** An operation as callers see it: amounts in millionths of a unit, times in RFC 3339. */
export interface OperationView {
  readonly Type: 'in' | 'out';
  /** As the caller named it, in Currency. */
  readonly Amount: bigint;
  readonly Currency: string;
  readonly CreatedAt: string;
  readonly Status: 'new' | 'success' | 'decline';
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
  readonly status: 'new' | 'success' | 'decline';
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
interface Bounds {
  readonly from: string;
  readonly to: string;
}

export interface OperationsPage {
  readonly Operations: readonly OperationView[];
  readonly Limit: number;
  readonly Offset: number;
  readonly From: string;
  readonly To: string;
}

export interface Totals {
  readonly Currency: string;
  /** Millionths of a unit of Currency; sums may have more than 64 bits. */
  readonly AmountIn: bigint;
  readonly AmountOut: bigint;
}

/** The most lines of a CSV file: at up to 66 bytes a line it stays under the 6 MB that Lambda can reply. */
const MAX_CSV_LINES = 90_000;

/** Operations read at once for a CSV file: a few hundred kilobytes. */
const CSV_PAGE = 5_000;

/** Lists a wallet's operations by time, then id. */
export async function listOperations(
  tx: Tx,
  period: Period,
  offset: number,
  limit: number,
): Promise<Result<OperationsPage>> {
  const bounds = await readBounds(tx, period);
  if (!bounds.ok) return bounds;
  const { from, to } = bounds.value;
  const rows = await tx<OperationRow[]>`
    SELECT ${operationColumns(tx)} FROM operations
    WHERE wallet_id = ${period.walletId} AND type IS NOT NULL
      AND created_at >= ${from}::timestamptz AND created_at < ${to}::timestamptz
    ORDER BY created_at, id LIMIT ${limit} OFFSET ${offset}`;
  return accepted({ Operations: rows.map(toView), Limit: limit, Offset: offset, From: from, To: to });
}

/**
 * Writes a wallet's operations as CSV, by time, then id.
 *
 * @returns the file's text, or a refusal where it has more than {@link MAX_CSV_LINES}
 */
export async function csvOfOperations(tx: Tx, period: Period): Promise<Result<string>> {
  const bounds = await readBounds(tx, period);
  if (!bounds.ok) return bounds;
  const lines = ['type,amount,currency,created_at\n'];
  let last = { created_at: bounds.value.from, id: 0n };
  for (;;) {
    const rows = await tx<Pick<OperationRow, 'id' | 'type' | 'amount' | 'currency' | 'created_at'>[]>`
      SELECT id, type, amount, currency, created_at FROM operations
      WHERE wallet_id = ${period.walletId} AND type IS NOT NULL AND created_at < ${bounds.value.to}::timestamptz
        AND (created_at, id) > (${last.created_at}::timestamptz, ${last.id})
      ORDER BY created_at, id LIMIT ${CSV_PAGE}`;
    for (const row of rows) lines.push(`${row.type},${row.amount},${row.currency},${row.created_at}\n`);
    if (lines.length - 1 > MAX_CSV_LINES) {
      return refused(
        'report_too_large',
        `the file has over ${MAX_CSV_LINES} operations: narrow it with from and to`,
      );
    }
    if (rows.length < CSV_PAGE) return accepted(lines.join(''));
    last = rows.at(-1) ?? last;
  }
}

/**
 * Adds up what succeeded, each operation converted at today's rates and rounded down by itself. The division is
 * that of `convert` in money.ts, where the operations are.
 */
export async function totalOperations(tx: Tx, period: Period, currency: string): Promise<Result<Totals>> {
  const bounds = await readBounds(tx, period);
  if (!bounds.ok) return bounds;
  const { from, to } = bounds.value;
  const [totals] = await tx<{ AmountIn: bigint; AmountOut: bigint }[]>`
    WITH target AS (SELECT rate FROM currencies WHERE name = ${currency} AND withdrawn_at IS NULL),
    converted AS (
      SELECT type, div(amount::numeric * source.rate, target.rate) AS amount
      FROM target, operations JOIN currencies AS source ON source.name = currency
      WHERE wallet_id = ${period.walletId} AND status = 'success'
        AND created_at >= ${from}::timestamptz AND created_at < ${to}::timestamptz
    )
    SELECT coalesce(sum(amount) FILTER (WHERE type = 'in'), 0) AS "AmountIn",
      coalesce(sum(amount) FILTER (WHERE type = 'out'), 0) AS "AmountOut"
    FROM target LEFT JOIN converted ON true
    GROUP BY target.rate`;
  return totals === undefined ? currencyNotAllowed() : accepted({ Currency: currency, ...totals });
}

async function readBounds(tx: Tx, { walletId, from, to }: Period): Promise<Result<Bounds>> {
  const [row] = await tx<(Bounds & { known: boolean; ordered: boolean })[]>`
    SELECT bounds.from, bounds.to, bounds.from <= bounds.to AS ordered,
      EXISTS (SELECT FROM wallets WHERE id = ${walletId}) AS known
    FROM (SELECT coalesce(${from ?? null}::timestamptz, now() - interval '1 month') AS from,
      coalesce(${to ?? null}::timestamptz, now()) AS to) AS bounds`;
  if (!row?.known) return noWallet(walletId);
  if (!row.ordered) return refused('invalid_field', `from (${row.from}) must not be after to (${row.to})`);
  return accepted({ from: row.from, to: row.to });
}

/** The columns of an {@link OperationRow}. */
export const operationColumns = (tx: Tx) => tx`
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
