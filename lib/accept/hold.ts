import { detailParts } from '../details/record.ts';
import { known } from '../ledger/known.ts';
import type { HoldStatus } from '../ledger/leg.ts';
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
  /** Millionths of a unit of the wallet's currency. */
  readonly Amount: bigint;
  /** Seconds until it expires. */
  readonly ExpiresInSeconds: number;
}

export interface Capture {
  readonly holdId: string;
  readonly TargetWalletId: bigint;
  /** In the wallet's currency; the whole hold by default. The rest is available again. */
  readonly Amount?: bigint | undefined;
}

/**
 * Records a hold and its pending operation in one statement, together with the idempotency key. The hold's id is that of
 * its transaction.
 *
 * @returns a refusal if the wallet is unknown, its currency withdrawn, or the reference was given before
 */
export async function acceptHold(
  sql: Statements,
  hold: NewHold,
  identity: Identity,
  claim?: Claim,
): Promise<Recording<Accepted>> {
  const { first, isFree, kept, column, value, answer } = detailParts(sql, hold, identity);
  const [row] = await sql<(RecordedRow & { currency: string | null })[]>`
    WITH ${first}wallet AS (
      SELECT id, wallet_group, currency FROM wallets WHERE id = ${hold.WalletId}
    ), eligible AS (
      SELECT wallet.* FROM wallet JOIN currencies ON currencies.name = currency WHERE withdrawn_at IS NULL ${isFree}
    ), claimed AS (
      ${claimOf(sql, claim, sql`eligible`, holdPayload(identity))}
    ), hold AS (
      INSERT INTO holds (id, wallet_id, amount, expires_at)
      SELECT ${identity.transactionId}::uuid, id, ${hold.Amount}, now() + make_interval(secs => ${hold.ExpiresInSeconds})
      FROM eligible, claimed RETURNING id
    )${kept(sql`eligible, claimed`)}, operation AS (
      INSERT INTO pending_operations (wallet_id, wallet_group, transaction_id, leg, amount, currency, hold_id,
        correlation_id${column})
      SELECT wallet.id, wallet_group, hold.id, 'hold', ${hold.Amount}, currency, hold.id, ${identity.correlationId}${value}
      FROM wallet, hold RETURNING id
    )
    SELECT (SELECT wallet_group FROM wallet) AS group, (SELECT currency FROM wallet) AS currency, EXISTS (SELECT FROM eligible) AS "isEligible",
      (SELECT id FROM operation) AS "operationId"${answer}`;
  const { currency, ...result } = known(row, 'result of a hold');
  return accepted(hold.WalletId, result, currency ?? '', identity);
}

/**
 * Records the capture of a hold as a pending operation: a transfer of the amount, in the wallet's currency, to the
 * target. Of several requests about one hold, the first recorded is settled; the others are declined.
 *
 * @returns a refusal if hold or target are unknown, the hold is settled or expired, or less than the amount is held
 */
export async function acceptCapture(
  sql: Statements,
  { holdId, TargetWalletId, Amount }: Capture,
  identity: Identity,
  claim?: Claim,
): Promise<Recording<Accepted>> {
  const end = { leg: 'capture', holdId, targetId: TargetWalletId, amount: Amount ?? null } as const;
  const row = await recordEnd(sql, end, identity, claim);
  if (row === undefined) return noHold(holdId);
  const refusal = whyNotActive(row);
  if (refusal !== undefined) return refusal;
  if (!row.targetExists) return noWallet(TargetWalletId);
  if (row.walletId === TargetWalletId) {
    return refused('same_wallet', 'TargetWalletId must be another wallet than the one of the hold');
  }
  if (!row.isEligible) {
    return refused('capture_exceeds_hold', `Amount must be at most what is held: ${row.amount}`);
  }
  if (row.operationId === null) return TAKEN;
  return ok(recorded(row.walletId, row.group, row.operationId, identity));
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

/** What ends a hold: a capture to a target, or a release, which has no target. The amount is the whole hold if null. */
interface HoldEnd {
  readonly leg: 'capture' | 'release';
  readonly holdId: string;
  readonly targetId: bigint | null;
  readonly amount: bigint | null;
}

interface HoldRow {
  readonly walletId: bigint;
  readonly group: number;
  readonly amount: bigint;
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
      SELECT holds.*, wallet_group, currency
      FROM holds JOIN wallets ON wallets.id = wallet_id WHERE holds.id = ${holdId}::uuid
    ), eligible AS (
      SELECT * FROM hold
      WHERE status IN ('new', 'active') AND (expires_at > now() OR ${leg}::operation_leg = 'release')
        AND coalesce(${amount}, amount) <= amount
        AND (${targetId}::bigint IS NULL OR EXISTS (SELECT FROM target) AND wallet_id <> ${targetId}::bigint)
    ), claimed AS (
      ${claimOf(sql, claim, sql`eligible`, transactionPayload(identity))}
    ), operation AS (
      INSERT INTO pending_operations
        (wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, hold_id, correlation_id)
      SELECT wallet_id, wallet_group, ${identity.transactionId}::uuid, ${leg}::operation_leg, ${targetId}::bigint,
        coalesce(${amount}, amount), currency, id, ${identity.correlationId}
      FROM eligible, claimed RETURNING id
    )
    SELECT (SELECT id FROM operation) AS "operationId", EXISTS (SELECT FROM eligible) AS "isEligible",
      wallet_id AS "walletId", wallet_group AS group, amount, status, expires_at <= now() AS "isExpired",
      EXISTS (SELECT FROM target) AS "targetExists"
    FROM hold`;
  return row;
}

function whyNotActive({ status, isExpired }: HoldRow): Result<never> | undefined {
  if (status !== 'new' && status !== 'active') {
    return refused('hold_not_active', `the hold is ${status}: it can be settled once`);
  }
  return isExpired ? refused('hold_not_active', 'the hold has expired') : undefined;
}
