import type { FirstRow } from '../details/record.ts';
import { known } from '../ledger/known.ts';
import { deduplicationId, type WakeUp, type WakeUpQueue } from '../messaging/wake-ups.ts';
import type { Sql } from '../postgres/database.ts';
import { TAKEN } from '../postgres/idempotency.ts';
import { currencyNotAllowed, noWallet, ok, type Result, referenceTaken } from '../wire/refusal.ts';

/** What identifies a new operation: both come from outside, so that a test can replay them. */
export interface Identity {
  readonly transactionId: string;
  readonly correlationId: string;
  /** Within whose requests a reference is unique. */
  readonly owner: string;
}

/** An operation that is recorded: from here on it is never lost. */
export interface Accepted {
  readonly transactionId: string;
  readonly wakeUp: WakeUp;
}

/** What identifies a recorded operation, and the message that wakes the processor for it. */
export function recorded(
  walletId: bigint,
  group: number,
  operationId: bigint,
  identity: Pick<Identity, 'transactionId' | 'correlationId'>,
): Accepted {
  const { transactionId, correlationId } = identity;
  const wakeUp = {
    walletId,
    group,
    deduplicationId: deduplicationId('operation', operationId),
    correlationId,
  };
  return { transactionId, wakeUp };
}

/** What the statement that records an operation answers. */
export interface RecordedRow extends FirstRow {
  /** Null if the wallet is unknown. */
  readonly group: number | null;
  /** Whether nothing stands against it but, where nothing was recorded, its idempotency key. */
  readonly isEligible: boolean;
  /** Null if nothing was recorded. */
  readonly operationId: bigint | null;
}

/** What a statement that claims an idempotency key answers: a result, or that the key is taken. */
export type Recording<T> = Result<T> | typeof TAKEN;

/**
 * What a statement recorded, or why it did not.
 *
 * @param currency of the amount
 * @returns a refusal if the wallet is unknown, the reference was given before, or it is not eligible: the currency is not allowed
 */
export function accepted(
  walletId: bigint,
  { group, firstId, isEligible, operationId }: RecordedRow,
  currency: string,
  identity: Pick<Identity, 'transactionId' | 'correlationId'>,
): Recording<Accepted> {
  if (group === null) return noWallet(walletId);
  if (firstId) return referenceTaken({ FirstTransactionId: firstId });
  if (!isEligible) return currencyNotAllowed(currency);
  if (operationId === null) return TAKEN;
  return ok(recorded(walletId, group, operationId, identity));
}

/** What a function needs to record operations. */
export interface OperationDeps {
  readonly sql: Sql;
  readonly queue: WakeUpQueue;
}

/** Where a new operation's identity comes from: a request's context. */
export interface NewIdentity {
  readonly correlationId: string;
  readonly newId: () => string;
  readonly owner: string;
}

/** A new transaction's identity. */
export const identityOf = ({ newId, correlationId, owner }: NewIdentity): Identity => ({
  transactionId: newId(),
  correlationId,
  owner,
});

/** The payload of the reply to a recorded operation. */
export const transactionPayload = ({ transactionId }: Pick<Identity, 'transactionId'>) => ({
  TransactionId: transactionId,
});

/** The payload of the reply to a hold. */
export const holdPayload = ({ transactionId }: Pick<Identity, 'transactionId'>) => ({
  HoldId: transactionId,
});

/** The transaction that the payload of a reply to a recorded operation is about: a hold has the id of its own. */
type Payload = Partial<ReturnType<typeof transactionPayload> & ReturnType<typeof holdPayload>>;

/** What is waited for once an operation is recorded: its transaction, with the wallet of its first leg if it was just now. */
export function awaits(payload: unknown, recordedNow: Accepted | undefined) {
  const { TransactionId, HoldId } = payload as Payload;
  const transactionId = known(TransactionId ?? HoldId, 'id in the reply to an operation');
  return { transactionId, walletId: recordedNow?.wakeUp.walletId };
}

/** What all recorded operations have in common: the reply, and the message that wakes the processor. */
export const operationReply = {
  payload: transactionPayload,
  afterCommit: ({ queue }: OperationDeps, { wakeUp }: Accepted) => queue.wake([wakeUp]),
};
