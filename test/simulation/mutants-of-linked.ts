import type { Mutant } from './mutant-list.ts';

const ACCEPT = 'lib/accept/linked.ts';
const DECIDE = 'lib/ledger/decide.ts';
const GATHER = 'lib/settle/linked.ts';

/** Known bugs of linked transactions. */
export const LINKED_MUTANTS: readonly Mutant[] = [
  {
    name: 'a leg of a linked transaction that is not recorded',
    patches: [
      {
        file: ACCEPT,
        find: '      WHERE made.wallet_id IS NOT NULL\n',
        replace: '      WHERE made.wallet_id IS NOT NULL AND NOT (part = 1 AND number = 2)\n',
      },
    ],
  },
  {
    // It takes the legs of the wallets that are locked, and nobody notices that others are missing.
    name: 'a linked transaction settled without a leg whose wallet is not locked',
    patches: [
      {
        file: GATHER,
        find: '    if (isReady(transaction)) {\n      operations.push(...transaction.legs);\n',
        replace:
          '    if (isReady(transaction) || transaction.isWhole) {\n' +
          '      operations.push(...transaction.legs.filter((leg) => isLocked.has(leg.walletId)));\n',
      },
      {
        file: DECIDE,
        find: "known(linkedLegs, 'number of linked legs'));\n",
        replace:
          "known(linkedLegs, 'number of linked legs')).filter((leg) => leg.transactionId === transactionId);\n",
      },
      {
        file: DECIDE,
        find: '  if (legs.length !== linkedLegs || legs.some((leg) => leg.transactionId !== transactionId))\n',
        replace: '  if (legs.length === 0)\n',
      },
    ],
  },
  {
    name: 'a linked transaction that moves the legs before the one that failed',
    patches: [{ file: DECIDE, find: '      states.set(id, known(wallet, `wallet ${id}`));\n', replace: '' }],
  },
  {
    name: 'legs of a linked transaction that succeed without those behind them',
    patches: [
      {
        file: DECIDE,
        find: "    if (decision.status === 'decline')\n      return legs.map(",
        replace: '    if (decisions.length === 0)\n      return legs.map(',
      },
    ],
  },
  {
    name: 'legs of a linked transaction tried against their order',
    patches: [
      {
        file: DECIDE,
        find: '  for (const leg of legs) {\n    const decision = decideNext(leg);\n',
        replace: '  for (const leg of legs.toReversed()) {\n    const decision = decideNext(leg);\n',
      },
      {
        file: DECIDE,
        find: '  }\n  return decisions;\n}\n',
        replace: '  }\n  return decisions.toReversed();\n}\n',
      },
    ],
  },
  {
    name: 'an event for each leg of a linked transaction',
    patches: [
      {
        file: 'lib/ledger/leg.ts',
        find: '  if (number > 0) return isFirstLinked(operation);\n',
        replace: '',
      },
    ],
  },
];
