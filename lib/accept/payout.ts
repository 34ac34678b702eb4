import type { HoldStatus, PayoutLeg } from '../ledger/leg.ts';
import { storedCorrelation } from '../postgres/correlation.ts';
import type { Statements, Tx } from '../postgres/database.ts';
import type { Claim } from '../postgres/idempotency.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { type Accepted, type Identity, type Recording, recorded, transactionPayload } from './accepted.ts';
import { recordHold } from './hold.ts';
import { acceptTransfer, type Receipt } from './transfer.ts';

export interface Payout extends Receipt {
  /** Whether it is only held, until it is confirmed or cancelled. */
  readonly Confirm: boolean;
}

/** What ends a payout that is held: it was paid, or it is not going to be. */
export type PayoutAnswer = Extract<PayoutLeg, 'payout' | 'payout_cancel'>;

/**
 * Records a payout as a pending operation, together with the idempotency key; or that its money is held, which time never
 * ends: the money may be on its way.
 *
 * @returns a refusal if the wallet or the currency is unknown, or the reference was given before; nothing is recorded then
 */
export async function acceptPayout(
  sql: Statements,
  { Confirm, ...payout }: Payout,
  identity: Identity,
  claim?: Claim,
): Promise<Recording<Accepted>> {
  if (!Confirm) return await acceptTransfer(sql, payout, identity, claim, 'payout');
  const hold = { ...payout, OverCapture: 0n, ExpiresInSeconds: null };
  return await recordHold(sql, hold, identity, claim, transactionPayload(identity), 'payout');
}

interface HeldPayout {
  /** As the database writes it, however the caller did. */
  readonly id: string;
  readonly walletId: bigint;
  readonly group: number;
  readonly status: HoldStatus;
  readonly answer: PayoutAnswer | null;
}

/**
 * Records the confirmation or the cancellation of a payout as a pending operation of its transaction. The first one counts:
 * it is noted in the hold itself, so that of several at once only one is recorded.
 *
 * @param identity of the payout, with this request's correlation id
 * @returns a refusal if the payout is unknown, or not held, or was confirmed or cancelled before
 */
export async function acceptAnswer(
  tx: Tx,
  answer: PayoutAnswer,
  identity: Pick<Identity, 'transactionId' | 'correlationId'>,
): Promise<Result<Accepted>> {
  const { transactionId, correlationId } = identity;
  const [held] = await tx<HeldPayout[]>`
    SELECT holds.id, wallet_id AS "walletId", wallet_group AS group, status, answer
    FROM holds JOIN wallets ON wallets.id = wallet_id
    WHERE holds.id = ${transactionId}::uuid AND kind = 'payout'`;
  if (held === undefined) return await whyNotHeld(tx, transactionId);
  const { id, walletId, group } = held;
  const answered = await tx`
    UPDATE holds SET answer = ${answer}::operation_leg
    WHERE id = ${transactionId}::uuid AND wallet_id = ${walletId} AND status = 'active' AND answer IS NULL`;
  if (answered.count === 0) return refused('payout_not_pending', whyNotPending(held));
  const [operation] = await tx<{ id: bigint }[]>`
    INSERT INTO pending_operations (wallet_id, wallet_group, transaction_id, leg, amount, currency, hold_id, correlation_id,
      has_details)
    SELECT wallet_id, ${group}::integer, id, answer, amount, currency, id, ${storedCorrelation(tx, correlationId, tx`id`)},
      EXISTS (SELECT FROM transaction_details WHERE transaction_id = holds.id)
    FROM holds WHERE id = ${transactionId}::uuid AND wallet_id = ${walletId} RETURNING id`;
  if (operation === undefined) throw new Error(`payout ${transactionId} is gone`);
  return ok(recorded(walletId, group, operation.id, { transactionId: id, correlationId }));
}

/** Why there is no such payout. */
async function whyNotHeld(tx: Tx, transactionId: string): Promise<Result<never>> {
  const legs = await tx`SELECT leg FROM legs WHERE transaction_id = ${transactionId}::uuid LIMIT 1`;
  return legs.length === 0
    ? refused('transaction_not_found', `no transaction with id: ${transactionId}`)
    : refused('payout_not_pending', 'only a payout that was sent with "Confirm": true waits for an answer');
}

/** By what was known before: another answer may have come at the same moment. */
function whyNotPending({ status, answer }: HeldPayout): string {
  if (status === 'new') return 'the payout is not held yet: wait until its Status is processing';
  if (status === 'declined') return 'the payout was declined: nothing is held';
  const done = answer === 'payout_cancel' || status === 'released' ? 'cancelled' : 'confirmed';
  return answer === null && status === 'active'
    ? 'the payout was confirmed or cancelled just now'
    : `the payout was ${done} before`;
}
