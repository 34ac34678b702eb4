import type { Sql } from '../../../lib/postgres/database.ts';
import { parseJson } from '../../../lib/wire/parse-json.ts';
import { show } from './check-legs.ts';
import type { Changes, Journal } from './journal.ts';
import { must } from './violation.ts';

/** What a request gives its transaction to know it by, in the order of the fields. */
export interface Given {
  readonly Reference?: string;
  readonly Description?: string;
  readonly Metadata?: Readonly<Record<string, string>>;
}

interface DetailsRow {
  readonly id: string;
  readonly owner: string;
  readonly number: bigint;
  readonly reference: string | null;
  readonly description: string | null;
  readonly metadata: string | null;
}

/** Whether a transaction has what was given, no more and no less. */
export const isGiven = ({ details }: Journal, transactionId: string, given: Given): boolean =>
  show(details.get(transactionId) ?? {}) === show(given);

/**
 * Adds new details to the journal, and checks that a reference is given to one transaction of an owner and to one wallet, and that
 * each leg says whether its transaction has details.
 */
export async function checkDetails(sql: Sql, journal: Journal, { inserted }: Changes): Promise<void> {
  const { details, references } = journal;
  const [rows, doubled] = await Promise.all([
    sql<DetailsRow[]>`
      SELECT transaction_id AS id, owner, number, reference, description, metadata::text FROM transaction_details
      WHERE number > ${references.last} ORDER BY number`,
    sql`SELECT reference FROM wallet_details GROUP BY reference, owner HAVING count(reference) > 1`,
  ]);
  for (const { id, owner, number, reference, description, metadata } of rows) {
    references.last = number;
    details.set(id, {
      ...(reference === null ? {} : { Reference: reference }),
      ...(description === null ? {} : { Description: description }),
      ...(metadata === null ? {} : { Metadata: parseJson(metadata) as Record<string, string> }),
    });
    must(journal.byTransaction.has(id), 'a transaction that was given a reference is there', () => id);
    if (reference === null) continue;
    const key = JSON.stringify([owner, reference]);
    const first = references.first.get(key);
    must(first === undefined, 'a reference is given to one transaction', () => `${key}: ${first} and ${id}`);
    references.first.set(key, id);
  }
  must(doubled.length === 0, 'a reference is given to one wallet', () => show(doubled));
  for (const leg of inserted)
    must(
      leg.hasDetails === details.has(leg.transactionId),
      'each leg says whether its transaction was given a reference',
      () => show(leg),
    );
}
