import { formatRate } from '../ledger/rate.ts';
import type { Statements } from '../postgres/database.ts';
import { type RawNumber, rawNumber } from '../wire/json.ts';
import { currencyNotAllowed, ok, type Result } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';

/** The most rates in one page: some 100 kilobytes of reply. */
export const MAX_RATES_SHOWN = 1_000;

/** A rate that a currency had from a moment on. */
interface RateView {
  readonly Rate: RawNumber;
  readonly SetAt: string;
}

export interface RatesPage {
  readonly Currency: string;
  /** The newest first. */
  readonly Rates: readonly RateView[];
  /** The `to` of the next page, which has older ones; null on the last. */
  readonly Next: string | null;
}

/** Which rates of a currency. */
interface RatesRequest {
  readonly currency: string;
  /** RFC 3339, inclusive; without it, from the first one on. */
  readonly from: string | undefined;
  /** RFC 3339, exclusive; without it, to the current one. */
  readonly to: string | undefined;
  readonly limit: number;
}

/**
 * The rates that a currency had, also one that was withdrawn. A rate that is set again as it was is no new one.
 *
 * @returns a refusal if there never was such a currency
 */
export async function listRates(
  sql: Statements,
  { currency, from = '-infinity', to = 'infinity', limit }: RatesRequest,
): Promise<Result<RatesPage>> {
  const found = await sql<{ rate: bigint; setAt: string }[]>`
    SELECT rate, set_at AS "setAt" FROM currency_rates
    WHERE name = ${currency} AND set_at >= ${from}::timestamptz AND set_at < ${to}::timestamptz
    ORDER BY name DESC, set_at DESC LIMIT ${limit + 1}`;
  if (found.length === 0) {
    const { count } = await sql`SELECT FROM currencies WHERE name = ${currency}`;
    return count === 0 ? currencyNotAllowed(currency) : ok({ Currency: currency, Rates: [], Next: null });
  }
  const Rates = found.slice(0, limit).map(({ rate, setAt }) => {
    return { Rate: rawNumber(formatRate(rate)), SetAt: shownTime(setAt) };
  });
  return ok({ Currency: currency, Rates, Next: found.length > limit ? (Rates.at(-1)?.SetAt ?? null) : null });
}
