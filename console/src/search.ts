/** What a text that somebody searches for may be. */
export type Kind = 'transaction' | 'hold' | 'wallet' | 'reference' | 'wallet reference' | 'correlation id';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A wallet's number has at most 19 digits: it is a 64-bit integer. */
const NUMBER = /^#?([1-9]\d{0,18})$/;

/** As the API takes correlation ids. */
const CORRELATION_ID = /^[\x21-\x7e]{1,128}$/;

/** The longest reference that the API takes, in characters. */
const MAX_REFERENCE_CHARACTERS = 255;

/** The number of a wallet in a text such as `7` or `#7`; undefined if it is none. */
export const walletNumber = (text: string): string | undefined => NUMBER.exec(text.trim())?.[1];

/**
 * Tells what a text may be, by its form alone. Which of these it is, only the API knows: a reference may be a number, and a
 * correlation id has the form of a transaction's id.
 */
export function kindsOf(text: string): Kind[] {
  const typed = text.trim();
  if (typed === '') return [];
  const kinds: Kind[] = [];
  if (UUID.test(typed)) kinds.push('transaction', 'hold');
  if (walletNumber(typed) !== undefined) kinds.push('wallet');
  if (typed.length <= MAX_REFERENCE_CHARACTERS) kinds.push('reference', 'wallet reference');
  if (CORRELATION_ID.test(typed)) kinds.push('correlation id');
  return kinds;
}
