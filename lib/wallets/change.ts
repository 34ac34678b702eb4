import { known } from '../ledger/known.ts';
import { atMostMax, dayOf, type GivenLimits, type Spent, spentBy } from '../ledger/limits.ts';
import { type OutboxEvent, stageEvents } from '../messaging/outbox.ts';
import { bisection } from '../postgres/bisection.ts';
import type { Tx } from '../postgres/database.ts';
import { noWallet, ok, type Result } from '../wire/refusal.ts';
import { limitsOf, type RulesView, rulesColumns, type StoredRules, toRulesView } from './rules-view.ts';

/** A wallet's state and all its limits. */
export interface Rules extends GivenLimits {
  readonly creditLimit: bigint;
  readonly frozenIn: boolean;
  readonly frozenOut: boolean;
  readonly isClosed: boolean;
}

/** A wallet under its row lock, to be changed. */
export interface CurrentWallet {
  readonly id: bigint;
  readonly name: string;
  readonly balance: bigint;
  readonly held: bigint;
  /** At most this much may still come back from transfers. */
  readonly returnable: bigint;
  readonly chainLength: bigint;
  readonly rules: Rules;
  /** What was spent, if it has further limits. */
  readonly spent: Spent | undefined;
  /** RFC 3339: after the lock, and after the last booking. */
  readonly changedAt: string;
}

/** A wallet's name, state and limits as callers see them. */
export interface RuledWallet extends RulesView {
  readonly WalletID: bigint;
  readonly Name: string;
}

/** A wallet after a change. */
export interface Changed {
  readonly wallet: RuledWallet;
  /** That it was changed, staged; none if it is as it was. */
  readonly events: readonly OutboxEvent[];
}

export interface ChangeContext {
  readonly correlationId: string;
  /** Whether somebody listens to events; if not, none is staged. */
  readonly stagesEvents: boolean;
}

/** What a change makes of a wallet. */
type Change = (wallet: CurrentWallet) => Promise<Result<{ readonly name: string; readonly rules: Rules }>>;

/**
 * Changes a wallet's name, state or limits under its row lock: all that is settled afterwards sees it. What changes nothing
 * leaves no trace.
 *
 * @returns a refusal if the wallet is unknown, or that of the change
 */
export async function changeWallet(
  tx: Tx,
  id: bigint,
  { correlationId, stagesEvents }: ChangeContext,
  change: Change,
): Promise<Result<Changed>> {
  const before = await lockWallet(tx, id);
  if (before === undefined) return noWallet(id);
  const after = await change(before);
  if (!after.ok) return after;
  const { name, rules } = after.value;
  const isRenamed = name !== before.name;
  const isRuled = !isEqual(rules, before.rules);
  if (isRenamed) await tx`UPDATE wallets SET name = ${name} WHERE id = ${id}`;
  if (isRuled) await writeRules(tx, before, rules);
  const wallet = await readRuled(tx, id);
  const isTold = stagesEvents && (isRenamed || isRuled);
  const detail = { Version: 1 as const, CorrelationId: correlationId, ...eventDetailOf(wallet) };
  const events = isTold ? await stageEvents(tx, [{ type: 'WalletChanged', detail }]) : [];
  return ok({ wallet, events });
}

type StoredWallet = Omit<Rules, keyof GivenLimits> &
  Pick<CurrentWallet, 'name' | 'balance' | 'held' | 'returnable' | 'chainLength'> & {
    readonly bookedAt: string | null;
  };

type StoredLimits = GivenLimits & Spent;

const NO_LIMITS: GivenLimits = { balanceLimit: null, perOperation: null, perDay: null, perMonth: null };

