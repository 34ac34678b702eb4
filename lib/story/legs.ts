import { type EnteredOperation, type Entry, entriesOf } from '../ledger/entries.ts';
import { known } from '../ledger/known.ts';
import { hasEvent, type Leg, type OperationType } from '../ledger/leg.ts';
import { convertUnrounded } from '../ledger/money.ts';
import { formatRate } from '../ledger/rate.ts';
import { array, type Statements } from '../postgres/database.ts';
import { type OperationView, operationColumns, toView } from '../reports/operation-view.ts';
import type { LegRow } from '../reports/transaction.ts';

/** A leg with all that the journal has of it. */
export interface StoryRow extends Omit<LegRow, 'type'>, EnteredOperation {
  readonly walletId: bigint;
  readonly status: LegRow['status'];
  readonly holdId: string | null;
  readonly correlationId: string;
  /** USD per unit of the operation's currency and of its wallet's, as integers of 10⁻¹². */
  readonly currencyRate: bigint | null;
  readonly walletRate: bigint | null;
  readonly hash: string | null;
}

/** A leg as the story tells it: amounts in millionths of a unit, rates as decimal text. */
export interface StoryLeg extends Omit<OperationView, 'Type'> {
  readonly Leg: Leg;
  /** Null if it is about a hold alone. */
  readonly Type: OperationType | null;
  readonly CurrencyRate: string | null;
  readonly WalletRate: string | null;
  readonly BalanceBefore: bigint | null;
  /** What was converted before it was rounded; null if nothing was. */
  readonly Exact: string | null;
  readonly Hash: string | null;
  readonly EventId: string | null;
}

/** Reads the legs of a transaction, in order: 200 at most, of a linked transaction of 100 transfers. */
export async function readStoryLegs(sql: Statements, transactionId: string): Promise<StoryRow[]> {
  return await sql<StoryRow[]>`
    SELECT ${operationColumns(sql, sql`legs`)}, refund_of AS "refundOf", hold_id AS "holdId", correlation_id AS "correlationId",
      origin_amount AS "originAmount", origin_currency AS "originCurrency", currency_rate AS "currencyRate",
      wallet_rate AS "walletRate", encode(hash, 'hex') AS hash
    FROM legs WHERE transaction_id = ${transactionId}::uuid ORDER BY id`;
}

/** The entries of legs, before they are added up. */
export async function readEntries(sql: Statements, legs: readonly StoryRow[]): Promise<Entry[]> {
  const ids = new Set(legs.map(({ walletId }) => walletId));
  const wallets = await sql<{ id: bigint; currency: string }[]>`
    SELECT id, currency FROM wallets WHERE id = ANY (${array(ids)}::bigint[])`;
  const currencies = new Map(wallets.map(({ id, currency }) => [id, currency]));
  return legs.flatMap((leg) =>
    entriesOf(leg, known(currencies.get(leg.walletId), `currency of wallet ${leg.walletId}`)),
  );
}

/** The id of a leg's event, if it has one. */
export const eventIdOf = ({ id, leg, number, status }: StoryRow): string | null =>
  status !== 'new' && hasEvent({ leg, number, status }) ? id.toString() : null;

export function toStoryLeg(row: StoryRow): StoryLeg {
  const { type, leg, currencyRate, walletRate, hash } = row;
  return {
    ...toView({ ...(row as LegRow), details: null }),
    Leg: leg,
    Type: type,
    CurrencyRate: currencyRate === null ? null : formatRate(currencyRate),
    WalletRate: walletRate === null ? null : formatRate(walletRate),
    BalanceBefore: balanceBefore(row),
    Exact: exactOf(row),
    Hash: hash,
    EventId: eventIdOf(row),
  };
}

function balanceBefore({ type, walletAmount, balanceAfter }: StoryRow): bigint | null {
  if (balanceAfter === null || walletAmount === null) return null;
  if (type === null) return balanceAfter;
  return type === 'in' ? balanceAfter - walletAmount : balanceAfter + walletAmount;
}

/** What becomes of a hold takes its share of what was reserved, and is not converted. */
const NOT_CONVERTED: ReadonlySet<Leg> = new Set([
  ...(['capture', 'part_capture', 'release', 'expiry', 'payout_cancel'] as const),
]);

const exactOf = ({ leg, amount, currencyRate, walletRate }: StoryRow): string | null =>
  currencyRate === null || walletRate === null || NOT_CONVERTED.has(leg)
    ? null
    : convertUnrounded(amount, currencyRate, walletRate);
