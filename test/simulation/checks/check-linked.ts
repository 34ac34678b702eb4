import { show } from './check-legs.ts';
import { type Changes, isLinked, type Journal, type Operation } from './journal.ts';
import { must } from './violation.ts';

/** The leg for which a linked transaction was declined, if it was. */
export const failedOf = (legs: readonly Operation[]): Operation | undefined =>
  legs.find((leg) => isLinked(leg) && leg.status === 'decline' && leg.reason !== 'linked_declined');

/** Checks that the legs of each linked transaction fit together, and are settled together: all of them, or none. */
export function checkLinked(journal: Journal, { inserted, settled }: Changes): void {
  const touched = new Set(
    [...inserted, ...settled].filter(isLinked).map(({ transactionId }) => transactionId),
  );
  for (const id of touched) {
    const legs = journal.byTransaction.get(id) ?? [];
    checkTransfers(legs);
    checkOutcome(legs);
  }
}

function checkTransfers(legs: readonly Operation[]): void {
  const details = () => legs.map(show).join(' ');
  must(
    legs.every(({ linkedLegs }) => linkedLegs === legs.length),
    'a linked transaction is recorded with all of its legs',
    details,
  );
  const [first] = legs;
  must(
    legs.every(
      (leg) =>
        leg.correlationId === first?.correlationId &&
        leg.refundOf === first.refundOf &&
        leg.createdAt === first.createdAt &&
        leg.holdId === null &&
        leg.originAmount === null,
    ),
    'the legs of a linked transaction are of one request',
    details,
  );
  const transfers = [...Map.groupBy(legs, ({ number }) => number)];
  must(
    transfers.every(([number, ends], index) => number === index + 1 && isTransfer(ends)),
    'each transfer of a linked transaction takes from one wallet what it brings to the other',
    details,
  );
}

/** Whether legs are one transfer, or one receipt or payout, which has no other wallet. */
function isTransfer([out, into, third]: readonly Operation[]): boolean {
  if (out === undefined || third !== undefined) return false;
  if (into === undefined)
    return (out.leg === 'linked_receipt' || out.leg === 'linked_payout') && out.counterpartyId === null;
  return (
    out.leg === 'linked_debit' &&
    into.leg === 'linked_credit' &&
    out.walletId === into.counterpartyId &&
    out.counterpartyId === into.walletId &&
    out.amount === into.amount &&
    out.currency === into.currency
  );
}

function checkOutcome(legs: readonly Operation[]): void {
  const details = () => legs.map(show).join(' ');
  const [first] = legs;
  must(
    legs.every(({ status }) => status === first?.status),
    'all legs of a linked transaction succeed, or none does',
    details,
  );
  must(
    legs.every(
      ({ processedAt, writtenBy }) => processedAt === first?.processedAt && writtenBy === first.writtenBy,
    ),
    'the legs of a linked transaction are settled together',
    details,
  );
  if (first?.status !== 'decline') return;
  const others = legs.filter(({ reason }) => reason === 'linked_declined');
  must(
    others.length === legs.length - 1 && others.every(({ available }) => available === null),
    'one leg of a declined linked transaction says why, and the others that it was declined',
    details,
  );
  must(
    legs.every(({ walletAmount, balanceAfter }) => walletAmount === null && balanceAfter === null),
    'a linked transaction that is declined moves nothing',
    details,
  );
}
