import { describe, expect, test } from 'vitest';
import { type Decision, decide, type WalletState } from '../../../lib/ledger/decide.ts';
import type { DeclineReason, Leg, PendingOperation } from '../../../lib/ledger/leg.ts';
import { NO_RULES } from '../../../lib/ledger/limits.ts';
import { MAX_AMOUNT } from '../../../lib/ledger/money.ts';
import { RATE_ONE, type Rate } from '../../../lib/ledger/rate.ts';

const RATES: Record<string, bigint> = {
  USD: RATE_ONE,
  EUR: 1_093_809_000_000n,
  RUB: 9_803_000_000n,
  THB: 29_758_000_000n,
};
const EUR_TO_USD_OF_ONE = 1_093_809n;

const ratesWithout = (...withdrawn: string[]): Map<string, Rate> =>
  new Map(Object.entries(RATES).map(([name, rate]) => [name, { rate, allowed: !withdrawn.includes(name) }]));

const wallet = (
  id: bigint,
  currency: string,
  balance: bigint,
  rest: Partial<WalletState> = {},
): WalletState => ({
  ...{ id, currency, balance, held: 0n, returnable: 0n, exact: false, rules: NO_RULES },
  ...rest,
});

let ids = 0n;

/** A pending leg of wallet 1; a transfer's other side is wallet 2. */
function pending(
  leg: Leg,
  amount: bigint,
  currency: string,
  rest: Partial<PendingOperation> = {},
): PendingOperation {
  ids += 1n;
  return {
    id: ids,
    transactionId: `transaction ${ids}`,
    leg,
    walletId: 1n,
    counterpartyId: leg === 'receipt' ? null : 2n,
    amount,
    currency,
    originAmount: leg === 'credit' ? 777n : null,
    originCurrency: leg === 'credit' ? 'RUB' : null,
    reason: leg === 'return' ? 'balance_limit' : null,
    ...{ refundOf: null, holdId: null, correlationId: 'order-17', hasDetails: false },
    ...{ number: 0, linkedLegs: null },
    ...rest,
  };
}

/** What becomes of one operation of one wallet. */
function settleOne(state: WalletState, operation: PendingOperation, rates = ratesWithout()): Decision {
  const { decisions } = decide([state], [operation], rates);
  expect(decisions).toHaveLength(1);
  return decisions[0] as Decision;
}

const REASONS_OF_CREDITS: [string, WalletState, bigint, string, string[], DeclineReason][] = [
  ['what converts to nothing', wallet(1n, 'EUR', 5n), 1n, 'RUB', [], 'amount_too_small'],
  ['what leaves the 64-bit range', wallet(1n, 'USD', MAX_AMOUNT - 4n), 5n, 'USD', [], 'balance_limit'],
  ['what converts to more than 64 bits', wallet(1n, 'RUB', 0n), MAX_AMOUNT, 'EUR', [], 'balance_limit'],
  [
    'what takes the room of a return',
    wallet(1n, 'USD', 0n, { returnable: MAX_AMOUNT }),
    1n,
    'USD',
    [],
    'balance_limit',
  ],
  ['a withdrawn currency', wallet(1n, 'USD', 5n), 5n, 'EUR', ['EUR'], 'currency_not_allowed'],
  [
    'a wallet whose currency was withdrawn',
    wallet(1n, 'EUR', 5n),
    5n,
    'USD',
    ['EUR'],
    'currency_not_allowed',
  ],
];

describe.each(['receipt', 'credit'] as const)('a %s', (leg) => {
  test.each([
    ['of the wallet’s currency as it is', 'USD', 7n, 'USD', 7n],
    ['converted and rounded down', 'EUR', 200_000_000n, 'USD', 182_847_279n],
    ['of which one millionth is left', 'EUR', 112n, 'RUB', 1n],
  ])('is added %s', (_what, currency, amount, named, added) => {
    const operation = pending(leg, amount, named);
    expect(settleOne(wallet(1n, currency, 10n), operation)).toEqual({
      status: 'success',
      operation,
      walletAmount: added,
      balanceAfter: 10n + added,
      currencyRate: RATES[named],
      walletRate: RATES[currency],
      next: null,
    });
  });

  test('is added up to the last millionth that 64 bits hold', () => {
    const full = settleOne(wallet(1n, 'USD', 5n, { returnable: 3n }), pending(leg, MAX_AMOUNT - 8n, 'USD'));
    expect(full).toMatchObject({ status: 'success', balanceAfter: MAX_AMOUNT - 3n });
  });

  test.each(REASONS_OF_CREDITS)('is declined as %s', (_what, state, amount, currency, withdrawn, reason) => {
    const operation = pending(leg, amount, currency);
    const { decisions, wallets } = decide([state], [operation], ratesWithout(...withdrawn));
    expect(decisions).toMatchObject([{ status: 'decline', operation, reason }]);
    expect(wallets).toEqual([state]);
  });
});

