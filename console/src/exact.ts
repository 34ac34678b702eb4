import { formatAmount } from './amount.ts';

/** Digits of a millionth. */
const DIGITS = 6;

/**
 * Writes an amount that was not rounded yet in units.
 *
 * @param millionths decimal text, such as `182847279.45`
 * @returns such as `182.84727945`
 */
export function exactUnits(millionths: string): string {
  const [whole = '0', decimals = ''] = millionths.split('.');
  const units = formatAmount(BigInt(whole));
  if (/^0*$/.test(decimals)) return units;
  const [left = '', right = ''] = units.split('.');
  return `${left}.${right.padEnd(DIGITS, '0')}${decimals}`;
}
