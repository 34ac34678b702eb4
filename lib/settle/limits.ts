import type { WalletState } from '../ledger/decide.ts';
import { known } from '../ledger/known.ts';
import { dayOf, type GivenLimits, type Spent, spentBy } from '../ledger/limits.ts';
import { array, type Tx } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import type { LockedWallet } from './locks.ts';

type StoredLimits = GivenLimits & Spent & { readonly walletId: bigint };

/**
 * The wallets with the limits of those that have any: to be read under their locks, as every change of them is made.
 *
 * @param settledAt the time of settling, whose day and month count
 */
export async function withLimits(
  tx: Tx,
  wallets: readonly LockedWallet[],
  settledAt: string,
): Promise<readonly LockedWallet[]> {
  const limited = wallets.filter(({ rules }) => rules.isLimited);
  if (limited.length === 0) return wallets;
  const stored = await tx<StoredLimits[]>`
    SELECT wallet_id AS "walletId", balance_limit AS "balanceLimit", per_operation AS "perOperation", per_day AS "perDay",
      per_month AS "perMonth", spent_on::text AS "spentOn", spent_day AS "spentDay", spent_month AS "spentMonth"
    FROM wallet_limits WHERE wallet_id = ANY (${array(limited.map(({ id }) => id))}::bigint[])`;
  const byWallet = new Map(stored.map((limits) => [limits.walletId, limits]));
  return wallets.map((wallet) => {
    if (!wallet.rules.isLimited) return wallet;
    const limits = known(byWallet.get(wallet.id), `limits of wallet ${wallet.id}`);
    return { ...wallet, rules: { ...wallet.rules, limits: { ...limits, ...spentBy(limits, settledAt) } } };
  });
}

/**
 * Writes what was spent of limited wallets.
 *
 * @param before the wallets as they were locked
 * @param after those that were decided about
 */
export async function updateSpent(
  tx: Tx,
  before: readonly WalletState[],
  after: readonly WalletState[],
  settledAt: string,
): Promise<void> {
  const limited = before.filter(({ rules }) => rules.limits !== undefined);
  if (limited.length === 0) return;
  const limitsBefore = new Map(limited.map(({ id, rules }) => [id, rules.limits]));
  const spent = after.flatMap(({ id, rules: { limits } }) =>
    limits === undefined || limits === limitsBefore.get(id) ? [] : [{ id, ...limits }],
  );
  if (spent.length === 0) return;
  const settled = rows(tx, 'settled', spent, {
    wallet_id: ['bigint', ({ id }) => id],
    spent_day: ['bigint', ({ spentDay }) => spentDay],
    spent_month: ['bigint', ({ spentMonth }) => spentMonth],
  });
  const { count } = await tx`
    UPDATE wallet_limits SET spent_on = ${dayOf(settledAt)}::text::date, spent_day = settled.spent_day,
      spent_month = settled.spent_month
    FROM ${settled} WHERE wallet_limits.wallet_id = ANY (ARRAY[settled.wallet_id])`;
  if (count !== spent.length) throw new Error(`updated the limits of ${count} wallets of ${spent.length}`);
}
