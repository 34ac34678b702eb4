import { convert, MAX_AMOUNT } from '../ledger/money.ts';
import { formatRate, RATE_ONE, type Rate } from '../ledger/rate.ts';
import type { Statements } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { type RawNumber, rawNumber } from '../wire/json.ts';
import { currencyNotAllowed, ok, type Result, refused } from '../wire/refusal.ts';

/** A currency as callers see it. */
export interface CurrencyView {
  readonly Name: string;
  readonly Rate: RawNumber;
  readonly UpdatedAt: string;
}

/**
 * Sets rates, and keeps each in the history. A withdrawn currency that gets a rate is allowed again.
 *
 * @param rates USD per unit, as integers of 10⁻¹², by currency
 * @returns a refusal if USD is given another rate than 1
 */
export async function updateRates(
  sql: Statements,
  rates: ReadonlyMap<string, bigint>,
): Promise<Result<void>> {
  if ((rates.get('USD') ?? RATE_ONE) !== RATE_ONE) {
    return refused('invalid_field', 'Rates has another rate than 1 for USD, in which rates are given');
  }
  const given = rows(sql, 'given', [...rates], {
    name: ['text', ([name]) => name],
    rate: ['numeric', ([, rate]) => rate],
  });
  await sql`
    WITH given AS (
      SELECT name, rate FROM ${given} ORDER BY name
    ), history AS (
      INSERT INTO currency_rates (name, rate) SELECT name, rate FROM given
    )
    INSERT INTO currencies (name, rate) SELECT name, rate FROM given
    ON CONFLICT (name) DO UPDATE SET rate = excluded.rate, updated_at = now(), withdrawn_at = NULL`;
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
  UpdatedAt: updatedAt,
});

/** All rates, those of withdrawn currencies included. */
export async function loadRates(sql: Statements): Promise<Map<string, Rate>> {
  const currencies = await sql<({ name: string } & Rate)[]>`
    SELECT name, rate, withdrawn_at IS NULL AS allowed FROM currencies`;
  return new Map(currencies.map(({ name, rate, allowed }) => [name, { rate, allowed }]));
}

/**
 * Converts an amount at the current rates, rounded down.
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
  const rates = await loadRates(sql);
  const source = rates.get(from);
  const target = rates.get(to);
  if (!source?.allowed || !target?.allowed) return currencyNotAllowed();
  const converted = convert(amount, source.rate, target.rate, 'down');
  if (converted <= MAX_AMOUNT) return ok(converted);
  return refused('amount_out_of_range', `amount converts to more than ${MAX_AMOUNT} millionths of ${to}`);
}
