import type { Changes, Journal, Operation } from './journal.ts';
import { isLinked, isTerminal, isWaiting } from './journal.ts';
import { must } from './violation.ts';

/** The legs that a request or the relay records, mostly first of their transactions; the others follow from them. */
const FIRST_LEGS = new Set([
  'receipt',
  'debit',
  'payout',
  'capture',
  'part_capture',
  'hold',
  'payout_hold',
  'payout_cancel',
  'release',
  'expiry',
]);

/** Whether an operation ends a payout that was held, as the second leg of its transaction. */
const isAnswer = ({ leg, holdId }: Operation): boolean =>
  leg === 'payout_cancel' || (leg === 'payout' && holdId !== null);

export const isFirstLeg = ({ leg, number }: Operation): boolean =>
  FIRST_LEGS.has(leg) ||
  (number === 1 && (leg === 'linked_receipt' || leg === 'linked_debit' || leg === 'linked_payout'));

/** Whether a request or the relay recorded an operation, rather than whoever settled another one. */
export const isRecorded = (operation: Operation): boolean => isFirstLeg(operation) || isLinked(operation);

/** Adds new and settled operations to the journal, and checks that the legs of each transaction fit together. */
export function checkLegs(journal: Journal, { inserted, settled }: Changes): void {
  for (const operation of inserted) insert(journal, operation);
  for (const operation of settled) replace(journal, operation);
  const touched = new Set([...inserted, ...settled].map(({ transactionId }) => transactionId));
  for (const id of touched) checkTransaction(journal.byTransaction.get(id) ?? []);
}

function insert(journal: Journal, operation: Operation): void {
  const legs = journal.byTransaction.get(operation.transactionId) ?? [];
  must(!isTerminal(legs), 'a transaction that ended stays ended', () => show(operation));
  if (legs.length === 0) {
    const isFirst = isFirstLeg(operation) && !isAnswer(operation);
    must(isFirst, 'a transaction begins with a first leg', () => show(operation));
  } else {
    const isNext = isAnswer(operation) ? isWaiting(legs) : !isFirstLeg(operation);
    must(isNext, 'a transaction has one first leg, and a payout that is held one answer', () =>
      show(operation),
    );
  }
  journal.byTransaction.set(operation.transactionId, [...legs, operation]);
  journal.operations.set(operation.id, operation);
  if (operation.status === 'new') journal.pending.set(operation.id, operation);
}

function replace(journal: Journal, operation: Operation): void {
  const before = journal.operations.get(operation.id);
  must(
    before?.status === 'new' && sameButOutcome(before, operation),
    'settling changes only the outcome of an operation',
    () => `${show(before)} became ${show(operation)}`,
  );
  const legs = journal.byTransaction.get(operation.transactionId) ?? [];
  journal.byTransaction.set(
    operation.transactionId,
    legs.map((leg) => (leg.id === operation.id ? operation : leg)),
  );
  journal.operations.set(operation.id, operation);
  journal.pending.delete(operation.id);
}

function sameButOutcome(a: Operation, b: Operation): boolean {
  const fixed = (operation: Operation) => ({
    ...operation,
    status: null,
    reason: operation.leg === 'return' ? operation.reason : null,
    walletAmount: null,
    balanceAfter: null,
    currencyRate: null,
    walletRate: null,
    available: null,
    position: null,
    hash: null,
    processedAt: null,
    unlisted: null,
    writtenBy: null,
  });
  return show(fixed(a)) === show(fixed(b));
}

function checkTransaction(legs: readonly Operation[]): void {
  const [first, second, third] = legs;
  if (first === undefined) return;
  // See checkLinked.
  if (isLinked(first)) return;
  if (first.leg === 'payout_hold') {
    checkHeldPayout(first, second, third);
    return;
  }
  const isTransfer = first.leg === 'debit' || first.leg === 'capture' || first.leg === 'part_capture';
  const needsCredit = isTransfer && first.status === 'success';
  must(
    (second !== undefined) === needsCredit,
    'a debit that succeeded, and no other leg, is followed by a credit in the same commit',
    () => legs.map(show).join(' '),
  );
  if (second === undefined) return;
  must(
    second.leg === 'credit' &&
      second.walletId === first.counterpartyId &&
      second.counterpartyId === first.walletId &&
      second.amount === first.amount &&
      second.currency === first.currency &&
      second.originAmount === first.walletAmount &&
      second.refundOf === first.refundOf &&
      second.correlationId === first.correlationId,
    'a credit has the amount and currency that the caller named',
    () => `${show(first)} then ${show(second)}`,
  );
  must(
    (third !== undefined) === (second.status === 'decline'),
    'a declined credit, and no other, is followed by a return in the same commit',
    () => legs.map(show).join(' '),
  );
  if (third === undefined) return;
  must(
    legs.length === 3 &&
      third.leg === 'return' &&
      third.walletId === first.walletId &&
      third.counterpartyId === second.walletId &&
      third.amount === first.walletAmount &&
      third.currency === second.originCurrency &&
      third.reason === second.reason,
    'a return gives back exactly what was taken',
    () => legs.map(show).join(' '),
  );
}

function checkHeldPayout(
  first: Operation,
  second: Operation | undefined,
  third: Operation | undefined,
): void {
  if (second === undefined) return;
  const { walletId, holdId, amount, currency } = first;
  must(
    third === undefined &&
      isAnswer(second) &&
      second.status !== 'decline' &&
      show({ ...second, walletId, holdId, amount, currency }) === show(second),
    'a payout that is held ends as its first answer says',
    () => `${show(first)} then ${show(second)} ${show(third)}`,
  );
}

/** An operation as text for a message, without its null fields and its hash. */
export function show(operation: object | undefined): string {
  const fields = Object.entries(operation ?? {}).filter(([name, value]) => value !== null && name !== 'hash');
  return JSON.stringify(Object.fromEntries(fields), (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