/** The time and the limits are read once the lock is there. */
async function lockWallet(tx: Tx, id: bigint): Promise<CurrentWallet | undefined> {
  const [wallet] = await tx<StoredWallet[]>`
    SELECT name, balance, held, returnable, chain_length AS "chainLength", credit_limit AS "creditLimit",
      frozen_in AS "frozenIn", frozen_out AS "frozenOut", closed_at IS NOT NULL AS "isClosed", booked_at AS "bookedAt"
    FROM wallets WHERE id = ${id} FOR NO KEY UPDATE`;
  if (wallet === undefined) return undefined;
  const { name, balance, held, returnable, chainLength, bookedAt, ...state } = wallet;
  const [[time], [stored]] = await Promise.all([
    tx<{ changedAt: string }[]>`
      SELECT greatest(clock_timestamp(), ${bookedAt}::timestamptz + interval '1 microsecond') AS "changedAt"`,
    tx<StoredLimits[]>`
      SELECT balance_limit AS "balanceLimit", per_operation AS "perOperation", per_day AS "perDay",
        per_month AS "perMonth", spent_on::text AS "spentOn", spent_day AS "spentDay", spent_month AS "spentMonth"
      FROM wallet_limits WHERE wallet_id = ${id}`,
  ]);
  const { changedAt } = known(time, 'time of a change');
  const rules = { ...state, ...NO_LIMITS, ...limitsIn(stored) };
  const spent = stored && {
    spentOn: stored.spentOn,
    spentDay: stored.spentDay,
    spentMonth: stored.spentMonth,
  };
  return { id, name, balance, held, returnable, chainLength, rules, spent, changedAt };
}

function limitsIn(stored: StoredLimits | undefined): Partial<GivenLimits> {
  if (stored === undefined) return {};
  const { balanceLimit, perOperation, perDay, perMonth } = stored;
  return { balanceLimit, perOperation, perDay, perMonth };
}

const isEqual = (a: Rules, b: Rules): boolean =>
  (Object.keys(a) as (keyof Rules)[]).every((name) => a[name] === b[name]);

/** Writes a wallet's rules, and that they count from here on. */
async function writeRules(tx: Tx, wallet: CurrentWallet, rules: Rules): Promise<void> {
  const { id, changedAt, chainLength } = wallet;
  const { creditLimit, frozenIn, frozenOut, isClosed, balanceLimit, perOperation, perDay, perMonth } = rules;
  const isLimited = [balanceLimit, perOperation, perDay, perMonth].some((limit) => limit !== null);
  await tx`
    UPDATE wallets SET credit_limit = ${creditLimit}, frozen_in = ${frozenIn}, frozen_out = ${frozenOut},
      is_limited = ${isLimited}, closed_at = CASE WHEN ${isClosed} THEN coalesce(closed_at, ${changedAt}::timestamptz) END
    WHERE id = ${id}`;
  if (isLimited) await writeLimits(tx, wallet, rules);
  else await tx`DELETE FROM wallet_limits WHERE wallet_id = ${id}`;
  const [last] = await tx<{ number: bigint }[]>`
    SELECT coalesce(max(number), 0) AS number FROM wallet_changes WHERE wallet_id = ${id}`;
  const number = known(last, 'number of a change').number + 1n;
  await tx`
    INSERT INTO wallet_changes (wallet_id, number, after_position, changed_at, credit_limit, balance_limit, per_operation,
      per_day, per_month, frozen_in, frozen_out, is_closed)
    VALUES (${id}, ${number}, ${chainLength}, ${changedAt}::timestamptz, ${creditLimit}, ${balanceLimit}, ${perOperation},
      ${perDay}, ${perMonth}, ${frozenIn}, ${frozenOut}, ${isClosed})`;
}

/** What was spent before there was a limit counts, too. */
async function writeLimits(tx: Tx, wallet: CurrentWallet, limits: GivenLimits): Promise<void> {
  const { balanceLimit, perOperation, perDay, perMonth } = limits;
  const { spentOn, spentDay, spentMonth } =
    wallet.spent === undefined ? await readSpent(tx, wallet) : spentBy(wallet.spent, wallet.changedAt);
  await tx`
    INSERT INTO wallet_limits (wallet_id, balance_limit, per_operation, per_day, per_month, spent_on, spent_day, spent_month)
    VALUES (${wallet.id}, ${balanceLimit}, ${perOperation}, ${perDay}, ${perMonth}, ${spentOn}::text::date, ${spentDay},
      ${spentMonth})
    ON CONFLICT (wallet_id) DO UPDATE SET balance_limit = excluded.balance_limit, per_operation = excluded.per_operation,
      per_day = excluded.per_day, per_month = excluded.per_month, spent_on = excluded.spent_on,
      spent_day = excluded.spent_day, spent_month = excluded.spent_month`;
}

