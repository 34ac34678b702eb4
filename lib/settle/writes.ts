import type { Fragment } from 'postgres';
import type { Decision, WalletState } from '../ledger/decide.ts';
import { chainHash } from '../ledger/hash-chain.ts';
import type { HoldState } from '../ledger/hold.ts';
import { known } from '../ledger/known.ts';
import { isListed, type NewLeg } from '../ledger/leg.ts';
import { correlationOf, storedCorrelation } from '../postgres/correlation.ts';
import type { Tx } from '../postgres/database.ts';
import { numberedRows, rows } from '../postgres/rows.ts';
import type { ChainHead } from './locks.ts';
import type { LoadedOperation } from './reads.ts';
import type { SettledOperation } from './settled-events.ts';

/** An operation with what was decided, and its place in its wallet's chain. */
export interface ChainedOperation extends SettledOperation {
  readonly createdAt: string;
  readonly position: bigint;
  readonly currencyRate: bigint | null;
  readonly walletRate: bigint | null;
  readonly hash: Buffer;
  /** Operations up to this one that are about holds alone. */
  readonly unlisted: bigint;
}

/** A leg that was recorded. */
export interface MadeLeg {
  readonly id: bigint;
  readonly walletId: bigint;
  readonly group: number;
  readonly transactionId: string;
  readonly correlationId: string;
}

/**
 * Gives each decision its position in its wallet's chain, and the hash that follows from the previous one.
 *
 * @param heads the end of each wallet's chain; advanced to its last decision
 */
export function chain(
  heads: Map<bigint, ChainHead>,
  operations: readonly LoadedOperation[],
  decisions: readonly Decision[],
  processedAt: string,
): ChainedOperation[] {
  return decisions.map((decision, index) => {
    const operation = known(operations[index], 'operation of a decision');
    const head = known(heads.get(operation.walletId), `chain of wallet ${operation.walletId}`);
    const position = head.chainLength + 1n;
    const unlisted = isListed(operation.leg) ? head.unlisted : head.unlisted + 1n;
    const isSuccess = decision.status === 'success';
    // One spread alone: with a second one, V8 copies each field by its name, which takes as long as the hash.
    const settled = {
      ...operation,
      status: decision.status,
      reason: isSuccess ? operation.reason : decision.reason,
      walletAmount: isSuccess ? decision.walletAmount : null,
      balanceAfter: isSuccess ? decision.balanceAfter : null,
      currencyRate: isSuccess ? decision.currencyRate : null,
      walletRate: isSuccess ? decision.walletRate : null,
      available: isSuccess ? null : decision.available,
      holdStatus: (isSuccess && decision.hold?.status) || null,
      position,
      processedAt,
      unlisted,
      hash: NO_HASH,
    };
    settled.hash = chainHash(head.chainHead, settled);
    heads.set(operation.walletId, { chainLength: position, chainHead: settled.hash, unlisted });
    return settled;
  });
}

/** Stands for a hash until it is made. */
const NO_HASH: Buffer = Buffer.alloc(0);

/** Moves operations, each of which must still be pending, to the journal with what was decided. */
export async function moveToJournal(
  tx: Tx,
  operations: readonly ChainedOperation[],
  settledAt: string,
): Promise<void> {
  // Only what was declined for a limit or for lack of money tells what was left: in most slices nothing.
  const tellsLeft = operations.some(({ available }) => available !== null);
  const decided = rows(tx, 'decided', operations, {
    ...(tellsLeft ? { available: ['bigint', ({ available }) => available] as const } : {}),
    wallet_id: ['bigint', ({ walletId }) => walletId],
    id: ['bigint', ({ id }) => id],
    status: ['text', ({ status }) => status],
    reason: ['text', ({ reason }) => reason],
    wallet_amount: ['bigint', ({ walletAmount }) => walletAmount],
    balance_after: ['bigint', ({ balanceAfter }) => balanceAfter],
    currency_rate: ['numeric', ({ currencyRate }) => currencyRate],
    wallet_rate: ['numeric', ({ walletRate }) => walletRate],
    position: ['bigint', ({ position }) => position],
    unlisted: ['bigint', ({ unlisted }) => (unlisted === 0n ? null : unlisted)],
    hash: ['text', ({ hash }) => hash.toString('hex')],
  });
  const left = tellsLeft ? tx`decided.available` : tx`NULL::bigint`;
  const { count } = await tx`
    WITH moved AS (
      DELETE FROM pending_operations AS pending USING ${decided}
      WHERE pending.wallet_id = ANY (ARRAY[decided.wallet_id]) AND pending.id = ANY (ARRAY[decided.id])
      RETURNING pending.*, decided.status, decided.reason AS settled_reason, decided.wallet_amount, decided.balance_after,
        decided.currency_rate, decided.wallet_rate, ${left} AS available, decided.position, decided.unlisted, decided.hash
    )
    INSERT INTO operations (wallet_id, position, id, counterparty_id, amount, origin_amount, wallet_amount, balance_after,
      unlisted, created_at, processed_at, leg, status, reason, transaction_id, refund_of, hold_id, currency,
      origin_currency, currency_rate, wallet_rate, available, hash, correlation_id, has_details, number, linked_legs)
    SELECT wallet_id, position, id, counterparty_id, amount, origin_amount, wallet_amount, balance_after,
      unlisted, created_at, ${settledAt}::timestamptz, leg, status::operation_status,
      settled_reason::decline_reason, transaction_id, refund_of, hold_id, currency,
      origin_currency, currency_rate, wallet_rate, available, decode(hash, 'hex'), correlation_id, has_details, number,
      linked_legs
    FROM moved`;
  if (count !== operations.length) throw new Error(`settled ${count} operations of ${operations.length}`);
}

