import { describe, expect, test } from 'vitest';
import { decide, type WalletState } from '../../../lib/ledger/decide.ts';
import type { Leg, PendingOperation } from '../../../lib/ledger/leg.ts';
import { NO_RULES } from '../../../lib/ledger/limits.ts';
import { MAX_AMOUNT } from '../../../lib/ledger/money.ts';
import { RATE_ONE } from '../../../lib/ledger/rate.ts';

const RATES = new Map([['USD', { rate: RATE_ONE, allowed: true }]]);

const wallet = (id: bigint, balance: bigint, rest: Partial<WalletState> = {}): WalletState => ({
  ...{ id, currency: 'USD', balance, held: 0n, returnable: 0n, exact: true, rules: NO_RULES },
  ...rest,
});

type Transfer = readonly [from: bigint | null, to: bigint, amount: bigint];

/** The legs of a linked transaction. */
function linked(transactionId: string, ...transfers: readonly Transfer[]): PendingOperation[] {
  const linkedLegs = transfers.reduce((sum, [from]) => sum + (from === null ? 1 : 2), 0);
  return transfers.flatMap(([from, to, amount], index) => {
    const of = (leg: Leg, walletId: bigint, counterpartyId: bigint | null): PendingOperation => ({
      ...{ id: BigInt(2 * index + 1), transactionId, leg, walletId, counterpartyId, amount, currency: 'USD' },
      ...{ originAmount: null, originCurrency: null, reason: null, refundOf: null, holdId: null },
      ...{ correlationId: 'c', hasDetails: false, number: index + 1, linkedLegs },
    });
    return from === null
      ? [of('linked_receipt', to, null)]
      : [of('linked_debit', from, to), of('linked_credit', to, from)];
  });
}

const reasonsOf = ({ decisions }: ReturnType<typeof decide>) =>
  decisions.map((decision) => (decision.status === 'decline' ? decision.reason : 'success'));

const balancesOf = ({ wallets }: ReturnType<typeof decide>) =>
  Object.fromEntries(wallets.map(({ id, balance }) => [`${id}`, balance]));

describe('a linked transaction', () => {
  test('moves everything in the order of its transfers, and leaves no leg to follow', () => {
    const decided = decide(
      [wallet(1n, 0n), wallet(2n, 0n)],
      linked('t', [null, 1n, 7n], [1n, 2n, 7n], [2n, 1n, 3n]),
      RATES,
    );
    expect(reasonsOf(decided)).toEqual(Array(5).fill('success'));
    expect(balancesOf(decided)).toEqual({ 1: 3n, 2: 4n });
    expect(decided.decisions.every(({ next }) => next === null)).toBe(true);
    expect(decided.wallets.every(({ returnable }) => returnable === 0n)).toBe(true);
  });

  test('moves nothing if one leg fails, which alone has its reason', () => {
    const decided = decide(
      [wallet(1n, 10n), wallet(2n, 0n)],
      linked('t', [1n, 2n, 6n], [1n, 2n, 5n], [1n, 2n, 99n]),
      RATES,
    );
    const others = 'linked_declined';
    expect(reasonsOf(decided)).toEqual([others, others, 'insufficient_funds', others, others, others]);
    expect(decided.decisions[2]).toMatchObject({ available: 4n });
    // Both wallets' chains go on, also that of one whose legs were not reached.
    expect(balancesOf(decided)).toEqual({ 1: 10n, 2: 0n });
  });

  test('leaves what comes after it as if it had not been there', () => {
    const decided = decide(
      [wallet(1n, 10n), wallet(2n, 0n)],
      [...linked('t', [1n, 2n, 10n], [2n, 1n, 11n]), ...linked('u', [1n, 2n, 10n])],
      RATES,
    );
    expect(reasonsOf(decided).slice(4)).toEqual(['success', 'success']);
    expect(balancesOf(decided)).toEqual({ 1: 0n, 2: 10n });
  });

  test.each([
    ['a frozen origin', { rules: { ...NO_RULES, frozenOut: true } }, {}, 'wallet_frozen'],
    ['a frozen target', {}, { rules: { ...NO_RULES, frozenIn: true } }, 'wallet_frozen'],
    ['a closed target', {}, { rules: { ...NO_RULES, isClosed: true } }, 'wallet_closed'],
    ['room that is kept for returns', {}, { returnable: MAX_AMOUNT }, 'balance_limit'],
    ['money that is held', { held: 6n }, {}, 'insufficient_funds'],
  ])('is declined for %s', (_what, origin, target, reason) => {
    const decided = decide(
      [wallet(1n, 10n, origin), wallet(2n, 0n, target)],
      linked('t', [1n, 2n, 5n]),
      RATES,
    );
    expect(reasonsOf(decided)).toContain(reason);
    expect(balancesOf(decided)).toEqual({ 1: 10n, 2: 0n });
  });

  test('counts as spent as a whole, and not at all if it is declined', () => {
    const limits = { balanceLimit: null, perOperation: null, perDay: 8n, perMonth: null };
    const rules = { ...NO_RULES, limits: { ...limits, spentDay: 0n, spentMonth: 0n } };
    const limited = wallet(1n, 100n, { rules });
    const declined = decide([limited, wallet(2n, 0n)], linked('t', [1n, 2n, 5n], [1n, 2n, 4n]), RATES);
    expect(reasonsOf(declined)).toContain('daily_limit');
    expect(declined.wallets.find(({ id }) => id === 1n)?.rules.limits?.spentDay).toBe(0n);
    const taken = decide([limited, wallet(2n, 0n)], linked('t', [1n, 2n, 5n], [1n, 2n, 3n]), RATES);
    expect(taken.wallets.find(({ id }) => id === 1n)?.rules.limits?.spentDay).toBe(8n);
  });

  test('is a bug if a leg is missing, or another operation is among them', () => {
    const legs = linked('t', [1n, 2n, 5n], [1n, 2n, 4n]);
    const wallets = [wallet(1n, 10n), wallet(2n, 0n)];
    expect(() => decide(wallets, legs.slice(0, 3), RATES)).toThrow('not all 4 legs');
    const [other] = linked('u', [null, 1n, 5n]);
    expect(() => decide(wallets, legs.toSpliced(1, 0, other as PendingOperation), RATES)).toThrow(
      'not all 4',
    );
  });
});
