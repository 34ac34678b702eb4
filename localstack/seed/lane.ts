import { convert } from '../../lib/ledger/money.ts';
import type { Cast, Player } from './cast.ts';
import { type Price, price, salary } from './prices.ts';
import { itemAt, longTail, type Random, random } from './random.ts';

/** Money comes from outside. */
interface Salary {
  readonly kind: 'salary';
  readonly to: Player;
  readonly amount: bigint;
}

/** Money goes from one to another, in the currency of the one who gets it. */
interface Payment {
  readonly kind: 'purchase' | 'purchase abroad' | 'gift';
  readonly from: Player;
  readonly to: Player;
  readonly amount: bigint;
  /** How much of it is given back at the end: the whole if null; nothing if missing. */
  readonly refund?: bigint | null;
}

/** An amount that is held, and then captured or released. */
export interface Hold {
  readonly kind: 'hold';
  readonly from: Player;
  readonly to: Player;
  readonly amount: bigint;
  /** Released if null. */
  readonly captured: bigint | null;
}

export type Move = Salary | Payment;
export type Step = Move | Hold;

/** How much happens in a lane. */
export interface Plan {
  readonly number: number;
  /** Refunds count as one, holds as two. */
  readonly operations: number;
  readonly refunds: number;
  readonly holds: number;
  readonly customers: readonly Player[];
}

interface World {
  readonly seed: number;
  readonly rates: ReadonlyMap<string, bigint>;
}

/** Of a hundred payments. */
const ABROAD = 1;
const GIFTS = 8;

/** Of a hundred refunds, how many give back everything. */
const WHOLE_REFUNDS = 70;

/** Of a hundred holds, how many are captured. */
const CAPTURES = 75;

/** A hold is the tenth of what a customer has, so that many of them leave something. */
const HOLD_DIVISOR = 10n;

/** Rates may move a little while the story runs: a purchase abroad is expected to cost so much more, in percent. */
const MARGIN_PERCENT = 10n;

/**
 * The steps of a lane. Nobody pays more than they have, whatever happens in the other lanes: what a customer is given by
 * others counts for nothing here.
 */
export function* stepsOf(plan: Plan, cast: Cast, { seed, rates }: World): Generator<Step, void, undefined> {
  const dice = random(seed, plan.number);
  const choose = chooser(plan.customers, cast, dice);
  const balances = new Map<Player, bigint>();
  const has = (player: Player): bigint => balances.get(player) ?? 0n;
  const moves = plan.operations - plan.refunds - 2 * plan.holds;
  let refunds = 0;

  const nextMove = (isRefundDue: boolean): Move => {
    const from = choose.customer();
    const planned = choose.payment(from);
    const cost = costOf(planned, from, rates);
    // Twice: whoever pays keeps something.
    if (2n * cost > has(from)) {
      const amount = salary(from.place.currency, dice);
      balances.set(from, has(from) + amount);
      return { kind: 'salary', to: from, amount };
    }
    balances.set(from, has(from) - cost);
    const payment = { ...planned, from };
    if (!isRefundDue || payment.kind !== 'purchase') return payment;
    refunds++;
    return { ...payment, refund: dice.percent(WHOLE_REFUNDS) ? null : (payment.amount + 1n) / 2n };
  };

  for (let made = 0; made < moves; made++) {
    yield nextMove(refunds < plan.refunds && made >= ((refunds + 0.5) * moves) / plan.refunds);
  }
  // Where the last purchases did not come, something else happens instead.
  for (let missing = plan.refunds - refunds; missing > 0; missing--) yield nextMove(false);
  const payers = [...balances.keys()];
  for (let made = 0; made < plan.holds; made++) {
    const from = itemAt(payers, made % payers.length);
    const amount = (has(from) + HOLD_DIVISOR - 1n) / HOLD_DIVISOR;
    // Of a single millionth there is no half.
    const captured = amount > 1n && dice.percent(CAPTURES) ? amount / 2n : null;
    balances.set(from, has(from) - (captured ?? 0n));
    yield { kind: 'hold', from, to: choose.shop(from), amount, captured };
  }
}

/** What a payment takes at most, in the currency of who pays. */
function costOf({ to, amount }: Omit<Payment, 'from'>, from: Player, rates: World['rates']): bigint {
  const { currency } = from.place;
  if (to.place.currency === currency) return amount;
  const [paid, got] = [rates.get(currency) ?? 1n, rates.get(to.place.currency) ?? 1n];
  return (convert(amount, got, paid, 'up') * (100n + MARGIN_PERCENT)) / 100n + 1n;
}

/** Who does something next, and with whom: in each group few are busy and many quiet. */
function chooser(customers: readonly Player[], { shops, customers: all }: Cast, dice: Random) {
  const busy = longTail(customers.length);
  const groups = new Map<string, () => Player>();
  const oneOf = (name: string, everybody: readonly Player[], isIn: (player: Player) => boolean): Player => {
    const known = groups.get(name);
    if (known !== undefined) return known();
    const members = everybody.filter(isIn);
    const tail = longTail(members.length);
    const choice = (): Player => itemAt(members, tail(dice));
    groups.set(name, choice);
    return choice();
  };
  const customer = (): Player => itemAt(customers, busy(dice));
  const shop = ({ place }: Player): Player =>
    oneOf(`shops of ${place.country}`, shops, (other) => other.place.country === place.country);
  const payment = (from: Player): Omit<Payment, 'from'> => {
    const { currency } = from.place;
    const kind: Price = dice.percent(ABROAD) ? 'purchase abroad' : dice.percent(GIFTS) ? 'gift' : 'purchase';
    const to = {
      purchase: () => shop(from),
      'purchase abroad': () => oneOf(`not ${currency}`, shops, ({ place }) => place.currency !== currency),
      gift: () => oneOf(currency, all, ({ place }) => place.currency === currency),
    }[kind]();
    // Nobody pays themselves.
    if (to === from) return { kind: 'purchase', to: shop(from), amount: price('purchase', currency, dice) };
    return { kind, to, amount: price(kind, to.place.currency, dice) };
  };
  return { customer, shop, payment };
}
