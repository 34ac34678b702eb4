import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decision, decide, type WalletState } from '../../../lib/ledger/decide.ts';
import type { NewLeg, PendingOperation } from '../../../lib/ledger/leg.ts';
import { NO_RULES } from '../../../lib/ledger/limits.ts';
import { convert, MAX_AMOUNT } from '../../../lib/ledger/money.ts';
import { statusOf } from '../../../lib/reports/transaction.ts';

interface Order {
  /** Undefined for a receipt. */
  readonly origin: number | undefined;
  readonly target: number;
  readonly amount: bigint;
  readonly currency: number;
}

interface Story {
  /** USD per unit, by currency, fixed for the whole story. */
  readonly rates: readonly bigint[];
  readonly wallets: readonly { readonly currency: number; readonly balance: bigint }[];
  readonly orders: readonly Order[];
  /** Drives which wallets a batch takes, how many operations, and which currencies are withdrawn just then. */
  readonly dice: readonly number[];
}

const WALLETS = 4;
const CURRENCIES = 3;

/** Small, anything, and as much as there is. */
const amounts = fc.oneof(
  fc.bigInt({ min: 1n, max: 10_000_000n }),
  fc.bigInt({ min: 1n, max: MAX_AMOUNT }),
  fc.bigInt({ min: MAX_AMOUNT - 100n, max: MAX_AMOUNT }),
);
const rates = fc.oneof(
  fc.bigInt({ min: 10n ** 9n, max: 10n ** 15n }),
  fc.bigInt({ min: 1n, max: 10n ** 21n }),
  fc.constant(10n ** 12n),
);
const walletIndex = fc.nat(WALLETS - 1);
const currencyIndex = fc.nat(CURRENCIES - 1);

const orders = fc.oneof(
  fc.record({
    origin: fc.constant(undefined),
    target: walletIndex,
    amount: amounts,
    currency: currencyIndex,
  }),
  fc
    .record({ origin: walletIndex, target: walletIndex, amount: amounts, currency: currencyIndex })
    .filter(({ origin, target }) => origin !== target),
);

const stories: fc.Arbitrary<Story> = fc.record({
  rates: fc.array(rates, { minLength: CURRENCIES, maxLength: CURRENCIES }),
  wallets: fc.array(fc.record({ currency: currencyIndex, balance: fc.oneof(fc.constant(0n), amounts) }), {
    minLength: WALLETS,
    maxLength: WALLETS,
  }),
  orders: fc.array(orders, { minLength: 1, maxLength: 30 }),
  dice: fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 40 }),
});

/** Runs a story to its end as the processor does, checking after each batch what must always hold. */
function run({ rates, wallets, orders, dice }: Story) {
  const rateOf = (currency: string): bigint => rates[Number(currency.slice(1))] ?? 0n;
  const states = new Map<bigint, WalletState>();
  for (const [index, { currency, balance }] of wallets.entries()) {
    const id = BigInt(index + 1);
    states.set(id, {
      id,
      currency: `C${currency}`,
      balance,
      held: 0n,
      returnable: 0n,
      exact: false,
      rules: NO_RULES,
    });
  }
  const openings = new Map([...states].map(([id, { balance }]) => [id, balance]));
  const journal: Decision[] = [];
  let operations = orders.map(toPending);
  let lastId = BigInt(operations.length);
  let throws = 0;
  const dieBelow = (bound: number): number => (dice[throws++ % dice.length] ?? 0) % bound;

  /** USD times 10^18 of the wallets, and of what is in between them. */
  const worth = (): bigint => {
    let sum = 0n;
    for (const { balance, currency } of states.values()) sum += balance * rateOf(currency);
    for (const { leg, amount, currency, originAmount, originCurrency } of operations) {
      if (leg === 'credit') sum += (originAmount ?? 0n) * rateOf(originCurrency ?? '');
      if (leg === 'return') sum += amount * rateOf(currency);
    }
    return sum;
  };

  while (operations.length > 0) {
    const busy = [...new Set(operations.map(({ walletId }) => walletId))];
    const taken = new Set(
      busy.filter((id, index) => index === dieBelow(busy.length) || id % 2n === BigInt(dieBelow(2))),
    );
    if (taken.size === 0) taken.add(busy[0] ?? 1n);
    const batch = operations.filter(({ walletId }) => taken.has(walletId)).slice(0, 1 + dieBelow(8));
    const withdrawn = dieBelow(3 * CURRENCIES);
    const table = new Map(rates.map((rate, index) => [`C${index}`, { rate, allowed: index !== withdrawn }]));

    const locked = [...taken].map((id) => known(states.get(id)));
    let settlement = decide(locked, batch, table);
    if (settlement.inexact.length > 0) {
      settlement = decide(
        locked.map((state) => exactly(state, settlement.inexact, operations)),
        batch,
        table,
      );
      expect(settlement.inexact).toEqual([]);
    }

    const before = worth();
    const legs = settlement.decisions.map(({ next }) => next).filter((leg): leg is NewLeg => leg !== null);
    const settled = new Set(batch);
    operations = operations.filter((operation) => !settled.has(operation));
    operations.push(...legs.map((leg) => ({ ...leg, id: ++lastId, number: 0, linkedLegs: null })));
    for (const state of settlement.wallets) states.set(state.id, { ...state, exact: false });
    journal.push(...settlement.decisions);

    for (const { balance, returnable } of states.values()) {
      expect(balance >= 0n && returnable >= 0n && balance + returnable <= MAX_AMOUNT).toBe(true);
    }
    expect(worth()).toBeLessThanOrEqual(before + worthOfReceipts(settlement.decisions));
    expect(journal.length).toBeLessThanOrEqual(3 * orders.length);
  }
  return { journal, states, openings, rateOf };
}

