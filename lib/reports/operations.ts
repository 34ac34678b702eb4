import type { Sql } from '../postgres/database.ts';
import { type Cursor, formatCursor } from '../wire/cursor.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';
import { type OperationView, toView } from './operation-view.ts';
import { readPage } from './page.ts';
import { type Period, periodOfCursor, readBounds } from './period.ts';

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
  /** The `after` of the next page, which may be empty still. */
  readonly Next: string;
}

/**
 * Lists a wallet's settled operations by position, then the pending ones by id, if the period is not over. A page costs
 * the same wherever it is.
 *
 * @param sql a pool: see {@link readBounds}
 */
export async function listOperations(
  sql: Sql,
  requested: Period,
  { offset, limit, after }: PageRequest,
): Promise<Result<OperationsPage>> {
  if (after !== undefined && offset > 0)
    return refused('invalid_field', 'offset must not be given with after');
  const period = after === undefined ? ok(requested) : await periodOfCursor(sql, requested, after);
  if (!period.ok) return period;
  const { walletId, to = null } = period.value;
  const bounds = await readBounds(sql, period.value);
  if (!bounds.ok) return bounds;
  const { from } = bounds.value;
  const place = { position: after?.position ?? 0n, pendingId: after?.pendingId ?? 0n, offset, limit };
  const { rows, start, until } = await readPage(sql, { walletId, from, to, now: bounds.value.now }, place);
  return ok({
    Operations: rows.map(toView),
    Limit: limit,
    Offset: offset,
    From: from,
    To: shownTime(until),
    Next: formatCursor({
      walletId,
      from,
      to: to === null ? null : bounds.value.to,
      position: rows.findLast(({ position }) => position !== null)?.position ?? start,
      pendingId: rows.findLast(({ position }) => position === null)?.id ?? place.pendingId,
    }),
  });
}
