import { detailParts } from '../details/record.ts';
import { known } from '../ledger/known.ts';
import { storedCorrelation } from '../postgres/correlation.ts';
import type { Statements } from '../postgres/database.ts';
import { type Claim, claimOf } from '../postgres/idempotency.ts';
import type { Details } from '../wire/details.ts';
import { noWallet, type Result, refused } from '../wire/refusal.ts';
import {
  type Accepted,
  accepted,
  type Identity,
  type RecordedRow,
  type Recording,
  transactionPayload,
} from './accepted.ts';

/** Money from outside, or to it. */
export interface Receipt extends Details {
  readonly WalletId: bigint;
  /** Millionths of a unit of Currency. */
  readonly Amount: bigint;
  readonly Currency: string;
}

export interface Transfer extends Details {
  readonly OriginWalletId: bigint;
  readonly TargetWalletId: bigint;
  /** Millionths of a unit of Currency, which may be neither wallet's. */
  readonly Amount: bigint;
  readonly Currency: string;
}

/** What the statement that records a receipt or a transfer answers. */
export interface TransferRow extends RecordedRow {
  readonly targetExists: boolean;
}

/**
 * Records a receipt, or a transfer as the origin's debit: a pending operation, together with the idempotency key.
 *
 * @param outside what an operation without a target is: a receipt, or a payout
 * @returns a refusal if a wallet or the currency is unknown, origin and target are one, or the reference was given before; nothing
 *   is recorded then
 */
export async function acceptTransfer(
  sql: Statements,
  transfer: Receipt | Transfer,
  identity: Identity,
  claim?: Claim,
  outside: 'receipt' | 'payout' = 'receipt',
): Promise<Recording<Accepted>> {
  const { walletId, targetId } = walletsOf(transfer);
  const leg = targetId === null ? outside : 'debit';
  const { first, isFree, kept, column, value, answer } = detailParts(sql, transfer, identity);
  const [row] = await sql<TransferRow[]>`
    WITH ${first}wallet AS (
      SELECT id, wallet_group FROM wallets WHERE id = ${walletId}
    ), target AS (
      SELECT id FROM wallets WHERE id = ${targetId}::bigint
    ), eligible AS (
      SELECT wallet.id AS wallet_id, wallet_group, target.id AS target_id, name AS currency
      FROM wallet CROSS JOIN currencies LEFT JOIN target ON true
      WHERE name = ${transfer.Currency} AND withdrawn_at IS NULL
        AND (${targetId}::bigint IS NULL OR target.id <> wallet.id) ${isFree}
    ), claimed AS (
      ${claimOf(sql, claim, sql`eligible`, transactionPayload(identity))}
    )${kept(sql`eligible, claimed`)}, operation AS (
      INSERT INTO pending_operations
        (wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, correlation_id${column})
      SELECT wallet_id, wallet_group, ${identity.transactionId}::uuid, ${leg}::operation_leg, target_id,
        ${transfer.Amount}, currency, ${storedCorrelation(sql, identity.correlationId, sql`${identity.transactionId}::uuid`)}${value}
      FROM eligible, claimed
      RETURNING id
    )
    SELECT (SELECT wallet_group FROM wallet) AS group, EXISTS (SELECT FROM target) AS "targetExists",
      EXISTS (SELECT FROM eligible) AS "isEligible", (SELECT id FROM operation) AS "operationId"${answer}`;
  return resultOf(transfer, known(row, 'result of a transfer'), identity);
}

/** A receipt has no target. */
export function walletsOf(transfer: Receipt | Transfer) {
  return 'WalletId' in transfer
    ? { walletId: transfer.WalletId, targetId: null }
    : { walletId: transfer.OriginWalletId, targetId: transfer.TargetWalletId };
}

export const sameWallet = (): Result<never> =>
  refused('same_wallet', 'OriginWalletId and TargetWalletId must be two different wallets');

/** What became of a receipt or a transfer: accepted, or why not. */
export function resultOf(
  transfer: Receipt | Transfer,
  row: TransferRow,
  identity: Pick<Identity, 'transactionId' | 'correlationId'>,
): Recording<Accepted> {
  const { walletId, targetId } = walletsOf(transfer);
  if (walletId === targetId) return sameWallet();
  if (row.group !== null && targetId !== null && !row.targetExists) return noWallet(targetId);
  return accepted(walletId, row, transfer.Currency, identity);
}
