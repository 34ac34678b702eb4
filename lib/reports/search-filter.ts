import type { Fragment } from 'postgres';
import {
  type DeclineReason,
  isLinked,
  isPayoutLeg,
  LINKED_LEGS,
  type TransactionKind,
  type TransactionStatus,
} from '../ledger/leg.ts';
import { MAX_AMOUNT } from '../ledger/money.ts';
import { array, type Statements } from '../postgres/database.ts';
import { microsecondsOf } from '../wire/time.ts';
import type { LegRow, TransactionView } from './transaction.ts';

/** What transactions have to be; what is undefined may be anything. */
export interface TransactionFilter {
  readonly wallet?: bigint | undefined;
  /** The OwnerId of one of its wallets. */
  readonly owner?: string | undefined;
  /** Of the request that it came from. */
  readonly correlationId?: string | undefined;
  readonly reference?: string | undefined;
  /** A name in its metadata, with the value that it has. */
  readonly metadataName?: string | undefined;
  readonly metadataValue?: string | undefined;
  readonly status?: TransactionStatus | undefined;
  readonly reason?: DeclineReason | undefined;
  readonly kind?: TransactionKind | undefined;
  readonly currency?: string | undefined;
  /** Of the amount that the caller named, inclusive. */
  readonly amountFrom?: bigint | undefined;
  readonly amountTo?: bigint | undefined;
  /** Of the time of booking: from inclusive, to exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * What a row has to be: the first operation of its transaction in these wallets, and what is wanted. A return follows a debit, a
 * credit between two of the wallets its debit, and a payout that was held what held it. Holds are no transactions of money. Of a
 * linked transaction it is the first that has the currency and the amount.
 *
 * It is of rows that are called `operations`.
 */
export function conditionOf(
  sql: Statements,
  filter: TransactionFilter,
  walletIds: readonly bigint[],
): Fragment {
  const { currency = null, amountFrom = null, amountTo = null, kind = null } = filter;
  const isNamed = (row: Fragment) => sql`
    coalesce(${row}.currency = ${currency}::text, true)
    AND ${row}.amount BETWEEN coalesce(${amountFrom}, 1::bigint) AND coalesce(${amountTo}, ${row}.amount)`;
  return sql`((type IS NOT NULL OR leg = 'payout_hold') AND leg <> 'return' AND NOT (leg = 'payout' AND hold_id IS NOT NULL)
    AND NOT (leg = 'credit' AND counterparty_id = ANY (${array(walletIds)}::bigint[]))
    AND ${isNamed(sql`operations`)}
    AND CASE number WHEN 0 THEN true ELSE NOT EXISTS (
      SELECT FROM legs AS earlier WHERE earlier.transaction_id = operations.transaction_id AND earlier.id < operations.id
        AND earlier.wallet_id = ANY (${array(walletIds)}::bigint[]) AND ${isNamed(sql`earlier`)}
    ) END
    AND coalesce(CASE WHEN refund_of IS NOT NULL THEN 'refund' WHEN leg = 'receipt' THEN 'receipt'
      WHEN leg IN ('payout', 'payout_hold') THEN 'payout'
      WHEN leg = ANY (${array(LINKED_LEGS)}::operation_leg[]) THEN 'linked' ELSE 'transfer' END = ${kind}::text, true))`;
}

/** Whether a transaction ended as is wanted. */
export const isWanted = (
  { Status, Reason }: TransactionView,
  { status, reason }: TransactionFilter,
): boolean => (status === undefined || status === Status) && (reason === undefined || reason === Reason);

/**
 * Whether a transaction that was found by its correlation id or details is what is wanted, by its first leg, a linked one by any: also a payout that is only held, and a hold.
 * Times are those of accepting.
 *
 * @param walletIds those of which it has one; any if undefined
 */
export function fulfills(
  transaction: TransactionView,
  legs: readonly LegRow[],
  filter: TransactionFilter,
  walletIds: readonly bigint[] | undefined,
): boolean {
  const [first] = legs;
  const { kind, currency, amountFrom = 0n, amountTo = MAX_AMOUNT, reference, from, to } = filter;
  const at = microsecondsOf(transaction.CreatedAt);
  return (
    first !== undefined &&
    (kind === undefined || kind === kindOf(first)) &&
    (isLinked(first) ? legs : [first]).some(
      (leg) =>
        (currency === undefined || currency === leg.currency) &&
        leg.amount >= amountFrom &&
        leg.amount <= amountTo,
    ) &&
    (walletIds === undefined || legs.some(({ walletId }) => walletIds.includes(walletId))) &&
    isWanted(transaction, filter) &&
    (reference === undefined || reference === transaction.Reference) &&
    (from === undefined || at >= microsecondsOf(from)) &&
    (to === undefined || at < microsecondsOf(to)) &&
    hasPair(transaction, filter)
  );
}

const hasPair = (
  { Metadata }: TransactionView,
  { metadataName, metadataValue }: TransactionFilter,
): boolean =>
  metadataName === undefined ||
  (Metadata !== undefined &&
    Object.hasOwn(Metadata, metadataName) &&
    Metadata[metadataName] === metadataValue);

/** What a transaction is by its first leg; a hold is none of them. */
function kindOf({ leg, refundOf }: LegRow): TransactionKind | undefined {
  if (refundOf !== null) return 'refund';
  if (isPayoutLeg(leg)) return 'payout';
  if (isLinked({ leg })) return 'linked';
  if (leg === 'hold') return undefined;
  return leg === 'receipt' ? 'receipt' : 'transfer';
}

/** Whether a filter has more than what an index finds. */
export const hasMore = ({
  status,
  reason,
  kind,
  currency,
  amountFrom,
  amountTo,
}: TransactionFilter): boolean =>
  [status, reason, kind, currency, amountFrom, amountTo].some((value) => value !== undefined);
