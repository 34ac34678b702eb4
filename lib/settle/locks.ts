import type { Fragment } from 'postgres';
import type { WalletState } from '../ledger/decide.ts';
import { NO_RULES, type WalletRules } from '../ledger/limits.ts';
import { array, type Tx } from '../postgres/database.ts';
import { MAX_OPERATIONS, SHARE } from './reads.ts';

/** Steps of the search for other wallets: twice as many as fill a transaction, should each find little. */
const MAX_STEPS = 20;

/** Which wallets one transaction settles. */
export interface SettleRequest {
  /** Wallets that are named, such as by messages: the transaction waits for their locks. */
  readonly walletIds: readonly bigint[];
  /** Whether each wallet gets its part of the transaction: linked transactions wait until all of theirs come to them. */
  readonly isShared?: boolean;
  /** Whether it passes over those of them that others lock, instead of waiting. */
  readonly skipsLocked?: boolean;
  /** Whether another transaction settles them meanwhile: this one settles others alone. */
  readonly leavesNamed?: boolean;
  /** The group whose other wallets with pending work are settled as well, unless they are locked; null for no others. */
  readonly group: number | null;
  /** The wallet id after which the search for other wallets begins; it goes on from the smallest id. */
  readonly after: bigint;
}

/**
 * The end of a wallet's chain: the position of its last settled operation, 0 before the first, its hash, and how many
 * operations up to it are about holds alone.
 */
export interface ChainHead {
  readonly chainLength: bigint;
  readonly chainHead: Uint8Array;
  readonly unlisted: bigint;
}

/** What a wallet has beyond its money: most have nothing of it. */
interface Extras extends WalletRules {
  /** Whether it has further limits, which are to be loaded. */
  readonly isLimited: boolean;
  /** Whether it has alerts, which are to be loaded. */
  readonly hasAlerts: boolean;
}

const NO_EXTRAS: Extras = { ...NO_RULES, isLimited: false, hasAlerts: false };

/** A wallet under its row lock. */
export interface LockedWallet extends WalletState, ChainHead {
  readonly rules: Extras;
  readonly group: number;
  readonly isNamed: boolean;
}

export interface LockedWallets {
  /** The named wallets, and the others. */
  readonly wallets: readonly LockedWallet[];
  /** The time of settling, in RFC 3339: after all locks, and after the last booking of each wallet. */
  readonly settledAt: string;
  /** The wallet id at which the search for others ended; null if it found none. */
  readonly last: bigint | null;
}

/** What {@link walletColumns} give of a wallet: the text of its extras, null for none. */
export type WalletRow = Omit<LockedWallet, 'rules' | 'isNamed'> & { readonly extras: string | null };

/**
 * The columns of a {@link LockedWallet}. Of nearly all wallets the extras are one null: six columns more would take a twentieth of
 * what it takes to settle an operation.
 */
export const walletColumns = (tx: Tx): Fragment => tx`
  id, currency, balance, held, returnable, returnable = 0 AS exact, chain_length AS "chainLength",
  chain_head AS "chainHead", unlisted, wallet_group AS group,
  CASE WHEN credit_limit > 0 OR frozen_in OR frozen_out OR is_limited OR has_alerts OR closed_at IS NOT NULL THEN
    json_build_object('creditLimit', credit_limit::text, 'frozenIn', frozen_in, 'frozenOut', frozen_out,
      'isClosed', closed_at IS NOT NULL, 'isLimited', is_limited, 'hasAlerts', has_alerts)::text
  END AS extras, booked_at`;

/** A wallet by its row. */
export function toLocked<R extends WalletRow>(row: R): R & Pick<LockedWallet, 'rules'> {
  // The row itself: a copy of each would take longer than what the columns save.
  return Object.assign(row, { rules: extrasOf(row) });
}

function extrasOf({ extras }: WalletRow): Extras {
  if (extras === null) return NO_EXTRAS;
  const given = JSON.parse(extras) as Omit<Extras, 'creditLimit'> & { readonly creditLimit: string };
  return { ...given, creditLimit: BigInt(given.creditLimit) };
}

