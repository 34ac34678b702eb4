import type { Fragment } from 'postgres';
import type { HoldStatus } from '../ledger/leg.ts';
import type { Statements } from '../postgres/database.ts';
import { noHold, ok, type Result } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';

/**
 * Whether a hold is over: it is active, its time has come, and it is not about to be captured or released, which was
 * requested in time then. It reserves nothing any more, whether its expiry was settled or not.
 *
 * The look-up of its operations has a LIMIT, lest all of them be read into a hash instead.
 *
 * @param moment the time to ask for; a part of a statement
 * @returns a condition on a row of `holds`, by that name
 */
export const isOver = (sql: Statements, moment: Fragment) => sql`
  holds.status = 'active' AND holds.expires_at <= ${moment} AND (
    SELECT ending.id FROM pending_operations AS ending
    WHERE ending.wallet_id = holds.wallet_id AND ending.hold_id = holds.id LIMIT 1
  ) IS NULL`;

/** A hold as callers see it. Amount is in millionths of a unit of Currency. */
export interface HoldView {
  readonly HoldId: string;
  readonly WalletId: bigint;
  readonly Amount: bigint;
  readonly Currency: string;
  readonly Status: HoldStatus;
  readonly CreatedAt: string;
  readonly ExpiresAt: string;
}

interface StoredHold {
  readonly id: string;
  readonly walletId: bigint;
  readonly amount: bigint;
  readonly currency: string;
  readonly status: HoldStatus;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/**
 * Looks up a hold. One that is over is `expired` from that moment on.
 *
 * @returns the hold, or a refusal if it is unknown
 */
export async function getHold(sql: Statements, holdId: string): Promise<Result<HoldView>> {
  const [row] = await sql<StoredHold[]>`
    SELECT holds.id, wallet_id AS "walletId", amount, currency, holds.created_at AS "createdAt", expires_at AS "expiresAt",
      CASE WHEN ${isOver(sql, sql`now()`)} THEN 'expired' ELSE status END AS status
    FROM holds JOIN wallets ON wallets.id = wallet_id WHERE holds.id = ${holdId}::uuid`;
  return row === undefined ? noHold(holdId) : ok(toView(row));
}

const toView = (row: StoredHold): HoldView => ({
  HoldId: row.id,
  WalletId: row.walletId,
  Amount: row.amount,
  Currency: row.currency,
  Status: row.status,
  CreatedAt: shownTime(row.createdAt),
  ExpiresAt: shownTime(row.expiresAt),
});
