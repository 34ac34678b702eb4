import { MONEY } from './places.ts';
import { itemAt, type Random, weighted } from './random.ts';

/** What is paid. */
export type Price = 'purchase' | 'purchase abroad' | 'gift';

/** Millionths in a hundredth of a unit: what people pay is in whole cents. */
const CENT = 10_000n;

/** Cents in a unit. */
const CENTS = 100;

/** Prices in units of about a USD, and how many of a hundred are from the one to the other: most are small. */
const PRICES = [
  { from: 1, to: 10, share: 40 },
  { from: 10, to: 40, share: 38 },
  { from: 40, to: 150, share: 17 },
  { from: 150, to: 600, share: 5 },
] as const;

const priceRange = weighted(PRICES.map(({ share }) => share));

/** Salaries, and gifts, in units of about a USD. */
const SALARY = { from: 1_800, to: 4_200 };
const GIFT = { from: 5, to: 100 };

/** @returns millionths of a unit of the currency, in whole cents */
export function price(kind: Price, currency: string, dice: Random): bigint {
  return amountOf(kind === 'gift' ? GIFT : itemAt(PRICES, priceRange(dice)), currency, dice);
}

/** @returns millionths of a unit of the currency, in whole cents */
export const salary = (currency: string, dice: Random): bigint => amountOf(SALARY, currency, dice);

function amountOf(
  { from, to }: { readonly from: number; readonly to: number },
  currency: string,
  { int }: Random,
): bigint {
  const level = MONEY[currency]?.level ?? 1n;
  return BigInt(int(from * CENTS, to * CENTS)) * CENT * level;
}
