import { loadRates } from './currencies.ts';
import { array, type Tx } from './db.ts';
import type { StagedEvent } from './outbox.ts';
import { stageEvents } from './outbox.ts';
import {
  type Decision,
  decide,
  type NewLeg,
  type PendingOperation,
  type Settlement,
  type WalletState,
} from './settle.ts';

/** The most operations settled in one transaction: enough to spread its cost, few enough to end in well under a second. */
const MAX_OPERATIONS = 1_000;

/** The most wallets taken besides the messages' own: what MAX_OPERATIONS can use. */
const MAX_COMPANIONS = 500;

/** Pending operations looked at for companions: bounds the search where a backlog is long. */
const COMPANION_SCAN = 4_000;

/** Which wallets one transaction settles. */
export interface Work {
  /** Wallets that messages named: waited for. */
  readonly walletIds: readonly bigint[];
  /** The group whose other wallets with pending work are taken along if nobody holds them; null for none. */
  readonly group: number | null;
}

/** What one transaction settled, and what is to follow its commit. */
export interface Settled {
  readonly succeeded: number;
  readonly declined: number;
  /** The legs it made, with their ids. */
  readonly legs: readonly {
    readonly id: bigint;
    readonly walletId: bigint;
    readonly correlationId: string;
  }[];
  readonly eventIds: readonly bigint[];
  /** Whether pending operations of these wallets may be left. */
  readonly isFull: boolean;
}

/**
 * Settles pending operations of the wallets, in id order, at most {@link MAX_OPERATIONS}: one statement each for
 * operations, wallets, new legs and events, whatever their number.
 *
 * @param tx a transaction; row locks keep other processors off the same wallets until it ends
 */
export async function settlePending(tx: Tx, work: Work): Promise<Settled> {
  const wallets = await lockWallets(tx, work);
  const operations = await loadPending(tx, wallets);
  if (operations.length === 0) return { succeeded: 0, declined: 0, legs: [], eventIds: [], isFull: false };
  const rates = await loadRates(tx);
  let settlement = decide(wallets, operations, rates);
  if (settlement.inexact.length > 0) {
    settlement = decide(await withExactReturnable(tx, wallets, settlement.inexact), operations, rates);
  }
  await settleOperations(tx, settlement.decisions);
  await updateWallets(tx, settlement);
  const legs = await insertLegs(tx, settlement.decisions);
  const debits = await debitsOfReturns(tx, operations);
  const eventIds = await stageEvents(
    tx,
    settlement.decisions.flatMap((decision) => eventOf(decision, debits)),
  );
  const succeeded = settlement.decisions.filter(({ status }) => status === 'success').length;
  return {
    succeeded,
    declined: settlement.decisions.length - succeeded,
    legs,
    eventIds,
    isFull: operations.length === MAX_OPERATIONS,
  };
}

/**
 * Locks wallets in id order, so that no two processors can wait for each other: the messages' own first, waiting;
 * then companions, passing over those that someone holds.
 */
async function lockWallets(tx: Tx, { walletIds, group }: Work): Promise<WalletState[]> {
  const own = await tx<WalletState[]>`
    SELECT id, currency, balance, returnable, false AS exact FROM wallets
    WHERE id = ANY (${array(walletIds)}::bigint[]) ORDER BY id FOR NO KEY UPDATE`;
  if (group === null) return own;
  const companions = await tx<WalletState[]>`
    SELECT id, currency, balance, returnable, false AS exact FROM wallets
    WHERE wallet_group = ${group} AND id <> ALL (${array(walletIds)}::bigint[]) AND id IN (
      SELECT wallet_id FROM (
        SELECT wallet_id FROM operations WHERE status = 'new' ORDER BY wallet_id, id LIMIT ${COMPANION_SCAN}
      ) AS pending)
    ORDER BY id LIMIT ${MAX_COMPANIONS} FOR NO KEY UPDATE SKIP LOCKED`;
  return [...own, ...companions];
}

async function loadPending(tx: Tx, wallets: readonly WalletState[]): Promise<PendingOperation[]> {
  if (wallets.length === 0) return [];
  return await tx<PendingOperation[]>`
    SELECT id, transaction_id AS "transactionId", leg, wallet_id AS "walletId", counterparty_id AS "counterpartyId",
      amount, currency, origin_amount AS "originAmount", origin_currency AS "originCurrency", reason,
      correlation_id AS "correlationId"
    FROM operations
    WHERE wallet_id = ANY (${array(wallets.map(({ id }) => id))}::bigint[]) AND status = 'new'
    ORDER BY id LIMIT ${MAX_OPERATIONS}`;
}

/** What may still come back to these wallets, added up from the journal. Only they can add to it, and they are locked. */
async function withExactReturnable(
  tx: Tx,
  wallets: readonly WalletState[],
  ids: readonly bigint[],
): Promise<WalletState[]> {
  const rows = await tx<{ id: bigint; returnable: bigint }[]>`
    SELECT id, coalesce((
      SELECT sum(CASE leg WHEN 'credit' THEN origin_amount ELSE amount END) FROM operations
      WHERE status = 'new' AND (leg = 'credit' AND counterparty_id = ids.id OR leg = 'return' AND wallet_id = ids.id)
    ), 0) AS returnable
    FROM unnest(${array(ids)}::bigint[]) AS ids(id)`;
  const exact = new Map(rows.map(({ id, returnable }) => [id, returnable]));
  return wallets.map((wallet) => {
    const returnable = exact.get(wallet.id);
    return returnable === undefined ? wallet : { ...wallet, returnable, exact: true };
  });
}

