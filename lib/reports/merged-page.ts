import type { Fragment } from 'postgres';
import { MAX_ID } from '../ledger/id.ts';
import type { Sql, Statements } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { type OperationRow, operationColumns } from './operation-view.ts';
import { readPositions } from './positions.ts';

/** Rows that one look reads in all, at most, whatever of them is asked for: some milliseconds. */
export const MAX_SCANNED = 1_000;

/** Rows of each wallet in one look, at least: a wallet that is over after a few does not end it. */
const MIN_OF_EACH = 20;

/** A settled operation's place among those of several wallets: by time, wallet and position. */
export interface Key {
  /** RFC 3339. */
  readonly processedAt: string;
  readonly walletId: bigint;
  readonly position: bigint;
}

/** What of several wallets is read. */
export interface Stretch {
  readonly walletIds: readonly bigint[];
  readonly from: string;
  /** Everything before it is settled. */
  readonly to: string;
  readonly isDescending: boolean;
  /** Where the previous look ended; null for the first. */
  readonly after: Key | null;
}

export interface Look {
  /** In order. */
  readonly rows: readonly SettledRow[];
  /** Where the next look goes on; the one before if there was nothing. */
  readonly end: Key | null;
  readonly isLast: boolean;
}

/** A row of the journal with what tells the kind of its transaction. */
type SettledRow = OperationRow & Key & { readonly refundOf: string | null };

/** A wallet's part of a stretch: after `start`, up to `stop`. */
interface Part {
  readonly walletId: bigint;
  readonly start: bigint;
  readonly stop: bigint;
}

/**
 * Reads the next of several wallets' listed operations that fulfill a condition, in the order of booking or against it. Where each wallet
 * goes on is found by bisection, so a look costs the same wherever it is.
 *
 * @param condition on a row of operations
 * @param scan how many operations to read about, up to {@link MAX_SCANNED}
 */
export async function look(sql: Sql, stretch: Stretch, condition: Fragment, scan: number): Promise<Look> {
  const { walletIds, isDescending, after } = stretch;
  const parts = await Promise.all(walletIds.map((id) => partOf(sql, stretch, id)));
  const open = parts.filter(({ start, stop }) => start < stop);
  if (open.length === 0) return { rows: [], end: after, isLast: true };
  const ofEach = Math.max(MIN_OF_EACH, Math.ceil(scan / open.length));
  const part = rows(sql, 'part', open, {
    id: ['bigint', ({ walletId }) => walletId],
    start: ['bigint', ({ start }) => start],
    stop: ['bigint', ({ stop }) => stop],
  });
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  const read = await sql<(SettledRow & { isWanted: boolean })[]>`
    SELECT row.* FROM ${part} CROSS JOIN LATERAL (
      SELECT ${operationColumns(sql, sql`operations`)}, refund_of AS "refundOf", ${condition} AS "isWanted"
      FROM (
        SELECT operations.*, type_of(leg) AS type FROM operations
        WHERE wallet_id = part.id AND position > part.start AND position <= part.stop
        ORDER BY position ${direction} LIMIT ${ofEach}
      ) AS operations
    ) AS row ORDER BY row."processedAt" ${direction}, row."walletId" ${direction}, row.position ${direction}`;
  // What lies behind the last row of a wallet that has more may come after rows of it that were not read.
  const counts = Map.groupBy(read, ({ walletId }) => walletId);
  const ends = open.flatMap(({ walletId, start, stop }) => {
    const own = counts.get(walletId) ?? [];
    return BigInt(own.length) < stop - start ? (own.at(-1) ?? []) : [];
  });
  const known =
    ends.length === 0 ? read : read.slice(0, 1 + Math.min(...ends.map((end) => read.indexOf(end))));
  return {
    rows: known.filter(({ isWanted }) => isWanted),
    end: known.at(-1) ?? after,
    isLast: ends.length === 0,
  };
}

/** A wallet's part of a stretch, after what was read before: at the same time, wallets come in the order of their ids. */
async function partOf(
  sql: Statements,
  { from, to, isDescending, after }: Stretch,
  walletId: bigint,
): Promise<Part> {
  if (after === null) return { walletId, ...(await readPositions(sql, walletId, from, to)) };
  const isBefore = walletId < after.walletId;
  const moment = isBefore ? afterwards(after.processedAt) : after.processedAt;
  const period = isDescending ? ([from, moment] as const) : ([moment, to] as const);
  const { start, stop } = await readPositions(sql, walletId, ...period);
  if (walletId !== after.walletId) return { walletId, start, stop };
  return isDescending
    ? { walletId, start, stop: after.position - 1n }
    : { walletId, start: after.position, stop };
}

/** The next microsecond, which is as fine as the database's clock is. */
function afterwards(time: string): string {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d{1,6}))?Z$/.exec(time) ?? [];
  const microseconds = Number(fraction.padEnd(6, '0')) + 1;
  if (microseconds < 1_000_000) return `${seconds}.${String(microseconds).padStart(6, '0')}Z`;
  return new Date(Date.parse(`${seconds}Z`) + 1_000).toISOString();
}

/** Reads the wallets' pending operations, by id or against it, after one. */
export async function lookAtPending(
  sql: Statements,
  walletIds: readonly bigint[],
  isDescending: boolean,
  after: bigint,
  condition: Fragment,
): Promise<{
  readonly rows: readonly (OperationRow & { readonly refundOf: string | null })[];
  readonly isLast: boolean;
  readonly end: bigint;
}> {
  const wallet = rows(sql, 'wallet', walletIds, { id: ['bigint', (id) => id] });
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  const bound = isDescending
    ? sql`id < ${after === 0n ? MAX_ID : after}::bigint`
    : sql`id > ${after}::bigint`;
  const read = await sql<(OperationRow & { refundOf: string | null; isWanted: boolean })[]>`
    SELECT row.* FROM ${wallet} CROSS JOIN LATERAL (
      SELECT ${operationColumns(sql, sql`operations`)}, refund_of AS "refundOf", ${condition} AS "isWanted" FROM (
        SELECT *, type_of(leg) AS type, NULL::bigint AS position, 'new'::operation_status AS status,
          NULL::bigint AS wallet_amount, NULL::bigint AS balance_after, NULL::timestamptz AS processed_at, NULL::bigint AS available
        FROM pending_operations WHERE wallet_id = wallet.id AND ${bound} ORDER BY wallet_id ${direction}, id ${direction} LIMIT ${MAX_SCANNED}
      ) AS operations
    ) AS row ORDER BY id ${direction} LIMIT ${MAX_SCANNED}`;
  return {
    rows: read.filter(({ isWanted }) => isWanted),
    isLast: read.length < MAX_SCANNED,
    end: read.at(-1)?.id ?? after,
  };
}
