import { type Cast, castOf } from './cast.ts';
import { type Plan, type Step, stepsOf } from './lane.ts';

/** What a story is made from: the same values give the same story. */
export interface Told {
  /** MIN_WALLETS or more. */
  readonly wallets: number;
  /** Requests for money to move, 1 or more: receipts, transfers, refunds, holds, and what ends the holds. */
  readonly operations: number;
  readonly seed: number;
  /** USD per unit by currency, as integers of 10⁻¹²: what purchases abroad cost. */
  readonly rates: ReadonlyMap<string, bigint>;
}

/** A story: who is in it, and what they do, in lanes that may run side by side. */
export interface Story {
  readonly cast: Cast;
  readonly lanes: readonly Lane[];
}

/** Steps in an order that matters: each customer's are all in one lane. */
export type Lane = Iterable<Step>;

/** Requests under way at once: enough to keep a system busy, and a fraction of what a function on AWS serves at once. */
const MAX_LANES = 8;

/** One operation of so many is a refund. */
const OPERATIONS_PER_REFUND = 200;

/** Of so many operations, two are a hold and its end. */
const OPERATIONS_PER_HOLD = 400;

export function storyOf({ wallets, operations, seed, rates }: Told): Story {
  const cast = castOf(wallets, seed);
  const count = Math.min(MAX_LANES, cast.customers.length, operations);
  const refunds = Math.floor(operations / OPERATIONS_PER_REFUND);
  const holds = Math.floor(operations / OPERATIONS_PER_HOLD);
  const lanes = Array.from({ length: count }, (_, number): Lane => {
    const shareOf = (total: number): number => Math.floor(total / count) + (number < total % count ? 1 : 0);
    const plan: Plan = {
      number,
      operations: shareOf(operations),
      refunds: shareOf(refunds),
      holds: shareOf(holds),
      customers: cast.customers.filter((_customer, index) => index % count === number),
    };
    return { [Symbol.iterator]: () => stepsOf(plan, cast, { seed, rates }) };
  });
  return { cast, lanes };
}
