import type { Mutant } from './mutant-list.ts';

const RECORD = 'lib/details/record.ts';

/** Known bugs of references. */
export const REFERENCE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a reference that is not looked up, and whose key swallows the second',
    patches: [
      { file: RECORD, find: 'isFree: sql`AND NOT EXISTS (SELECT FROM first)`', replace: 'isFree: sql``' },
      { file: RECORD, find: '(SELECT transaction_id FROM first) AS "firstId"', replace: 'NULL AS "firstId"' },
      {
        file: RECORD,
        find: 'FROM ${source} OFFSET 0) AS ready',
        replace: 'FROM ${source} OFFSET 0) AS ready ON CONFLICT DO NOTHING',
      },
    ],
  },
  {
    name: 'a reference that is not looked up, without its unique key',
    patches: [
      { file: RECORD, find: 'isFree: sql`AND NOT EXISTS (SELECT FROM first)`', replace: 'isFree: sql``' },
      { file: RECORD, find: '(SELECT transaction_id FROM first) AS "firstId"', replace: 'NULL AS "firstId"' },
      {
        file: 'migrations/0001_schema.sql',
        find: 'CREATE UNIQUE INDEX transaction_references',
        replace: 'CREATE INDEX transaction_references',
      },
    ],
  },
  {
    name: 'a credit that forgets that its transfer has a reference',
    patches: [
      { file: 'lib/ledger/leg.ts', find: 'hasDetails: debit.hasDetails', replace: 'hasDetails: false' },
    ],
  },
];
