import type { Fragment } from 'postgres';
import type { HoldKind, HoldStatus } from '../ledger/leg.ts';
import type { Statements } from '../postgres/database.ts';
import { noHold, noWallet, ok, type Result } from '../wire/refusal.ts';
import { shownTime, shownTimeOrNull } from '../wire/time.ts';

/**
 * Whether a hold is over: it is active, its time has come, and it is not about to be captured or released, which was
 * requested in time then. It reserves nothing any more, whether its expiry was settled or not. A payout is never over.
 *
 * The look-up of its operations has a LIMIT, lest all of them be read into a hash instead.
 *
 * @param moment the time to ask for; a part of a statement
 * @returns a condition on a row of `holds`, by that name; null counts as no
 */
export const isOver = (sql: Statements, moment: Fragment) => sql`
  holds.status = 'active' AND holds.expires_at <= ${moment} AND (
    SELECT ending.id FROM pending_operations AS ending
    WHERE ending.wallet_id = holds.wallet_id AND ending.hold_id = holds.id LIMIT 1
  ) IS NULL`;

/** What an active hold reserves, in the wallet's currency; a part of a statement. */
export const reserved = (sql: Statements) => sql`greatest(wallet_amount - captured_wallet, 0)`;

/** A hold as callers see it. Amounts are in millionths of a unit of Currency, but for those of the wallet. */
export interface HoldView {
  readonly HoldId: string;
  /** What it is for. The id of one for a payout is that of the payout's transaction. */
  readonly Kind: HoldKind;
  readonly WalletId: bigint;
  readonly Amount: bigint;
  readonly Currency: string;
  readonly OverCapture: bigint;
  readonly Captured: bigint;
  /** What is left of Amount while it is active. */
  readonly Remaining: bigint;
  /** What Amount was in the wallet's currency when it was placed; null before. */
  readonly WalletAmount: bigint | null;
  readonly Status: HoldStatus;
  /** Its place among the wallet's operations; null while it is new. */
  readonly Position: bigint | null;
  readonly CreatedAt: string;
  /** Null for a payout, which time never ends. */
  readonly ExpiresAt: string | null;
}

interface StoredHold {
  readonly id: string;
  readonly kind: HoldKind;
  readonly walletId: bigint;
  readonly amount: bigint;
  readonly currency: string;
  readonly overCapture: bigint;
  readonly captured: bigint;
  readonly walletAmount: bigint | null;
  readonly status: HoldStatus;
  readonly position: bigint | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

/** The columns of a {@link StoredHold}. */
const holdColumns = (sql: Statements) => sql`
  holds.id, kind, wallet_id AS "walletId", amount, currency, over_capture AS "overCapture", captured,
  wallet_amount AS "walletAmount", position, created_at AS "createdAt", expires_at AS "expiresAt",
  CASE WHEN ${isOver(sql, sql`now()`)} THEN 'expired' ELSE status END AS status`;

/**
 * Looks up a hold. One that is over is `expired` from that moment on.
 *
 * @returns the hold, or a refusal if it is unknown
 */
export async function getHold(sql: Statements, holdId: string): Promise<Result<HoldView>> {
  const [row] = await sql<
    StoredHold[]
  >`SELECT ${holdColumns(sql)} FROM holds WHERE holds.id = ${holdId}::uuid`;
  return row === undefined ? noHold(holdId) : ok(toView(row));
}

/** What a list of holds may be narrowed to. */
export const LISTED_STATUSES = ['all', 'active', 'declined', 'captured', 'released', 'expired'] as const;

type ListedStatus = (typeof LISTED_STATUSES)[number];

export interface HoldsRequest {
  readonly walletId: bigint;
  readonly status: ListedStatus;
  /** Only those behind this position. */
  readonly after: bigint;
  readonly limit: number;
}

/**
 * Lists a wallet's holds in the order in which they were placed or declined: positions of the wallet's journal, which grow by
 * the wallet's lock. So whoever goes on from the last one misses none. A hold that is new is in no list yet.
 *
 * @returns the holds, and the `after` of the next page, or null on the last; a refusal if the wallet is unknown
 */
export async function listHolds(
  sql: Statements,
  { walletId, status, after, limit }: HoldsRequest,
): Promise<Result<{ Holds: readonly HoldView[]; Next: bigint | null }>> {
  const portion = (condition: Fragment) => sql`(
    SELECT ${holdColumns(sql)} FROM holds
    WHERE wallet_id = ${walletId} AND position > ${after} AND ${condition} ORDER BY holds.position LIMIT ${limit + 1}
  )`;
  const over = isOver(sql, sql`now()`);
  const portions = {
    all: () => portion(sql`true`),
    active: () => portion(sql`status = 'active' AND (${over}) IS NOT TRUE`),
    expired: () =>
      sql`${portion(sql`status = 'expired'`)} UNION ALL ${portion(sql`status = 'active' AND ${over}`)}`,
  };
  const found =
    status === 'all' || status === 'active' || status === 'expired' ? portions[status]() : undefined;
  const rows = await sql<(StoredHold | { id: null })[]>`
    SELECT hold.* FROM (SELECT id AS wallet FROM wallets WHERE id = ${walletId}) AS known LEFT JOIN (
      ${found ?? portion(sql`status = ${status}::hold_status`)}
    ) AS hold ON true
    ORDER BY position LIMIT ${limit + 1}`;
  if (rows.length === 0) return noWallet(walletId);
  const holds = rows.filter((row): row is StoredHold => row.id !== null);
  const page = holds.slice(0, limit).map(toView);
  return ok({ Holds: page, Next: holds.length > limit ? (page.at(-1)?.Position ?? null) : null });
}

const toView = (row: StoredHold): HoldView => ({
  HoldId: row.id,
  Kind: row.kind,
  WalletId: row.walletId,
  Amount: row.amount,
  Currency: row.currency,
  OverCapture: row.overCapture,
  Captured: row.captured,
  Remaining: row.status === 'active' && row.captured < row.amount ? row.amount - row.captured : 0n,
  WalletAmount: row.walletAmount,
  Status: row.status,
  Position: row.position,
  CreatedAt: shownTime(row.createdAt),
  ExpiresAt: shownTimeOrNull(row.expiresAt),
});
