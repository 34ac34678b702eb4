import { array, type Sql } from '../../../lib/postgres/database.ts';
import { isFirstLeg, show } from './check-legs.ts';
import {
  type Changes,
  isLinked,
  isTerminal,
  type Journal,
  type Operation,
  type WalletRow,
} from './journal.ts';
import { must, Violation } from './violation.ts';

/** Compares each wallet's row with the state that follows from its journal. */
export function checkWallets(journal: Journal, rows: readonly WalletRow[]): void {
  must(
    rows.length === journal.wallets.size,
    'wallets are kept',
    () => `${rows.length} of ${journal.wallets.size}`,
  );
  for (const row of rows) {
    const state = journal.wallets.get(row.id);
    must(
      row.balance === state?.balance,
      'each balance is the sum of its journal',
      () => `${show(row)}, by the journal ${show(state)}`,
    );
    must(
      row.held === state.held,
      'a wallet holds back what its active holds reserve',
      () => `${show(row)}, by the journal ${show(state)}`,
    );
    must(
      row.returnable >= state.inTransit && row.returnable >= 0n,
      'a wallet keeps room for money that may come back',
      () => `${show(row)}, by the journal ${show(state)}`,
    );
    must(
      row.chainLength === state.position && row.chainHead.equals(state.head),
      "each wallet has its chain's length and head",
      () => `${show(row)}, by the journal ${show(state)}`,
    );
    must(
      row.unlisted === state.unlisted && (row.bookedAt ?? '') === state.processedAt,
      "each wallet has its last operation's time, and the number of those that no report lists",
      () => `${show(row)}, by the journal ${show(state)}`,
    );
  }
}

/** Checks what depends on the changed operations: double entries, holds and refunds. */
export async function checkBooks(sql: Sql, journal: Journal, { inserted, settled }: Changes): Promise<void> {
  const touched = [...inserted, ...settled];
  if (touched.length === 0) return;
  const done = touched.filter(({ status }) => status !== 'new');
  const holds = touched.flatMap(({ holdId }) => (holdId === null ? [] : [holdId]));
  const refunds = touched.flatMap(({ refundOf }) => (refundOf === null ? [] : [refundOf]));
  await Promise.all([
    checkSums(sql, done),
    checkHolds(sql, journal, holds),
    checkRefunds(sql, journal, refunds),
  ]);
}

/** Checks that the double entries of each settled operation sum to zero per currency; then so do all of them. */
async function checkSums(sql: Sql, done: readonly Operation[]): Promise<void> {
  if (done.length === 0) return;
  const wallets = new Set(done.map(({ walletId }) => walletId));
  const off = await sql<{ operation: bigint; currency: string; sum: bigint }[]>`
    SELECT operation_id AS operation, currency, sum(amount) FROM ledger_entries
    WHERE wallet_id = ANY (${array(wallets)}::bigint[]) AND operation_id = ANY (${array(done.map(({ id }) => id))}::bigint[])
    GROUP BY operation_id, currency HAVING sum(amount) <> 0`;
  must(off.length === 0, 'the books sum to zero', () => show(off));
}

interface HoldRow {
  readonly id: string;
  readonly amount: bigint;
  readonly status: string;
  readonly captured: bigint;
  readonly taken: bigint;
}

async function checkHolds(sql: Sql, journal: Journal, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await sql<HoldRow[]>`
    SELECT id, amount, status, captured, captured_wallet AS taken FROM holds WHERE id = ANY (${array(ids)}::uuid[])`;
  for (const row of rows) {
    const state = journal.holds.get(row.id);
    must(
      row.status === (state?.status ?? 'new') &&
        row.captured === (state?.captured ?? 0n) &&
        row.taken === (state?.taken ?? 0n) &&
        (state === undefined || row.amount === state.amount),
      "each hold's state follows from its operations",
      () => `${show(row)}, by the journal ${show(state)}`,
    );
  }
}

async function checkRefunds(sql: Sql, journal: Journal, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await sql<{ id: string; amount: bigint; refunded: bigint }[]>`
    SELECT transaction_id AS id, amount, refunded FROM refund_totals WHERE transaction_id = ANY (${array(ids)}::uuid[])`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  const parts = Map.groupBy(
    [...journal.operations.values()].filter(
      (operation) => operation.refundOf !== null && isFirstLeg(operation),
    ),
    ({ refundOf }) => refundOf,
  );
  for (const id of ids) {
    const row = byId.get(id);
    const standing = (parts.get(id) ?? []).filter(({ transactionId }) => isStanding(journal, transactionId));
    const sum = standing.reduce((total, { amount }) => total + amount, 0n);
    const paid = journal.byTransaction
      .get(id)
      ?.find((leg) => leg.leg === 'receipt' || leg.leg === 'credit' || isLinked(leg));
    // A linked transaction is given back whole: 1 of 1.
    const [whole, back] =
      paid !== undefined && isLinked(paid) ? [1n, BigInt(standing.length)] : [paid?.amount, sum];
    must(
      row?.refunded === back && row.amount === whole && back <= row.amount,
      'the refunds of a transaction never exceed it',
      () => `${show(row)}, by the journal ${back} of ${show(paid)}`,
    );
  }
}

/** Whether a refund is pending or succeeded, that is, neither declined nor returned. */
function isStanding(journal: Journal, transactionId: string): boolean {
  const legs = journal.byTransaction.get(transactionId) ?? [];
  if (!isTerminal(legs)) return true;
  const last = legs.at(-1);
  return last?.status === 'success' && last.leg !== 'return';
}

/** Compares every operation with its row as last read: a settled operation never changes. */
export function checkUnchanged(journal: Journal, rows: readonly Operation[]): void {
  must(
    rows.length === journal.operations.size,
    'no operation is lost',
    () => `${rows.length} of ${journal.operations.size}`,
  );
  for (const row of rows) {
    const seen = journal.operations.get(row.id);
    if (show(row) === show(seen)) continue;
    throw new Violation('a settled operation never changes', `${show(seen)} became ${show(row)}`);
  }
}
