import type { Mutant } from './mutant-list.ts';

/** Known bugs of holds and of payouts, which are held before they are paid. */
export const HOLD_MUTANTS: readonly Mutant[] = [
  {
    name: 'a payout confirmed without being taken',
    patches: [
      {
        file: 'lib/ledger/hold.ts',
        find: 'capturedWallet: taken }, taken);',
        replace: 'capturedWallet: taken }, 0n);',
      },
    ],
  },
  {
    name: 'a payout confirmed out of what is available, though it is held',
    patches: [
      {
        file: 'lib/ledger/hold.ts',
        find: 'const taken = reservedBy(hold);',
        replace:
          'const taken = reservedBy(hold);\n      const exceeded = terms.exceeds(taken);\n      if (exceeded !== undefined) return exceeded;',
      },
    ],
  },
  {
    name: 'a payout confirmed and cancelled',
    patches: [
      {
        file: 'lib/accept/payout.ts',
        find: "AND status = 'active' AND answer IS NULL`",
        replace: "AND status = 'active'`",
      },
    ],
  },
  {
    name: 'a hold captured beyond itself',
    patches: [
      {
        file: 'lib/ledger/hold.ts',
        find: "  if (captured > most) return { reason: 'capture_exceeds_hold' };\n",
        replace: '',
      },
      {
        file: 'migrations/0001_schema.sql',
        find: '  CONSTRAINT captured_is_within CHECK (captured BETWEEN 0 AND amount + over_capture),\n',
        replace: '',
      },
    ],
  },
  {
    name: 'captures rounded up one by one',
    patches: [
      {
        file: 'lib/ledger/hold.ts',
        find: "const capturedWallet = convert(captured, rates.currencyRate, rates.walletRate, 'up');",
        replace:
          "const capturedWallet = hold.capturedWallet + convert(amount, rates.currencyRate, rates.walletRate, 'up');",
      },
    ],
  },
];
