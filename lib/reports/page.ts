import type { Fragment } from 'postgres';
import { MAX_ID } from '../ledger/id.ts';
import { known } from '../ledger/known.ts';
import { bisection } from '../postgres/bisection.ts';
import type { Statements } from '../postgres/database.ts';
import { type OperationRow, operationColumns } from './operation-view.ts';
import { listNumber, numberAt } from './positions.ts';

/** How many rows of the journal are read for each listed one, rather than finding each by bisection. */
const SPARSE = 20;

/** A period of a wallet, of which a page is read. */
export interface ListedPeriod {
  readonly walletId: bigint;
  readonly from: string;
  /** Null for a list without end. */
  readonly to: string | null;
  /** The end of what is final, if there is no `to` or it is nearly now; otherwise null. */
  readonly now: string | null;
}

/** Where a page begins, and how long it is. */
export interface Place {
  /** The last position read before, or 0. */
  readonly position: bigint;
  /** The last pending operation read before, or 0. */
  readonly pendingId: bigint;
  /** How many operations of the list to skip, from there. */
  readonly offset: number;
  readonly limit: number;
}

export interface PageOfRows {
  readonly rows: readonly OperationRow[];
  /** The position that it begins after. */
  readonly start: bigint;
  /** The end of the time that the list covers, in RFC 3339. */
  readonly until: string;
}

/**
 * Reads a page of a list: positions by time and by number are found by bisection, then the rows by key, settled and
 * pending ones at the same moment. Nothing hangs on where the page is, nor on statistics.
 *
 * A list without end, or one that ends nearly now, covers everything up to its own moment: all later operations are booked
 * after `until`, since the time of booking grows from one settling transaction of a wallet to the next.
 */
export async function readPage(sql: Statements, period: ListedPeriod, place: Place): Promise<PageOfRows> {
  const { walletId, to, now } = period;
  const found = await sql<({ start: bigint; until: string } & (OperationRow | { id: null }))[]>`
    WITH RECURSIVE ${spanOfPeriod(sql, period, place)}, ${spanOfPage(sql, walletId, sql`${place.offset}::bigint`, place.limit)},
    pending AS (
      SELECT ${pendingColumns(sql)} FROM pending_operations
      WHERE wallet_id = ${walletId} AND id > ${place.pendingId} AND type_of(leg) IS NOT NULL
        AND (${to}::timestamptz IS NULL OR ${to}::timestamptz > now())
      ORDER BY id
      LIMIT (SELECT ${place.limit}::bigint - (goal - start_number) FROM page)
      OFFSET (SELECT greatest(${place.offset}::bigint - (stop_number - first_number), 0) FROM page)
    ),
    listed AS (
      ${settledOfPage(sql, walletId)}
      UNION ALL
      SELECT * FROM pending
    )
    SELECT page.start, CASE WHEN ${now}::timestamptz IS NULL THEN ${to}::timestamptz
        ELSE least(${to}::timestamptz, greatest(${now}::timestamptz, booked_at + interval '1 microsecond')) END AS until,
      ${operationColumns(sql, sql`listed`)}
    FROM page LEFT JOIN listed ON true
    ORDER BY position NULLS LAST, id`;
  const { start, until } = known(found[0], `page of wallet ${walletId}`);
  return { rows: found.filter((row) => row.id !== null), start, until };
}

/** A part of a wallet's settled operations: after a position, up to another one. */
export interface Span {
  readonly first: bigint;
  readonly stop: bigint;
}

/** Reads the last listed operations of a span, the newest first. It costs the same wherever that is. */
export async function readNewest(
  sql: Statements,
  walletId: bigint,
  { first, stop }: Span,
  limit: number,
): Promise<OperationRow[]> {
  if (limit === 0 || stop <= first) return [];
  return await sql<OperationRow[]>`
    WITH RECURSIVE whole AS (
      SELECT NULL::timestamptz AS booked_at, ${first}::bigint AS first, ${stop}::bigint AS stop,
        ${numberAt(sql, walletId, sql`${first}::bigint`)} AS first_number, ${numberAt(sql, walletId, sql`${stop}::bigint`)} AS stop_number
    ), span AS (
      SELECT whole.*, greatest(stop_number - first_number - ${limit}, 0) AS skips FROM whole
    ), ${spanOfPage(sql, walletId, sql`(SELECT skips FROM span)`, limit)},
    listed AS (${settledOfPage(sql, walletId)})
    SELECT ${operationColumns(sql, sql`listed`)} FROM listed ORDER BY position DESC`;
}

/** Reads pending operations of a wallet, the newest first: those with smaller ids than `before`, if it is given. */
export async function readNewestPending(
  sql: Statements,
  walletId: bigint,
  before: bigint | null,
  limit: number,
): Promise<OperationRow[]> {
  return await sql<OperationRow[]>`
    SELECT ${operationColumns(sql, sql`pending`)} FROM (
      SELECT ${pendingColumns(sql)} FROM pending_operations
      WHERE wallet_id = ${walletId} AND id < coalesce(${before}, ${MAX_ID}::bigint) AND type_of(leg) IS NOT NULL
      ORDER BY wallet_id DESC, id DESC LIMIT ${limit}
    ) AS pending ORDER BY id DESC`;
}

