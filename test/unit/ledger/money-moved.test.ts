import { expect, test } from 'vitest';
import { LEGS } from '../../../lib/ledger/leg.ts';
import { addMoved, type Money, type MovedMoney } from '../../../lib/ledger/money-moved.ts';

const moved = (operation: Partial<MovedMoney>, walletCurrency = 'USD') => {
  const sums = new Map<string, Money>();
  const whole: MovedMoney = {
    ...{ leg: 'receipt', status: 'success', amount: 100n, currency: 'EUR', walletAmount: 110n },
    ...{ originAmount: null, originCurrency: null, ...operation },
  };
  addMoved(sums, whole, walletCurrency);
  return Object.fromEntries(sums);
};

test('a receipt brings money into wallets, and a payout takes it out, past what is in transit', () => {
  expect(moved({ leg: 'receipt' })).toEqual({ USD: { inWallets: 110n, inTransit: 0n } });
  expect(moved({ leg: 'linked_payout' })).toEqual({ USD: { inWallets: -110n, inTransit: 0n } });
});

test('a debit brings the named amount into transit, and a credit takes it out', () => {
  expect(moved({ leg: 'debit' })).toEqual({
    USD: { inWallets: -110n, inTransit: 0n },
    EUR: { inWallets: 0n, inTransit: 100n },
  });
  expect(moved({ leg: 'credit', currency: 'USD' })).toEqual({ USD: { inWallets: 110n, inTransit: -100n } });
});

test('a declined credit leaves in transit what was taken, instead of what was named', () => {
  const credit = { leg: 'credit', status: 'decline', walletAmount: null } as const;
  expect(moved({ ...credit, originAmount: 7n, originCurrency: 'THB' })).toEqual({
    EUR: { inWallets: 0n, inTransit: -100n },
    THB: { inWallets: 0n, inTransit: 7n },
  });
});

test('nothing else that is declined moves anything, nor does what is about a hold alone', () => {
  for (const leg of LEGS)
    if (leg !== 'credit') expect(moved({ leg, status: 'decline', walletAmount: null })).toEqual({});
  for (const leg of ['hold', 'release', 'expiry', 'payout_hold', 'payout_cancel'] as const)
    expect(moved({ leg })).toEqual({});
});
