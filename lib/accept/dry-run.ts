import { NO_TRANSACTION } from '../ledger/id.ts';
import { known } from '../ledger/known.ts';
import type { Tx } from '../postgres/database.ts';
import { type Result, refusalPayload } from '../wire/refusal.ts';
import type { Accepted } from './accepted.ts';
import { type Receipt, type Transfer, walletsOf } from './transfer.ts';

/** What is known of requests that were tried out. */
interface Shown {
  readonly outcomes: ReadonlyMap<string, object>;
  readonly wallets: readonly object[];
}

/** The replies to one operation that was tried out. */
export const triedOne = {
  scope: 'wallets:read',
  transactions: ({ transactionId }: Accepted) => [transactionId],
  payload: ({ transactionId }: Accepted, { outcomes, wallets }: Shown) => ({
    DryRun: true,
    ...known(outcomes.get(transactionId), 'outcome of an operation that was tried out'),
    Wallets: wallets,
  }),
} as const;

/** The same of a hold, whose id is that of its transaction. */
export const triedHold = {
  ...triedOne,
  payload: (accepted: Accepted, shown: Shown) => ({
    HoldId: NO_TRANSACTION,
    ...triedOne.payload(accepted, shown),
  }),
} as const;

/** The same of a batch. */
export const triedBatch = {
  scope: 'wallets:read',
  transactions: (results: readonly Result<Accepted>[]) =>
    results.flatMap((result) => (result.ok ? [result.value.transactionId] : [])),
  payload: (results: readonly Result<Accepted>[], { outcomes, wallets }: Shown) => ({
    DryRun: true,
    Results: results.map((result) =>
      result.ok ? outcomes.get(result.value.transactionId) : refusalPayload(result.refusal),
    ),
    Wallets: wallets,
  }),
} as const;

/** The wallets of receipts and transfers. */
export const walletsOfTransfers = (transfers: readonly (Receipt | Transfer)[]): bigint[] =>
  transfers.flatMap((transfer) => {
    const { walletId, targetId } = walletsOf(transfer);
    return targetId === null ? [walletId] : [walletId, targetId];
  });

/** The wallets of a transaction that may be refunded; none if it is unknown. */
export async function walletsOfRefund(
  tx: Tx,
  { TransactionId }: { readonly TransactionId: string },
): Promise<bigint[]> {
  const paid = await tx<Pair[]>`
    SELECT wallet_id AS id, counterparty_id AS other FROM operations
    WHERE transaction_id = ${TransactionId}::uuid AND leg IN ('receipt', 'credit', 'linked_receipt', 'linked_credit')`;
  return idsOf(paid);
}

/** The wallet of a hold, and the one that a capture pays; none if the hold is unknown. */
export async function walletsOfHold(tx: Tx, holdId: string, target: bigint | null = null): Promise<bigint[]> {
  const held = await tx<Pair[]>`
    SELECT wallet_id AS id, ${target}::bigint AS other FROM holds WHERE id = ${holdId}::uuid`;
  return idsOf(held);
}

interface Pair {
  readonly id: bigint;
  readonly other: bigint | null;
}

const idsOf = (pairs: readonly Pair[]): bigint[] =>
  pairs.flatMap(({ id, other }) => (other === null ? [id] : [id, other]));
