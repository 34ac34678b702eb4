import { chainHash } from '../../../lib/ledger/hash-chain.ts';
import { checkDeclinedLinked, type DeclinedLinked, noteBefore } from './check-declined-linked.ts';
import { checkSettledOfHolds, type HoldsBefore } from './check-holds.ts';
import { show } from './check-legs.ts';
import { checkAllowed, isRightlyDeclined, rulesAt } from './check-rules.ts';
import { convert, type PossibleRates, signOf } from './conversions.ts';
import { captures, declineHold, dueOf, holdOf, keptBy, overOf, places, settleHold } from './hold-money.ts';
import { type Changes, isLinked, type Journal, type Operation, type WalletState } from './journal.ts';
import { must } from './violation.ts';

const MAX_AMOUNT = 9_223_372_036_854_775_807n;

/** Legs in the wallet's own currency, which are not converted and settle even if it is withdrawn. */
const RATELESS = new Set(['return', 'release', 'expiry', 'payout_cancel']);

/** Applies the settled operations to each wallet in the order of their positions, and checks each. */
export function checkMoney(
  journal: Journal,
  { inserted, settled }: Changes,
  rates: PossibleRates,
  holds: HoldsBefore,
): void {
  const before = new Map([...journal.wallets].map(([id, { inTransit }]) => [id, inTransit]));
  for (const operation of inserted) noteTransit(journal, operation);
  const declined: DeclinedLinked = new Map();
  const done = [...inserted, ...settled].filter(({ status }) => status !== 'new');
  for (const [walletId, operations] of Map.groupBy(done, (operation) => operation.walletId)) {
    const wallet = walletOf(journal, walletId);
    const ordered = operations.sort((a, b) => Number((a.position ?? 0n) - (b.position ?? 0n)));
    const taken = ordered.reduce(
      (sum, { leg, walletAmount }) =>
        sum + (leg === 'debit' || captures({ leg }) ? (walletAmount ?? 0n) : 0n),
      before.get(walletId) ?? 0n,
    );
    for (const operation of ordered) {
      checkSettledOfHolds(journal, holds, operation);
      // Declined legs have their reason from all wallets of their transaction, which are looked at below.
      if (isLinked(operation) && operation.status === 'decline')
        noteBefore(declined, operation, wallet, taken);
      applySettled(journal, wallet, operation, rates, taken);
    }
  }
  checkDeclinedLinked(journal, declined, rates);
}

function walletOf(journal: Journal, id: bigint | null): WalletState {
  const wallet = journal.wallets.get(id ?? 0n);
  must(wallet !== undefined, 'each operation belongs to an existing wallet', () => String(id));
  return wallet;
}

/** Adds a new leg to the money in transit, which would come back to its origin if declined. */
function noteTransit(
  journal: Journal,
  { leg, walletId, counterpartyId, amount, originAmount }: Operation,
): void {
  if (leg === 'credit') walletOf(journal, counterpartyId).inTransit += originAmount ?? 0n;
  if (leg === 'return') walletOf(journal, walletId).inTransit += amount;
}

/** @param returnable the most money that may have been due back to the wallet at any time of the step */
function applySettled(
  journal: Journal,
  wallet: WalletState,
  operation: Operation,
  rates: PossibleRates,
  returnable: bigint,
): void {
  checkLink(wallet, operation);
  if (operation.leg === 'credit')
    walletOf(journal, operation.counterpartyId).inTransit -= operation.originAmount ?? 0n;
  if (operation.leg === 'return') wallet.inTransit -= operation.amount;
  if (operation.status === 'success') checkSuccess(journal, wallet, operation, rates);
  else if (!isLinked(operation)) checkDecline(journal, wallet, operation, rates, returnable);
}

function checkLink(wallet: WalletState, operation: Operation): void {
  must(
    operation.position === wallet.position + 1n,
    'the settled operations of a wallet are numbered without a gap',
    () => `after ${wallet.position} comes ${show(operation)}`,
  );
  const processedAt = operation.processedAt ?? '';
  must(
    comparable(processedAt) >= comparable(wallet.processedAt),
    "a wallet's settlement times never go backwards",
    () => `after ${wallet.processedAt} comes ${show(operation)}`,
  );
  const writtenBy = operation.writtenBy ?? '';
  must(
    (comparable(processedAt) === comparable(wallet.processedAt)) === (writtenBy === wallet.writtenBy),
    "a wallet's operations have one time where they were settled together, and only there",
    () => `after ${wallet.processedAt} of ${wallet.writtenBy} comes ${show(operation)}`,
  );
  if (signOf(operation) === 0n) wallet.unlisted += 1n;
  must(
    (operation.unlisted ?? 0n) === wallet.unlisted,
    'each settled operation counts those before it that no report lists',
    () => `${wallet.unlisted} expected: ${show(operation)}`,
  );
  const hash = chainHash(wallet.head, operation as Parameters<typeof chainHash>[1]);
  must(operation.hash?.equals(hash) ?? false, 'the chain of hashes is whole', () => show(operation));
  wallet.position += 1n;
  wallet.head = hash;
  wallet.processedAt = processedAt;
  wallet.writtenBy = writtenBy;
}

