import { detailParts } from '../details/record.ts';
import { known } from '../ledger/known.ts';
import type { HoldKind, HoldStatus } from '../ledger/leg.ts';
import { MAX_AMOUNT } from '../ledger/money.ts';
import { storedCorrelation } from '../postgres/correlation.ts';
import type { Statements } from '../postgres/database.ts';
import { type Claim, claimOf, TAKEN } from '../postgres/idempotency.ts';
import type { Details } from '../wire/details.ts';
import { noHold, noWallet, ok, type Result, refused } from '../wire/refusal.ts';
import {
  type Accepted,
  accepted,
  holdPayload,
  type Identity,
  type RecordedRow,
  type Recording,
  recorded,
  transactionPayload,
} from './accepted.ts';

export interface NewHold extends Details {
  readonly WalletId: bigint;
  /** Millionths of a unit of Currency. */
  readonly Amount: bigint;
  /** The wallet's if missing. */
  readonly Currency?: string | undefined;
  /** By how much captures may exceed the amount in all: at most the amount. */
  readonly OverCapture: bigint;
  /** Seconds until it expires; null for a payout, which time never ends. */
  readonly ExpiresInSeconds: number | null;
}

export interface Capture {
  readonly holdId: string;
  readonly TargetWalletId: bigint;
  /** In the hold's currency; what is left of it by default. */
  readonly Amount?: bigint | undefined;
  /** Whether the rest is available again. If not, it stays reserved for further captures. */
  readonly Final: boolean;
}

/**
 * Records a hold and its pending operation in one statement, together with the idempotency key. The hold's id is that of
 * its transaction.
 *
 * @returns a refusal if the wallet is unknown, a currency withdrawn, more may be captured beyond it than it has, or the reference
 *   was given before
 */
export async function acceptHold(
  sql: Statements,
  hold: NewHold,
  identity: Identity,
  claim?: Claim,
): Promise<Recording<Accepted>> {
  if (hold.OverCapture > hold.Amount) {
    return refused('invalid_field', `OverCapture must be at most Amount: ${hold.Amount}`);
  }
  if (hold.Amount + hold.OverCapture > MAX_AMOUNT) {
    return refused('invalid_field', `Amount and OverCapture must be at most ${MAX_AMOUNT} together`);
  }
  return await recordHold(sql, hold, identity, claim, holdPayload(identity), 'hold');
}

/**
 * Records a hold and its first leg: of a hold, or of a payout that waits for its confirmation.
 *
 * @param payload of the reply
 */
export async function recordHold(
  sql: Statements,
  hold: NewHold,
  identity: Identity,
  claim: Claim | undefined,
  payload: object,
  kind: HoldKind,
): Promise<Recording<Accepted>> {
  const leg = kind === 'hold' ? 'hold' : 'payout_hold';
  const { first, isFree, kept, column, value, answer } = detailParts(sql, hold, identity);
  const [row] = await sql<(RecordedRow & { notAllowed: string | null })[]>`
    WITH ${first}wallet AS (
      SELECT id, wallet_group, currency AS own, coalesce(${hold.Currency ?? null}::text, currency) AS named
      FROM wallets WHERE id = ${hold.WalletId}
    ), withdrawn AS (
      SELECT name FROM wallet CROSS JOIN LATERAL (VALUES (named), (own::text)) AS needed(name)
      WHERE (SELECT true FROM currencies WHERE currencies.name = needed.name AND withdrawn_at IS NULL) IS NULL
    ), eligible AS (
      SELECT wallet.* FROM wallet WHERE NOT EXISTS (SELECT FROM withdrawn) ${isFree}
    ), claimed AS (
      ${claimOf(sql, claim, sql`eligible`, payload)}
    ), hold AS (
      INSERT INTO holds (id, wallet_id, kind, amount, currency, over_capture, expires_at)
      SELECT ${identity.transactionId}::uuid, id, ${kind}::hold_kind, ${hold.Amount}, named, ${hold.OverCapture},
        now() + make_interval(secs => ${hold.ExpiresInSeconds})
      FROM eligible, claimed RETURNING id
    )${kept(sql`eligible, claimed`)}, operation AS (
      INSERT INTO pending_operations (wallet_id, wallet_group, transaction_id, leg, amount, currency, hold_id,
        correlation_id${column})
      SELECT wallet.id, wallet_group, hold.id, ${leg}::operation_leg, ${hold.Amount}, named, hold.id,
        ${storedCorrelation(sql, identity.correlationId, sql`hold.id`)}${value}
      FROM wallet, hold RETURNING id
    )
    SELECT (SELECT wallet_group FROM wallet) AS group, (SELECT name FROM withdrawn LIMIT 1) AS "notAllowed",
      EXISTS (SELECT FROM eligible) AS "isEligible", (SELECT id FROM operation) AS "operationId"${answer}`;
  const { notAllowed, ...result } = known(row, 'result of a hold');
  return accepted(hold.WalletId, result, notAllowed ?? '', identity);
}

/**
 * Records the capture of a hold as a pending operation: a transfer of the amount, in the hold's currency, to the target.
 * Captures are settled in the order in which they were recorded; those that no longer fit are declined.
 *
 * @returns a refusal if hold or target are unknown, the hold is settled or expired, or less than the amount is left of it
 */
