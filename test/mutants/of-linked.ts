import type { KnownBug } from './mutant.ts';

const ACCEPT = 'test/integration/accept/linked.test.ts';
const SETTLE = 'test/integration/settle/linked.test.ts';

export const LINKED_MUTANTS: readonly KnownBug[] = [
  {
    name: 'a linked transaction with one leg missing',
    file: 'lib/accept/linked.ts',
    find: '      WHERE made.wallet_id IS NOT NULL\n',
    replace: '      WHERE made.wallet_id IS NOT NULL AND (number = 1 OR part = 0)\n',
    caughtBy: ACCEPT,
  },
  {
    name: 'a linked transaction that moves what comes before the leg that failed',
    file: 'lib/ledger/decide.ts',
    find: '      states.set(id, known(wallet, `wallet ${id}`));\n      changed.add(id);\n',
    replace: '      known(wallet, `wallet ${id}`);\n      changed.add(id);\n',
    caughtBy: ACCEPT,
  },
  {
    name: 'wallets that are locked in the order in which they are named',
    file: 'lib/settle/locks.ts',
    find: '::bigint[]) ORDER BY id FOR NO KEY UPDATE\n',
    replace:
      '::bigint[])\n      ORDER BY array_position(${array(request.walletIds)}::bigint[], id) FOR NO KEY UPDATE\n',
    caughtBy: SETTLE,
  },
];
