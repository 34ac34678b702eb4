import type { Fragment } from 'postgres';
import { correlationOf } from '../postgres/correlation.ts';
import { array, type Statements, type Tx } from '../postgres/database.ts';
import type { Layout } from './layout.ts';
import {
  type LockedWallets,
  ofGroupAfter,
  type SettleRequest,
  toLocked,
  type WalletRow,
  walletColumns,
} from './locks.ts';
import { type LoadedOperation, MAX_OPERATIONS, type PendingAfter, pendingColumns, SHARE } from './reads.ts';
import {
  type Claimed,
  type FirstOperation,
  type FirstsRequest,
  firstColumns,
  givenFirsts,
  MAX_RELAY_COUNT,
} from './relay-wake-ups.ts';

/**
 * Looks for other wallets in one transaction: as many wallets with a long backlog as fill it, and as many as ten messages name, which
 * are passed over.
 */
const MAX_LOOKS = 20;

/** Operations read by one statement: more than one transaction settles, as a wallet may have more than its share. */
const MAX_LOADED = 2 * MAX_OPERATIONS;

/** A wallet under its lock, with the time of its last booking. */
type Locked = WalletRow & { readonly bookedAt: string | null };

/**
 * The named wallets one by one, in id order, as rows there are locked by their key alone; then the others that have work in
 * the same way. Statements that don't depend on each other are sent together.
 */
async function lockWallets(
  tx: Tx,
  { walletIds, group, after, skipsLocked = false, leavesNamed = false }: SettleRequest,
): Promise<LockedWallets> {
  const named = [...new Set(walletIds)].sort((a, b) => (a < b ? -1 : 1));
  const lock = (id: bigint, isNamed: boolean) => tx<Locked[]>`
    SELECT ${walletColumns(tx)} AS "bookedAt" FROM wallets WHERE id = ${id}
    FOR NO KEY UPDATE ${isNamed && !skipsLocked ? tx`` : tx`SKIP LOCKED`}`;
  const lockAll = async (ids: readonly bigint[], isNamed: boolean) => {
    const found = await Promise.all(ids.map((id) => lock(id, isNamed)));
    return found.flat().map((wallet) => ({ ...toLocked(wallet), isNamed }));
  };
  const [lockedNamed, others] = await Promise.all([
    lockAll(leavesNamed ? [] : named, true),
    group === null ? { ids: [], last: null } : findOthers(tx, group, after, new Set(named)),
  ]);
  const lockedOthers = await lockAll(others.ids, false);
  const wallets = [...lockedNamed, ...lockedOthers];
  if (wallets.length === 0) return { wallets, settledAt: '', last: null };
  const [time] = await tx<{ settledAt: string }[]>`
    SELECT greatest(clock_timestamp(), max(booked_at) + interval '1 microsecond') AS "settledAt"
    FROM unnest(${array(wallets.map(({ bookedAt }) => bookedAt))}::timestamptz[]) AS locked(booked_at)`;
  return { wallets, settledAt: time?.settledAt ?? '', last: others.last };
}

/**
 * Wallets of the group but the named, with enough pending operations for a transaction: from the wallet behind `after` to the last
 * one, then from the first one on. Each look reads a part of every server's index, and goes on behind the wallet at which the previous
 * one ended.
 */
async function findOthers(
  tx: Tx,
  group: number,
  after: bigint,
  named: ReadonlySet<bigint>,
): Promise<{ ids: bigint[]; last: bigint | null }> {
  const counts = new Map<bigint, number>();
  let operations = 0;
  let last = after;
  let isWrapped = false;
  for (let looks = 0; looks < MAX_LOOKS && operations < MAX_OPERATIONS; looks++) {
    const entries: { id: bigint }[] = await tx<{ id: bigint }[]>`
      SELECT wallet_id AS id FROM pending_operations WHERE ${ofGroupAfter(tx, group, last)}
      ORDER BY wallet_group, wallet_id LIMIT ${MAX_OPERATIONS}`;
    for (const { id } of entries) {
      last = id;
      if (named.has(id)) continue;
      const count = counts.get(id) ?? 0;
      if (count < SHARE) operations += 1;
      counts.set(id, count + 1);
      if (operations === MAX_OPERATIONS) break;
    }
    const isAtEnd = entries.length < MAX_OPERATIONS;
    if (isWrapped ? isAtEnd || last >= after : isAtEnd && after === 0n) break;
    if (isAtEnd && operations < MAX_OPERATIONS) [last, isWrapped] = [0n, true];
  }
  return { ids: [...counts.keys()], last: counts.size === 0 ? null : last };
}