test('a declined receipt has nothing to follow', () => {
  expect(settleOne(wallet(1n, 'EUR', 5n), pending('receipt', 1n, 'RUB')).next).toBeNull();
});

test.each(REASONS_OF_CREDITS)(
  'a declined credit sends back exactly what was taken, with the reason: %s',
  (_what, state, amount, currency, withdrawn, reason) => {
    const operation = pending('credit', amount, currency);
    expect(settleOne(state, operation, ratesWithout(...withdrawn)).next).toEqual({
      transactionId: operation.transactionId,
      leg: 'return',
      walletId: 2n,
      counterpartyId: 1n,
      amount: 777n,
      currency: 'RUB',
      originAmount: null,
      originCurrency: null,
      reason,
      refundOf: null,
      holdId: null,
      correlationId: 'order-17',
      hasDetails: false,
    });
  },
);

describe('a debit', () => {
  test('takes the amount rounded up, and makes a credit of what the caller named', () => {
    const operation = pending('debit', 1_000_001n, 'EUR');
    const taken = EUR_TO_USD_OF_ONE + 2n;
    expect(settleOne(wallet(1n, 'USD', 2_000_000n), operation)).toEqual({
      status: 'success',
      operation,
      walletAmount: taken,
      balanceAfter: 2_000_000n - taken,
      currencyRate: RATES['EUR'],
      walletRate: RATES['USD'],
      next: {
        transactionId: operation.transactionId,
        leg: 'credit',
        walletId: 2n,
        counterpartyId: 1n,
        amount: 1_000_001n,
        currency: 'EUR',
        originAmount: taken,
        originCurrency: 'USD',
        reason: null,
        refundOf: null,
        holdId: null,
        correlationId: 'order-17',
        hasDetails: false,
      },
    });
  });

  test('takes two millionths for what is worth one and a little', () => {
    const decision = settleOne(wallet(1n, 'EUR', 2n), pending('debit', 112n, 'RUB'));
    expect(decision).toMatchObject({ status: 'success', walletAmount: 2n, balanceAfter: 0n });
  });

  test.each([0n, 1n, MAX_AMOUNT])(
    'takes nothing for what is worth less than a millionth, of %d',
    (balance) => {
      const operation = pending('debit', 111n, 'RUB');
      const { decisions, wallets } = decide([wallet(1n, 'EUR', balance)], [operation], ratesWithout());
      expect(decisions).toEqual([
        { status: 'decline', operation, reason: 'amount_too_small', available: null, next: null },
      ]);
      expect(wallets).toEqual([wallet(1n, 'EUR', balance)]);
    },
  );

  test.each([
    ['insufficient_funds', 'USD', EUR_TO_USD_OF_ONE - 1n, 1_000_000n, []],
    ['insufficient_funds', 'USD', 0n, 1n, []],
    ['insufficient_funds', 'RUB', MAX_AMOUNT, MAX_AMOUNT, []],
    ['currency_not_allowed', 'USD', MAX_AMOUNT, 1n, ['EUR']],
    ['currency_not_allowed', 'RUB', MAX_AMOUNT, 1n, ['RUB']],
  ] as const)('is declined for %s, and nothing follows', (reason, currency, balance, amount, withdrawn) => {
    const operation = pending('debit', amount, 'EUR');
    const decision = settleOne(wallet(1n, currency, balance), operation, ratesWithout(...withdrawn));
    const available = reason === 'insufficient_funds' ? balance : null;
    expect(decision).toEqual({ status: 'decline', operation, reason, available, next: null });
  });

  test('takes all there is', () => {
    const decision = settleOne(wallet(1n, 'USD', EUR_TO_USD_OF_ONE), pending('debit', 1_000_000n, 'EUR'));
    expect(decision).toMatchObject({ status: 'success', balanceAfter: 0n });
  });
});

describe('a return', () => {
  const operation = pending('return', 5n, 'USD');

  test('is added as it is, though the currency was withdrawn and the wallet is full but for it', () => {
    const state = wallet(1n, 'USD', MAX_AMOUNT - 5n, { returnable: 5n });
    const { decisions, wallets, inexact } = decide([state], [operation], ratesWithout('USD'));
    expect(decisions).toMatchObject([
      { status: 'success', walletAmount: 5n, balanceAfter: MAX_AMOUNT, next: null },
    ]);
    expect(wallets).toEqual([{ ...state, balance: MAX_AMOUNT, returnable: 0n }]);
    expect(inexact).toEqual([]);
  });
});

