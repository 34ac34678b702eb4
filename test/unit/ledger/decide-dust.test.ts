import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, type WalletState } from '../../../lib/ledger/decide.ts';
import type { Leg, PendingOperation } from '../../../lib/ledger/leg.ts';
import { NO_RULES } from '../../../lib/ledger/limits.ts';
import { convert, MAX_AMOUNT } from '../../../lib/ledger/money.ts';

const wallet = (currency: string, balance: bigint, held = 0n): WalletState => ({
  ...{ id: 1n, currency, balance, held, returnable: 0n, exact: false, rules: NO_RULES },
});

/** A leg of wallet 1 in the currency FROM. */
const pending = (leg: Leg, amount: bigint, currency = 'FROM'): PendingOperation => ({
  ...{ id: 1n, transactionId: 't', leg, walletId: 1n, counterpartyId: leg === 'payout' ? null : 2n },
  ...{ amount, currency, originAmount: null, originCurrency: null, reason: null },
  ...{ refundOf: leg === 'payout' ? 'x' : null, holdId: leg === 'capture' ? 'h' : null, correlationId: 'c' },
  hasDetails: false,
  ...{ number: 0, linkedLegs: null },
});

const rates = fc.oneof(
  fc.bigInt({ min: 1n, max: 10n ** 21n }),
  fc.bigInt({ min: 10n ** 11n, max: 10n ** 13n }),
);
const amounts = fc.oneof(fc.bigInt({ min: 1n, max: 200n }), fc.bigInt({ min: 1n, max: MAX_AMOUNT }));

describe.each(['debit', 'payout'] as const)('a %s', (leg) => {
  test('takes less than a millionth beyond its exact value, and is declined exactly where a conversion gives nothing', () => {
    fc.assert(
      fc.property(amounts, rates, rates, (amount, from, to) => {
        const table = new Map([
          ['FROM', { rate: from, allowed: true }],
          ['TO', { rate: to, allowed: true }],
        ]);
        const [decision] = decide([wallet('TO', MAX_AMOUNT)], [pending(leg, amount)], table).decisions;
        const isTooSmall = decision?.status === 'decline' && decision.reason === 'amount_too_small';
        expect(isTooSmall).toBe(convert(amount, from, to, 'down') === 0n);
        if (decision?.status !== 'success') return;
        const beyond = decision.walletAmount * to - amount * from;
        expect(beyond >= 0n && beyond < to).toBe(true);
        expect(decision.walletAmount * to).toBeLessThan(2n * amount * from);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a capture takes the smallest amount there is: it is in the currency of its wallet', () => {
  const table = new Map([['FROM', { rate: 1n, allowed: true }]]);
  const nothing = { overCapture: 0n, captured: 0n, capturedWallet: 0n };
  const kept = { walletAmount: 1n, currencyRate: 1n, walletRate: 1n };
  const holds = [{ id: 'h', amount: 1n, status: 'active' as const, ...nothing, ...kept }];
  const { decisions } = decide([wallet('FROM', 1n, 1n)], [pending('capture', 1n)], table, holds);
  expect(decisions).toMatchObject([{ status: 'success', walletAmount: 1n }]);
});