/**
 * All that is pending of the wallets by one statement, which asks every server; where that is more than it reads, or what is
 * behind an operation, one statement a wallet, sent together.
 */
async function loadPending(
  tx: Tx,
  wallets: readonly PendingAfter[],
  share: number,
  limit = MAX_OPERATIONS,
): Promise<LoadedOperation[]> {
  if (wallets.some(({ after }) => after > 0n)) return await loadOneByOne(tx, wallets, share, limit);
  const ids = array(wallets.map(({ walletId }) => walletId));
  const loaded = await tx<LoadedOperation[]>`
    SELECT ${pendingColumns(tx)} FROM pending_operations
    WHERE wallet_id = ANY (${ids}::bigint[]) AND leg <> 'expiry' LIMIT ${MAX_LOADED}`;
  if (loaded.length === MAX_LOADED) return await loadOneByOne(tx, wallets, share, limit);
  const pending = Map.groupBy(loaded, ({ walletId }) => walletId);
  const shareOfWallet = ({ walletId }: PendingAfter) =>
    (pending.get(walletId) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, share);
  return wallets.flatMap(shareOfWallet).slice(0, limit);
}

async function loadOneByOne(
  tx: Tx,
  wallets: readonly PendingAfter[],
  share: number,
  limit: number,
): Promise<LoadedOperation[]> {
  const ofWallets = await Promise.all(
    wallets.map(
      ({ walletId, after }) => tx<LoadedOperation[]>`
        SELECT ${pendingColumns(tx)} FROM pending_operations
        WHERE wallet_id = ${walletId} AND id > ${after} AND leg <> 'expiry'
        ORDER BY id LIMIT ${share}`,
    ),
  );
  return ofWallets.flat().slice(0, limit);
}

/** Of all wallets together, the first ones' oldest. */
const oldestHolds = (sql: Statements, condition: Fragment, limit: number): Fragment => sql`(
  SELECT id, amount, currency, expires_at FROM holds WHERE wallet_id = wallet.id AND ${condition}
) AS hold ORDER BY wallet.id, expires_at LIMIT ${limit}`;

/** Each server reads all that is pending of its wallets. */
async function readFirsts(tx: Tx, { after, idleSeconds, limit }: FirstsRequest): Promise<FirstOperation[]> {
  return await tx<FirstOperation[]>`
    SELECT DISTINCT ON (wallet_id) ${firstColumns(tx, idleSeconds)} FROM pending_operations
    WHERE wallet_id > ${after} ORDER BY wallet_id, pending_operations.id LIMIT ${limit}`;
}

/** It waits for operations that are being settled, and leaves them then. */
async function claimFirsts(sql: Statements, due: readonly FirstOperation[]): Promise<Claimed[]> {
  return await sql<Claimed[]>`
    UPDATE pending_operations AS pending
    SET relayed_at = now(), relay_count = least(pending.relay_count + 1, ${MAX_RELAY_COUNT})
    FROM ${givenFirsts(sql, due)}
    WHERE pending.wallet_id = ANY (ARRAY[given.wallet_id]) AND pending.id = ANY (ARRAY[given.id]) AND pending.relay_count = given.relay_count
    RETURNING pending.wallet_id AS "walletId", pending.id, pending.relay_count AS "relayCount",
      ${correlationOf(sql)} AS "correlationId"`;
}

/**
 * The tables spread over several servers by wallet, as Citus does it. What it takes there is what plain PostgreSQL takes, too;
 * it only takes longer.
 */
export const SPREAD: Layout = {
  lockWallets,
  loadPending,
  oldestHolds,
  readFirsts,
  claimFirsts,
  one: (sql) => sql``,
};
