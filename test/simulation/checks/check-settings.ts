import { type Asked, bindsKey, describe, type Told } from '../world/clients.ts';
import { show } from './check-legs.ts';
import type { Possible, PossibleRates } from './check-money.ts';
import type { CurrencyRow, Journal } from './journal.ts';
import { must } from './violation.ts';

/** A request that was to set rates. */
interface RatesAttempt {
  readonly rates: ReadonlyMap<string, bigint>;
  readonly outcome: Told['outcome'];
}

/** What may have changed currencies in a step. */
export interface CurrencyChanges {
  readonly attempts: RatesAttempt[];
  /** Withdrawn behind the handlers' back. */
  readonly withdrawn: Set<string>;
}

/** Checks that currencies changed as they were told to, and says which rates may have applied meanwhile. */
export function checkRates(
  before: ReadonlyMap<string, CurrencyRow>,
  after: ReadonlyMap<string, CurrencyRow>,
  { attempts, withdrawn }: CurrencyChanges,
): PossibleRates {
  const serious = attempts.filter(({ outcome }) => outcome !== 'refused');
  const possible = new Map<string, Possible>();
  for (const [name, row] of after) {
    const was = before.get(name);
    const given = serious.flatMap(({ rates }) => rates.get(name) ?? []);
    const rates = new Set([...(was === undefined ? [] : [was.rate]), ...given]);
    must(rates.has(row.rate), 'rates change by requests alone', () => `${show(was)} became ${show(row)}`);
    must(
      row.allowed === was?.allowed || (row.allowed ? given.length > 0 : withdrawn.has(name)),
      'a currency is withdrawn and given again by requests alone',
      () => `${show(was)} became ${show(row)}`,
    );
    possible.set(name, {
      rates,
      allowed: (was?.allowed ?? false) || row.allowed || given.length > 0,
      withdrawn: was?.allowed === false || !row.allowed || withdrawn.has(name),
    });
  }
  const [only] = serious;
  if (serious.length === 1 && only !== undefined && withdrawn.size === 0) checkWhole(only, before, after);
  return possible;
}

/** Rates of one request are set together or not at all. */
function checkWhole(
  { rates, outcome }: RatesAttempt,
  before: ReadonlyMap<string, CurrencyRow>,
  after: ReadonlyMap<string, CurrencyRow>,
): void {
  const names = [...rates.keys()];
  const isSet = names.every((name) => after.get(name)?.rate === rates.get(name) && after.get(name)?.allowed);
  const isLeft = names.every((name) => show(after.get(name)) === show(before.get(name)));
  must(
    isSet || (isLeft && outcome === 'unknown'),
    'rates of one request are set together or not at all',
    () => `${outcome}: ${[...rates].join(' ')} over ${show(names.map((name) => before.get(name)))}`,
  );
}

/** Checks that each wallet that is new was asked for, and that each that was promised is there. */
export function checkNewWallets(journal: Journal, asked: readonly Asked[]): void {
  const byName = Map.groupBy(journal.wallets, ([, { name }]) => name);
  for (const one of asked) {
    const { Name, Currency } = JSON.parse(one.prepared.body) as { Name: string; Currency: string };
    const made = byName.get(Name) ?? [];
    const told = one.sendings.flatMap((sending) => sending.told ?? []);
    const promised = new Set(told.filter(({ outcome }) => outcome === 'accepted').flatMap(({ ids }) => ids));
    const unknown = told.filter(({ outcome }) => outcome === 'unknown').length;
    const isBound = one.key !== undefined && told.some(bindsKey);
    const runs = one.key === undefined ? unknown : isBound ? 0 : Math.min(1, unknown);
    const words = () => `${describe(one)} was told ${show(told)}; there are ${show(made.map(([id]) => id))}`;
    must(
      [...promised].every((id) => made.some(([made]) => made.toString() === id)),
      'a wallet that was promised is there',
      words,
    );
    must(made.length <= promised.size + runs, 'no wallet is made twice, or for a refused request', words);
    must(
      made.every(([, { currency }]) => currency === Currency),
      'a wallet has the currency asked for',
      words,
    );
  }
}
