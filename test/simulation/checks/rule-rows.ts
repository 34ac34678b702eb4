import type { Sql } from '../../../lib/postgres/database.ts';

/** A wallet's state and limits, as they stand in a row of its changes. */
export interface Rules {
  readonly creditLimit: bigint;
  readonly balanceLimit: bigint | null;
  readonly perOperation: bigint | null;
  readonly perDay: bigint | null;
  readonly perMonth: bigint | null;
  readonly frozenIn: boolean;
  readonly frozenOut: boolean;
  readonly isClosed: boolean;
}

interface ChangeRow extends Rules {
  readonly walletId: bigint;
  readonly number: bigint;
  readonly afterPosition: bigint;
}

/** What a limited wallet says that it spent. */
interface SpentRow {
  readonly walletId: bigint;
  readonly spentOn: string;
  readonly spentDay: bigint;
  readonly spentMonth: bigint;
}

export interface RuleRows {
  readonly changes: readonly ChangeRow[];
  readonly current: readonly (Rules & { readonly walletId: bigint })[];
  readonly spent: readonly SpentRow[];
}

/** A wallet's changes so far, and what it spent by UTC day and by month. */
export interface RuleState {
  readonly changes: ChangeRow[];
  readonly spent: Map<string, bigint>;
}

export const emptyRules = (): RuleState => ({ changes: [], spent: new Map() });

const LIMITS = `balance_limit AS "balanceLimit", per_operation AS "perOperation", per_day AS "perDay",
  per_month AS "perMonth", credit_limit AS "creditLimit", frozen_in AS "frozenIn", frozen_out AS "frozenOut"`;

/** Reads all changes, and the rules that wallets have now. */
export async function readRules(sql: Sql): Promise<RuleRows> {
  const [changes, current, spent] = await Promise.all([
    sql<ChangeRow[]>`
      SELECT wallet_id AS "walletId", number, after_position AS "afterPosition", ${sql.unsafe(LIMITS)}, is_closed AS "isClosed"
      FROM wallet_changes ORDER BY wallet_id, number`,
    sql<(Rules & { walletId: bigint })[]>`
      SELECT id AS "walletId", ${sql.unsafe(LIMITS)}, closed_at IS NOT NULL AS "isClosed"
      FROM wallets LEFT JOIN wallet_limits ON wallet_id = id WHERE is_limited = (wallet_id IS NOT NULL)`,
    sql<SpentRow[]>`
      SELECT wallet_id AS "walletId", spent_on::text AS "spentOn", spent_day AS "spentDay", spent_month AS "spentMonth"
      FROM wallet_limits`,
  ]);
  return { changes, current, spent };
}
