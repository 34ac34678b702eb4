import type { Fragment } from 'postgres';
import type { Direction, GivenLimits, WalletStatus } from '../ledger/limits.ts';
import type { Statements } from '../postgres/database.ts';

/** A wallet's limits of spending, and what was spent on this UTC day and in its month. */
interface SpendLimitsView {
  readonly PerOperation: bigint | null;
  readonly PerDay: bigint | null;
  readonly PerMonth: bigint | null;
  readonly SpentToday: bigint;
  readonly SpentThisMonth: bigint;
}

/** A wallet's state and limits as callers see them; amounts are millionths of a unit of the wallet's currency. */
export interface RulesView {
  readonly Status: WalletStatus;
  readonly Frozen: Direction | null;
  /** How far below zero the balance may go. */
  readonly CreditLimit: bigint;
  readonly BalanceLimit: bigint | null;
  /** Null if the wallet has none of the three. */
  readonly SpendLimits: SpendLimitsView | null;
}

/** The columns of a wallet's state and limits. What was spent is null if it has no row of further limits. */
export interface StoredRules extends GivenLimits {
  readonly creditLimit: bigint;
  readonly frozenIn: boolean;
  readonly frozenOut: boolean;
  readonly isClosed: boolean;
  readonly spentToday: bigint | null;
  readonly spentThisMonth: bigint | null;
}

const day = (sql: Statements, moment: Fragment) => sql`(${moment} AT TIME ZONE 'UTC')::date`;

/** The columns of {@link StoredRules}, of `wallets` with {@link limitsOf} them. */
export const rulesColumns = (sql: Statements): Fragment => sql`
  credit_limit AS "creditLimit", frozen_in AS "frozenIn", frozen_out AS "frozenOut", closed_at IS NOT NULL AS "isClosed",
  balance_limit AS "balanceLimit", per_operation AS "perOperation", per_day AS "perDay", per_month AS "perMonth",
  CASE WHEN spent_on = ${day(sql, sql`now()`)} THEN spent_day WHEN is_limited THEN 0 END AS "spentToday",
  CASE WHEN date_trunc('month', spent_on) = date_trunc('month', ${day(sql, sql`now()`)}) THEN spent_month
    WHEN is_limited THEN 0 END AS "spentThisMonth"`;

/** Joins the further limits of each row of `wallets` that has any. */
export const limitsOf = (sql: Statements): Fragment => sql`
  LEFT JOIN wallet_limits ON wallet_limits.wallet_id = wallets.id AND is_limited`;

export const toRulesView = (rules: StoredRules): RulesView => ({
  Status: rules.isClosed ? 'closed' : rules.frozenIn || rules.frozenOut ? 'frozen' : 'active',
  Frozen: frozenOf(rules),
  CreditLimit: rules.creditLimit,
  BalanceLimit: rules.balanceLimit,
  SpendLimits: spendLimitsOf(rules),
});

function frozenOf({ frozenIn, frozenOut }: StoredRules): Direction | null {
  if (frozenIn) return frozenOut ? 'both' : 'in';
  return frozenOut ? 'out' : null;
}

function spendLimitsOf(rules: StoredRules): SpendLimitsView | null {
  const { perOperation, perDay, perMonth } = rules;
  if (perOperation === null && perDay === null && perMonth === null) return null;
  return {
    PerOperation: perOperation,
    PerDay: perDay,
    PerMonth: perMonth,
    SpentToday: rules.spentToday ?? 0n,
    SpentThisMonth: rules.spentThisMonth ?? 0n,
  };
}
