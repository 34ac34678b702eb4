import type { Fragment } from 'postgres';
import type { HoldState, WalletState } from '../ledger/decide.ts';
import { known } from '../ledger/known.ts';
import type { PendingOperation } from '../ledger/leg.ts';
import { array, type Statements, type Tx } from '../postgres/database.ts';
import type { NamedAmount } from './settled-events.ts';

/** The most operations settled in one transaction: enough to spread its fixed cost, few enough to end in well under a second. */
export const MAX_OPERATIONS = 1_000;

/** The most wallets settled besides the named ones: what MAX_OPERATIONS can use. */
export const MAX_OTHER_WALLETS = 1_000;

/** Which wallets one transaction settles. */
export interface SettleRequest {
  /** Wallets that messages named: the transaction waits for their locks. */
  readonly walletIds: readonly bigint[];
  /** The group whose other wallets with pending work are settled as well, unless they are locked; null for no others. */
  readonly group: number | null;
  /** The wallet id after which the search for other wallets begins; it goes on from the smallest id. */
  readonly after: bigint;
}

/** The end of a wallet's chain: the position of its last settled operation, 0 before the first, and its hash. */
export interface ChainHead {
  readonly chainLength: bigint;
  readonly chainHead: Uint8Array;
}

/** A wallet under its row lock. */
export interface LockedWallet extends WalletState, ChainHead {}

export interface LoadedOperation extends PendingOperation {
  readonly createdAt: string;
}

/** The most pending operations that the search for other wallets reads: its bound in a long backlog. */
const MAX_SCANNED_OPERATIONS = 4_000;

/** The columns of a {@link LockedWallet}. */
const walletColumns = (tx: Tx): Fragment => tx`
  id, currency, balance, held, returnable, false AS exact, chain_length AS "chainLength", chain_head AS "chainHead"`;

/** Locks the named wallets, and waits for those: in id order, so that no two processors can wait for each other. */
export async function lockNamedWallets(tx: Tx, { walletIds }: SettleRequest): Promise<LockedWallet[]> {
  return await tx<LockedWallet[]>`
    SELECT ${walletColumns(tx)} FROM wallets
    WHERE id = ANY (${array(walletIds)}::bigint[]) ORDER BY id FOR NO KEY UPDATE`;
}

/** Locks other wallets of the group with pending operations; skips locked ones. */
export async function lockOtherWallets(
  tx: Tx,
  { walletIds, group, after }: SettleRequest,
): Promise<LockedWallet[]> {
  if (group === null) return [];
  const otherWalletsIn = (range: Fragment) => tx`
    SELECT other.* FROM (
      SELECT DISTINCT wallet_id FROM (
        SELECT wallet_id FROM operations WHERE status = 'new' AND ${range} ORDER BY wallet_id LIMIT ${MAX_SCANNED_OPERATIONS}
      ) AS scanned ORDER BY wallet_id
    ) AS pending CROSS JOIN LATERAL (
      SELECT ${walletColumns(tx)} FROM wallets
      WHERE id = pending.wallet_id AND wallet_group = ${group} AND id <> ALL (${array(walletIds)}::bigint[])
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS other`;
  return await tx<LockedWallet[]>`
    (${otherWalletsIn(tx`wallet_id > ${after}`)}) UNION ALL (${otherWalletsIn(tx`wallet_id <= ${after}`)})
    LIMIT ${MAX_OTHER_WALLETS}`;
}

/** Reads pending operations in id order; of each wallet no more than can be settled, since a backlog may be long. */
export async function loadPending(
  sql: Statements,
  namedWallets: readonly LockedWallet[],
  otherWallets: readonly LockedWallet[],
): Promise<LoadedOperation[]> {
  return await sql<LoadedOperation[]>`
    SELECT id, transaction_id AS "transactionId", leg, wallet_id AS "walletId", counterparty_id AS "counterpartyId",
      amount, currency, origin_amount AS "originAmount", origin_currency AS "originCurrency", reason,
      refund_of AS "refundOf", hold_id AS "holdId", correlation_id AS "correlationId", created_at AS "createdAt"
    FROM (
      SELECT operation.* FROM unnest(${array(namedWallets.map(({ id }) => id))}::bigint[]) AS named(id) CROSS JOIN LATERAL (
        SELECT * FROM operations WHERE wallet_id = named.id AND status = 'new' ORDER BY id LIMIT ${MAX_OPERATIONS}
      ) AS operation
      UNION ALL (
        SELECT * FROM operations
        WHERE wallet_id = ANY (${array(otherWallets.map(({ id }) => id))}::bigint[]) AND status = 'new'
        ORDER BY wallet_id, id LIMIT ${MAX_SCANNED_OPERATIONS}
      )
    ) AS pending
    ORDER BY id LIMIT ${MAX_OPERATIONS}`;
}

/** The holds that operations are about. Their rows are only written under their wallet's lock. */
export async function loadHolds(
  sql: Statements,
  operations: readonly PendingOperation[],
): Promise<HoldState[]> {
  const ids = new Set(operations.flatMap(({ holdId }) => (holdId === null ? [] : [holdId])));
  if (ids.size === 0) return [];
  return await sql<HoldState[]>`SELECT id, amount, status FROM holds WHERE id = ANY (${array(ids)}::uuid[])`;
}

/** The time of settling, read under the locks so that it never runs backwards within a wallet. */
export async function readClock(tx: Tx): Promise<string> {
  const [row] = await tx<{ now: string }[]>`SELECT clock_timestamp() AS now`;
  return known(row, 'time').now;
}

/** The wallets with exactly what may still come back to them, summed up from the journal. Their locks keep it from growing. */
export async function withExactReturnable(
  tx: Tx,
  wallets: readonly WalletState[],
  ids: readonly bigint[],
): Promise<WalletState[]> {
  const rows = await tx<{ id: bigint; returnable: bigint }[]>`
    SELECT id, coalesce((
      SELECT sum(CASE leg WHEN 'credit' THEN origin_amount ELSE amount END) FROM operations
      WHERE status = 'new' AND (leg = 'credit' AND counterparty_id = ids.id OR leg = 'return' AND wallet_id = ids.id)
    ), 0) AS returnable
    FROM unnest(${array(ids)}::bigint[]) AS ids(id)`;
  const exact = new Map(rows.map(({ id, returnable }) => [id, returnable]));
  return wallets.map((wallet) => {
    const returnable = exact.get(wallet.id);
    return returnable === undefined ? wallet : { ...wallet, returnable, exact: true };
  });
}

/** The amounts that callers named, by transaction, of the transfers whose returns are among the operations. */
export async function debitsOfReturns(
  sql: Statements,
  operations: readonly PendingOperation[],
): Promise<Map<string, NamedAmount>> {
  const ids = operations.filter(({ leg }) => leg === 'return').map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Map();
  const debits = await sql<(NamedAmount & { id: string })[]>`
    SELECT transaction_id AS id, amount, currency FROM operations
    WHERE transaction_id = ANY (${array(ids)}::uuid[]) AND leg IN ('debit', 'capture')`;
  return new Map(debits.map((debit) => [debit.id, debit]));
}
