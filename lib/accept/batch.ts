import type { Statements } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { currencyNotAllowed, noWallet, ok, type Result, refused } from '../wire/refusal.ts';
import { type Accepted, recorded } from './accepted.ts';
import type { Receipt, Transfer } from './transfer.ts';

/** The most operations in one request. */
export const MAX_ENTRIES = 500;

type Entry = Receipt | Transfer;

interface Numbered {
  readonly index: number;
  readonly transactionId: string;
  readonly walletId: bigint;
  readonly targetId: bigint | null;
  readonly entry: Entry;
}

interface EntryRow {
  readonly index: number;
  readonly group: number | null;
  readonly targetExists: boolean;
  readonly operationId: bigint | null;
}

/**
 * Records many receipts and transfers as pending operations, in their order and in one statement. Each is accepted or
 * refused by itself.
 *
 * @param entries at most {@link MAX_ENTRIES}; those that are refused already keep their refusal
 * @param newId makes transaction ids
 * @returns a result for each entry, in order
 */
export async function acceptBatch(
  tx: Statements,
  entries: readonly Result<Entry>[],
  newId: () => string,
  correlationId: string,
): Promise<Result<Result<Accepted>[]>> {
  const numbered = entries.flatMap((entry, index) =>
    entry.ok ? [toNumbered(entry.value, index, newId())] : [],
  );
  const recordedRows = await record(tx, numbered, correlationId);
  const byIndex = new Map(recordedRows.map((row) => [row.index, row]));
  const given = new Map(numbered.map((item) => [item.index, item]));
  const results = entries.map((entry, index): Result<Accepted> => {
    const item = given.get(index);
    const row = byIndex.get(index);
    if (!entry.ok) return entry;
    if (item === undefined || row === undefined) throw new Error(`entry ${index} has no result`);
    return resultOf(item, row, correlationId);
  });
  return ok(results);
}

function toNumbered(entry: Entry, index: number, transactionId: string): Numbered {
  return 'WalletId' in entry
    ? { index, transactionId, walletId: entry.WalletId, targetId: null, entry }
    : { index, transactionId, walletId: entry.OriginWalletId, targetId: entry.TargetWalletId, entry };
}

function resultOf(
  { walletId, targetId, transactionId }: Numbered,
  row: EntryRow,
  correlationId: string,
): Result<Accepted> {
  if (walletId === targetId) {
    return refused('same_wallet', 'OriginWalletId and TargetWalletId must be two different wallets');
  }
  if (row.group === null) return noWallet(walletId);
  if (targetId !== null && !row.targetExists) return noWallet(targetId);
  if (row.operationId === null) return currencyNotAllowed();
  return ok(recorded(walletId, row.group, row.operationId, { transactionId, correlationId }));
}

async function record(
  tx: Statements,
  entries: readonly Numbered[],
  correlationId: string,
): Promise<readonly EntryRow[]> {
  if (entries.length === 0) return [];
  const given = rows(tx, 'given', entries, {
    index: ['integer', ({ index }) => index],
    transaction_id: ['uuid', ({ transactionId }) => transactionId],
    wallet_id: ['bigint', ({ walletId }) => walletId],
    target_id: ['bigint', ({ targetId }) => targetId],
    amount: ['bigint', ({ entry }) => entry.Amount],
    currency: ['text', ({ entry }) => entry.Currency],
  });
  // A look-up for each wallet: of a join, the planner may make one that reads every wallet there is.
  return await tx<EntryRow[]>`
    WITH entry AS (
      SELECT given.*, (SELECT wallet_group FROM wallets WHERE id = wallet_id) AS wallet_group,
        (SELECT true FROM wallets WHERE id = target_id) AS target, currencies.name IS NOT NULL AS allowed
      FROM ${given}
      LEFT JOIN currencies ON currencies.name = given.currency AND withdrawn_at IS NULL
    ), operation AS (
      INSERT INTO operations (transaction_id, leg, wallet_id, counterparty_id, amount, currency, correlation_id)
      SELECT transaction_id, CASE WHEN target_id IS NULL THEN 'receipt'::operation_leg ELSE 'debit'::operation_leg END,
        wallet_id, target_id, amount, currency, ${correlationId}
      FROM entry
      WHERE wallet_group IS NOT NULL AND allowed AND (target_id IS NULL OR target AND target_id <> wallet_id)
      ORDER BY index
      RETURNING id, transaction_id
    )
    SELECT index, wallet_group AS group, coalesce(target, false) AS "targetExists", operation.id AS "operationId"
    FROM entry LEFT JOIN operation ON operation.transaction_id = entry.transaction_id`;
}
