import type { Mutant } from './mutant-list.ts';

const LIMITS = 'lib/ledger/limits.ts';
const STORED = 'lib/settle/limits.ts';

/** Known bugs of credit and limits. */
export const LIMIT_MUTANTS: readonly Mutant[] = [
  {
    name: 'what one operation spends overlooked by the next of its transaction',
    patches: [
      {
        file: LIMITS,
        find: 'spentDay: atMostMax(limits.spentDay + walletAmount),',
        replace: 'spentDay: limits.spentDay,',
      },
    ],
  },
  {
    name: 'credit given twice',
    patches: [
      {
        file: LIMITS,
        find: '=> balance - held + creditLimit;',
        replace: '=> balance - held + 2n * creditLimit;',
      },
    ],
  },
  {
    // Each transaction asks what an earlier one read.
    name: 'a limit that is asked before the lock',
    patches: [
      {
        file: STORED,
        find: 'type StoredLimits = GivenLimits & Spent & { readonly walletId: bigint };',
        replace:
          'type StoredLimits = GivenLimits & Spent & { readonly walletId: bigint };\n' +
          'const earlier = new Map<bigint, StoredLimits>();',
      },
      {
        file: STORED,
        find: '  const byWallet = new Map(stored.map((limits) => [limits.walletId, limits]));\n',
        replace:
          '  const byWallet = new Map(stored.map((limits) => [limits.walletId, earlier.get(limits.walletId) ?? limits]));\n' +
          '  for (const limits of stored) earlier.set(limits.walletId, limits);\n',
      },
    ],
  },
];
