import type { Decision, HoldState, WalletState } from '../ledger/decide.ts';
import { chainHash } from '../ledger/hash-chain.ts';
import { known } from '../ledger/known.ts';
import type { NewLeg } from '../ledger/leg.ts';
import { array, type Statements } from '../postgres/database.ts';
import type { ChainHead, LoadedOperation } from './reads.ts';

/** A decision with its place in its wallet's chain. */
interface Chained {
  readonly decision: Decision;
  readonly position: bigint;
  readonly hash: Buffer;
}

/** A leg as it was recorded. */
export interface MadeLeg {
  readonly id: bigint;
  readonly walletId: bigint;
  readonly correlationId: string;
}

/**
 * Gives each decision its position in its wallet's chain, and the hash that follows from the one before.
 *
 * @param heads by wallet; moved on to the last of the decisions
 */
export function chain(
  heads: Map<bigint, ChainHead>,
  operations: readonly LoadedOperation[],
  decisions: readonly Decision[],
  processedAt: string,
): Chained[] {
  return decisions.map((decision, index) => {
    const operation = known(operations[index], 'operation of a decision');
    const head = known(heads.get(operation.walletId), `chain of wallet ${operation.walletId}`);
    const position = head.chainLength + 1n;
    const isSuccess = decision.status === 'success';
    const hash = chainHash(head.chainHead, {
      ...operation,
      position,
      processedAt,
      status: decision.status,
      reason: isSuccess ? operation.reason : decision.reason,
      walletAmount: isSuccess ? decision.walletAmount : null,
      balanceAfter: isSuccess ? decision.balanceAfter : null,
      currencyRate: isSuccess ? decision.currencyRate : null,
      walletRate: isSuccess ? decision.walletRate : null,
    });
    heads.set(operation.walletId, { chainLength: position, chainHead: hash });
    return { decision, position, hash };
  });
}

/** Writes what became of operations, each of which must still be pending. */
export async function writeDecisions(
  tx: Statements,
  sealed: readonly Chained[],
  settledAt: string,
): Promise<void> {
  const decisions = sealed.map(({ decision }) => decision);
  const successes = decisions.map((decision) => (decision.status === 'success' ? decision : null));
  const { count } = await tx`
    UPDATE operations SET status = decided.status::operation_status,
      reason = coalesce(decided.reason::decline_reason, operations.reason),
      wallet_amount = decided.wallet_amount, balance_after = decided.balance_after,
      currency_rate = decided.currency_rate, wallet_rate = decided.wallet_rate,
      position = decided.position, hash = decode(decided.hash, 'hex'), processed_at = ${settledAt}::timestamptz
    FROM unnest(
      ${array(decisions.map(({ operation }) => operation.id))}::bigint[],
      ${array(decisions.map(({ status }) => status))}::text[],
      ${array(decisions.map((decision) => (decision.status === 'decline' ? decision.reason : null)))}::text[],
      ${array(successes.map((success) => success?.walletAmount ?? null))}::bigint[],
      ${array(successes.map((success) => success?.balanceAfter ?? null))}::bigint[],
      ${array(successes.map((success) => success?.currencyRate ?? null))}::numeric[],
      ${array(successes.map((success) => success?.walletRate ?? null))}::numeric[],
      ${array(sealed.map(({ position }) => position))}::bigint[],
      ${array(sealed.map(({ hash }) => hash.toString('hex')))}::text[]
    ) AS decided(id, status, reason, wallet_amount, balance_after, currency_rate, wallet_rate, position, hash)
    WHERE operations.id = decided.id AND operations.status = 'new'`;
  if (count !== decisions.length) throw new Error(`settled ${count} operations of ${decisions.length}`);
}

/** Writes wallets with their new chain heads. */
export async function updateWallets(
  tx: Statements,
  wallets: readonly WalletState[],
  heads: ReadonlyMap<bigint, ChainHead>,
): Promise<void> {
  const headOf = (id: bigint) => known(heads.get(id), `chain of wallet ${id}`);
  const { count } = await tx`
    UPDATE wallets SET balance = settled.balance, held = settled.held, returnable = settled.returnable,
      chain_length = settled.chain_length, chain_head = decode(settled.chain_head, 'hex')
    FROM unnest(
      ${array(wallets.map(({ id }) => id))}::bigint[],
      ${array(wallets.map(({ balance }) => balance))}::bigint[],
      ${array(wallets.map(({ held }) => held))}::bigint[],
      ${array(wallets.map(({ returnable }) => returnable))}::bigint[],
      ${array(wallets.map(({ id }) => headOf(id).chainLength))}::bigint[],
      ${array(wallets.map(({ id }) => Buffer.from(headOf(id).chainHead).toString('hex')))}::text[]
    ) AS settled(id, balance, held, returnable, chain_length, chain_head)
    WHERE wallets.id = settled.id`;
  if (count !== wallets.length) throw new Error(`updated ${count} wallets of ${wallets.length}`);
}

/** Writes what became of holds. */
export async function updateHolds(tx: Statements, holds: readonly HoldState[]): Promise<void> {
  if (holds.length === 0) return;
  await tx`
    UPDATE holds SET status = settled.status::hold_status
    FROM unnest(${array(holds.map(({ id }) => id))}::uuid[], ${array(holds.map(({ status }) => status))}::text[])
      AS settled(id, status)
    WHERE holds.id = settled.id`;
}

/** Records the legs that follow, in the order of the decisions. */
export async function insertLegs(tx: Statements, decisions: readonly Decision[]): Promise<MadeLeg[]> {
  const legs = decisions.map(({ next }) => next).filter((leg): leg is NewLeg => leg !== null);
  if (legs.length === 0) return [];
  return await tx<MadeLeg[]>`
    INSERT INTO operations (transaction_id, leg, wallet_id, counterparty_id, amount, currency, origin_amount,
      origin_currency, reason, refund_of, correlation_id)
    SELECT transaction_id, leg::operation_leg, wallet_id, counterparty_id, amount, currency, origin_amount,
      origin_currency, reason::decline_reason, refund_of, correlation_id
    FROM unnest(
      ${array(legs.map(({ transactionId }) => transactionId))}::uuid[],
      ${array(legs.map(({ leg }) => leg))}::text[],
      ${array(legs.map(({ walletId }) => walletId))}::bigint[],
      ${array(legs.map(({ counterpartyId }) => counterpartyId))}::bigint[],
      ${array(legs.map(({ amount }) => amount))}::bigint[],
      ${array(legs.map(({ currency }) => currency))}::text[],
      ${array(legs.map(({ originAmount }) => originAmount))}::bigint[],
      ${array(legs.map(({ originCurrency }) => originCurrency))}::text[],
      ${array(legs.map(({ reason }) => reason))}::text[],
      ${array(legs.map(({ refundOf }) => refundOf))}::uuid[],
      ${array(legs.map(({ correlationId }) => correlationId))}::text[]
    ) WITH ORDINALITY AS leg(transaction_id, leg, wallet_id, counterparty_id, amount, currency, origin_amount,
      origin_currency, reason, refund_of, correlation_id, number)
    ORDER BY number
    RETURNING id, wallet_id AS "walletId", correlation_id AS "correlationId"`;
}