export async function acceptCapture(
  sql: Statements,
  { holdId, TargetWalletId, Amount, Final }: Capture,
  identity: Identity,
  claim?: Claim,
): Promise<Recording<Accepted>> {
  const leg = Final ? 'capture' : 'part_capture';
  const end = { leg, holdId, targetId: TargetWalletId, amount: Amount ?? null } as const;
  const row = await recordEnd(sql, end, identity, claim);
  if (row === undefined) return noHold(holdId);
  const refusal = whyNotActive(row);
  if (refusal !== undefined) return refusal;
  if (!row.targetExists) return noWallet(TargetWalletId);
  if (row.walletId === TargetWalletId) {
    return refused('same_wallet', 'TargetWalletId must be another wallet than the one of the hold');
  }
  if (!row.isEligible) return refused('capture_exceeds_hold', whyTooMuch(row));
  if (row.operationId === null) return TAKEN;
  return ok(recorded(row.walletId, row.group, row.operationId, identity));
}

function whyTooMuch({ amount, overCapture, captured }: HoldRow): string {
  const most = amount + overCapture - captured;
  const sentence = `Amount must be at most what is left of the hold: ${most}`;
  return overCapture === 0n
    ? sentence
    : `${sentence}, OverCapture included; it must be given beyond the hold`;
}

/**
 * Records the release of a hold as a pending operation. A hold that is over and did not expire yet may be released: that
 * gives the same money back.
 *
 * @returns a refusal if the hold is unknown or settled, its expiry included
 */
export async function acceptRelease(
  sql: Statements,
  holdId: string,
  identity: Identity,
  claim?: Claim,
): Promise<Recording<Accepted>> {
  const end = { leg: 'release', holdId, targetId: null, amount: null } as const;
  const row = await recordEnd(sql, end, identity, claim);
  if (row === undefined) return noHold(holdId);
  const refusal = whyNotActive({ ...row, isExpired: false });
  if (refusal !== undefined) return refusal;
  if (row.operationId === null) return TAKEN;
  return ok(recorded(row.walletId, row.group, row.operationId, identity));
}

/** What settles a hold: a capture to a target, or a release, which has no target. The amount is what is left if null. */
interface HoldEnd {
  readonly leg: 'capture' | 'part_capture' | 'release';
  readonly holdId: string;
  readonly targetId: bigint | null;
  readonly amount: bigint | null;
}

interface HoldRow {
  readonly walletId: bigint;
  readonly group: number;
  readonly kind: HoldKind;
  readonly amount: bigint;
  readonly overCapture: bigint;
  readonly captured: bigint;
  readonly status: HoldStatus;
  readonly isExpired: boolean;
  readonly targetExists: boolean;
  readonly isEligible: boolean;
  readonly operationId: bigint | null;
}

/** @returns the hold before it ends, with the operation if it was recorded; undefined if the hold is unknown */
async function recordEnd(
  sql: Statements,
  { leg, holdId, targetId, amount }: HoldEnd,
  identity: Identity,
  claim: Claim | undefined,
): Promise<HoldRow | undefined> {
  const [row] = await sql<HoldRow[]>`
    WITH target AS (
      SELECT id FROM wallets WHERE id = ${targetId}::bigint
    ), hold AS (
      SELECT holds.*, wallet_group,
        CASE WHEN ${leg}::operation_leg = 'release' THEN amount ELSE coalesce(${amount}, amount - captured) END AS wanted
      FROM holds JOIN wallets ON wallets.id = wallet_id WHERE holds.id = ${holdId}::uuid
    ), eligible AS (
      SELECT * FROM hold
      WHERE kind = 'hold' AND status IN ('new', 'active') AND (expires_at > now() OR ${leg}::operation_leg = 'release')
        AND wanted > 0 AND (${leg}::operation_leg = 'release' OR wanted <= amount + over_capture - captured)
        AND (${targetId}::bigint IS NULL OR EXISTS (SELECT FROM target) AND wallet_id <> ${targetId}::bigint)
    ), claimed AS (
      ${claimOf(sql, claim, sql`eligible`, transactionPayload(identity))}
    ), operation AS (
      INSERT INTO pending_operations
        (wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, hold_id, correlation_id)
      SELECT wallet_id, wallet_group, ${identity.transactionId}::uuid, ${leg}::operation_leg, ${targetId}::bigint,
        wanted, currency, id, ${storedCorrelation(sql, identity.correlationId, sql`${identity.transactionId}::uuid`)}
      FROM eligible, claimed RETURNING id
    )
    SELECT (SELECT id FROM operation) AS "operationId", EXISTS (SELECT FROM eligible) AS "isEligible",
      wallet_id AS "walletId", wallet_group AS group, kind, amount,
      over_capture AS "overCapture", captured, status, expires_at <= now() AS "isExpired",
      EXISTS (SELECT FROM target) AS "targetExists"
    FROM hold`;
  return row;
}

function whyNotActive({ kind, status, isExpired }: HoldRow): Result<never> | undefined {
  if (kind === 'payout') {
    return refused('hold_not_active', 'it is held for a payout, which is confirmed or cancelled');
  }
  if (status !== 'new' && status !== 'active') {
    return refused('hold_not_active', `the hold is ${status}: it can be settled once`);
  }
  return isExpired ? refused('hold_not_active', 'the hold has expired') : undefined;
}