/**
 * The positions after `first` (0, or the last before the period or of the previous page) up to `stop`. After a page,
 * the first row shows mostly that it is in the period.
 */
function spanOfPeriod(sql: Statements, { walletId, from, to }: ListedPeriod, { position }: Place) {
  return sql`
    wallet AS (SELECT chain_length, booked_at FROM wallets WHERE id = ${walletId}),
    earlier AS (
      SELECT least(${position}, chain_length) AS low, CASE WHEN (
          SELECT processed_at >= ${from}::timestamptz FROM operations WHERE wallet_id = ${walletId} AND position = ${position + 1n}
        ) THEN ${position} ELSE chain_length END AS high
      FROM wallet
      ${bisection(sql, sql`earlier`, walletId, sql`processed_at < ${from}::timestamptz`)}
    ),
    covered AS (
      SELECT CASE WHEN ${to}::timestamptz IS NULL OR booked_at < ${to}::timestamptz THEN chain_length
          ELSE (SELECT max(low) FROM earlier) END AS low, chain_length AS high
      FROM wallet
      ${bisection(sql, sql`covered`, walletId, sql`processed_at < ${to}::timestamptz`)}
    ),
    span AS (
      SELECT booked_at, first, stop, ${numberAt(sql, walletId, sql`first`)} AS first_number,
        ${numberAt(sql, walletId, sql`stop`)} AS stop_number
      FROM (SELECT booked_at, (SELECT max(low) FROM earlier) AS first, (SELECT max(low) FROM covered) AS stop FROM wallet OFFSET 0) AS found
    )`;
}

/**
 * The page's positions: after `start` up to `last`, whose numbers in the list are `start_number` and `goal`. If
 * nothing but listed operations lies between them, one row shows it.
 */
function spanOfPage(sql: Statements, walletId: bigint, offset: Fragment, limit: number) {
  const number = listNumber(sql);
  return sql`
    skipped AS (
      SELECT first AS low, CASE WHEN ${offset} = 0 THEN first ELSE stop END AS high FROM span
      ${bisection(sql, sql`skipped`, walletId, sql`${number} <= (SELECT first_number + ${offset} FROM span)`)}
    ),
    begun AS (
      SELECT span.*, start, ${numberAt(sql, walletId, sql`start`)} AS start_number
      FROM (SELECT max(low) AS start FROM skipped) AS begin, span
    ),
    aimed AS (
      SELECT *, start + (goal - start_number) AS nearest
      FROM (SELECT *, least(start_number + ${limit}, stop_number) AS goal FROM begun) AS numbered
    ),
    reached AS (
      SELECT greatest(nearest - 1, start) AS low, CASE WHEN goal = start_number THEN start
          WHEN ${numberAt(sql, walletId, sql`nearest`)} = goal THEN nearest - 1 ELSE stop END AS high
      FROM aimed
      ${bisection(sql, sql`reached`, walletId, sql`${number} < (SELECT goal FROM aimed)`)}
    ),
    page AS (
      SELECT *, last - start > ${SPARSE} * (goal - start_number) AS is_sparse
      FROM (
        SELECT *, CASE WHEN goal = start_number THEN start ELSE (SELECT max(low) FROM reached) + 1 END AS last
        FROM aimed OFFSET 0
      ) AS ended
    )`;
}

/** The page's rows if many others lie between them: each is found by its number in the list. */
const eachByNumber = (sql: Statements, walletId: bigint) => sql`
  SELECT found.* FROM page, generate_series(CASE WHEN is_sparse THEN start_number + 1 ELSE goal + 1 END, goal) AS wanted(number),
    LATERAL (
      WITH RECURSIVE nearer AS (
        SELECT start AS low, last AS high
        ${bisection(sql, sql`nearer`, walletId, sql`${listNumber(sql)} < wanted.number`)}
      )
      SELECT ${settledColumns(sql)} FROM operations
      WHERE wallet_id = ${walletId} AND position = (SELECT max(low) + 1 FROM nearer)
    ) AS found`;

/** The page's settled rows. */
const settledOfPage = (sql: Statements, walletId: bigint) => sql`
  SELECT ${settledColumns(sql)} FROM operations
  WHERE wallet_id = ${walletId} AND position > (SELECT start FROM page)
    AND position <= (SELECT CASE WHEN is_sparse THEN start ELSE last END FROM page) AND type_of(leg) IS NOT NULL
  UNION ALL
  ${eachByNumber(sql, walletId)}`;

const pendingColumns = (sql: Statements) => sql`
  id, NULL::bigint AS position, type_of(leg) AS type, leg, amount, currency, created_at, 'new'::operation_status AS status,
  reason, transaction_id, wallet_id, counterparty_id, NULL::bigint AS wallet_amount, NULL::bigint AS balance_after,
  NULL::timestamptz AS processed_at, NULL::bigint AS available, has_details, number`;

const settledColumns = (sql: Statements) => sql`
  id, position, type_of(leg) AS type, leg, amount, currency, created_at, status, reason, transaction_id, wallet_id,
  counterparty_id, wallet_amount, balance_after, processed_at, available, has_details, number`;
