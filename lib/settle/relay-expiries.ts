import { removePublished } from '../messaging/outbox.ts';
import { runInIndexOrder, runTx, type Tx } from '../postgres/database.ts';
import { isUnreachable } from '../postgres/errors.ts';
import { isOver } from '../wallets/holds.ts';
import { followUps } from './follow-ups.ts';
import type { ProcessorDeps } from './processor.ts';
import { expireHolds } from './settle-pending.ts';

/** Holds looked at by one statement. */
const PORTION = 500;

/** Wallets whose holds expire in one transaction: with a thousand each, it takes two seconds. */
const WALLETS_AT_ONCE = 20;

/** Expires holds of wallets that nobody touches, portion by portion. */
export interface ExpiryPass {
  /** Holds expired so far. */
  readonly expired: number;
  /** Expires a portion. @returns whether there may be more */
  next(): Promise<boolean>;
}

/** A hold's place in the order of their ends. */
interface Place {
  readonly expiresAt: string;
  readonly id: string;
}

/** Before the first hold. */
const BEGINNING: Place = { expiresAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

interface OverHold extends Place {
  readonly walletId: bigint;
  /** Whether no capture and no release of it is pending. */
  readonly isOver: boolean;
}

/**
 * Begins a pass over the holds whose time is over, the oldest first. A wallet with more of them than one transaction takes has
 * another turn at once. Where a transaction fails, the pass goes on without its wallets, and throws at the end.
 */
export function expiryPass(deps: ProcessorDeps): ExpiryPass {
  let after = BEGINNING;
  let isAtEnd = false;
  let failure: { readonly error: unknown } | undefined;
  let walletIds: readonly bigint[] = [];
  const look = async (): Promise<void> => {
    const holds = await runInIndexOrder(deps.sql, (tx) => readOverHolds(tx, after));
    walletIds = [...new Set(holds.filter(({ isOver }) => isOver).map(({ walletId }) => walletId))];
    after = holds.at(-1) ?? after;
    isAtEnd = holds.length < PORTION;
  };
  const pass = {
    expired: 0,
    async next() {
      if (walletIds.length === 0) await look();
      const now = walletIds.slice(0, WALLETS_AT_ONCE);
      const later = walletIds.slice(WALLETS_AT_ONCE);
      try {
        const { expired, isFull } = await expire(deps, now);
        pass.expired += expired;
        walletIds = isFull && expired > 0 ? walletIds : later;
      } catch (error) {
        if (isUnreachable(error)) throw error;
        failure = { error };
        walletIds = later;
      }
      if (walletIds.length > 0 || !isAtEnd) return true;
      if (failure !== undefined) throw failure.error;
      return false;
    },
  };
  return pass;
}

async function readOverHolds(tx: Tx, after: Place): Promise<OverHold[]> {
  return await tx<OverHold[]>`
    SELECT id, wallet_id AS "walletId", expires_at AS "expiresAt", ${isOver(tx, tx`now()`)} AS "isOver"
    FROM holds
    WHERE status = 'active' AND kind = 'hold' AND expires_at <= now()
      AND (expires_at, id) > (${after.expiresAt}::timestamptz, ${after.id}::uuid)
    ORDER BY expires_at, id LIMIT ${PORTION}`;
}

/** Settles the expiry of the wallets' holds, and publishes the events. */
async function expire(
  deps: ProcessorDeps,
  walletIds: readonly bigint[],
): Promise<{ readonly expired: number; readonly isFull: boolean }> {
  if (walletIds.length === 0) return { expired: 0, isFull: false };
  const settled = await runTx(deps.sql, (tx) =>
    expireHolds(tx, walletIds, deps.layout, deps.bus !== undefined),
  );
  const following = followUps(deps);
  await following.start(settled);
  await removePublished(deps.sql, await following.takePublished());
  return settled;
}
