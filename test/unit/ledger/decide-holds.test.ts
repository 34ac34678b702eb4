import { describe, expect, test } from 'vitest';
import { decide, type WalletState } from '../../../lib/ledger/decide.ts';
import type { HoldState } from '../../../lib/ledger/hold.ts';
import type { HoldStatus, Leg, PendingOperation } from '../../../lib/ledger/leg.ts';
import { NO_RULES } from '../../../lib/ledger/limits.ts';
import { MAX_AMOUNT } from '../../../lib/ledger/money.ts';
import { RATE_ONE } from '../../../lib/ledger/rate.ts';

const RATES = new Map([['USD', { rate: RATE_ONE, allowed: true }]]);
const WITHDRAWN = new Map([['USD', { rate: RATE_ONE, allowed: false }]]);

const wallet = (balance: bigint, held = 0n): WalletState => {
  return { id: 1n, currency: 'USD', balance, held, returnable: 0n, exact: false, rules: NO_RULES };
};
const hold = (amount: bigint, status: HoldStatus = 'active'): HoldState => ({
  id: 'hold',
  amount,
  status,
  overCapture: 0n,
  ...(status === 'new'
    ? { walletAmount: null, currencyRate: null, walletRate: null }
    : { walletAmount: amount, currencyRate: RATE_ONE, walletRate: RATE_ONE }),
  captured: 0n,
  capturedWallet: 0n,
});

let ids = 0n;
function pending(leg: Leg, amount: bigint): PendingOperation {
  ids += 1n;
  return {
    id: ids,
    transactionId: `transaction ${ids}`,
    leg,
    walletId: 1n,
    counterpartyId: leg === 'capture' || leg === 'debit' ? 2n : null,
    amount,
    currency: 'USD',
    originAmount: null,
    originCurrency: null,
    reason: null,
    refundOf: leg === 'payout' ? 'paid' : null,
    holdId: ['hold', 'capture', 'release', 'expiry'].includes(leg) ? 'hold' : null,
    correlationId: 'c',
    hasDetails: false,
    ...{ number: 0, linkedLegs: null },
  };
}

const settle = (state: WalletState, of: HoldState, ...operations: PendingOperation[]) =>
  decide([state], operations, RATES, [of]);

describe('a hold', () => {
  test('takes what is available and not a millionth more', () => {
    expect(settle(wallet(10n, 4n), hold(6n, 'new'), pending('hold', 6n))).toMatchObject({
      decisions: [{ status: 'success', walletAmount: 6n, balanceAfter: 10n, next: null }],
      wallets: [{ balance: 10n, held: 10n }],
      holds: [{ status: 'active' }],
    });
    expect(settle(wallet(10n, 4n), hold(7n, 'new'), pending('hold', 7n))).toMatchObject({
      decisions: [{ status: 'decline', reason: 'insufficient_funds' }],
      wallets: [{ balance: 10n, held: 4n }],
      holds: [{ status: 'declined' }],
    });
  });

  test('is captured: the part leaves, and nothing stays reserved', () => {
    expect(settle(wallet(10n, 6n), hold(6n), pending('capture', 4n))).toMatchObject({
      decisions: [
        { status: 'success', balanceAfter: 6n, next: { leg: 'credit', amount: 4n, originAmount: 4n } },
      ],
      wallets: [{ balance: 6n, held: 0n, returnable: 4n }],
      holds: [{ status: 'captured' }],
    });
  });

  test.each([
    ['release', 'released'],
    ['expiry', 'expired'],
  ] as const)('ends by %s, and its money is available again', (leg, status) => {
    expect(settle(wallet(10n, 6n), hold(6n), pending(leg, 6n))).toMatchObject({
      decisions: [{ status: 'success', balanceAfter: 10n }],
      wallets: [{ balance: 10n, held: 0n }],
      holds: [{ status }],
    });
  });

  test.each(['capture', 'release', 'expiry'] as const)('is settled once: a later %s is declined', (leg) => {
    for (const first of ['capture', 'release', 'expiry'] as const) {
      const { decisions, wallets } = settle(wallet(10n, 6n), hold(6n), pending(first, 6n), pending(leg, 6n));
      expect(decisions).toMatchObject([
        { status: 'success' },
        { status: 'decline', reason: 'hold_not_active' },
      ]);
      expect(wallets).toMatchObject([{ held: 0n, balance: first === 'capture' ? 4n : 10n }]);
    }
  });

  test('can be released, but not captured, once its currency is withdrawn', () => {
    const state = [wallet(10n, 6n)];
    expect(decide(state, [pending('capture', 6n)], WITHDRAWN, [hold(6n)])).toMatchObject({
      decisions: [{ reason: 'currency_not_allowed' }],
      holds: [{ status: 'active' }],
    });
    expect(decide(state, [pending('release', 6n)], WITHDRAWN, [hold(6n)]).decisions).toMatchObject([
      { status: 'success' },
    ]);
  });

  test.each(['debit', 'payout'] as const)('keeps a %s off its money', (leg) => {
    expect(settle(wallet(10n, 6n), hold(6n), pending(leg, 5n)).decisions).toMatchObject([
      { reason: 'insufficient_funds' },
    ]);
    expect(settle(wallet(10n, 6n), hold(6n), pending(leg, 4n)).decisions).toMatchObject([
      { balanceAfter: 6n },
    ]);
  });
});

test('a payout leaves for good: no room is kept for it', () => {
  const { wallets, decisions } = decide([wallet(MAX_AMOUNT)], [pending('payout', 5n)], RATES);
  expect(wallets).toMatchObject([{ balance: MAX_AMOUNT - 5n, returnable: 0n }]);
  expect(decisions).toMatchObject([{ next: null }]);
});

test('an operation about a hold that is not at hand is a bug, not a refusal', () => {
  expect(() => decide([wallet(5n)], [pending('release', 5n)], RATES)).toThrow('unknown hold');
});
