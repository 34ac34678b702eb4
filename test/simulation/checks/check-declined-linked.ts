import { show } from './check-legs.ts';
import { failedOf } from './check-linked.ts';
import { brokenBy, countSpent, isRightlyDeclined, rulesAt } from './check-rules.ts';
import { convert, type PossibleRates, signOf } from './conversions.ts';
import type { Journal, Operation, WalletState } from './journal.ts';
import { must } from './violation.ts';

/*
 * A linked transaction is declined for one leg, by what its wallets would have been after the legs before that one. The journal has
 * only that they were declined; so they are tried again here.
 */

interface Before {
  readonly wallet: WalletState;
  /** The most money that may have been due back to it at any time of the step. */
  readonly returnable: bigint;
}

/** The wallets of declined linked transactions, by transaction and wallet: as each was before. */
export type DeclinedLinked = Map<string, Map<bigint, Before>>;

/** Notes what a wallet is before the first of its legs is declined. */
export function noteBefore(
  declined: DeclinedLinked,
  { transactionId, walletId }: Operation,
  wallet: WalletState,
  returnable: bigint,
): void {
  const wallets = declined.get(transactionId) ?? new Map<bigint, Before>();
  declined.set(transactionId, wallets);
  if (!wallets.has(walletId)) wallets.set(walletId, { wallet: copyOf(wallet), returnable });
}

const copyOf = (wallet: WalletState): WalletState => ({
  ...wallet,
  rules: { ...wallet.rules, spent: new Map(wallet.rules.spent) },
});

/** Checks that each transaction's legs could be settled up to the one that failed, and that one could not, for its reason. */
export function checkDeclinedLinked(journal: Journal, declined: DeclinedLinked, rates: PossibleRates): void {
  for (const [transactionId, wallets] of declined) {
    const legs = journal.byTransaction.get(transactionId) ?? [];
    const failed = failedOf(legs);
    const tried = failed === undefined ? [] : legs.slice(0, legs.indexOf(failed));
    must(
      failed !== undefined &&
        assignments([...tried, failed], wallets, rates).some((assigned) => {
          const states = new Map([...wallets].map(([id, before]) => [id, copyOf(before.wallet)]));
          const trial = { states, wallets, rates, assigned };
          return tried.every((leg) => couldSettle(trial, leg)) && hadToFail(trial, failed);
        }),
      'a linked transaction is declined for the first leg that fails',
      () => `${legs.map(show).join(' ')} ${[...wallets.values()].map(show).join(' ')}`,
    );
  }
}

/** A rate for each currency. */
type Assigned = ReadonlyMap<string, bigint>;

/** The rates that legs may have been settled at: all legs at the same ones. */
function assignments(
  legs: readonly Operation[],
  wallets: ReadonlyMap<bigint, Before>,
  rates: PossibleRates,
): readonly Assigned[] {
  const names = new Set(
    legs.flatMap(({ currency, walletId }) => [currency, wallets.get(walletId)?.wallet.currency ?? '']),
  );
  return [...names].reduce<readonly Assigned[]>(
    (found, name) =>
      found.flatMap((one) =>
        [...(rates.get(name)?.rates ?? [])].map((rate) => new Map([...one, [name, rate]])),
      ),
    [new Map()],
  );
}

interface Trial {
  /** As the legs tried so far left them. */
  readonly states: ReadonlyMap<bigint, WalletState>;
  readonly wallets: ReadonlyMap<bigint, Before>;
  readonly rates: PossibleRates;
  readonly assigned: Assigned;
}

/** What a leg comes to in its wallet's currency; undefined if that is less than a millionth. */
function amountOf({ assigned }: Trial, leg: Operation, wallet: WalletState): bigint | undefined {
  const [from, to] = [assigned.get(leg.currency) ?? 0n, assigned.get(wallet.currency) ?? 1n];
  return leg.amount * from < to ? undefined : convert(leg.amount, from, to, signOf(leg));
}

/** Whether a leg could succeed; if so, it is done. */
function couldSettle(trial: Trial, leg: Operation): boolean {
  const wallet = trial.states.get(leg.walletId);
  if (wallet === undefined) return false;
  const amount = amountOf(trial, leg, wallet);
  const areAllowed = [leg.currency, wallet.currency].every((name) => trial.rates.get(name)?.allowed);
  if (amount === undefined || !areAllowed || brokenBy(wallet, leg, amount) !== undefined) return false;
  countSpent(wallet, leg, amount);
  wallet.balance += signOf(leg) * amount;
  const { creditLimit } = rulesAt(wallet, leg);
  return signOf(leg) > 0n || wallet.balance + creditLimit >= wallet.held;
}

/** Whether a leg could not succeed, for the reason that it has. */
function hadToFail(trial: Trial, leg: Operation): boolean {
  const wallet = trial.states.get(leg.walletId);
  if (wallet === undefined) return false;
  const amount = amountOf(trial, leg, wallet);
  const returnable = trial.wallets.get(leg.walletId)?.returnable ?? 0n;
  const isRight = isRightlyDeclined(wallet, leg, amount === undefined ? [] : [amount], returnable);
  if (isRight !== undefined) return isRight;
  if (leg.reason === 'amount_too_small') return amount === undefined;
  return (
    leg.reason === 'currency_not_allowed' &&
    [leg.currency, wallet.currency].some((name) => trial.rates.get(name)?.withdrawn)
  );
}
