import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Fragment } from 'postgres';
import { loadRates } from './currencies.ts';
import { array, type Tx } from './db.ts';
import { known, type PendingOperation } from './legs.ts';
import { forgetEvents, type OutboxEvent, stageEvents } from './outbox.ts';
import { releaseRefunds } from './refunds.ts';
import { decide, type HoldState, type Settlement, type WalletState } from './settle.ts';
import {
  type ChainHead,
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
export const MAX_OPERATIONS = 1_000;

/** The most wallets taken besides the messages' own: what MAX_OPERATIONS can use. */
const MAX_COMPANIONS = 1_000;

/** Pending operations looked at for companions: bounds the search where a backlog is long. */
const COMPANION_SCAN = 4_000;

/**
 * Operations settled by one statement: enough that its own cost hardly counts, few enough that the database has work
 * while the hashes of the next are made.
 */
const SLICE = 250;

/** Which wallets one transaction settles. */
export interface Work {
  /** Wallets that messages named: waited for. */
  readonly walletIds: readonly bigint[];
  /** The group whose other wallets with pending work are taken along if nobody holds them; null for none. */
  readonly group: number | null;
  /** The wallet id after which those are looked for, and then from the start. */
  readonly after: bigint;
}

/** What one transaction settled, and what is to follow its commit. */
export interface Settled {
  readonly succeeded: number;
  readonly declined: number;
  /** The legs it made, with their ids. */
  readonly legs: readonly MadeLeg[];
  /** The events it staged. */
  readonly events: readonly OutboxEvent[];
  /** The wallet id after which the next transaction looks: it need not pass the index entries of what this one settled. */
  readonly after: bigint;
  /** Whether pending operations of these wallets, or of others that could have come along, may be left. */
  readonly isFull: boolean;
}

/**
 * Settles pending operations of the wallets, in id order, at most {@link MAX_OPERATIONS}: one statement each for
 * wallets, new legs and events, a few for operations. Statements that need nothing of one another are sent together, so
 * that the database works on one while the next is made.
 *
 * @param tx a transaction; row locks keep other processors off the same wallets until it ends
 * @param published outbox ids of earlier events that the bus took: forgotten in passing, which saves a commit
 */
export async function settlePending(tx: Tx, work: Work, published: readonly bigint[] = []): Promise<Settled> {
  const own = await lockOwn(tx, work);
  // Only then, never together: whoever waits for a wallet of its own must hold no companion.
  const [companions] = await Promise.all([lockCompanions(tx, work), forgetEvents(tx, published)]);
  const after = companions.findLast(({ id }) => id > work.after)?.id ?? companions.at(-1)?.id ?? work.after;
  const wallets = [...own, ...companions];
  const [operations, rates, settledAt] = await Promise.all([
    loadPending(tx, own, companions),
    loadRates(tx),
    readClock(tx),
  ]);
  const isFull = operations.length === MAX_OPERATIONS || companions.length === MAX_COMPANIONS;
  if (operations.length === 0) return { succeeded: 0, declined: 0, legs: [], events: [], after, isFull };
  const [holds, debits] = await Promise.all([loadHolds(tx, operations), debitsOfReturns(tx, operations)]);
  let settlement = decide(wallets, operations, rates, holds);
  if (settlement.inexact.length > 0) {
    settlement = decide(await withExactReturnable(tx, wallets, settlement.inexact), operations, rates, holds);
  }
  const [legs, events] = await write(tx, wallets, operations, settlement, debits, settledAt);
  const succeeded = settlement.decisions.filter(({ status }) => status === 'success').length;
  const declined = settlement.decisions.length - succeeded;
  return { succeeded, declined, legs, events, after, isFull };
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
  const { decisions } = settlement;
  const heads = new Map<bigint, ChainHead>(wallets.map((wallet) => [wallet.id, wallet]));
  const slices: Promise<void>[] = [];
  for (let start = 0; start < decisions.length; start += SLICE) {
    const end = start + SLICE;
    const sealed = seal(heads, operations.slice(start, end), decisions.slice(start, end), settledAt);
    const slice = settleOperations(tx, sealed, settledAt);
    // Whether it fails is asked below.
    slice.catch(() => {});
    slices.push(slice);
    // It is sent before the next ones are hashed.
    await nextTurn();
  }
  const [legs, events] = await Promise.all([
    insertLegs(tx, decisions),
    stageEvents(tx, transactionEvents(decisions, debits)),
    updateWallets(tx, settlement.wallets, heads),
    updateHolds(tx, settlement.holds),
    releaseRefunds(tx, decisions, debits),
    ...slices,
  ]);
  return [legs, events];
}

const walletColumns = (tx: Tx): Fragment => tx`
  id, currency, balance, held, returnable, false AS exact, chain_length AS "chainLength", chain_head AS "chainHead"`;

/** Locks the wallets that messages named, waiting: in id order, so that no two processors can wait for each other. */
async function lockOwn(tx: Tx, { walletIds }: Work): Promise<LockedWallet[]> {
  return await tx<LockedWallet[]>`
    SELECT ${walletColumns(tx)} FROM wallets
    WHERE id = ANY (${array(walletIds)}::bigint[]) ORDER BY id FOR NO KEY UPDATE`;
}

/** Locks other wallets of the group that have work, passing over those that someone holds. */
async function lockCompanions(tx: Tx, { walletIds, group, after }: Work): Promise<LockedWallet[]> {
  if (group === null) return [];
  const companionsIn = (range: Fragment) => tx`
    SELECT companion.* FROM (
      SELECT DISTINCT wallet_id FROM (
        SELECT wallet_id FROM operations WHERE status = 'new' AND ${range} ORDER BY wallet_id LIMIT ${COMPANION_SCAN}
      ) AS scanned ORDER BY wallet_id
    ) AS pending CROSS JOIN LATERAL (
      SELECT ${walletColumns(tx)} FROM wallets
      WHERE id = pending.wallet_id AND wallet_group = ${group} AND id <> ALL (${array(walletIds)}::bigint[])
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS companion`;
  return await tx<LockedWallet[]>`
    (${companionsIn(tx`wallet_id > ${after}`)}) UNION ALL (${companionsIn(tx`wallet_id <= ${after}`)})
    LIMIT ${MAX_COMPANIONS}`;
}

/** Reads of each wallet no more than could be used: a long backlog is not read whole. */
async function loadPending(
  tx: Tx,
  own: readonly LockedWallet[],
  companions: readonly LockedWallet[],
): Promise<LoadedOperation[]> {
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
