import { runInIndexOrder, type Sql } from '../postgres/database.ts';
import { shownTime } from '../wire/time.ts';
import { type MinuteView, type PeriodView, readSettled } from './settled.ts';

/** Pending operations that are counted exactly: read in some hundredths of a second. */
const MAX_COUNTED = 10_000;

/** Seconds for which what the relay saw last still tells of a longer backlog: five of its passes. */
const RELAY_SECONDS = 300;

export interface OverviewView {
  /** By the database's clock. */
  readonly At: string;
  /** The running minute and the 59 before it. */
  readonly Hour: PeriodView;
  /** From the first multiple of ten minutes within the last 24 hours. */
  readonly Day: PeriodView;
  readonly Minutes: readonly MinuteView[];
  readonly Money: readonly MoneyView[];
  readonly Pending: PendingView;
  readonly DeadLetters: number | null;
  readonly Books: BooksView | null;
  readonly Webhooks: WebhooksView | null;
}

/** Millionths of a unit; sums may have more than 64 bits. */
interface MoneyView {
  readonly Currency: string;
  readonly InWallets: bigint;
  readonly InTransit: bigint;
}

interface PendingView {
  /** Null if nothing is pending. */
  readonly OldestSeconds: number | null;
  readonly Count: number;
  readonly IsCountExact: boolean;
}

interface BooksView {
  readonly CheckedAt: string;
  readonly Result: 'clean' | 'faults';
  readonly Faults: number;
}

interface WebhooksView {
  readonly Failing: number;
  readonly Disabled: number;
}

/**
 * How the system does just now. It reads what settling, the relay and the checks keep for it: none of its statements reads the
 * journal or all wallets, so it takes as long after ten million operations as after ten.
 *
 * @param countLetters answers null if the dead-letter queue can't be asked
 */
export async function readOverview(
  sql: Sql,
  countLetters: () => Promise<number | null>,
): Promise<OverviewView> {
  const [settled, Money, Pending, Books, Webhooks, DeadLetters] = await Promise.all([
    readSettled(sql),
    readMoney(sql),
    readPending(sql),
    readBooks(sql),
    readWebhooks(sql),
    countLetters(),
  ]);
  const { At, Hour, Day, Minutes } = settled;
  return { At, Hour, Day, Minutes, Money, Pending, DeadLetters, Books, Webhooks };
}

/** Totals and what came since, out of one snapshot: the relay moves from one to the other. There are 1,000 currencies at most. */
async function readMoney(sql: Sql): Promise<MoneyView[]> {
  return await sql<MoneyView[]>`
    SELECT currency AS "Currency", sum(in_wallets) AS "InWallets", sum(in_transit) AS "InTransit" FROM (
      SELECT currency, in_wallets, in_transit FROM money_totals
      UNION ALL SELECT currency, in_wallets, in_transit FROM money_minutes
    ) AS kept GROUP BY currency ORDER BY currency`;
}

/**
 * Up to {@link MAX_COUNTED} are read, and so exact. Behind a longer backlog the oldest is the older one of those that were read and of
 * what the relay saw in its last pass, which looks at the first operation of each wallet; without a pass in the last
 * {@link RELAY_SECONDS}, of those that were read.
 */
async function readPending(sql: Sql): Promise<PendingView> {
  const [row] = await runInIndexOrder(
    sql,
    (tx) => tx<{ count: number; oldest: number | null; seen: number | null }[]>`
    SELECT count(*)::float8 AS count, extract(epoch FROM now() - min(created_at))::float8 AS oldest,
      (SELECT oldest_seconds FROM relay_passes WHERE ended_at > now() - make_interval(secs => ${RELAY_SECONDS})) AS seen
    FROM (SELECT created_at FROM pending_operations ORDER BY wallet_id, id LIMIT ${MAX_COUNTED + 1}) AS first`,
  );
  const { count = 0, oldest = null, seen = null } = row ?? {};
  const isExact = count <= MAX_COUNTED;
  const age = isExact || oldest === null ? oldest : Math.max(oldest, seen ?? 0);
  return {
    OldestSeconds: age === null ? null : Math.max(0, Math.round(age)),
    Count: Math.min(count, MAX_COUNTED),
    IsCountExact: isExact,
  };
}

/** The last check, of whichever kind. */
async function readBooks(sql: Sql): Promise<BooksView | null> {
  const [row] = await sql<{ checkedAt: string; faults: number }[]>`
    SELECT checked_at AS "checkedAt", faults::float8 AS faults FROM book_results ORDER BY checked_at DESC LIMIT 1`;
  if (row === undefined) return null;
  return {
    CheckedAt: shownTime(row.checkedAt),
    Result: row.faults === 0 ? 'clean' : 'faults',
    Faults: row.faults,
  };
}

/** Null if there is none: so it is also where a stage has no webhooks. There are 500 at most. */
async function readWebhooks(sql: Sql): Promise<WebhooksView | null> {
  const [row] = await sql<{ failing: number; disabled: number; all: number }[]>`
    SELECT count(*) FILTER (WHERE failing_since IS NOT NULL AND disabled_at IS NULL)::float8 AS failing,
      count(disabled_at)::float8 AS disabled, count(*)::float8 AS all
    FROM webhooks`;
  const { failing = 0, disabled = 0, all = 0 } = row ?? {};
  return all === 0 ? null : { Failing: failing, Disabled: disabled };
}
