import type { Mutant } from './mutant-list.ts';

/** Known bugs of requests that are only tried out. */
export const TRY_OUT_MUTANTS: readonly Mutant[] = [
  {
    name: 'a request that is only tried out is done',
    patches: [
      { file: 'lib/postgres/undone.ts', find: '      throw new Undo();\n', replace: '' },
      {
        file: 'lib/postgres/undone.ts',
        find: "  throw new Error('a transaction was committed that should be undone');",
        replace: '  return (done as any).value;',
      },
    ],
  },
  {
    name: 'what is pending is not settled before what is tried out',
    patches: [
      {
        file: 'lib/settle/dry-run.ts',
        find: '    if (pending.length === 0) return;',
        replace:
          '    if (pending.length === 0) return;\n' +
          '    await tx`DELETE FROM pending_operations WHERE transaction_id <> ALL (${array(transactionIds)}::uuid[])`;',
      },
    ],
  },
];