/** What left a wallet on the UTC day of a change and in its month, by the journal: its operations of the month are read. */
async function readSpent(tx: Tx, { id, chainLength, changedAt }: CurrentWallet): Promise<Spent> {
  const spentOn = dayOf(changedAt);
  const [row] = await tx<{ day: bigint; month: bigint }[]>`
    WITH RECURSIVE earlier AS (
      SELECT 0::bigint AS low, ${chainLength}::bigint AS high
      ${bisection(tx, tx`earlier`, id, tx`processed_at < date_trunc('month', ${changedAt}::timestamptz)`)}
    )
    SELECT coalesce(sum(wallet_amount) FILTER (WHERE processed_at >= date_trunc('day', ${changedAt}::timestamptz)), 0) AS day,
      coalesce(sum(wallet_amount), 0) AS month
    FROM operations WHERE wallet_id = ${id} AND position > (SELECT max(low) FROM earlier) AND status = 'success'
      AND leg IN ('debit', 'payout', 'capture', 'part_capture', 'linked_debit') AND refund_of IS NULL`;
  const { day, month } = known(row, `operations of wallet ${id}`);
  return { spentOn, spentDay: atMostMax(day), spentMonth: atMostMax(month) };
}

async function readRuled(tx: Tx, id: bigint): Promise<RuledWallet> {
  const [row] = await tx<(StoredRules & { name: string })[]>`
    SELECT name, ${rulesColumns(tx)} FROM wallets ${limitsOf(tx)} WHERE id = ${id}`;
  const wallet = known(row, `wallet ${id}`);
  return { WalletID: id, Name: wallet.name, ...toRulesView(wallet) };
}

/** A change as its event tells it: without what was spent. */
function eventDetailOf({
  WalletID,
  Name,
  Status,
  Frozen,
  CreditLimit,
  BalanceLimit,
  SpendLimits,
}: RuledWallet) {
  const limits = {
    BalanceLimit,
    PerOperation: SpendLimits?.PerOperation,
    PerDay: SpendLimits?.PerDay,
    PerMonth: SpendLimits?.PerMonth,
  };
  const given = Object.entries(limits).flatMap(([name, amount]) =>
    amount === null || amount === undefined ? [] : [[name, amount.toString()]],
  );
  return {
    ...{ WalletId: WalletID.toString(), Name, Status, CreditLimit: CreditLimit.toString() },
    ...(Frozen === null ? {} : { Frozen }),
    ...(Object.fromEntries(given) as Partial<Record<keyof typeof limits, string>>),
  };
}

/**
 * What is not settled of a wallet: its pending operations, exactly what may still come back to it, and its active holds, of which one
 * that was captured up to its amount reserves nothing.
 */
export async function readUnsettled(
  tx: Tx,
  id: bigint,
): Promise<{ readonly pending: number; readonly returnable: bigint; readonly active: number }> {
  const receiver = tx`(CASE leg WHEN 'credit' THEN counterparty_id ELSE wallet_id END)`;
  const [row] = await tx<{ pending: number; returnable: bigint; active: number }[]>`
    SELECT (SELECT count(*) FROM pending_operations WHERE wallet_id = ${id})::int AS pending,
      (SELECT count(*) FROM holds WHERE wallet_id = ${id} AND status = 'active')::int AS active, coalesce((
      SELECT sum(CASE leg WHEN 'credit' THEN origin_amount ELSE amount END) FROM pending_operations
      WHERE leg IN ('credit', 'return') AND ${receiver} = ${id}), 0) AS returnable`;
  return known(row, `operations of wallet ${id}`);
}
