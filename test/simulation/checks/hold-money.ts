import { show } from './check-legs.ts';
import type { HoldState, Journal, Operation, WalletState } from './journal.ts';
import { must } from './violation.ts';

/** Whether an operation reserves money for a hold, or for a payout that is held. */
export const places = ({ leg }: Pick<Operation, 'leg'>): boolean => leg === 'hold' || leg === 'payout_hold';

export const captures = ({ leg }: Pick<Operation, 'leg'>): boolean =>
  leg === 'capture' || leg === 'part_capture';

/** What a hold keeps back in its wallet's currency; independent of the code under test, as all here. */
export const keptBy = ({ status, placed, taken }: HoldState): bigint =>
  status === 'active' && placed > taken ? placed - taken : 0n;

const NEW = { status: 'new', placed: 0n, currencyRate: 0n, walletRate: 1n, captured: 0n, taken: 0n };

export const holdOf = ({ holds }: Journal, { holdId, walletId, amount, currency }: Operation): HoldState =>
  holds.get(holdId ?? '') ?? { ...NEW, walletId, amount, currency };

/** The whole of a hold's captures in its wallet's currency, rounded up once. */
const roundedUp = (amount: bigint, from: bigint, to: bigint): bigint => (amount * from + to - 1n) / to;

/** What an operation about a hold that was placed before has to take or to give back. */
export function dueOf(journal: Journal, operation: Operation): bigint {
  const hold = holdOf(journal, operation);
  const { currencyRate, walletRate, captured, taken } = hold;
  return captures(operation)
    ? roundedUp(captured + operation.amount, currencyRate, walletRate) - taken
    : keptBy(hold);
}

/** How much more than the amount may be captured of a hold. */
export const overOf = ({ overCaptures }: Journal, { holdId }: Pick<Operation, 'holdId'>): bigint =>
  overCaptures.get(holdId ?? '') ?? 0n;

const AFTER: Readonly<Record<string, string>> = {
  hold: 'active',
  payout_hold: 'active',
  part_capture: 'active',
  capture: 'captured',
  payout: 'captured',
  release: 'released',
  payout_cancel: 'released',
  expiry: 'expired',
};

/** Applies an operation that succeeded to its hold, and to what its wallet keeps back. */
export function settleHold(journal: Journal, wallet: WalletState, operation: Operation): void {
  const { leg, amount, walletId, currency } = operation;
  const hold = holdOf(journal, operation);
  const most = hold.amount + overOf(journal, operation);
  must(
    hold.walletId === walletId && hold.status === (places(operation) ? 'new' : 'active'),
    'a hold ends once, in one way',
    () => `${show(hold)} and then ${show(operation)}`,
  );
  must(
    currency === hold.currency &&
      (captures(operation) ? hold.captured + amount <= most : amount === hold.amount),
    'no more is captured than was held, with what was agreed beyond it',
    () => `${show(hold)} and then ${show(operation)}`,
  );
  const walletAmount = operation.walletAmount ?? 0n;
  const [currencyRate, walletRate] = [operation.currencyRate ?? 0n, operation.walletRate ?? 0n];
  must(
    places(operation) || (currencyRate === hold.currencyRate && walletRate === hold.walletRate),
    'a hold keeps the rates at which it was placed',
    () => `${show(hold)} and then ${show(operation)}`,
  );
  const before = keptBy(hold);
  const after = {
    ...hold,
    status: AFTER[leg] ?? '',
    ...(places(operation) ? { placed: walletAmount, currencyRate, walletRate } : {}),
    ...(captures(operation) ? { captured: hold.captured + amount, taken: hold.taken + walletAmount } : {}),
    ...(leg === 'payout' ? { captured: amount, taken: walletAmount } : {}),
  };
  if (leg === 'part_capture' && after.captured === most) after.status = 'captured';
  wallet.held += keptBy(after) - before;
  journal.holds.set(operation.holdId ?? '', after);
}

/** Notes that a hold was not placed. */
export function declineHold(journal: Journal, operation: Operation): void {
  if (places(operation))
    journal.holds.set(operation.holdId ?? '', { ...holdOf(journal, operation), status: 'declined' });
}
