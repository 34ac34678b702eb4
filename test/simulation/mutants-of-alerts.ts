import type { Mutant } from './mutant-list.ts';

const ALERT = 'lib/ledger/alert.ts';
const WATCH = 'lib/settle/alerts.ts';

/** Known bugs of alerts. */
export const ALERT_MUTANTS: readonly Mutant[] = [
  {
    name: 'an alert that fires again while the balance stays beyond its edge',
    patches: [
      { file: ALERT, find: 'before >= threshold && after < threshold', replace: 'after < threshold' },
    ],
  },
  {
    name: 'an alert that fires twice',
    patches: [
      {
        file: WATCH,
        find: '        .map((alert) => eventOf(alert, operation, balanceAfter, currency));\n',
        replace:
          '        .flatMap((alert) => [1, 2].map(() => eventOf(alert, operation, balanceAfter, currency)));\n',
      },
    ],
  },
  {
    name: 'alerts that compare each operation with the balance before the transaction',
    patches: [{ file: WATCH, find: '      balances.set(walletId, balanceAfter);\n', replace: '' }],
  },
];
