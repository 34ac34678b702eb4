import type { Fragment } from 'postgres';
import { hasDetails, metadataText, turn } from '../details/record.ts';
import { known } from '../ledger/known.ts';
import { storedCorrelation } from '../postgres/correlation.ts';
import type { Statements } from '../postgres/database.ts';
import { type Claim, claimOf, TAKEN } from '../postgres/idempotency.ts';
import { numberedRows } from '../postgres/rows.ts';
import { stringifyJson } from '../wire/json.ts';
import {
  currencyNotAllowed,
  noWallet,
  ok,
  type Result,
  referenceTaken,
  refusalPayload,
} from '../wire/refusal.ts';
import { type Accepted, type NewIdentity, type Recording, transactionPayload } from './accepted.ts';
import {
  type Receipt,
  resultOf,
  sameWallet,
  type Transfer,
  type TransferRow,
  walletsOf,
} from './transfer.ts';

/** The most operations in one request. */
export const MAX_ENTRIES = 500;

/** An entry of a batch: what it requests, with the id of its transaction, or why it is refused already. */
export type Entry =
  | { readonly transfer: Receipt | Transfer; readonly transactionId: string; readonly refused?: never }
  | { readonly refused: Result<never> };

/** The reply's payload. */
export const batchPayload = (results: readonly Result<Accepted>[]) => ({
  Results: results.map(resultPayload),
});

const resultPayload = (result: Result<Accepted>) =>
  result.ok ? transactionPayload(result.value) : refusalPayload(result.refusal);

/**
 * Records many receipts and transfers as pending operations, in their order and in one statement, together with the
 * idempotency key. Each is accepted or refused by itself.
 *
 * @param requested at most {@link MAX_ENTRIES}; an entry that is already refused keeps its refusal
 * @param origin where the entries' identities come from
 * @returns a result for each entry, in order
 */
export async function acceptBatch(
  sql: Statements,
  requested: readonly Result<Receipt | Transfer>[],
  origin: NewIdentity,
  claim?: Claim,
): Promise<Recording<Result<Accepted>[]>> {
  const entries = requested.map((entry) => readEntry(entry, origin.newId));
  const rows = await record(sql, entries, origin, claim);
  return rows.length === 0 ? TAKEN : ok(resultsOf(entries, rows, origin.correlationId));
}

/** What became of each entry. */
export function resultsOf(
  entries: readonly Entry[],
  rows: readonly (TransferRow | undefined)[],
  correlationId: string,
): Result<Accepted>[] {
  return entries.map((entry, index) => {
    if (entry.refused) return entry.refused;
    const { transactionId } = entry;
    const row = known(rows[index], 'result of an entry');
    const result = resultOf(entry.transfer, row, { transactionId, correlationId });
    if (result === TAKEN) throw new Error('an entry that is eligible was not recorded');
    return result;
  });
}

/** Refuses what needs no look at the database, and gives the others the ids of their transactions. */
export function readEntry(entry: Result<Receipt | Transfer>, newId: () => string): Entry {
  if (!entry.ok) return { refused: entry };
  const { walletId, targetId } = walletsOf(entry.value);
  return walletId === targetId
    ? { refused: sameWallet() }
    : { transfer: entry.value, transactionId: newId() };
}

const refusalText = ({ refused }: Entry): string =>
  refused ? stringifyJson(resultPayload(refused)) : 'null';

/** @returns a row for each entry, in order; none if the key is taken */
async function record(
  sql: Statements,
  entries: readonly Entry[],
  { correlationId, owner }: NewIdentity,
  claim: Claim | undefined,
): Promise<TransferRow[]> {
  const { columns, found: withFirst, isFree, kept, column, value, answer } = detailsOf(sql, entries, owner);
  const refusal = { refusal: ['json', refusalText] as const };
  const given = numberedRows(sql, 'given', entries, {
    ...(claim === undefined ? {} : refusal),
    transaction_id: ['uuid', (entry) => (entry.refused ? null : entry.transactionId)],
    wallet_id: ['bigint', (entry) => (entry.refused ? null : walletsOf(entry.transfer).walletId)],
    target_id: ['bigint', (entry) => (entry.refused ? null : walletsOf(entry.transfer).targetId)],
    amount: ['bigint', (entry) => (entry.refused ? null : entry.transfer.Amount)],
    currency: ['text', (entry) => (entry.refused ? null : entry.transfer.Currency)],
    ...columns,
  });
  // A scalar subquery for each wallet: for a join or an EXISTS, the planner may read all wallets. Ids are taken here, in the
  // entries' order.
  return await sql<TransferRow[]>`
    WITH ${withFirst(sql`
      SELECT given.*, (SELECT wallet_group FROM wallets WHERE id = wallet_id) AS wallet_group,
        target_id IS NULL OR (SELECT true FROM wallets WHERE id = target_id) IS NOT NULL AS has_target,
        (SELECT true FROM currencies WHERE name = given.currency AND withdrawn_at IS NULL) IS NOT NULL AS is_allowed
      FROM ${given}
    `)}, batch AS (
      SELECT ${claim === undefined ? sql`NULL` : bodyOf(sql, claim, columns !== undefined)} AS body
    ), claimed AS (
      ${claimOf(sql, claim, sql`batch`, batchPayload([]), sql`batch.body`)}
    ), entry AS MATERIALIZED (
      SELECT found.*, CASE WHEN ${isEligible(sql)} ${isFree} THEN nextval('operation_ids') END AS id FROM found, claimed
    )${kept}, operation AS (
      INSERT INTO pending_operations
        (id, wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, correlation_id${column})
      SELECT id, wallet_id, wallet_group, transaction_id,
        CASE WHEN target_id IS NULL THEN 'receipt'::operation_leg ELSE 'debit'::operation_leg END,
        target_id, amount, currency, ${storedCorrelation(sql, correlationId, sql`transaction_id`)}${value}
      FROM entry WHERE id IS NOT NULL
    )
    SELECT wallet_group AS group, has_target AND target_id IS NOT NULL AS "targetExists", id IS NOT NULL AS "isEligible",
      id AS "operationId"${answer}
    FROM entry ORDER BY number`;
}

