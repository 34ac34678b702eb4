import { setTimeout as sleep } from 'node:timers/promises';
import { runTx, type Statements } from '../postgres/database.ts';
import { describeError, logger } from '../runtime/log.ts';
import { type FollowUpDeps, followUps, removeLast } from './follow-ups.ts';
import type { Layout } from './layout.ts';
import { nameWith } from './linked.ts';
import { settlePending } from './settle-pending.ts';

export interface WaiterDeps extends FollowUpDeps {
  /** How the tables lie; by default on one server. */
  readonly layout?: Layout;
  /** Waits between two tries, for milliseconds; only in tests another one. */
  readonly pause?: (pauseMs: number) => Promise<void>;
}

/** A transaction that was accepted, whose end somebody waits for. */
export interface Awaited {
  readonly transactionId: string;
  /** The wallet of its first leg, if that was recorded just now. */
  readonly walletId: bigint | undefined;
}

/** What is known of a transaction. */
export interface Known {
  readonly Status: string;
}

/**
 * Tries for one request, each a transaction: several times what the longest wait has at the longest pause. It ends one that
 * finds its wallet's backlog growing as fast as it settles it.
 */
const MAX_TRIES = 200;

/** Milliseconds before the second try where somebody else holds the wallet: as long as a small transaction of theirs takes. */
const FIRST_PAUSE_MS = 5;

/** The longest pause, in milliseconds: so late may an answer be, and so often is the database queried in a long wait. */
const MAX_PAUSE_MS = 400;

/** How much a pause grows from try to try, and how much of it is by chance, so that those who wait don't try together. */
const GROWTH = 1.5;
const CHANCE = 0.5;

/**
 * Settles a transaction's legs, one after the other, with all that is pending before them: as a processor does, in transactions
 * of their own, under the same locks. A wallet that somebody else holds is left to them; this one tries again later, and has no
 * transaction open meanwhile. What it leaves undone is done by whoever is woken for it, and so is what fails: nothing here
 * turns an accepted operation into an error.
 *
 * @param show reads what is known of the transaction
 * @param msLeft milliseconds to wait for, by now: once there are none, nothing more is begun
 * @returns what is known once the transaction has ended, or once the time is over
 * @throws what `show` throws
 */
export async function settleAndShow<View extends Known>(
  deps: WaiterDeps,
  awaited: Awaited,
  show: () => Promise<View>,
  msLeft: () => number,
): Promise<View> {
  const following = followUps(deps);
  try {
    return await settleLegs(deps, following, awaited, show, msLeft);
  } catch (error) {
    logger.warn('left to the processor', { error: describeError(error) });
    return await show();
  } finally {
    await removeLast(deps.sql, await following.takePublished());
  }
}

async function settleLegs<View extends Known>(
  { sql, bus, layout, pause = sleep }: WaiterDeps,
  following: ReturnType<typeof followUps>,
  { transactionId, walletId }: Awaited,
  show: () => Promise<View>,
  msLeft: () => number,
): Promise<View> {
  const isOver = () => msLeft() <= 0;
  let pauseMs = FIRST_PAUSE_MS;
  let next = walletId === undefined ? await walletsToSettle(sql, transactionId) : [walletId];
  for (let tries = 0; next.length > 0 && tries < MAX_TRIES && !isOver(); tries++) {
    const request = { walletIds: next, skipsLocked: true, group: null, after: 0n, isShared: next.length > 1 };
    const settled = await following.removing((published) =>
      runTx(sql, (tx) => settlePending(tx, request, published, layout, bus !== undefined), isOver),
    );
    await following.start(settled);
    const made = settled.legs.findLast((leg) => leg.transactionId === transactionId)?.walletId;
    if (made !== undefined) {
      next = [made];
      continue;
    }
    // It waits for wallets that it did not name yet, or that somebody else holds.
    const named = nameWith(next, settled.waiting).walletIds;
    const isHeld =
      settled.locked < next.length || (settled.waiting.length > 0 && named.length === next.length);
    if (isHeld) {
      await pause(Math.max(0, Math.min(pauseMs * (1 - CHANCE * Math.random()), msLeft())));
      pauseMs = Math.min(pauseMs * GROWTH, MAX_PAUSE_MS);
    } else if (!settled.isFull) {
      const view = await show();
      if (hasEnded(view)) return view;
    }
    next = await walletsToSettle(sql, transactionId);
    if (next.length > 0) next = nameWith(next, settled.waiting).walletIds;
  }
  return await show();
}

const hasEnded = ({ Status }: Known): boolean => Status === 'success' || Status === 'decline';

/** The wallets of the transaction's pending legs: one, or all that a linked transaction has. */
async function walletsToSettle(sql: Statements, transactionId: string): Promise<readonly bigint[]> {
  const legs = await sql<{ walletId: bigint }[]>`
    SELECT DISTINCT wallet_id AS "walletId" FROM pending_operations WHERE transaction_id = ${transactionId}::uuid AND number >= 0`;
  return legs.map(({ walletId }) => walletId);
}
