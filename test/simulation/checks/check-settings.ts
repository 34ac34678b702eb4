import { bindsKey, type ClientReply, type ClientRequest, describe } from '../world/clients.ts';
import { show } from './check-legs.ts';
import type { Possible, PossibleRates } from './conversions.ts';
import type { CurrencyRow, Journal } from './journal.ts';
import { must } from './violation.ts';

/** A request to set rates. */
interface RatesAttempt {
  readonly rates: ReadonlyMap<string, bigint>;
  readonly outcome: ClientReply['outcome'];
}

/** The possible causes of currency changes in a step. */
export interface CurrencyChanges {
  readonly attempts: RatesAttempt[];
  /** Currencies withdrawn directly in the database. */
  readonly withdrawn: Set<string>;
}

/** Checks that currencies changed only as requested, and returns the rates that may have applied during the step. */
export function checkRates(
  before: ReadonlyMap<string, CurrencyRow>,
  after: ReadonlyMap<string, CurrencyRow>,
  { attempts, withdrawn }: CurrencyChanges,
): PossibleRates {
  const possibleAttempts = attempts.filter(({ outcome }) => outcome !== 'refused');
  const possible = new Map<string, Possible>();
  for (const [name, row] of after) {
    const previous = before.get(name);
    const given = possibleAttempts.flatMap(({ rates }) => rates.get(name) ?? []);
    const rates = new Set([...(previous === undefined ? [] : [previous.rate]), ...given]);
    must(rates.has(row.rate), 'rates change only by requests', () => `${show(previous)} became ${show(row)}`);
    must(
      row.allowed === previous?.allowed || (row.allowed ? given.length > 0 : withdrawn.has(name)),
      'a currency is withdrawn only by the simulator, and allowed again only by requests',
      () => `${show(previous)} became ${show(row)}`,
    );
    possible.set(name, {
      rates,
      allowed: (previous?.allowed ?? false) || row.allowed || given.length > 0,
      withdrawn: previous?.allowed === false || !row.allowed || withdrawn.has(name),
    });
  }
  const [only] = possibleAttempts;
  if (possibleAttempts.length === 1 && only !== undefined && withdrawn.size === 0)
    checkWhole(only, before, after);
  return possible;
}

/** Checks that the rates of one request are set together or not at all. */
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

/** Checks that each new wallet was requested, and that each promised wallet exists. */
export function checkNewWallets(journal: Journal, requests: readonly ClientRequest[]): void {
  const byName = Map.groupBy(journal.wallets, ([, { name }]) => name);
  for (const request of requests) {
    const { Name, Currency } = JSON.parse(request.prepared.body) as { Name: string; Currency: string };
    const made = byName.get(Name) ?? [];
    const replies = request.sendings.flatMap(({ reply }) => reply ?? []);
    const promised = new Set(
      replies.filter(({ outcome }) => outcome === 'accepted').flatMap(({ ids }) => ids),
    );
    const unknown = replies.filter(({ outcome }) => outcome === 'unknown').length;
    const isBound = request.key !== undefined && replies.some(bindsKey);
    const runs = request.key === undefined ? unknown : isBound ? 0 : Math.min(1, unknown);
    const details = () =>
      `${describe(request)} got ${show(replies)}; there are ${show(made.map(([id]) => id))}`;
    must(
      [...promised].every((id) => made.some(([made]) => made.toString() === id)),
      'a promised wallet exists',
      details,
    );
    must(made.length <= promised.size + runs, 'no wallet is made twice, or for a refused request', details);
    must(
      made.every(([, { currency }]) => currency === Currency),
      'a wallet has the requested currency',
      details,
    );
  }
}
