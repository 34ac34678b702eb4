import type { HoldKind, HoldStatus } from '../ledger/leg.ts';
import { type OutboxEvent, stageEvents } from '../messaging/outbox.ts';
import type { Tx } from '../postgres/database.ts';
import { noHold, ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** A hold lasts a week unless it says otherwise, and a month at most from now on: what card networks allow. */
export const DEFAULT_HOLD_SECONDS = 7 * DAY_SECONDS;
export const MAX_HOLD_SECONDS = 31 * DAY_SECONDS;

/** A request for a later end of a hold. */
export interface Extension {
  readonly holdId: string;
  /** Seconds from now on. */
  readonly ExpiresInSeconds: number;
}

export interface Extended {
  readonly holdId: string;
  /** RFC 3339. */
  readonly expiresAt: string;
  /** That it was extended, staged. */
  readonly events: readonly OutboxEvent[];
}

interface ExtendedRow {
  readonly kind: HoldKind;
  readonly amount: bigint;
  readonly currency: string;
  readonly status: HoldStatus;
  readonly isOver: boolean;
  readonly isLater: boolean;
  readonly expiresAt: string;
}

/**
 * Moves the end of a hold to so many seconds from now, but never to an earlier one. Under the wallet's lock, where it would
 * expire.
 *
 * @param stagesEvents whether somebody listens to events; if not, none is staged
 * @returns its end, or a refusal if the hold is unknown, settled or over
 */
export async function extendHold(
  tx: Tx,
  { holdId, ExpiresInSeconds }: Extension,
  correlationId: string,
  stagesEvents = true,
): Promise<Result<Extended>> {
  const [found] = await tx<{ walletId: bigint }[]>`
    SELECT wallet_id AS "walletId" FROM holds WHERE id = ${holdId}::uuid`;
  if (found === undefined) return noHold(holdId);
  const { walletId } = found;
  await tx`SELECT FROM wallets WHERE id = ${walletId} FOR NO KEY UPDATE`;
  const [hold] = await tx<ExtendedRow[]>`
    SELECT kind, amount, currency, status, expires_at <= clock_timestamp() AS "isOver", until > expires_at AS "isLater",
      greatest(until, expires_at) AS "expiresAt"
    FROM holds CROSS JOIN LATERAL (
      SELECT clock_timestamp() + make_interval(secs => ${ExpiresInSeconds}) AS until
    ) AS wanted
    WHERE id = ${holdId}::uuid AND wallet_id = ${walletId}`;
  if (hold === undefined) return noHold(holdId);
  const refusal = whyNotExtended(hold);
  if (refusal !== undefined) return refusal;
  const expiresAt = shownTime(hold.expiresAt);
  if (!hold.isLater) return ok({ holdId, expiresAt, events: [] });
  await tx`
    UPDATE holds SET expires_at = ${hold.expiresAt}::timestamptz
    WHERE id = ${holdId}::uuid AND wallet_id = ${walletId}`;
  const detail = {
    Version: 1 as const,
    CorrelationId: correlationId,
    HoldId: holdId,
    WalletId: walletId.toString(),
    Amount: hold.amount.toString(),
    Currency: hold.currency,
    Status: hold.status === 'new' ? ('new' as const) : ('active' as const),
    ExpiresAt: expiresAt,
  };
  const events = stagesEvents ? await stageEvents(tx, [{ type: 'HoldChanged', detail }]) : [];
  return ok({ holdId, expiresAt, events });
}

function whyNotExtended({ kind, status, isOver }: ExtendedRow): Result<never> | undefined {
  if (kind === 'payout') return refused('hold_not_active', 'it is held for a payout, which has no end');
  if (status !== 'new' && status !== 'active') {
    return refused('hold_not_active', `the hold is ${status}: it can't be extended`);
  }
  return isOver ? refused('hold_not_active', 'the hold has expired') : undefined;
}
