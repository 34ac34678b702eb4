/** Millionths of a unit have so many digits. */
const DIGITS = 6;
const UNIT = 1_000_000n;

/** Fewer decimals than people expect of money look like a mistake. */
const SHOWN_DECIMALS = 2;

/** The largest amount: what a signed 64-bit integer holds. */
const MAX_AMOUNT = 9_223_372_036_854_775_807n;

/**
 * Writes an amount in units, with all of its digits: 9007199254740993 is `9,007,199,254.740993`, 2150000 is `2.15`.
 *
 * @param amount millionths of a unit
 */
export function formatAmount(amount: bigint): string {
  const size = amount < 0n ? -amount : amount;
  const whole = formatCount(size / UNIT);
  const decimals = String(size % UNIT)
    .padStart(DIGITS, '0')
    .replace(/0+$/, '')
    .padEnd(SHOWN_DECIMALS, '0');
  return `${amount < 0n ? '-' : ''}${whole}.${decimals}`;
}

/** Writes a whole number with a comma after each three digits. */
export const formatCount = (count: bigint | number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** An amount in millionths of a unit, or a sentence that says what is wrong with the text. */
export type ParsedAmount =
  | { readonly ok: true; readonly amount: bigint }
  | { readonly ok: false; readonly error: string };

const refuse = (error: string): ParsedAmount => ({ ok: false, error });

const PLAIN = /^(\d+)(?:\.(\d*))?$|^\.(\d+)$/;

/**
 * Reads an amount that somebody typed in units, such as `12.34`. A comma is refused: it parts thousands here and decimals
 * elsewhere, which is a factor of a thousand.
 *
 * @param mayBeZero whether nothing is an amount, too, as it is for limits
 */
export function parseAmount(text: string, mayBeZero = false): ParsedAmount {
  const typed = text.trim();
  if (typed === '') return refuse('Type an amount, such as 12.34.');
  if (typed.startsWith('-')) return refuse('The amount must be more than zero.');
  if (typed.includes(',')) return refuse('Type the amount with a point and without commas, such as 1234.50.');
  const found = PLAIN.exec(typed);
  if (found === null) return refuse(`“${typed}” is no amount. Type digits and a point, such as 12.34.`);
  const [, whole = '0', after = '', alone = ''] = found;
  const decimals = (after || alone).replace(/0+$/, '');
  if (decimals.length > DIGITS)
    return refuse(`An amount has at most six decimals; this one has ${decimals.length}.`);
  const amount = BigInt(whole) * UNIT + BigInt(decimals.padEnd(DIGITS, '0'));
  if (amount === 0n && !mayBeZero) return refuse('The amount must be more than zero.');
  if (amount > MAX_AMOUNT) return refuse(`The amount must be at most ${formatAmount(MAX_AMOUNT)}.`);
  return { ok: true, amount };
}

/** An amount as it is typed: the form that {@link parseAmount} reads. */
export const typedAmount = (amount: bigint): string => formatAmount(amount).replaceAll(',', '');

/** The largest of some; 0 of none. (`Math.max` takes no bigint.) */
export const largest = (amounts: readonly bigint[]): bigint => amounts.toSorted(byValue).at(-1) ?? 0n;

/** The smallest of some; 0 of none. */
export const smallest = (amounts: readonly bigint[]): bigint => amounts.toSorted(byValue)[0] ?? 0n;

const byValue = (one: bigint, other: bigint): number => (one < other ? -1 : Number(one > other));
