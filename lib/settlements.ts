import { loadRates } from './currencies.ts';
import { array, type Tx } from './db.ts';
import { known, type PendingOperation } from './legs.ts';
import { stageEvents } from './outbox.ts';
import { releaseRefunds } from './refunds.ts';
import { decide, type HoldState, type WalletState } from './settle.ts';
import {
  insertLegs,
  type LoadedOperation,
  type LockedWallet,
  type MadeLeg,
  seal,
  settleOperations,
  updateHolds,
  updateWallets,
} from './settlement-writes.ts';
import { type Named, transactionEvents } from './transaction-events.ts';

/** The most operations settled in one transaction: enough to spread its cost, few enough to end in well under a second. */
const MAX_OPERATIONS = 1_000;

/** The most wallets taken besides the messages' own: what MAX_OPERATIONS can use. */
const MAX_COMPANIONS = 500;

/** Pending operations looked at for companions: bounds the search where a backlog is long. */
const COMPANION_SCAN = 4_000;

/** Which wallets one transaction settles. */
export interface Work {
  /** Wallets that messages named: waited for. */
  readonly walletIds: readonly bigint[];
  /** The group whose other wallets with pending work are taken along if nobody holds them; null for none. */
  readonly group: number | null;
}

/** What one transaction settled, and what is to follow its commit. */
export interface Settled {
  readonly succeeded: number;
  readonly declined: number;
  /** The legs it made, with their ids. */
  readonly legs: readonly MadeLeg[];
  readonly eventIds: readonly bigint[];
  /** Whether pending operations of these wallets may be left. */
  readonly isFull: boolean;
}

/**
 * Settles pending operations of the wallets, in id order, at most {@link MAX_OPERATIONS}: one statement each for
 * operations, wallets, new legs and events, whatever their number.
 *
 * @param tx a transaction; row locks keep other processors off the same wallets until it ends
 */
export async function settlePending(tx: Tx, work: Work): Promise<Settled> {
  const wallets = await lockWallets(tx, work);
  const operations = await loadPending(tx, wallets);
  if (operations.length === 0) return { succeeded: 0, declined: 0, legs: [], eventIds: [], isFull: false };
  const [rates, holds, settledAt] = await Promise.all([
    loadRates(tx),
    loadHolds(tx, operations),
    readClock(tx),
  ]);
  let settlement = decide(wallets, operations, rates, holds);
  if (settlement.inexact.length > 0) {
    settlement = decide(await withExactReturnable(tx, wallets, settlement.inexact), operations, rates, holds);
  }
  const sealed = seal(wallets, operations, settlement.decisions, settledAt);
  await settleOperations(tx, sealed, settledAt);
  await updateWallets(tx, wallets, settlement, sealed);
  await updateHolds(tx, settlement.holds);
  const legs = await insertLegs(tx, settlement.decisions);
  const debits = await debitsOfReturns(tx, operations);
  await releaseRefunds(tx, settlement.decisions, debits);
  const eventIds = await stageEvents(tx, transactionEvents(settlement.decisions, debits));
  const succeeded = settlement.decisions.filter(({ status }) => status === 'success').length;
  const declined = settlement.decisions.length - succeeded;
  return { succeeded, declined, legs, eventIds, isFull: operations.length === MAX_OPERATIONS };
}

/**
 * Locks wallets in id order, so that no two processors can wait for each other: the messages' own first, waiting;
 * then companions, passing over those that someone holds.
 */
async function lockWallets(tx: Tx, { walletIds, group }: Work): Promise<LockedWallet[]> {
  const columns = tx`
    id, currency, balance, held, returnable, false AS exact, chain_length AS "chainLength", chain_head AS "chainHead"`;
  const own = await tx<LockedWallet[]>`
    SELECT ${columns} FROM wallets
    WHERE id = ANY (${array(walletIds)}::bigint[]) ORDER BY id FOR NO KEY UPDATE`;
  if (group === null) return own;
  const companions = await tx<LockedWallet[]>`
    SELECT ${columns} FROM wallets
    WHERE wallet_group = ${group} AND id <> ALL (${array(walletIds)}::bigint[]) AND id IN (
      SELECT wallet_id FROM (
        SELECT wallet_id FROM operations WHERE status = 'new' ORDER BY wallet_id, id LIMIT ${COMPANION_SCAN}
      ) AS pending)
    ORDER BY id LIMIT ${MAX_COMPANIONS} FOR NO KEY UPDATE SKIP LOCKED`;
  return [...own, ...companions];
}

async function loadPending(tx: Tx, wallets: readonly WalletState[]): Promise<LoadedOperation[]> {
  if (wallets.length === 0) return [];
  return await tx<LoadedOperation[]>`
    SELECT id, transaction_id AS "transactionId", leg, wallet_id AS "walletId", counterparty_id AS "counterpartyId",
      amount, currency, origin_amount AS "originAmount", origin_currency AS "originCurrency", reason,
      refund_of AS "refundOf", hold_id AS "holdId", correlation_id AS "correlationId", created_at AS "createdAt"
    FROM operations
    WHERE wallet_id = ANY (${array(wallets.map(({ id }) => id))}::bigint[]) AND status = 'new'
    ORDER BY id LIMIT ${MAX_OPERATIONS}`;
}

/** The holds' rows are written under their wallet's lock alone. */
async function loadHolds(tx: Tx, operations: readonly PendingOperation[]): Promise<HoldState[]> {
  const ids = new Set(operations.flatMap(({ holdId }) => (holdId === null ? [] : [holdId])));
  if (ids.size === 0) return [];
  return await tx<HoldState[]>`SELECT id, amount, status FROM holds WHERE id = ANY (${array(ids)}::uuid[])`;
}

/** The time of settling, read under the locks: so it never runs backwards in a wallet. */
async function readClock(tx: Tx): Promise<string> {
  const [row] = await tx<{ now: string }[]>`SELECT clock_timestamp() AS now`;
  return known(row, 'time').now;
}

/** What may still come back to these wallets, added up from the journal. Only they can add to it, and they are locked. */
async function withExactReturnable(
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

/** What the callers of transfers named whose money comes back here: of the same wallet, so of this group. */
async function debitsOfReturns(tx: Tx, operations: readonly PendingOperation[]): Promise<Map<string, Named>> {
  const ids = operations.filter(({ leg }) => leg === 'return').map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Map();
  const rows = await tx<(Named & { id: string })[]>`
    SELECT transaction_id AS id, amount, currency FROM operations
    WHERE transaction_id = ANY (${array(ids)}::uuid[]) AND leg IN ('debit', 'capture')`;
  return new Map(rows.map((row) => [row.id, row]));
}
