import { hasDetails } from '../details/record.ts';
import { storedCorrelation } from '../postgres/correlation.ts';
import type { Tx } from '../postgres/database.ts';
import { numberedRows } from '../postgres/rows.ts';
import { ok, type Result } from '../wire/refusal.ts';
import type { Accepted, Identity, NewIdentity } from './accepted.ts';
import { type Entry, readEntry, resultsOf } from './batch.ts';
import { type Refund, type RefundRow, resultOf as resultOfRefund } from './refund.ts';
import { recordLinkedRefund } from './spread-linked.ts';
import { keepDetails, readCurrencies, readFirsts, readGroups } from './spread-reads.ts';
import { type Receipt, type Transfer, walletsOf } from './transfer.ts';

/*
 * What one statement does on one server, and a transaction of several on tables that are spread over servers by wallet: there,
 * no statement looks up a wallet for each row of a list, or hands on what it read of another server. What is read first can't
 * become wrong meanwhile: wallets and settled operations stay, and an operation may be recorded in a group which its wallet
 * just left.
 */

/** An entry that is not refused yet. */
type OpenEntry = Exclude<Entry, { readonly refused: Result<never> }>;

/**
 * Records many receipts and transfers as pending operations, in their order. Each is accepted or refused by itself.
 *
 * @param requested as that of acceptBatch
 * @param origin as that of acceptBatch
 * @returns a result for each entry, in order
 */
export async function acceptBatchSpread(
  tx: Tx,
  requested: readonly Result<Receipt | Transfer>[],
  origin: NewIdentity,
): Promise<Result<Result<Accepted>[]>> {
  const entries = requested.map((entry) => readEntry(entry, origin.newId));
  const open = entries.filter((entry): entry is OpenEntry => entry.refused === undefined);
  const references = open.flatMap(({ transfer: { Reference } }) =>
    Reference === undefined ? [] : [Reference],
  );
  const transfers = open.map(({ transfer }) => transfer);
  const [groups, currencies, firsts] = await Promise.all([
    readGroups(tx, transfers),
    readCurrencies(tx, transfers),
    readFirsts(tx, references, origin.owner),
  ]);
  const found = open.map((entry) => {
    const { walletId, targetId } = walletsOf(entry.transfer);
    const group = groups.get(walletId) ?? null;
    const targetExists = targetId !== null && groups.has(targetId);
    const hasTarget = targetId === null || targetExists;
    const isEligible = group !== null && hasTarget && currencies.has(entry.transfer.Currency);
    return { ...entry, group, targetExists, isEligible };
  });
  for (const {
    transactionId,
    isEligible,
    transfer: { Reference },
  } of found)
    if (isEligible && Reference !== undefined && !firsts.has(Reference)) firsts.set(Reference, transactionId);
  const judged = found.map((entry) => {
    const { Reference } = entry.transfer;
    const first = Reference === undefined ? undefined : firsts.get(Reference);
    return { ...entry, firstId: first === entry.transactionId ? null : (first ?? null) };
  });
  const eligible = judged.filter(({ isEligible, firstId }) => isEligible && firstId === null);
  const ids = await record(tx, eligible, origin);
  const rows = new Map(
    judged.map((row) => [row.transactionId, { ...row, operationId: ids.get(row.transactionId) ?? null }]),
  );
  const rowOf = (entry: Entry) => (entry.refused ? undefined : rows.get(entry.transactionId));
  return ok(resultsOf(entries, entries.map(rowOf), origin.correlationId));
}

/** @returns the operations' ids, by transaction */
async function record(
  tx: Tx,
  entries: readonly (OpenEntry & { readonly group: number | null })[],
  { correlationId, owner }: NewIdentity,
): Promise<Map<string, bigint>> {
  if (entries.length === 0) return new Map();
  await keepDetails(tx, entries, owner);
  const given = numberedRows(tx, 'given', entries, {
    transaction_id: ['uuid', ({ transactionId }) => transactionId],
    wallet_id: ['bigint', ({ transfer }) => walletsOf(transfer).walletId],
    wallet_group: ['integer', ({ group }) => group],
    target_id: ['bigint', ({ transfer }) => walletsOf(transfer).targetId],
    amount: ['bigint', ({ transfer }) => transfer.Amount],
    currency: ['text', ({ transfer }) => transfer.Currency],
    has_details: ['boolean', ({ transfer }) => String(hasDetails(transfer))],
  });
  const operations = await tx<{ id: bigint; transactionId: string }[]>`
    INSERT INTO pending_operations
      (wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, correlation_id,
      has_details)
    SELECT wallet_id, wallet_group, transaction_id,
      CASE WHEN target_id IS NULL THEN 'receipt'::operation_leg ELSE 'debit'::operation_leg END,
      target_id, amount, currency, ${storedCorrelation(tx, correlationId, tx`transaction_id`)}, has_details
    FROM ${given} ORDER BY number
    RETURNING id, transaction_id AS "transactionId"`;
  return new Map(operations.map(({ id, transactionId }) => [transactionId, id]));
}