function toPending({ origin, target, amount, currency }: Order, index: number): PendingOperation {
  const isReceipt = origin === undefined;
  return {
    id: BigInt(index + 1),
    transactionId: `transaction ${index}`,
    leg: isReceipt ? 'receipt' : 'debit',
    walletId: BigInt((origin ?? target) + 1),
    counterpartyId: isReceipt ? null : BigInt(target + 1),
    amount,
    currency: `C${currency}`,
    originAmount: null,
    originCurrency: null,
    reason: null,
    refundOf: null,
    holdId: null,
    correlationId: 'c',
    hasDetails: false,
    number: 0,
    linkedLegs: null,
  };
}

/** What the processor adds up from the journal. */
function exactly(
  state: WalletState,
  inexact: readonly bigint[],
  pending: readonly PendingOperation[],
): WalletState {
  if (!inexact.includes(state.id)) return state;
  const returnable = pending.reduce((sum, { leg, walletId, counterpartyId, amount, originAmount }) => {
    if (leg === 'credit' && counterpartyId === state.id) return sum + (originAmount ?? 0n);
    return leg === 'return' && walletId === state.id ? sum + amount : sum;
  }, 0n);
  return { ...state, returnable, exact: true };
}

const worthOfReceipts = (decisions: readonly Decision[]): bigint =>
  decisions.reduce(
    (sum, decision) =>
      decision.status === 'success' && decision.operation.leg === 'receipt'
        ? sum + decision.walletAmount * decision.walletRate
        : sum,
    0n,
  );

const effect = (decision: Decision): bigint => {
  if (decision.status === 'decline') return 0n;
  return decision.operation.leg === 'debit' ? -decision.walletAmount : decision.walletAmount;
};

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing');
  return value;
}

describe('any receipts and transfers between any wallets, settled in any batches', () => {
  test('all end, make no money, and leave every balance within 64 bits after each batch', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { journal } = run(story);
        const byTransaction = Map.groupBy(journal, ({ operation }) => operation.transactionId);
        expect(byTransaction.size).toBe(story.orders.length);
        for (const decisions of byTransaction.values()) {
          const legs = decisions.map(({ operation, status }) => ({ leg: operation.leg, status }));
          expect(statusOf(legs)).toMatch(/^(success|decline)$/);
          expect(decisions.at(-1)?.next).toBeNull();
        }
      }),
      { numRuns: 400 },
    );
  });

  test('add up: each wallet holds what it had and what its operations say, in their order', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { journal, states, openings } = run(story);
        const balances = new Map(openings);
        for (const decision of journal) {
          const { walletId } = decision.operation;
          balances.set(walletId, known(balances.get(walletId)) + effect(decision));
          if (decision.status === 'success') expect(balances.get(walletId)).toBe(decision.balanceAfter);
        }
        for (const [id, { balance }] of states) expect(balances.get(id)).toBe(balance);
      }),
      { numRuns: 200 },
    );
  });

  test('leave both wallets of a declined transfer with exactly what they had, and keep the amounts of the others', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { journal, rateOf } = run(story);
        const transfers = Map.groupBy(journal, ({ operation }) => operation.transactionId).values();
        for (const decisions of transfers) {
          const [first, second] = decisions;
          if (first?.operation.leg !== 'debit') continue;
          const legs = decisions.map(({ operation, status }) => ({ leg: operation.leg, status }));
          if (statusOf(legs) === 'decline') {
            const ofOrigin = decisions.filter(
              ({ operation }) => operation.walletId === first.operation.walletId,
            );
            expect(ofOrigin.reduce((sum, decision) => sum + effect(decision), 0n)).toBe(0n);
            expect(decisions.filter((decision) => !ofOrigin.includes(decision)).map(effect)).toEqual(
              decisions.length === 1 ? [] : [0n],
            );
          } else {
            const { amount, currency } = first.operation;
            expect(second?.operation).toMatchObject({ leg: 'credit', amount, currency });
            if (first.status !== 'success' || second?.status !== 'success') throw new Error('not a success');
            expect(first.walletAmount).toBe(convert(amount, rateOf(currency), first.walletRate, 'up'));
            expect(second.walletAmount).toBe(convert(amount, rateOf(currency), second.walletRate, 'down'));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