describe('a batch', () => {
  test('settles each operation on what the ones before it left', () => {
    const operations = [
      pending('debit', 1n, 'USD'),
      pending('receipt', 10n, 'USD'),
      pending('debit', 6n, 'USD'),
      pending('debit', 5n, 'USD'),
      pending('debit', 4n, 'USD'),
      pending('debit', 1n, 'USD'),
    ];
    const { decisions, wallets } = decide([wallet(1n, 'USD', 0n)], operations, ratesWithout());
    const outcomes = decisions.map((decision) =>
      decision.status === 'success' ? decision.balanceAfter : decision.reason,
    );
    const declined = 'insufficient_funds';
    expect(outcomes).toEqual([declined, 10n, 4n, declined, 0n, declined]);
    expect(wallets).toEqual([wallet(1n, 'USD', 0n, { returnable: 10n })]);
  });

  test('answers in the order given, and with the last state of each wallet', () => {
    const states = [wallet(1n, 'USD', 0n), wallet(2n, 'EUR', 3n), wallet(3n, 'THB', 9n)];
    const operations = [
      pending('receipt', 5n, 'THB', { walletId: 3n }),
      pending('debit', 2n, 'USD', { walletId: 2n, counterpartyId: 3n }),
      pending('debit', 1n, 'USD', { walletId: 1n }),
      pending('receipt', 6n, 'THB', { walletId: 3n }),
    ];
    const { decisions, wallets } = decide(states, operations, ratesWithout());
    expect(decisions.map(({ operation }) => operation)).toEqual(operations);
    expect(wallets).toEqual([
      wallet(3n, 'THB', 20n),
      wallet(2n, 'EUR', 1n, { returnable: 2n }),
      wallet(1n, 'USD', 0n),
    ]);
  });

  test('keeps room for what its own debits took', () => {
    const operations = [pending('debit', 100n, 'USD'), pending('receipt', 1n, 'USD')];
    const { decisions } = decide([wallet(1n, 'USD', MAX_AMOUNT)], operations, ratesWithout());
    expect(decisions).toMatchObject([{ status: 'success' }, { status: 'decline', reason: 'balance_limit' }]);
  });

  test('gives a debit’s money free for the next credit once it came back', () => {
    const state = wallet(1n, 'USD', 0n, { returnable: 100n });
    const operations = [pending('return', 100n, 'USD'), pending('receipt', MAX_AMOUNT - 100n, 'USD')];
    const { decisions, wallets } = decide([state], operations, ratesWithout());
    expect(decisions).toMatchObject([{ status: 'success' }, { balanceAfter: MAX_AMOUNT }]);
    expect(wallets).toEqual([wallet(1n, 'USD', MAX_AMOUNT)]);
  });

  test('names each wallet once whose bound on returns refused a credit, and none whose bound is exact', () => {
    const full = { returnable: MAX_AMOUNT };
    const states = [
      wallet(1n, 'USD', 0n, full),
      wallet(2n, 'USD', 0n, { ...full, exact: true }),
      wallet(3n, 'USD', 0n),
    ];
    const operations = [1n, 1n, 2n, 3n].map((walletId) => pending('receipt', 1n, 'USD', { walletId }));
    const { inexact, decisions } = decide(states, operations, ratesWithout());
    expect(inexact).toEqual([1n]);
    expect(decisions.map(({ status }) => status)).toEqual(['decline', 'decline', 'decline', 'success']);
  });

  test('throws where a wallet or a rate is missing, which is a bug', () => {
    const operation = pending('receipt', 1n, 'XXX');
    expect(() => decide([], [operation], ratesWithout())).toThrow('unknown wallet 1');
    expect(() => decide([wallet(1n, 'USD', 0n)], [operation], ratesWithout())).toThrow('unknown rate of XXX');
    expect(() => decide([wallet(1n, 'XXX', 0n)], [pending('debit', 1n, 'USD')], ratesWithout())).toThrow(
      'unknown rate of XXX',
    );
  });

  test('changes nothing that it was given, and gives the same for the same', () => {
    const states = Object.freeze([Object.freeze(wallet(1n, 'USD', 5n))]);
    const operations = Object.freeze([Object.freeze(pending('debit', 2n, 'USD'))]);
    expect(decide(states, operations, ratesWithout())).toEqual(decide(states, operations, ratesWithout()));
  });
});
