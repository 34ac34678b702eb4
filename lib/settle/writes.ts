import type { Decision, HoldState, WalletState } from '../ledger/decide.ts';
import { chainHash } from '../ledger/hash-chain.ts';
import { known } from '../ledger/known.ts';
import type { NewLeg } from '../ledger/leg.ts';
import type { Tx } from '../postgres/database.ts';
import { numberedRows, rows } from '../postgres/rows.ts';
import type { ChainHead, LoadedOperation } from './reads.ts';

/** A decision with its place in its wallet's chain. */
interface Chained {
  readonly decision: Decision;
  readonly position: bigint;
  readonly hash: Buffer;
}

/** A leg that was recorded. */
export interface MadeLeg {
  readonly id: bigint;
  readonly walletId: bigint;
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

/** Writes decisions to their operations, each of which must still be pending. */
export async function writeDecisions(tx: Tx, chained: readonly Chained[], settledAt: string): Promise<void> {
  const decided = rows(tx, 'decided', chained, {
    id: ['bigint', ({ decision }) => decision.operation.id],
    status: ['text', ({ decision }) => decision.status],
    reason: ['text', ({ decision }) => (decision.status === 'decline' ? decision.reason : null)],
    wallet_amount: [
      'bigint',
      ({ decision }) => (decision.status === 'success' ? decision.walletAmount : null),
    ],
    balance_after: [
      'bigint',
      ({ decision }) => (decision.status === 'success' ? decision.balanceAfter : null),
    ],
    currency_rate: [
      'numeric',
      ({ decision }) => (decision.status === 'success' ? decision.currencyRate : null),
    ],
    wallet_rate: ['numeric', ({ decision }) => (decision.status === 'success' ? decision.walletRate : null)],
    position: ['bigint', ({ position }) => position],
    hash: ['text', ({ hash }) => hash.toString('hex')],
  });
  const { count } = await tx`
    UPDATE operations SET status = decided.status::operation_status,
      reason = coalesce(decided.reason::decline_reason, operations.reason),
      wallet_amount = decided.wallet_amount, balance_after = decided.balance_after,
      currency_rate = decided.currency_rate, wallet_rate = decided.wallet_rate,
      position = decided.position, hash = decode(decided.hash, 'hex'), processed_at = ${settledAt}::timestamptz
    FROM ${decided}
    WHERE operations.id = decided.id AND operations.status = 'new'`;
  if (count !== chained.length) throw new Error(`settled ${count} operations of ${chained.length}`);
}

/** Writes wallets with their new chain heads. */
export async function updateWallets(
  tx: Tx,
  wallets: readonly WalletState[],
  heads: ReadonlyMap<bigint, ChainHead>,
): Promise<void> {
  const headOf = (id: bigint) => known(heads.get(id), `chain of wallet ${id}`);
  const settled = rows(tx, 'settled', wallets, {
    id: ['bigint', ({ id }) => id],
    balance: ['bigint', ({ balance }) => balance],
    held: ['bigint', ({ held }) => held],
    returnable: ['bigint', ({ returnable }) => returnable],
    chain_length: ['bigint', ({ id }) => headOf(id).chainLength],
    chain_head: ['text', ({ id }) => Buffer.from(headOf(id).chainHead).toString('hex')],
  });
  const { count } = await tx`
    UPDATE wallets SET balance = settled.balance, held = settled.held, returnable = settled.returnable,
      chain_length = settled.chain_length, chain_head = decode(settled.chain_head, 'hex')
    FROM ${settled}
    WHERE wallets.id = settled.id`;
  if (count !== wallets.length) throw new Error(`updated ${count} wallets of ${wallets.length}`);
}

/** Writes the new statuses of holds. */
export async function updateHolds(tx: Tx, holds: readonly HoldState[]): Promise<void> {
  if (holds.length === 0) return;
  const settled = rows(tx, 'settled', holds, {
    id: ['uuid', ({ id }) => id],
    status: ['text', ({ status }) => status],
  });
  await tx`
    UPDATE holds SET status = settled.status::hold_status FROM ${settled}
    WHERE holds.id = settled.id`;
}

/** Records the legs that follow, in the order of the decisions. */
export async function insertLegs(tx: Tx, decisions: readonly Decision[]): Promise<MadeLeg[]> {
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
  });
  return await tx<MadeLeg[]>`
    INSERT INTO operations (transaction_id, leg, wallet_id, counterparty_id, amount, currency, origin_amount,
      origin_currency, reason, refund_of, correlation_id)
    SELECT transaction_id, leg::operation_leg, wallet_id, counterparty_id, amount, currency, origin_amount,
      origin_currency, reason::decline_reason, refund_of, correlation_id
    FROM ${made} ORDER BY number
    RETURNING id, wallet_id AS "walletId", correlation_id AS "correlationId"`;
}
