import { convert, MAX_AMOUNT } from '../ledger/money.ts';
import { formatRate, RATE_ONE, type Rate } from '../ledger/rate.ts';
import { array, type Statements, type Tx } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { type RawNumber, rawNumber } from '../wire/json.ts';
import { currencyNotAllowed, ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';

/** A currency as callers see it. */
export interface CurrencyView {
  readonly Name: string;
  readonly Rate: RawNumber;
  readonly UpdatedAt: string;
}

/**
 * The most currencies there may be, withdrawn ones included, so that a list of them fits in one reply: five times as many
 * as ISO 4217 has. A trigger of the table keeps it, too.
 */
const MAX_CURRENCIES = 1_000;

/**
 * Sets rates, and keeps each one that differs from the previous in the history. A withdrawn currency that gets a rate is
 * allowed again.
 *
 * @param rates USD per unit, as integers of 10⁻¹², by currency
 * @returns a refusal if USD is given another rate than 1, or there would be more than {@link MAX_CURRENCIES}
 */
export async function updateRates(tx: Tx, rates: ReadonlyMap<string, bigint>): Promise<Result<void>> {
  if ((rates.get('USD') ?? RATE_ONE) !== RATE_ONE) {
    return refused('invalid_field', 'Rates has another rate than 1 for USD, in which rates are given');
  }
  // One update at a time, by the row that is always there: two at once would each count without the other.
  await tx`SELECT FROM currencies WHERE name = 'USD' FOR NO KEY UPDATE`;
  const [count] = await tx<{ after: number }[]>`
    SELECT count(*)::integer AS after FROM (
      SELECT name FROM currencies UNION SELECT unnest(${array(rates.keys())}::text[])) AS names`;
  if ((count?.after ?? 0) > MAX_CURRENCIES) {
    return refused(
      'too_many_currencies',
      `there may be at most ${MAX_CURRENCIES} currencies, not ${count?.after}`,
    );
  }
  const given = rows(tx, 'given', [...rates], {
    name: ['text', ([name]) => name],
    rate: ['numeric', ([, rate]) => rate],
  });
  await tx`
    WITH given AS (
      SELECT name, rate FROM ${given} ORDER BY name
    ), history AS (
      INSERT INTO currency_rates (name, rate)
      SELECT name, given.rate FROM given LEFT JOIN currencies USING (name)
      WHERE given.rate IS DISTINCT FROM currencies.rate
    )
    INSERT INTO currencies (name, rate) SELECT name, rate FROM given
    ON CONFLICT (name) DO UPDATE SET rate = excluded.rate, updated_at = excluded.updated_at, withdrawn_at = NULL`;
  return ok(undefined);
}

/** The currencies that are allowed, by name. */
export async function listCurrencies(sql: Statements): Promise<CurrencyView[]> {
  const currencies = await sql<StoredCurrency[]>`
    SELECT name, rate, updated_at AS "updatedAt" FROM currencies WHERE withdrawn_at IS NULL ORDER BY name`;
  return currencies.map(toView);
}

interface StoredCurrency {
  readonly name: string;
  readonly rate: bigint;
  readonly updatedAt: string;
}

const toView = ({ name, rate, updatedAt }: StoredCurrency): CurrencyView => ({
  Name: name,
  Rate: rawNumber(formatRate(rate)),
  UpdatedAt: shownTime(updatedAt),
});

/**
 * The rates of some currencies, withdrawn ones included.
 *
 * @param names may have the same one several times; a currency that does not exist has no rate
 */
export async function loadRates(sql: Statements, names: Iterable<string>): Promise<Map<string, Rate>> {
  const currencies = await sql<({ name: string } & Rate)[]>`
    SELECT name, rate, withdrawn_at IS NULL AS allowed FROM currencies
    WHERE name = ANY (${array(new Set(names))}::text[])`;
  return new Map(currencies.map(({ name, rate, allowed }) => [name, { rate, allowed }]));
}

/**
 * Converts an amount at the current rates, rounded down: 0 says that settling would decline it as too small.
 *
 * @param amount millionths of a unit of the currency `from`
 * @returns millionths of a unit of `to`; a refusal if a currency is not allowed or the result exceeds 64 bits
 */
export async function convertAmount(
  sql: Statements,
  amount: bigint,
  from: string,
  to: string,
): Promise<Result<bigint>> {
  const rates = await loadRates(sql, [from, to]);
  const source = rates.get(from);
  const target = rates.get(to);
  if (!source?.allowed) return currencyNotAllowed(from);
  if (!target?.allowed) return currencyNotAllowed(to);
  const converted = convert(amount, source.rate, target.rate, 'down');
  if (converted <= MAX_AMOUNT) return ok(converted);
  return refused('amount_out_of_range', `amount converts to more than ${MAX_AMOUNT} millionths of ${to}`);
}
