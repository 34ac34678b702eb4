import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Fragment } from 'postgres';
import { loadRates } from './currencies.ts';
import { array, type Tx } from './db.ts';
import { known, type PendingOperation } from './legs.ts';
import { type OutboxEvent, stageEvents } from './outbox.ts';
import { releaseRefunds } from './refunds.ts';
import { decide, type HoldState, type Settlement, type WalletState } from './settle.ts';
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
const MAX_COMPANIONS = 1_000;

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
  /** The events it staged. */
  readonly events: readonly OutboxEvent[];
  /** Whether pending operations of these wallets, or of others that could have come along, may be left. */
  readonly isFull: boolean;
}

interface Locked {
  readonly own: readonly LockedWallet[];
  readonly companions: readonly LockedWallet[];
}

/**
 * Settles pending operations of the wallets, in id order, at most {@link MAX_OPERATIONS}: one statement each for
 * operations, wallets, new legs and events, whatever their number. Statements that need nothing of one another are sent
 * together, so that the database works on one while the next is made.
 *
 * @param tx a transaction; row locks keep other processors off the same wallets until it ends
 */
export async function settlePending(tx: Tx, work: Work): Promise<Settled> {
  const locked = await lockWallets(tx, work);
  const wallets = [...locked.own, ...locked.companions];
  const [operations, rates, settledAt] = await Promise.all([
    loadPending(tx, locked),
    loadRates(tx),
    readClock(tx),
  ]);
  if (operations.length === 0) return { succeeded: 0, declined: 0, legs: [], events: [], isFull: false };
  const [holds, debits] = await Promise.all([loadHolds(tx, operations), debitsOfReturns(tx, operations)]);
  let settlement = decide(wallets, operations, rates, holds);
  if (settlement.inexact.length > 0) {
    settlement = decide(await withExactReturnable(tx, wallets, settlement.inexact), operations, rates, holds);
  }
  const [legs, events] = await write(tx, wallets, operations, settlement, debits, settledAt);
  const succeeded = settlement.decisions.filter(({ status }) => status === 'success').length;
  const declined = settlement.decisions.length - succeeded;
  const isFull = operations.length === MAX_OPERATIONS || locked.companions.length === MAX_COMPANIONS;
  return { succeeded, declined, legs, events, isFull };
}

/** Writes what was decided. The first statement to fail makes those after it fail as well. */
async function write(
  tx: Tx,
  wallets: readonly LockedWallet[],
  operations: readonly LoadedOperation[],
  settlement: Settlement,
  debits: ReadonlyMap<string, Named>,
  settledAt: string,
): Promise<[MadeLeg[], OutboxEvent[]]> {
  // The hashes are made while the database works on these.
  const staging = Promise.all([
    insertLegs(tx, settlement.decisions),
    stageEvents(tx, transactionEvents(settlement.decisions, debits)),
  ]);
  // Whoever fails is told below.
  staging.catch(() => {});
  await nextTurn();
  const sealed = seal(wallets, operations, settlement.decisions, settledAt);
  const [staged] = await Promise.all([
    staging,
    settleOperations(tx, sealed, settledAt),
    updateWallets(tx, wallets, settlement, sealed),
    updateHolds(tx, settlement.holds),
    releaseRefunds(tx, settlement.decisions, debits),
  ]);
  return staged;
}

/**
 * Locks wallets in id order, so that no two processors can wait for each other: the messages' own first, waiting;
 * then companions, passing over those that someone holds.
 */
async function lockWallets(tx: Tx, { walletIds, group }: Work): Promise<Locked> {
  const columns = tx`
    id, currency, balance, held, returnable, false AS exact, chain_length AS "chainLength", chain_head AS "chainHead"`;
  const own = await tx<LockedWallet[]>`
    SELECT ${columns} FROM wallets
    WHERE id = ANY (${array(walletIds)}::bigint[]) ORDER BY id FOR NO KEY UPDATE`;
  if (group === null) return { own, companions: [] };
  // Only then, never together: whoever waits for a wallet of its own must hold no companion.
  return { own, companions: await lockCompanions(tx, walletIds, group, columns) };
}

/** Looks from the first wallet on, and then from the start: so a long backlog of one wallet hides no others for good. */
async function lockCompanions(
  tx: Tx,
  walletIds: readonly bigint[],
  group: number,
  columns: Fragment,
): Promise<LockedWallet[]> {
  const [first = 0n] = walletIds;
  const companionsIn = (range: Fragment) => tx`
    SELECT companion.* FROM (
      SELECT DISTINCT wallet_id FROM (
        SELECT wallet_id FROM operations WHERE status = 'new' AND ${range} ORDER BY wallet_id LIMIT ${COMPANION_SCAN}
      ) AS scanned ORDER BY wallet_id
    ) AS pending CROSS JOIN LATERAL (
      SELECT ${columns} FROM wallets
      WHERE id = pending.wallet_id AND wallet_group = ${group} AND id <> ALL (${array(walletIds)}::bigint[])
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS companion`;
  return await tx<LockedWallet[]>`
    (${companionsIn(tx`wallet_id > ${first}`)}) UNION ALL (${companionsIn(tx`wallet_id < ${first}`)})
    LIMIT ${MAX_COMPANIONS}`;
}

/** Reads of each wallet no more than could be used: a long backlog is not read whole. */
async function loadPending(tx: Tx, { own, companions }: Locked): Promise<LoadedOperation[]> {
  return await tx<LoadedOperation[]>`
    SELECT id, transaction_id AS "transactionId", leg, wallet_id AS "walletId", counterparty_id AS "counterpartyId",
      amount, currency, origin_amount AS "originAmount", origin_currency AS "originCurrency", reason,
      refund_of AS "refundOf", hold_id AS "holdId", correlation_id AS "correlationId", created_at AS "createdAt"
    FROM (
      SELECT operation.* FROM unnest(${array(own.map(({ id }) => id))}::bigint[]) AS own(id) CROSS JOIN LATERAL (
        SELECT * FROM operations WHERE wallet_id = own.id AND status = 'new' ORDER BY id LIMIT ${MAX_OPERATIONS}
      ) AS operation
      UNION ALL (
        SELECT * FROM operations
        WHERE wallet_id = ANY (${array(companions.map(({ id }) => id))}::bigint[]) AND status = 'new'
        ORDER BY wallet_id, id LIMIT ${COMPANION_SCAN}
      )
    ) AS pending
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