async function settleOperations(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const successes = decisions.map((decision) => (decision.status === 'success' ? decision : null));
  const { count } = await tx`
    UPDATE operations SET status = decided.status::operation_status,
      reason = coalesce(decided.reason::decline_reason, operations.reason),
      wallet_amount = decided.wallet_amount, balance_after = decided.balance_after,
      currency_rate = decided.currency_rate, wallet_rate = decided.wallet_rate, processed_at = now()
    FROM unnest(
      ${array(decisions.map(({ operation }) => operation.id))}::bigint[],
      ${array(decisions.map(({ status }) => status))}::text[],
      ${array(decisions.map((decision) => (decision.status === 'decline' ? decision.reason : null)))}::text[],
      ${array(successes.map((success) => success?.walletAmount ?? null))}::bigint[],
      ${array(successes.map((success) => success?.balanceAfter ?? null))}::bigint[],
      ${array(successes.map((success) => success?.currencyRate ?? null))}::numeric[],
      ${array(successes.map((success) => success?.walletRate ?? null))}::numeric[]
    ) AS decided(id, status, reason, wallet_amount, balance_after, currency_rate, wallet_rate)
    WHERE operations.id = decided.id AND operations.status = 'new'`;
  if (count !== decisions.length) throw new Error(`settled ${count} operations of ${decisions.length}`);
}

async function updateWallets(tx: Tx, { wallets }: Settlement): Promise<void> {
  if (wallets.length === 0) return;
  const { count } = await tx`
    UPDATE wallets SET balance = settled.balance, returnable = settled.returnable
    FROM unnest(
      ${array(wallets.map(({ id }) => id))}::bigint[],
      ${array(wallets.map(({ balance }) => balance))}::bigint[],
      ${array(wallets.map(({ returnable }) => returnable))}::bigint[]
    ) AS settled(id, balance, returnable)
    WHERE wallets.id = settled.id`;
  if (count !== wallets.length) throw new Error(`updated ${count} wallets of ${wallets.length}`);
}

async function insertLegs(tx: Tx, decisions: readonly Decision[]): Promise<Settled['legs']> {
  const legs = decisions.map(({ next }) => next).filter((leg): leg is NewLeg => leg !== null);
  if (legs.length === 0) return [];
  return await tx<Settled['legs'][number][]>`
    INSERT INTO operations (transaction_id, leg, wallet_id, counterparty_id, amount, currency, origin_amount,
      origin_currency, reason, correlation_id)
    SELECT transaction_id, leg::operation_leg, wallet_id, counterparty_id, amount, currency, origin_amount,
      origin_currency, reason::decline_reason, correlation_id
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
      ${array(legs.map(({ correlationId }) => correlationId))}::text[]
    ) WITH ORDINALITY AS leg(transaction_id, leg, wallet_id, counterparty_id, amount, currency, origin_amount,
      origin_currency, reason, correlation_id, position)
    ORDER BY position
    RETURNING id, wallet_id AS "walletId", correlation_id AS "correlationId"`;
}

/** What the caller of a transfer named: an event tells that, also where the money came back. */
type Named = Pick<PendingOperation, 'amount' | 'currency'>;

/** The debits, by transaction, that these operations' returns undo: of the same wallet, so of this group. */
async function debitsOfReturns(tx: Tx, operations: readonly PendingOperation[]): Promise<Map<string, Named>> {
  const ids = operations.filter(({ leg }) => leg === 'return').map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Map();
  const rows = await tx<(Named & { id: string })[]>`
    SELECT transaction_id AS id, amount, currency FROM operations
    WHERE transaction_id = ANY (${array(ids)}::uuid[]) AND leg = 'debit'`;
  return new Map(rows.map((row) => [row.id, row]));
}

/** The event of a decision that ends its transaction; none where another leg follows. */
function eventOf(decision: Decision, debits: ReadonlyMap<string, Named>): StagedEvent[] {
  const { operation, next } = decision;
  if (next !== null) return [];
  const named = debits.get(operation.transactionId) ?? operation;
  const isOrigin = operation.leg === 'debit' || operation.leg === 'return';
  const target = isOrigin ? operation.counterpartyId : operation.walletId;
  const origin = isOrigin ? operation.walletId : operation.counterpartyId;
  const detail = {
    Version: 1 as const,
    CorrelationId: operation.correlationId,
    TransactionId: operation.transactionId,
    Kind: operation.leg === 'receipt' ? ('receipt' as const) : ('transfer' as const),
    Amount: named.amount.toString(),
    Currency: named.currency,
    ...(origin === null ? {} : { OriginWalletId: origin.toString() }),
    TargetWalletId: String(target),
  };
  const reason = decision.status === 'decline' ? decision.reason : operation.reason;
  if (reason !== null) return [{ type: 'TransactionDeclined', detail: { ...detail, Reason: reason } }];
  if (decision.status === 'decline')
    throw new Error(`operation ${operation.id} was declined without a reason`);
  const TargetAmount = decision.walletAmount.toString();
  const TargetBalance = decision.balanceAfter.toString();
  return [{ type: 'TransactionSucceeded', detail: { ...detail, TargetAmount, TargetBalance } }];
}
