import type { Fragment } from 'postgres';
import { array, type Statements } from '../postgres/database.ts';
import type { Details } from '../wire/details.ts';
import { parseJson } from '../wire/parse-json.ts';

/**
 * A transaction's details as a text of JSON, null if it has none: an expression.
 *
 * The names in metadata are the callers', so no driver parses them: {@link parseDetails} does.
 *
 * @param id a transaction's, of the outer query
 */
export const transactionDetails = (sql: Statements, id: Fragment): Fragment => sql`(
  SELECT json_build_object('Reference', details.reference, 'Description', details.description, 'Metadata', details.metadata)::text
  FROM transaction_details AS details WHERE details.transaction_id = ${id})`;

/** The same of a wallet, with the id of its owner. */
export const walletDetails = (sql: Statements, id: Fragment): Fragment => sql`(
  SELECT json_build_object('OwnerId', details.owner_id, 'Reference', details.reference, 'Description', details.description,
    'Metadata', details.metadata)::text
  FROM wallet_details AS details WHERE details.wallet_id = ${id})`;

/** What was given, of such a text: an empty object for null. */
export function parseDetails<T extends Details>(text: string | null): T {
  const fields = text === null ? {} : (parseJson(text) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as unknown as T;
}

/** Characters of details in one page: with quotes escaped twice, a reply stays under Lambda's 6 MB. */
const MAX_PAGE_CHARACTERS = 1_000_000;

/** How many rows of a page fit into a reply, by their details: all but a few pages' rows do, and one always does. */
export function fitting(rows: readonly { readonly details: string | null }[]): number {
  let characters = 0;
  const index = rows.findIndex(({ details }) => {
    characters += details?.length ?? 0;
    return characters > MAX_PAGE_CHARACTERS;
  });
  return index === -1 ? rows.length : Math.max(index, 1);
}

/** The details of transactions that have some, by transaction. Without any, no statement is sent. */
export async function loadDetails(
  sql: Statements,
  operations: readonly { readonly transactionId: string; readonly hasDetails: boolean }[],
): Promise<Map<string, Details>> {
  const ids = new Set(
    operations.filter((operation) => operation.hasDetails).map(({ transactionId }) => transactionId),
  );
  if (ids.size === 0) return new Map();
  const rows = await sql<{ id: string; details: string | null }[]>`
    SELECT id, ${transactionDetails(sql, sql`given.id`)} AS details FROM unnest(${array(ids)}::uuid[]) AS given(id)`;
  return new Map(rows.map(({ id, details }) => [id, parseDetails(details)]));
}