/** What a batch's statement has besides if an entry has details; each part is empty if none has. */
function detailsOf(sql: Statements, entries: readonly Entry[], owner: string) {
  const none = sql``;
  if (!entries.some((entry) => !entry.refused && hasDetails(entry.transfer))) {
    const found = (looked: Fragment) => sql`found AS MATERIALIZED (${looked})`;
    return { columns: undefined, found, isFree: none, kept: none, column: none, value: none, answer: none };
  }
  const given = sql`num_nonnulls(reference, description, metadata) > 0`;
  return {
    columns: {
      reference: ['text', (entry: Entry) => (entry.refused ? null : (entry.transfer.Reference ?? null))],
      description: ['text', (entry: Entry) => (entry.refused ? null : (entry.transfer.Description ?? null))],
      metadata: ['text', (entry: Entry) => (entry.refused ? null : metadataText(entry.transfer))],
    } as const,
    // Of several entries with one reference, the first that can be recorded has it.
    found: (looked: Fragment) => sql`looked AS MATERIALIZED (${looked}), found AS MATERIALIZED (
      SELECT looked.*, CASE WHEN reference IS NOT NULL THEN coalesce(
        (SELECT transaction_id FROM transaction_details AS first WHERE first.reference = looked.reference AND first.owner = ${owner}),
        nullif(first_value(CASE WHEN ${isEligible(sql)} THEN transaction_id END)
          OVER (PARTITION BY reference ORDER BY NOT (${isEligible(sql)}), number), transaction_id)) END AS first_id
      FROM looked
    )`,
    isFree: sql`AND first_id IS NULL`,
    // In the order of references: so two batches never wait for each other.
    kept: sql`, detail AS (
      INSERT INTO transaction_details (transaction_id, owner, reference, description, metadata)
      SELECT transaction_id, ${owner}, reference, description, metadata::json
      FROM (SELECT ${turn(sql)} OFFSET 0) AS ready, entry WHERE id IS NOT NULL AND ${given} ORDER BY reference
    )`,
    column: sql`, has_details`,
    value: sql`, ${given}`,
    answer: sql`, first_id AS "firstId"`,
  };
}

const isEligible = (sql: Statements): Fragment => sql`wallet_group IS NOT NULL AND has_target AND is_allowed`;

/** A wallet's id that stands in a text for another. */
const ANY_ID = 7_777_777_777_777_777_777n;

/** A currency's name that does: a text has no other such row of digits. */
const ANY_CURRENCY = '777777777777';

/** A transaction's id that stands in a text for another. */
const ANY_TRANSACTION = '77777777-7777-7777-7777-777777777777';

/**
 * The reply's text, made by the statement itself, which alone knows which entries are eligible: the same as that of
 * {@link batchPayload}.
 */
function bodyOf(sql: Statements, claim: Claim, withDetails: boolean): Fragment {
  const [before, after] = claim.reply(batchPayload([])).body.split(']');
  const missing = stringifyJson(resultPayload(noWallet(ANY_ID)));
  const notAllowed = stringifyJson(resultPayload(currencyNotAllowed(ANY_CURRENCY)));
  const noWalletText = (id: Fragment) => sql`replace(${missing}, ${ANY_ID.toString()}, ${id}::text)`;
  const taken = stringifyJson(resultPayload(referenceTaken({ FirstTransactionId: ANY_TRANSACTION })));
  const whereTaken = withDetails
    ? sql`WHEN first_id IS NOT NULL THEN replace(${taken}, ${ANY_TRANSACTION}, first_id::text)`
    : sql``;
  return sql`${before ?? ''} || (
    SELECT string_agg(CASE
      WHEN wallet_id IS NULL THEN refusal::text
      WHEN wallet_group IS NULL THEN ${noWalletText(sql`wallet_id`)}
      WHEN NOT has_target THEN ${noWalletText(sql`target_id`)}
      ${whereTaken}
      WHEN NOT is_allowed THEN replace(${notAllowed}, ${ANY_CURRENCY}, currency)
      ELSE '{"TransactionId":"' || transaction_id || '"}' END, ',' ORDER BY number)
    FROM found
  ) || ']' || ${after ?? ''}`;
}
