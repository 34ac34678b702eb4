/** The largest amount or balance, in millionths of a unit: what a signed 64-bit integer holds. */
export const MAX_AMOUNT = 9_223_372_036_854_775_807n;
export type Rounding = 'down' | 'up';

/**
 * Converts an amount between currencies: `amount × fromRate ÷ toRate` in exact integers. The only function that
 * rounds money: credits and reports round down, debits round up, so that no chain of conversions makes any. What is 0
 * rounded down is too small to settle, as a credit and as a debit.
 *
 * @param amount millionths of a unit of the source currency, 0 or more
 * @param fromRate USD per unit of the source currency, as an integer of 10⁻¹², 1 or more
 * @param toRate USD per unit of the target currency, as an integer of 10⁻¹², 1 or more
 * @returns millionths of a unit of the target currency; may exceed MAX_AMOUNT
 * @throws RangeError for a negative amount or a rate below 1, which no caller may let through
 */
export function convert(amount: bigint, fromRate: bigint, toRate: bigint, rounding: Rounding): bigint {
  if (amount < 0n || fromRate < 1n || toRate < 1n) {
    throw new RangeError(`can't convert ${amount} at rates ${fromRate} and ${toRate}`);
  }
  const scaled = amount * fromRate;
  return rounding === 'down' ? scaled / toRate : (scaled + toRate - 1n) / toRate;
}

/** Digits after the point of an unrounded amount: a quotient may never end, and nobody reads further. */
const EXACT_DIGITS = 18;

/**
 * The same before it is rounded, for people who want to see what rounding did.
 *
 * @returns millionths of a unit of the target currency as decimal text, cut after {@link EXACT_DIGITS} digits behind the point; zeros
 *   at the end are left out
 */
export function convertUnrounded(amount: bigint, fromRate: bigint, toRate: bigint): string {
  const scaled = convert(amount * 10n ** BigInt(EXACT_DIGITS), fromRate, toRate, 'down');
  const digits = scaled.toString().padStart(EXACT_DIGITS + 1, '0');
  const fraction = digits.slice(-EXACT_DIGITS).replace(/0+$/, '');
  const whole = digits.slice(0, -EXACT_DIGITS);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
