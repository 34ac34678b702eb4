import { fitting } from '../details/read.ts';
import type { Sql } from '../postgres/database.ts';
import { type Cursor, formatCursor } from '../wire/cursor.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';
import { type OperationRow, type OperationView, toView } from './operation-view.ts';
import { readNewest, readNewestPending, readPage } from './page.ts';
import { type Period, type PeriodBounds, periodOfCursor, readBounds } from './period.ts';
import { readPositions } from './positions.ts';

/** The order of a list: the oldest first, or the newest. */
export const ORDERS = ['asc', 'desc'] as const;

/** The requested part of the list of a period's operations. */
export interface PageRequest {
  readonly order: (typeof ORDERS)[number];
  readonly offset: number;
  readonly limit: number;
  /** Where the previous page ended. The period is then that page's, and the offset 0. */
  readonly after: Cursor | undefined;
}

export interface OperationsPage {
  readonly Operations: readonly OperationView[];
  /** As requested, or what fits into a reply if that is less: then the next page goes on. */
  readonly Limit: number;
  readonly Offset: number;
  readonly From: string;
  readonly To: string;
  /** The `after` of the next page, which may be empty still. */
  readonly Next: string;
}

/** A page of rows. */
interface RowsPage extends Pick<OperationsPage, 'From' | 'To' | 'Next'> {
  readonly rows: readonly OperationRow[];
  /** Whether it is shorter than requested, so that it fits into a reply. */
  readonly isCut: boolean;
}

/**
 * Lists a wallet's settled operations by position, then the pending ones by id, if the period is not over; or all of them the other way
 * round. A page costs the same wherever it is.
 *
 * @param sql a pool: see {@link readBounds}
 */
export async function listOperations(
  sql: Sql,
  requested: Period,
  page: PageRequest,
): Promise<Result<OperationsPage>> {
  const read = await readOperations(sql, requested, page);
  if (!read.ok) return read;
  const { rows, isCut, ...place } = read.value;
  const Limit = isCut ? rows.length : page.limit;
  return ok({ Operations: rows.map(toView), Limit, Offset: page.offset, ...place });
}

/** The same as rows. */
async function readOperations(sql: Sql, requested: Period, page: PageRequest): Promise<Result<RowsPage>> {
  const { order, offset, after } = page;
  const isDescending = order === 'desc';
  if (after !== undefined && offset > 0)
    return refused('invalid_field', 'offset must not be given with after');
  if (isDescending && offset > 0)
    return refused('invalid_field', 'offset must not be given with order=desc: go on with after');
  if (after !== undefined && after.isDescending !== isDescending) {
    const other = after.isDescending ? 'desc' : 'asc';
    return refused('invalid_field', `after belongs to a page with order=${other}: give this order, too`);
  }
  const period = after === undefined ? ok(requested) : await periodOfCursor(sql, requested, after);
  if (!period.ok) return period;
  const bounds = await readBounds(sql, period.value);
  if (!bounds.ok) return bounds;
  return ok(await (isDescending ? newestFirst : oldestFirst)(sql, period.value, bounds.value, page));
}

async function oldestFirst(
  sql: Sql,
  { walletId, to: given }: Period,
  { from, to: end, now }: PeriodBounds,
  { offset, limit, after }: PageRequest,
): Promise<RowsPage> {
  const to = given ?? null;
  const place = { position: after?.position ?? 0n, pendingId: after?.pendingId ?? 0n, offset, limit };
  const { rows: found, start, until } = await readPage(sql, { walletId, from, to, now }, place);
  const rows = found.slice(0, fitting(found));
  const Next = formatCursor({
    ...{ walletId, from, to: to === null ? null : end, isDescending: false },
    position: rows.findLast(({ position }) => position !== null)?.position ?? start,
    pendingId: rows.findLast(({ position }) => position === null)?.id ?? place.pendingId,
  });
  return { rows, isCut: rows.length < found.length, From: from, To: shownTime(until), Next };
}

/**
 * First the pending ones, then what is settled by then: one that is settled between the two comes again, and none is missed. What is
 * booked after the first settled one was told is not in the list any more.
 */
async function newestFirst(
  sql: Sql,
  { walletId, to: given }: Period,
  { from, to: end, now }: PeriodBounds,
  { limit, after }: PageRequest,
): Promise<RowsPage> {
  const to = given ?? null;
  const lowest = after?.position ?? null;
  const before = after === undefined || after.pendingId === 0n ? null : after.pendingId;
  const hasPending = now !== null && lowest === null;
  const pending = hasPending ? await readNewestPending(sql, walletId, before, limit) : [];
  const rest = limit - pending.length;
  const { start, stop } = await readPositions(sql, walletId, from, to ?? END_OF_TIME);
  const span = { first: start, stop: lowest === null ? stop : lowest - 1n };
  const settled = await readNewest(sql, walletId, span, rest);
  const found = [...pending, ...settled];
  const rows = found.slice(0, fitting(found));
  const isCut = rows.length < found.length;
  const Next = formatCursor({
    ...{ walletId, from, to: to === null ? null : end, isDescending: true },
    position:
      rows.findLast(({ position }) => position !== null)?.position ??
      (rest > 0 && !isCut ? start + 1n : lowest),
    pendingId: rows.findLast(({ position }) => position === null)?.id ?? after?.pendingId ?? 0n,
  });
  return { rows, isCut, From: from, To: end, Next };
}

/** After everything. */
const END_OF_TIME = 'infinity';