/** Writes wallets with their new chain heads. */
export async function updateWallets(
  tx: Tx,
  wallets: readonly WalletState[],
  heads: ReadonlyMap<bigint, ChainHead>,
  settledAt: string,
): Promise<void> {
  const headOf = (id: bigint) => known(heads.get(id), `chain of wallet ${id}`);
  const settled = rows(tx, 'settled', wallets, {
    id: ['bigint', ({ id }) => id],
    balance: ['bigint', ({ balance }) => balance],
    held: ['bigint', ({ held }) => held],
    returnable: ['bigint', ({ returnable }) => returnable],
    chain_length: ['bigint', ({ id }) => headOf(id).chainLength],
    unlisted: ['bigint', ({ id }) => headOf(id).unlisted],
    chain_head: ['text', ({ id }) => Buffer.from(headOf(id).chainHead).toString('hex')],
  });
  const { count } = await tx`
    UPDATE wallets SET balance = settled.balance, held = settled.held, returnable = settled.returnable,
      chain_length = settled.chain_length, chain_head = decode(settled.chain_head, 'hex'), unlisted = settled.unlisted,
      booked_at = CASE WHEN settled.chain_length > wallets.chain_length THEN ${settledAt}::timestamptz ELSE booked_at END
    FROM ${settled}
    WHERE wallets.id = ANY (ARRAY[settled.id])`;
  if (count !== wallets.length) throw new Error(`updated ${count} wallets of ${wallets.length}`);
}

/**
 * Writes what became of holds.
 *
 * @param placed the position of each hold's first operation, if it was settled just now
 */
export async function updateHolds(
  tx: Tx,
  holds: readonly HoldState[],
  placed: ReadonlyMap<string, bigint>,
): Promise<void> {
  if (holds.length === 0) return;
  const settled = rows(tx, 'settled', holds, {
    id: ['uuid', ({ id }) => id],
    status: ['hold_status', ({ status }) => status],
    position: ['bigint', ({ id }) => placed.get(id) ?? null],
    wallet_amount: ['bigint', ({ walletAmount }) => walletAmount],
    currency_rate: ['numeric', ({ currencyRate }) => currencyRate],
    wallet_rate: ['numeric', ({ walletRate }) => walletRate],
    captured: ['bigint', ({ captured }) => captured],
    captured_wallet: ['bigint', ({ capturedWallet }) => capturedWallet],
  });
  await tx`
    UPDATE holds SET status = settled.status, position = coalesce(settled.position, holds.position),
      wallet_amount = settled.wallet_amount, currency_rate = settled.currency_rate, wallet_rate = settled.wallet_rate,
      captured = settled.captured, captured_wallet = settled.captured_wallet
    FROM ${settled}
    WHERE holds.id = ANY (ARRAY[settled.id])`;
}

/**
 * Records the legs that follow, in the order of the decisions.
 *
 * @param one of the layout
 */
export async function insertLegs(tx: Tx, decisions: readonly Decision[], one: Fragment): Promise<MadeLeg[]> {
  const legs = decisions.map(({ next }) => next).filter((leg): leg is NewLeg => leg !== null);
  if (legs.length === 0) return [];
  const made = numberedRows(tx, 'made', legs, {
    transaction_id: ['uuid', ({ transactionId }) => transactionId],
    leg: ['text', ({ leg }) => leg],
    wallet_id: ['bigint', ({ walletId }) => walletId],
    counterparty_id: ['bigint', ({ counterpartyId }) => counterpartyId],
    amount: ['bigint', ({ amount }) => amount],
    currency: ['text', ({ currency }) => currency],
    origin_amount: ['bigint', ({ originAmount }) => originAmount],
    origin_currency: ['text', ({ originCurrency }) => originCurrency],
    reason: ['text', ({ reason }) => reason],
    refund_of: ['uuid', ({ refundOf }) => refundOf],
    correlation_id: ['text', ({ correlationId }) => correlationId],
    has_details: ['boolean', ({ hasDetails }) => String(hasDetails)],
  });
  const recorded = await tx<MadeLeg[]>`
    INSERT INTO pending_operations (wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency,
      origin_amount, origin_currency, reason, refund_of, correlation_id, has_details)
    SELECT wallet_id, wallet_group, transaction_id, leg::operation_leg, counterparty_id, amount, currency,
      origin_amount, origin_currency, reason::decline_reason, refund_of,
      ${storedCorrelation(tx, tx`correlation_id`, tx`transaction_id`)}, has_details
    FROM ${made} CROSS JOIN LATERAL (SELECT wallet_group FROM wallets WHERE id = wallet_id ${one}) AS wallet
    ORDER BY number
    RETURNING id, wallet_id AS "walletId", wallet_group AS group, transaction_id AS "transactionId",
      ${correlationOf(tx)} AS "correlationId"`;
  if (recorded.length !== legs.length) throw new Error(`recorded ${recorded.length} legs of ${legs.length}`);
  return recorded;
}
