import type { Sql, Statements } from '../postgres/database.ts';
import type { Cursor } from '../wire/cursor.ts';
import { noWallet, ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';

/** Which operations a report covers, by the time of booking. Times are RFC 3339, by the database's clock if missing. */
export interface Period {
  readonly walletId: bigint;
  /** Inclusive; one month ago by default. */
  readonly from: string | undefined;
  /** Exclusive; now by default. */
  readonly to: string | undefined;
}

/** A period with both bounds set. The reply repeats them, so that the same time can be requested again. */
export interface PeriodBounds {
  readonly from: string;
  readonly to: string;
  /** The current time if the period ends now, or nearly now: what the period has is complete up to it. Otherwise null. */
  readonly now: string | null;
}

/** Seconds after which a moment is final for every wallet: a transaction that began before it ended after 9 s. */
const OPEN_SECONDS = 10;

/** Seconds by which a caller's clock may be ahead of the database's: a moment so far ahead was meant as now. */
const AHEAD_SECONDS = 2;

/** Whether a moment is ahead of the database's clock by no more than a caller's clock may be. */
export const isNearlyNow = (sql: Statements, moment: string | null) =>
  sql`coalesce(${moment}::timestamptz > now()
    AND ${moment}::timestamptz <= now() + make_interval(secs => ${AHEAD_SECONDS}), false)`;

/** Whether a settling transaction that began before a moment may still be under way. */
export const isOpen = (sql: Statements, moment: string | null) =>
  sql`coalesce(${moment}::timestamptz, now()) > now() - make_interval(secs => ${OPEN_SECONDS})`;

/**
 * Waits for the transaction that settles a wallet, if one is under way and the moment is open. What a statement with a
 * new snapshot then reads about the time before the moment never changes. It belongs in a statement of its own, outside
 * of any transaction: the lock must end at once. Nothing depends on its commit, which therefore waits for no disk.
 *
 * @returns a part of a SELECT list
 */
export const settledUntil = (sql: Statements, walletId: bigint, moment: string | null) => sql`
  set_config('synchronous_commit', 'off', true),
  (WITH settled AS (SELECT FROM wallets WHERE id = ${walletId} AND ${isOpen(sql, moment)} FOR SHARE)
    SELECT count(*) FROM settled)`;

/**
 * Sets the bounds of a period, and makes what was booked in it final: see {@link settledUntil}. A `from` that is nearly now
 * is now.
 *
 * @param sql a pool: the wallet's lock must end with the statement
 * @returns a refusal if the wallet is unknown or the bounds are in the wrong order
 */
export async function readBounds(sql: Sql, { walletId, from, to }: Period): Promise<Result<PeriodBounds>> {
  const [row] = await sql<(PeriodBounds & { isKnown: boolean; isInOrder: boolean })[]>`
    SELECT bounds.*, bounds.from <= bounds.to AS "isInOrder",
      EXISTS (SELECT FROM wallets WHERE id = ${walletId}) AS "isKnown", ${settledUntil(sql, walletId, to ?? null)}
    FROM (SELECT CASE WHEN ${isNearlyNow(sql, from ?? null)} THEN now()
          ELSE coalesce(${from ?? null}::timestamptz, now() - interval '1 month') END AS from,
        coalesce(${to ?? null}::timestamptz, now()) AS to,
        CASE WHEN ${to ?? null}::timestamptz IS NULL OR ${isNearlyNow(sql, to ?? null)} THEN now() END AS now) AS bounds`;
  if (!row?.isKnown) return noWallet(walletId);
  const bounds = { from: shownTime(row.from), to: shownTime(row.to), now: row.now };
  return row.isInOrder ? ok(bounds) : refused('invalid_field', notInOrder(bounds, from, to));
}

/** What is wrong with a period that ends before it begins: a bound that was left out is said to be the default. */
function notInOrder(bounds: PeriodBounds, from: string | undefined, to: string | undefined): string {
  if (from === undefined) {
    const byDefault = `the default from, which is one month ago (${bounds.from})`;
    return `to (${bounds.to}) must not be before ${byDefault}: give from as well`;
  }
  if (to === undefined)
    return `from (${bounds.from}) must not be after the default to, which is now (${bounds.to})`;
  return `from (${bounds.from}) must not be after to (${bounds.to})`;
}

/**
 * The period of the page that a cursor comes from, which must be a page of the same wallet and period.
 *
 * @param given the request's own period, which may repeat the cursor's
 */
export async function periodOfCursor(sql: Statements, given: Period, after: Cursor): Promise<Result<Period>> {
  if (after.walletId !== given.walletId)
    return refused('invalid_field', `after must be the Next of a page of wallet ${given.walletId}`);
  const period = { walletId: given.walletId, from: after.from, to: after.to ?? undefined };
  if (given.from === undefined && given.to === undefined) return ok(period);
  const [row] = await sql<{ isSame: boolean }[]>`
    SELECT coalesce(${given.from ?? null}::timestamptz = ${after.from}::timestamptz, true)
      AND (${given.to ?? null}::timestamptz IS NULL
        OR ${given.to ?? null}::timestamptz IS NOT DISTINCT FROM ${after.to}::timestamptz) AS "isSame"`;
  if (row?.isSame) return ok(period);
  const end = after.to === null ? 'without to' : `to ${after.to}`;
  return refused(
    'invalid_field',
    `after belongs to a page from ${after.from} ${end}: leave out from and to, or give these`,
  );
}
