/** A decimal without a float: `digits` × 10^`exponent`, in the one form that all spellings of a number share. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  readonly exponent: number;
}

/** A JSON number. */
const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Digits of an exponent that is computed with; one of more is refused. Nothing here is raised to a power, so a short text
 * never makes a long number.
 */
const MAX_EXPONENT_DIGITS = 9;

/**
 * Reads a JSON number, whatever its spelling: `1000000.0` and `1e6` are one decimal.
 *
 * @returns undefined if the text is no JSON number, or its exponent has over {@link MAX_EXPONENT_DIGITS} digits
 */
export function readDecimal(text: string): Decimal | undefined {
  const [match, sign, whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  if (match === undefined) return undefined;
  const all = whole + fraction;
  const end = all.length - zerosAtEnd(all);
  const digits = all.slice(0, end).replace(/^0+/, '');
  if (digits === '') return { isNegative: false, digits, exponent: 0 };
  if (power.replace(/^[+-]?0*/, '').length > MAX_EXPONENT_DIGITS) return undefined;
  return { isNegative: sign === '-', digits, exponent: Number(power) - fraction.length + (all.length - end) };
}

/** Counted, as a pattern would look for the end from each zero anew. */
function zerosAtEnd(text: string): number {
  let count = 0;
  while (count < text.length && text[text.length - 1 - count] === '0') count += 1;
  return count;
}

/**
 * A decimal as an integer of 10^-`scale`.
 *
 * @param maxDigits digits of the largest integer that is taken
 * @returns undefined if the decimal is negative, has digits beyond the scale, or too many before it
 */
export function toInteger(
  { isNegative, digits, exponent }: Decimal,
  scale: number,
  maxDigits: number,
): bigint | undefined {
  if (digits === '') return 0n;
  const zeros = exponent + scale;
  if (isNegative || zeros < 0 || digits.length + zeros > maxDigits) return undefined;
  return BigInt(digits + '0'.repeat(zeros));
}
