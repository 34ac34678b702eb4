import { known } from '../ledger/known.ts';
import type { Statements } from '../postgres/database.ts';
import { numberedRows } from '../postgres/rows.ts';
import { ok, type Result } from '../wire/refusal.ts';
import type { Accepted, Identity } from './accepted.ts';
import { type Receipt, resultOf, type Transfer, type TransferRow, walletsOf } from './transfer.ts';

/** The most operations in one request. */
export const MAX_ENTRIES = 500;

interface NewTransfer {
  readonly transfer: Receipt | Transfer;
  readonly identity: Identity;
}

/**
 * Records many receipts and transfers as pending operations, in their order and in one statement. Each is accepted or
 * refused by itself.
 *
 * @param entries at most {@link MAX_ENTRIES}; an entry that is already refused keeps its refusal
 * @param newId makes transaction ids
 * @returns a result for each entry, in order
 */
export async function acceptBatch(
  sql: Statements,
  entries: readonly Result<Receipt | Transfer>[],
  newId: () => string,
  correlationId: string,
): Promise<Result<Result<Accepted>[]>> {
  const transfers = entries.flatMap((entry) =>
    entry.ok ? [{ transfer: entry.value, identity: { transactionId: newId(), correlationId } }] : [],
  );
  const results = (await acceptTransfers(sql, transfers)).values();
  return ok(entries.map((entry) => (entry.ok ? known(results.next().value, 'result of an entry') : entry)));
}

async function acceptTransfers(
  sql: Statements,
  transfers: readonly NewTransfer[],
): Promise<Result<Accepted>[]> {
  if (transfers.length === 0) return [];
  const given = numberedRows(sql, 'given', transfers, {
    transaction_id: ['uuid', ({ identity }) => identity.transactionId],
    correlation_id: ['text', ({ identity }) => identity.correlationId],
    wallet_id: ['bigint', ({ transfer }) => walletsOf(transfer).walletId],
    target_id: ['bigint', ({ transfer }) => walletsOf(transfer).targetId],
    amount: ['bigint', ({ transfer }) => transfer.Amount],
    currency: ['text', ({ transfer }) => transfer.Currency],
  });
  // A subquery for each wallet: for a join, the planner may read all wallets.
  const rows = await sql<TransferRow[]>`
    WITH entry AS (
      SELECT given.*, (SELECT wallet_group FROM wallets WHERE id = wallet_id) AS wallet_group,
        (SELECT true FROM wallets WHERE id = target_id) AS target, currencies.name IS NOT NULL AS allowed
      FROM ${given}
      LEFT JOIN currencies ON currencies.name = given.currency AND withdrawn_at IS NULL
    ), operation AS (
      INSERT INTO operations (transaction_id, leg, wallet_id, counterparty_id, amount, currency, correlation_id)
      SELECT transaction_id, CASE WHEN target_id IS NULL THEN 'receipt'::operation_leg ELSE 'debit'::operation_leg END,
        wallet_id, target_id, amount, currency, correlation_id
      FROM entry
      WHERE wallet_group IS NOT NULL AND allowed AND (target_id IS NULL OR target AND target_id <> wallet_id)
      ORDER BY number
      RETURNING id, transaction_id
    )
    SELECT wallet_group AS group, coalesce(target, false) AS "targetExists", operation.id AS "operationId"
    FROM entry LEFT JOIN operation ON operation.transaction_id = entry.transaction_id
    ORDER BY number`;
  return transfers.map(({ transfer, identity }, index) =>
    resultOf(transfer, known(rows[index], 'result of an entry'), identity),
  );
}