/** The leg that brought the money which a refund gives back, and the current group of its wallet. */
interface Paid {
  readonly walletId: bigint;
  readonly group: number;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly leg: 'receipt' | 'credit' | 'linked_receipt' | 'linked_credit';
  readonly number: number;
}

/**
 * Records a refund as a pending operation of the wallet that got the money, and reserves the amount.
 *
 * @returns a refusal as acceptRefund does
 */
export async function acceptRefundSpread(
  tx: Tx,
  refund: Refund,
  identity: Identity,
): Promise<Result<Accepted>> {
  const legs = await tx<Paid[]>`
    SELECT wallet_id AS "walletId", wallet_group AS group, counterparty_id AS "counterpartyId", amount,
      operations.currency, leg, number
    FROM operations JOIN wallets ON wallets.id = wallet_id
    WHERE transaction_id = ${refund.TransactionId}::uuid AND leg IN ('receipt', 'credit', 'linked_receipt', 'linked_credit')
      AND status = 'success' AND refund_of IS NULL
    ORDER BY number DESC`;
  const [paid] = legs;
  const row =
    paid === undefined ? await notPaid(tx, refund) : await recordRefund(tx, refund, paid, legs, identity);
  return resultOfRefund(refund, row, identity);
}

/** What is known of a transaction that can't be refunded. */
async function notPaid(tx: Tx, { TransactionId }: Refund): Promise<RefundRow> {
  const legs = await tx`SELECT leg FROM legs WHERE transaction_id = ${TransactionId}::uuid`;
  return {
    isKnown: legs.length > 0,
    walletId: null,
    group: null,
    left: null,
    operationId: null,
    isLinked: false,
  };
}

async function recordRefund(
  tx: Tx,
  refund: Refund,
  { walletId, group, counterpartyId, amount: paid, currency, leg, number }: Paid,
  legs: readonly Paid[],
  { transactionId, correlationId, owner }: Identity,
): Promise<RefundRow> {
  const { TransactionId, Amount } = refund;
  const isLinked = number > 0;
  // A linked transaction is given back whole: as 1 of 1.
  const amount = isLinked ? 1n : paid;
  const of = { isKnown: true, walletId, group, isLinked };
  if (isLinked && refund.Amount !== undefined) return { ...of, left: null, operationId: null };
  const requested = Amount ?? null;
  const firsts = refund.Reference === undefined ? undefined : await readFirsts(tx, [refund.Reference], owner);
  const firstId = firsts?.get(refund.Reference ?? '') ?? null;
  if (firstId !== null) return { ...of, left: null, operationId: null, firstId };
  const [reserved] = await tx<{ latest: bigint }[]>`
    INSERT INTO refund_totals AS total (transaction_id, amount, refunded, latest)
    SELECT ${TransactionId}::uuid, ${amount}, given.amount, given.amount
    FROM (SELECT coalesce(${requested}, ${amount}) AS amount) AS given WHERE given.amount <= ${amount}
    ON CONFLICT (transaction_id) DO UPDATE
      SET refunded = total.refunded + coalesce(${requested}, total.amount - total.refunded),
        latest = coalesce(${requested}, total.amount - total.refunded)
      WHERE total.refunded < total.amount
        AND coalesce(${requested}, total.amount - total.refunded) <= total.amount - total.refunded
    RETURNING latest`;
  if (reserved === undefined) {
    const [total] = await tx<{ refunded: bigint }[]>`
      SELECT refunded FROM refund_totals WHERE transaction_id = ${TransactionId}::uuid`;
    return { ...of, left: amount - (total?.refunded ?? 0n), operationId: null };
  }
  if (isLinked) {
    const identity = { transactionId, correlationId, owner };
    return { ...of, left: null, operationId: await recordLinkedRefund(tx, refund, legs, identity) };
  }
  await keepDetails(tx, [{ transactionId, transfer: refund }], owner);
  const [operation] = await tx<{ id: bigint }[]>`
    INSERT INTO pending_operations
      (wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, refund_of, correlation_id,
      has_details)
    VALUES (${walletId}, ${group}, ${transactionId}::uuid, ${leg === 'receipt' ? 'payout' : 'debit'}, ${counterpartyId},
      ${reserved.latest}, ${currency}, ${TransactionId}::uuid,
      ${storedCorrelation(tx, correlationId, tx`${transactionId}::uuid`)}, ${hasDetails(refund)})
    RETURNING id`;
  return { ...of, left: null, operationId: operation?.id ?? null };
}
