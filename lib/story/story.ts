import { addUp, type Entry, sumByCurrency } from '../ledger/entries.ts';
import type { TransactionStatus } from '../ledger/leg.ts';
import type { Sql, Statements } from '../postgres/database.ts';
import { type LegRow, readLegs, type TransactionView, viewOf } from '../reports/transaction.ts';
import { getHold, type HoldView } from '../wallets/holds.ts';
import { type EventDelivery, readEventDeliveries } from '../webhooks/event-deliveries.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { eventIdOf, readEntries, readStoryLegs, type StoryLeg, type StoryRow, toStoryLeg } from './legs.ts';

/** The most refunds that a story tells of: each is a transaction whose legs are read. */
const MAX_REFUNDS = 100;

/** The most deliveries of its events: three events, for as many webhooks as most have. */
const MAX_DELIVERIES = 100;

/** A part of the double entry of a transaction. */
interface EntryView {
  readonly Account: Entry['account'];
  readonly WalletId: bigint | null;
  readonly Currency: string;
  readonly Amount: bigint;
}

/** A transaction that gives back this one, or a part of it. */
interface RefundView {
  readonly TransactionId: string;
  /** Null of a linked transaction, which is given back whole. */
  readonly Amount: bigint | null;
  readonly Currency: string | null;
  readonly Status: TransactionStatus;
  readonly CreatedAt: string;
}

/** All that is known of a transaction. */
export interface StoryView {
  readonly Transaction: TransactionView;
  readonly CorrelationId: string;
  readonly Legs: readonly StoryLeg[];
  /** Added up by account, wallet and currency. */
  readonly Entries: readonly EntryView[];
  /** What the entries of each currency come to: 0. */
  readonly Sums: readonly { readonly Currency: string; readonly Amount: bigint }[];
  readonly Refunds: readonly RefundView[];
  readonly RefundOf: string | null;
  readonly Hold: HoldView | null;
  readonly Deliveries: readonly EventDelivery[];
  /** Whether there are more refunds or deliveries. */
  readonly IsCut: boolean;
}

/**
 * Tells all that is known of a transaction, by its key and theirs. Legs and entries are of one moment; refunds, hold and deliveries are
 * looked up after it.
 *
 * @returns a refusal if it is unknown
 */
export async function getStory(sql: Sql, transactionId: string): Promise<Result<StoryView>> {
  const legs = await readStoryLegs(sql, transactionId);
  const [first] = legs;
  if (first === undefined)
    return refused('transaction_not_found', `no transaction with id: ${transactionId}`);
  const [entries, refunds, hold, deliveries] = await Promise.all([
    readEntries(sql, legs),
    readRefunds(sql, first.transactionId),
    holdOf(sql, legs),
    readEventDeliveries(
      sql,
      legs.flatMap((leg) => eventIdOf(leg) ?? []),
      MAX_DELIVERIES + 1,
    ),
  ]);
  return ok({
    Transaction: viewOf(legs as readonly LegRow[]),
    CorrelationId: first.correlationId,
    Legs: legs.map(toStoryLeg),
    Entries: addUp(entries).map(toEntryView),
    Sums: Array.from(sumByCurrency(entries), ([Currency, Amount]) => ({ Currency, Amount })),
    Refunds: refunds.slice(0, MAX_REFUNDS),
    RefundOf: first.refundOf,
    Hold: hold,
    Deliveries: deliveries.slice(0, MAX_DELIVERIES),
    IsCut: refunds.length > MAX_REFUNDS || deliveries.length > MAX_DELIVERIES,
  });
}

const toEntryView = ({ account, walletId, currency, amount }: Entry): EntryView => ({
  Account: account,
  WalletId: walletId,
  Currency: currency,
  Amount: amount,
});

/** The refunds of a transaction, the oldest first. Which of more than {@link MAX_REFUNDS} there are matters to nobody. */
async function readRefunds(sql: Statements, transactionId: string): Promise<RefundView[]> {
  const found = await sql<{ id: string }[]>`
    SELECT transaction_id AS id FROM legs
    WHERE refund_of = ${transactionId}::uuid
      AND (leg IN ('payout', 'debit') OR number = 1 AND leg IN ('linked_payout', 'linked_debit'))
    LIMIT ${MAX_REFUNDS + 1}`;
  if (found.length === 0) return [];
  const transactions = await readLegs(
    sql,
    found.map(({ id }) => id),
  );
  return Array.from(transactions.values(), toRefundView).sort((a, b) => (a.CreatedAt < b.CreatedAt ? -1 : 1));
}

function toRefundView(legs: readonly LegRow[]): RefundView {
  const { TransactionId, Status, CreatedAt } = viewOf(legs);
  const paid = legs.find(({ number }) => number === 0);
  return { TransactionId, Amount: paid?.amount ?? null, Currency: paid?.currency ?? null, Status, CreatedAt };
}

/** The hold that a transaction placed, captured or ended. */
async function holdOf(sql: Statements, legs: readonly StoryRow[]): Promise<HoldView | null> {
  const id = legs.find(({ holdId }) => holdId !== null)?.holdId;
  if (id === undefined || id === null) return null;
  const hold = await getHold(sql, id);
  return hold.ok ? hold.value : null;
}
