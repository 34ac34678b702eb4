import { readDecimal, toInteger } from './decimal.ts';

/** What a currency is worth. */
export interface Rate {
  /** USD per unit, as an integer of 10⁻¹². */
  readonly rate: bigint;
  /** False once the currency was withdrawn. */
  readonly allowed: boolean;
}

/** Digits after the decimal point of a rate: the one scale of all rates. */
const FRACTION_DIGITS = 12;

/** A rate of 1 USD per unit; rates are integers of 10⁻¹². */
export const RATE_ONE = 10n ** BigInt(FRACTION_DIGITS);

/** The smallest and the largest rate: 10⁻¹² and 10⁹ USD per unit. */
const MIN_RATE = 1n;
const MAX_RATE = 10n ** 9n * RATE_ONE;

/** The bounds as numbers, for the schema of a rate. */
export const RATE_BOUNDS = { minimum: 1e-12, maximum: 1e9 } as const;

/** The bounds in words, for a refusal. */
export const RATE_RULE =
  `a rate is a number from ${formatRate(MIN_RATE)} to ${formatRate(MAX_RATE)} ` +
  `with up to ${FRACTION_DIGITS} fraction digits`;

/** Digits of the largest rate as an integer. */
const MAX_DIGITS = MAX_RATE.toString().length;

/**
 * Reads a rate from the text of a JSON number, never through a float.
 *
 * @param text a decimal such as `1.093809`, `1.0938090` or `5e-7`: USD per unit
 * @returns the rate as an integer of 10⁻¹² from 1 to 10²¹, or undefined if the text is no positive decimal in
 *   that range with at most 12 fraction digits, zeros at the end aside
 */
export function parseRate(text: string): bigint | undefined {
  const decimal = readDecimal(text);
  const rate = decimal && toInteger(decimal, FRACTION_DIGITS, MAX_DIGITS);
  return rate !== undefined && rate >= MIN_RATE && rate <= MAX_RATE ? rate : undefined;
}

/**
 * Writes a rate as the shortest decimal that reads back as the same rate.
 *
 * @param rate an integer of 10⁻¹²
 * @returns USD per unit, such as `1.093809`
 */
export function formatRate(rate: bigint): string {
  const digits = rate.toString().padStart(FRACTION_DIGITS + 1, '0');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