/**
 * Locks the named wallets, and waits for those unless it may skip them: in id order, so that no two processors can wait for each
 * other. Only then other wallets of the group with pending operations, and skips locked ones: a processor that waits must not hold
 * others.
 *
 * Their search reads the group's part of an index in steps of one share, each of which begins behind the wallet at which the
 * previous one ended: so it passes over the rest of a long backlog, and ends with enough work of others for the transaction. An
 * operation that was recorded in a group which its wallet left since costs nothing but a lock.
 */
export async function lockWallets(tx: Tx, request: SettleRequest): Promise<LockedWallets> {
  const rows = await tx<(WalletRow & { isNamed: boolean; settledAt: string | null; last: bigint | null })[]>`
    WITH RECURSIVE named AS MATERIALIZED (
      SELECT ${walletColumns(tx)}, true AS "isNamed", NULL::bigint AS last FROM wallets
      WHERE id = ANY (${array(request.leavesNamed ? [] : request.walletIds)}::bigint[]) ORDER BY id FOR NO KEY UPDATE
      ${request.skipsLocked ? tx`SKIP LOCKED` : tx``}
    ), ${others(tx, request)}
    SELECT id, currency, balance, held, returnable, exact, "chainLength", "chainHead", unlisted, "group", extras, "isNamed",
      CASE WHEN row_number() OVER () = 1
        THEN greatest(clock_timestamp(), max(booked_at) OVER () + interval '1 microsecond') END AS "settledAt",
      CASE WHEN row_number() OVER () = 1 THEN max(last) OVER () END AS last
    FROM (SELECT * FROM named UNION ALL SELECT * FROM other) AS locked`;
  return {
    wallets: rows.map(toLocked),
    settledAt: rows[0]?.settledAt ?? '',
    last: rows[0]?.last ?? null,
  };
}

/**
 * Whether a pending operation is of a group, and of a wallet with a larger id: as one range of the index of groups, in a form that
 * no other index serves, and with its condition.
 */
export const ofGroupAfter = (tx: Tx, group: number, walletId: bigint | Fragment): Fragment => tx`
  wallet_group > 0 AND (wallet_group, wallet_id) > (${group}::integer, ${walletId}::bigint) AND wallet_group <= ${group}::integer`;

function others(tx: Tx, { walletIds, group, after }: SettleRequest): Fragment {
  if (group === null) return tx`other AS (SELECT * FROM named WHERE false)`;
  const isOther = (id: Fragment) => tx`${id} <> ALL (${array(walletIds)}::bigint[])`;
  const stepAfter = (wallet: Fragment) => tx`
    SELECT array_agg(DISTINCT wallet_id) AS ids, max(wallet_id) AS last,
      count(*) FILTER (WHERE ${isOther(tx`wallet_id`)}) AS operations
    FROM (
      SELECT wallet_id FROM pending_operations WHERE ${ofGroupAfter(tx, group, wallet)}
      ORDER BY wallet_group, wallet_id LIMIT ${SHARE}
    ) AS entry HAVING count(*) > 0`;
  return tx`
    step(number, ids, last, is_wrapped, operations) AS (
      SELECT 0, '{}'::bigint[], ${after}::bigint, false, 0::bigint FROM (SELECT count(*) FROM named) AS locked
      UNION ALL
      SELECT number + 1, next.ids, next.last, next.is_wrapped, step.operations + next.operations
      FROM step CROSS JOIN LATERAL (
        SELECT above.*, step.is_wrapped FROM (${stepAfter(tx`step.last`)}) AS above
        UNION ALL
        SELECT first.*, true FROM (${stepAfter(tx`0`)}) AS first WHERE NOT step.is_wrapped
        LIMIT 1
      ) AS next
      WHERE number < ${MAX_STEPS} AND step.operations < ${MAX_OPERATIONS} AND NOT (step.is_wrapped AND step.last >= ${after})
    ), other AS (
      SELECT other.* FROM (SELECT DISTINCT unnest(ids) AS id FROM step) AS found CROSS JOIN LATERAL (
        SELECT ${walletColumns(tx)}, false AS "isNamed", (SELECT last FROM step ORDER BY number DESC LIMIT 1) AS last
        FROM wallets WHERE id = found.id AND ${isOther(tx`id`)}
        FOR NO KEY UPDATE SKIP LOCKED
      ) AS other
    )`;
}
