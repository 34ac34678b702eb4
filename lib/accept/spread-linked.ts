import { hasDetails } from '../details/record.ts';
import { storedCorrelation } from '../postgres/correlation.ts';
import type { Tx } from '../postgres/database.ts';
import { TAKEN } from '../postgres/idempotency.ts';
import { rows } from '../postgres/rows.ts';
import type { Result } from '../wire/refusal.ts';
import type { Accepted, Identity } from './accepted.ts';
import { type Linked, type LinkedRow, readTransfers, resultOf } from './linked.ts';
import type { Refund } from './refund.ts';
import { keepDetails, readCurrencies, readFirsts, readGroups } from './spread-reads.ts';
import { type Receipt, type Transfer, walletsOf } from './transfer.ts';

/** A leg of a linked transaction, to be recorded. */
interface LegToRecord {
  /** Its place in the transaction's block of ids. */
  readonly place: number;
  readonly number: number;
  readonly leg: 'linked_debit' | 'linked_credit' | 'linked_receipt' | 'linked_payout';
  readonly walletId: bigint;
  readonly group: number;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
}

/**
 * Records a linked transaction on tables that are spread over several servers: as acceptLinked, by several statements of one
 * transaction.
 */
export async function acceptLinkedSpread(
  tx: Tx,
  linked: Linked,
  identity: Identity,
): Promise<Result<Accepted>> {
  const read = readTransfers(linked);
  if (!read.ok) return read;
  const transfers = read.value;
  const { Reference } = linked;
  const [groups, currencies, firsts] = await Promise.all([
    readGroups(tx, transfers),
    readCurrencies(tx, transfers),
    Reference === undefined ? new Map<string, string>() : readFirsts(tx, [Reference], identity.owner),
  ]);
  const judged = transfers.map((transfer) => {
    const { walletId, targetId } = walletsOf(transfer);
    const hasTarget = targetId === null || groups.has(targetId);
    return { hasWallet: groups.has(walletId), hasTarget, isAllowed: currencies.has(transfer.Currency) };
  });
  const wrong = judged.findIndex((each) => !each.hasWallet || !each.hasTarget || !each.isAllowed);
  const firstId = firsts.get(Reference ?? '') ?? null;
  const isEligible = wrong === -1 && firstId === null;
  const legs = isEligible ? legsToRecord(transfers.map(movedBy), 'linked_receipt', groups) : [];
  const row: LinkedRow = {
    number: wrong === -1 ? null : wrong + 1,
    hasWallet: judged[wrong]?.hasWallet ?? null,
    hasTarget: judged[wrong]?.hasTarget ?? null,
    firstId,
    group: legs[0]?.group ?? null,
    operationId: isEligible ? await recordLegs(tx, legs, linked, identity) : null,
  };
  const result = resultOf(linked, transfers, row, identity);
  if (result === TAKEN) throw new Error('a linked transaction that is eligible was not recorded');
  return result;
}

/** A transfer between two wallets, or money from outside or to it, which has no counterparty. */
interface Moved {
  readonly walletId: bigint;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
}

function movedBy(transfer: Receipt | Transfer): Moved {
  const { walletId, targetId: counterpartyId } = walletsOf(transfer);
  return { walletId, counterpartyId, amount: transfer.Amount, currency: transfer.Currency };
}

/**
 * The legs of a linked transaction, in the order of its transfers.
 *
 * @param outside the leg of what has no counterparty
 */
function legsToRecord(
  moved: readonly Moved[],
  outside: 'linked_receipt' | 'linked_payout',
  groups: ReadonlyMap<bigint, number>,
): LegToRecord[] {
  return moved.flatMap(({ walletId, counterpartyId, amount, currency }, index): LegToRecord[] => {
    const of = (id: bigint, other: bigint | null) => ({
      ...{ number: index + 1, amount, currency },
      ...{ walletId: id, counterpartyId: other, group: groups.get(id) ?? 1 },
    });
    if (counterpartyId === null) return [{ ...of(walletId, null), place: 2 * index, leg: outside }];
    return [
      { ...of(walletId, counterpartyId), place: 2 * index, leg: 'linked_debit' },
      { ...of(counterpartyId, walletId), place: 2 * index + 1, leg: 'linked_credit' },
    ];
  });
}

/** @returns the id of the first leg */
async function recordLegs(
  tx: Tx,
  legs: readonly LegToRecord[],
  details: Parameters<typeof hasDetails>[0],
  { transactionId, correlationId, owner }: Identity,
  refundOf: string | null = null,
): Promise<bigint> {
  await keepDetails(tx, [{ transactionId, transfer: details }], owner);
  const [block] = await tx<{ id: bigint }[]>`SELECT nextval('operation_ids') AS id`;
  if (block === undefined) throw new Error('a sequence has no next value');
  const made = rows(tx, 'made', legs, {
    id: ['bigint', ({ place }) => block.id + BigInt(place)],
    transfer: ['integer', (leg) => leg.number],
    leg: ['text', ({ leg }) => leg],
    wallet_id: ['bigint', ({ walletId }) => walletId],
    wallet_group: ['integer', ({ group }) => group],
    counterparty_id: ['bigint', ({ counterpartyId }) => counterpartyId],
    amount: ['bigint', ({ amount }) => amount],
    currency: ['text', ({ currency }) => currency],
  });
  await tx`
    INSERT INTO pending_operations (id, wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, refund_of,
      correlation_id, number, linked_legs, has_details)
    SELECT id, wallet_id, wallet_group, ${transactionId}::uuid, leg::operation_leg, counterparty_id, amount, currency,
      ${refundOf}::uuid, ${storedCorrelation(tx, correlationId, tx`${transactionId}::uuid`)}, transfer, ${legs.length}::smallint, ${hasDetails(details)}
    FROM ${made}`;
  return block.id;
}

/**
 * Records the refund of a linked transaction: its transfers in reverse, from the last one on.
 *
 * @param legs that brought money, the last transfer's first
 * @returns the id of the first leg
 */
export async function recordLinkedRefund(
  tx: Tx,
  refund: Refund,
  legs: readonly Moved[],
  identity: Identity,
): Promise<bigint> {
  const transfers = legs.map(({ walletId, counterpartyId, amount: Amount, currency: Currency }) => ({
    ...{ OriginWalletId: walletId, TargetWalletId: counterpartyId ?? walletId, Amount, Currency },
  }));
  const groups = await readGroups(tx, transfers);
  const made = legsToRecord(legs, 'linked_payout', groups);
  return await recordLegs(tx, made, refund, identity, refund.TransactionId);
}