/** RFC 3339 with six decimals of the second, so that texts sort by time. */
function comparable(time: string): string {
  const [whole = '', fraction = ''] = time.replace('Z', '').split('.');
  return `${whole}.${fraction.padEnd(6, '0')}`;
}

function checkSuccess(
  journal: Journal,
  wallet: WalletState,
  operation: Operation,
  rates: PossibleRates,
): void {
  const { leg, amount, currency } = operation;
  const walletAmount = operation.walletAmount ?? 0n;
  const currencyRate = operation.currencyRate ?? 0n;
  const walletRate = operation.walletRate ?? 0n;
  const [from, to] = [rates.get(currency), rates.get(wallet.currency)];
  must(
    isSettledHold(operation) || ((from?.rates.has(currencyRate) && to?.rates.has(walletRate)) ?? false),
    'the applied rates were valid at the time',
    () => show(operation),
  );
  must(
    RATELESS.has(leg) || isHeldPayout(operation) || ((from?.allowed && to?.allowed) ?? false),
    'a withdrawn currency settles nothing',
    () => show(operation),
  );
  const sign = signOf(operation);
  const isOwn = leg === 'return';
  const expected = expectedOf(journal, operation);
  must(
    isOwn || RATELESS.has(leg) || amount * currencyRate >= walletRate,
    'nothing is settled that is worth less than a millionth',
    () => show(operation),
  );
  must(
    walletAmount === expected &&
      (walletAmount > 0n || (walletAmount === 0n && (leg === 'release' || leg === 'expiry'))) &&
      (!isOwn || currency === wallet.currency),
    'credits are rounded down, debits up',
    () => `${expected} expected: ${show(operation)}`,
  );
  checkAllowed(wallet, operation);
  wallet.balance += sign * walletAmount;
  must(operation.balanceAfter === wallet.balance, 'each balance follows from the previous one', () => {
    return `${wallet.balance} expected: ${show(operation)}`;
  });
  const { creditLimit } = rulesAt(wallet, operation);
  if (operation.holdId !== null) settleHold(journal, wallet, operation);
  must(
    wallet.balance + creditLimit >= wallet.held && wallet.balance + creditLimit <= MAX_AMOUNT,
    'no balance is below its credit, held twice or over the limit',
    () => `${show(wallet)} after ${show(operation)}`,
  );
}

/** Whether an operation is about a hold that was placed before, whose rates it has. */
const isSettledHold = (operation: Operation): boolean => operation.holdId !== null && !places(operation);

/** Whether it pays what was held for it: whatever became of the currencies. */
const isHeldPayout = ({ leg, holdId }: Operation): boolean => leg === 'payout' && holdId !== null;

/** What an operation that succeeded had to move, reserve or give back. */
function expectedOf(journal: Journal, operation: Operation): bigint {
  const { leg, amount, currencyRate, walletRate } = operation;
  if (leg === 'return') return amount;
  if (isSettledHold(operation)) return dueOf(journal, operation);
  return convert(amount, currencyRate ?? 0n, walletRate ?? 1n, places(operation) ? -1n : signOf(operation));
}

function checkDecline(
  journal: Journal,
  wallet: WalletState,
  operation: Operation,
  rates: PossibleRates,
  returnable: bigint,
): void {
  const { reason } = operation;
  const [from, to] = [rates.get(operation.currency), rates.get(wallet.currency)];
  const { amounts, isDust } = isSettledHold(operation)
    ? needs(journal, operation)
    : conversions(operation, wallet, rates);
  const hold = holdOf(journal, operation);
  const isRight = {
    amount_too_small: isDust,
    currency_not_allowed: (from?.withdrawn || to?.withdrawn) ?? false,
    hold_not_active: isSettledHold(operation) && hold.status !== 'active',
    capture_exceeds_hold:
      captures(operation) && hold.captured + operation.amount > hold.amount + overOf(journal, operation),
  }[reason ?? ''];
  must(
    (isRightlyDeclined(wallet, operation, amounts, returnable) ?? isRight) === true,
    'a decline has the right reason',
    () => `${show(operation)}, ${show(wallet)}`,
  );
  declineHold(journal, operation);
}

/** What a capture needs beyond what its hold keeps back, and whether it is worth less than a millionth. */
function needs(journal: Journal, operation: Operation): ReturnType<typeof conversions> {
  const hold = holdOf(journal, operation);
  const isDust = operation.amount * hold.currencyRate < hold.walletRate;
  return { amounts: [dueOf(journal, operation) - keptBy(hold)], isDust };
}

/** The possible conversions of the amount, at the rates of the step, and whether it may be worth less than a millionth. */
function conversions(
  { leg, amount, currency }: Operation,
  wallet: WalletState,
  rates: PossibleRates,
): { readonly amounts: readonly bigint[]; readonly isDust: boolean } {
  const [from, to] = [rates.get(currency)?.rates ?? [], rates.get(wallet.currency)?.rates ?? []];
  const pairs = [...from].flatMap((rate) => [...to].map((other) => [rate, other] as const));
  const sign = places({ leg }) ? -1n : signOf({ leg });
  const isEnough = ([rate, other]: readonly [bigint, bigint]) => amount * rate >= other;
  return {
    amounts: pairs.filter(isEnough).map(([rate, other]) => convert(amount, rate, other, sign)),
    isDust: !pairs.every(isEnough),
  };
}
