import { MAX_AMOUNT } from '../ledger/money.ts';
import { runTx, type Sql, type Statements, type Tx } from '../postgres/database.ts';
import { currencyNotAllowed, ok, type Result } from '../wire/refusal.ts';
import { type Period, readBounds } from './period.ts';
import { type Positions, readPositions } from './positions.ts';

export interface Totals {
  readonly Currency: string;
  /** Millionths of a unit of Currency; sums may have more than 64 bits. */
  readonly AmountIn: bigint;
  readonly AmountOut: bigint;
}

/**
 * Adds up successful operations, each converted at the current rates and rounded down by itself: the division of
 * `convert` in money.ts, done in the database. Divided by their common divisor, two rates are mostly so small that the
 * product with an amount fits in 64 bits, where PostgreSQL divides several times faster.
 *
 * @param sql a pool: see {@link readBounds}
 */
export async function totalOperations(sql: Sql, period: Period, currency: string): Promise<Result<Totals>> {
  const bounds = await readBounds(sql, period);
  if (!bounds.ok) return bounds;
  const { walletId } = period;
  return await runTx(sql, async (tx) => {
    const positions = await readPositions(tx, walletId, bounds.value.from, bounds.value.to);
    await prepare(tx);
    return await sumOperations(tx, walletId, positions, currency);
  });
}

/**
 * After five runs PostgreSQL keeps one plan for all wallets, which would not scan a large wallet in parallel. The rates
 * are looked up in a hash table, which other statements are kept from.
 */
async function prepare(tx: Tx): Promise<void> {
  await tx`
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_hashjoin', 'on', true)`;
}

async function sumOperations(
  sql: Statements,
  walletId: bigint,
  { start, stop }: Positions,
  currency: string,
): Promise<Result<Totals>> {
  // Without the grouping, the planner would compute the factors again for each operation, and would not scan in parallel.
  const [totals] = await sql<{ amountIn: bigint; amountOut: bigint; isKnown: boolean }[]>`
    WITH pair AS (
      SELECT source.name, source.rate AS source_rate, target.rate AS target_rate,
        div(source.rate, gcd(source.rate::numeric, target.rate)) AS up,
        div(target.rate, gcd(source.rate::numeric, target.rate)) AS down
      FROM currencies AS source, currencies AS target
      WHERE target.name = ${currency} AND target.withdrawn_at IS NULL
    ),
    factor AS (
      SELECT name, source_rate, target_rate,
        CASE WHEN up <= ${MAX_AMOUNT} AND down <= ${MAX_AMOUNT} THEN up::bigint END AS up,
        CASE WHEN up <= ${MAX_AMOUNT} AND down <= ${MAX_AMOUNT} THEN down::bigint END AS down,
        CASE WHEN up <= ${MAX_AMOUNT} AND down <= ${MAX_AMOUNT} THEN div(${MAX_AMOUNT}, up)::bigint ELSE 0 END AS fits
      FROM pair GROUP BY name, source_rate, target_rate, up, down
    ),
    converted AS (
      SELECT type_of(leg) AS type, CASE WHEN amount <= fits THEN amount * up / down END AS fast,
        CASE WHEN amount > fits THEN div(amount::numeric * source_rate, target_rate) END AS exact
      FROM operations JOIN factor ON name = currency
      WHERE wallet_id = ${walletId} AND status = 'success'
        AND position > ${start} AND position <= ${stop}
    )
    SELECT EXISTS (SELECT FROM currencies WHERE name = ${currency} AND withdrawn_at IS NULL) AS "isKnown",
      coalesce(sum(fast) FILTER (WHERE type = 'in'), 0) + coalesce(sum(exact) FILTER (WHERE type = 'in'), 0) AS "amountIn",
      coalesce(sum(fast) FILTER (WHERE type = 'out'), 0) + coalesce(sum(exact) FILTER (WHERE type = 'out'), 0) AS "amountOut"
    FROM converted`;
  if (!totals?.isKnown) return currencyNotAllowed(currency);
  return ok({ Currency: currency, AmountIn: totals.amountIn, AmountOut: totals.amountOut });
}
