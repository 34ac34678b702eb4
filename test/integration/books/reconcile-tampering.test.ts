import { afterAll, describe, expect, test } from 'vitest';
import { reconcileOnward } from '../../../lib/books/onward.ts';
import { reconcile } from '../../../lib/books/reconcile.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { storyBooks } from '../../support/system/books.ts';
import { LINKED_TAMPERINGS } from '../../support/tamper/linked.ts';
import { RULE_TAMPERINGS } from '../../support/tamper/rules.ts';
import { TRANSACTION_TAMPERINGS } from '../../support/tamper/transactions.ts';
import { type LegOf, type Tampering, WALLET_TAMPERINGS } from '../../support/tamper/wallets.ts';

const SECONDS = 60;

/** What no key leads to from a wallet or an operation; what the wallet holds back tells of such a hold, too. */
const ONLY_FULL: readonly string[] = [
  'an active hold was inserted that has no operation',
  'a reference of no transaction was inserted',
];

const TAMPERINGS = Object.entries({
  ...WALLET_TAMPERINGS,
  ...RULE_TAMPERINGS,
  ...LINKED_TAMPERINGS,
  ...TRANSACTION_TAMPERINGS,
}).flatMap(([check, tamperings]) =>
  Object.entries(tamperings).map(([title, tamper]): [string, string, Tampering] => [check, title, tamper]),
);

describe('reconcile', async () => {
  const books = await storyBooks();
  afterAll(books.close);
  const legOf =
    (sql: Sql): LegOf =>
    async (transaction, leg) => {
      const id = books.story.ids[transaction];
      const [row] =
        await sql`SELECT * FROM legs WHERE transaction_id = ${id}::uuid AND leg = ${leg}::operation_leg`;
      return row;
    };

  /** Tampers with a copy of the books, and expects the check to name the row. */
  const finds =
    (check: typeof reconcile | typeof reconcileOnward) =>
    async (...[name, _title, tamper]: (typeof TAMPERINGS)[number]): Promise<void> => {
      await books.copy(async (sql) => {
        const expected = await tamper(sql, books.story, legOf(sql));
        const { checks, isClean } = await check(sql, SECONDS);
        expect(isClean).toBe(false);
        const rows = checks.find((found) => found.name === name)?.rows;
        expect(rows).toContainEqual(expect.objectContaining(expected));
      });
    };

  test.each(TAMPERINGS)('finds in its check of %s that %s, and names the row', finds(reconcile));

  test.each(TAMPERINGS.filter(([, title]) => !ONLY_FULL.includes(title)))(
    'finds it in %s also by going on from the beginning, if %s',
    finds(reconcileOnward),
  );

  test('counts all rows that are off, and shows the first by wallet', async () => {
    await books.copy(async (sql) => {
      const { count } = await sql`
        UPDATE operations SET currency_rate = currency_rate + 1 WHERE status = 'success'`;
      const { checks } = await reconcile(sql, SECONDS);
      const rates = checks.find(({ name }) => name === 'rates');
      expect(rates?.problems).toBe(count);
      expect(rates?.rows).toHaveLength(20);
      const ids = rates?.rows.map(({ walletId }) => Number(walletId)) ?? [];
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    });
  });
});
