import { isRawNumber, rawNumber } from './json.ts';

/** The fields of replies whose numbers are amounts or ids: with `amounts=string` they are strings of digits. */
export const AMOUNTS_AND_IDS = [
  'Amount',
  'AmountIn',
  'AmountOut',
  'Available',
  'Balance',
  'BalanceAfter',
  'BalanceBefore',
  'BalanceLimit',
  'Captured',
  'CounterpartyId',
  'CreditLimit',
  'FirstWalletId',
  'InTransit',
  'InWallets',
  // Of a page of wallets or holds; that of a page of operations is a text.
  'Next',
  'OverCapture',
  'PerDay',
  'PerMonth',
  'PerOperation',
  'Remaining',
  'SpentThisMonth',
  'SpentToday',
  'WalletAmount',
  'WalletID',
  'WalletId',
] as const;

/** The fields of bodies that are ids. */
export const IDS_IN_BODIES = ['OriginWalletId', 'TargetWalletId', 'WalletId'] as const;

/**
 * Makes what writes fields' numbers as strings of digits. A quote within a string of JSON has a backslash before it, so a name with
 * its quotes and colon is nothing but a field.
 *
 * @returns a function of a JSON text as stringifyJson makes it: without blanks
 */
export function digitsAsText(names: readonly string[]): (json: string) => string {
  const numbers = new RegExp(`"(${names.join('|')})":(-?\\d+)`, 'g');
  return (json) => json.replaceAll(numbers, '"$1":"$2"');
}

/** Writes a reply's amounts and ids as strings of digits. */
export const withDigitsAsText = digitsAsText(AMOUNTS_AND_IDS);

const DIGITS = /^\d{1,19}$/;

/** The field whose names are the callers': a text there stays one. */
const METADATA = 'Metadata';

const IDS: ReadonlySet<string> = new Set(IDS_IN_BODIES);

/**
 * Reads ids that are strings of digits as numbers: who reads them as text may write them as text.
 *
 * @param value of parseJson
 */
export function withIdsAsNumbers<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withIdsAsNumbers) as T;
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value;
  const fields = Object.entries(value).map(([name, item]: [string, unknown]) => [
    name,
    withIdAsNumber(name, item),
  ]);
  return Object.fromEntries(fields) as T;
}

function withIdAsNumber(name: string, item: unknown): unknown {
  if (name === METADATA) return item;
  const isId = IDS.has(name) && typeof item === 'string' && DIGITS.test(item);
  return isId ? rawNumber(BigInt(item).toString()) : withIdsAsNumbers(item);
}
