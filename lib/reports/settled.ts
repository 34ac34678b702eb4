import type { Fragment } from 'postgres';
import { DECLINE_REASONS, type DeclineReason } from '../ledger/leg.ts';
import { addEach, percentile } from '../ledger/settle-times.ts';
import type { Sql } from '../postgres/database.ts';
import { shownTime } from '../wire/time.ts';

/** Minutes that are told one by one: an hour. */
const MINUTES = 60;

/** Hours of the longer period. It begins with the first multiple of {@link SPAN_MINUTES}, as which the relay adds up minutes. */
const DAY_HOURS = 24;
const SPAN_MINUTES = 10;

/**
 * Rows that are read, the latest first: some 400 while the relay adds them up each minute. Should it not run, as many more as
 * connections settled in a minute; beyond this the oldest are left out.
 */
const MAX_ROWS = 20_000;

const MINUTE_SECONDS = 60;

const MEDIAN = 0.5;
const NEARLY_ALL = 0.95;

/** What was settled in a period. Settle times are in milliseconds, off by a tenth at most; null if nothing was settled. */
export interface PeriodView {
  readonly Succeeded: number;
  readonly Declined: number;
  readonly PerSecond: number;
  readonly P50: number | null;
  readonly P95: number | null;
  /** Reasons that occurred, the most frequent first. */
  readonly Declines: readonly { readonly Reason: DeclineReason; readonly Count: number }[];
}

export interface MinuteView {
  readonly Minute: string;
  readonly Succeeded: number;
  readonly Declined: number;
  readonly P95: number | null;
}

/** What is kept of a minute, or of several. */
export interface KeptRow {
  /** When it began: seconds since 1970. */
  readonly minute: number;
  readonly succeeded: number;
  readonly declined: number;
  /** PostgreSQL's text of an array of integers. */
  readonly settleTimes: string;
  readonly declines: string;
}

/** When rows were read. */
export interface Clock {
  /** RFC 3339. */
  readonly at: string;
  /** When the longer period began: seconds since 1970. */
  readonly dayStart: number;
}

/** What was settled in the last hour and the last day. */
export async function readSettled(sql: Sql) {
  const [clocks, kept] = await Promise.all([
    sql<Clock[]>`SELECT now() AS at, ${epoch(sql, dayStart(sql))} AS "dayStart"`,
    sql<KeptRow[]>`
      SELECT ${epoch(sql, sql`minute`)} AS minute, succeeded::float8, declined::float8,
        settle_times::text AS "settleTimes", declines::text
      FROM settled_minutes WHERE minute >= ${dayStart(sql)} ORDER BY minute DESC, backend LIMIT ${MAX_ROWS}`,
  ]);
  const [clock] = clocks;
  if (clock === undefined) throw new Error('the database tells no time');
  return toSettled(clock, kept);
}

const dayStart = (sql: Sql) => sql`
  (date_bin(make_interval(mins => ${SPAN_MINUTES}), now() - make_interval(hours => ${DAY_HOURS}),
    '2000-01-01T00:00:00Z'::timestamptz) + make_interval(mins => ${SPAN_MINUTES}))`;

const epoch = (sql: Sql, time: Fragment) => sql`extract(epoch FROM ${time})::float8`;

/** Adds up what was read: pure, so that a test needs no hour. */
export function toSettled({ at, dayStart: dayStartSeconds }: Clock, kept: readonly KeptRow[]) {
  const now = Date.parse(at) / 1_000;
  const running = Math.floor(now / MINUTE_SECONDS) * MINUTE_SECONDS;
  const first = running - (MINUTES - 1) * MINUTE_SECONDS;
  const minutes = Array.from({ length: MINUTES }, newSums);
  const [hour, day] = [newSums(), newSums()];
  for (const row of kept) {
    const numbers = { ...row, settleTimes: toNumbers(row.settleTimes), declines: toNumbers(row.declines) };
    add(day, numbers);
    // After a clock that went back, minutes that are yet to come count as the running one.
    const minute = minutes[Math.min((row.minute - first) / MINUTE_SECONDS, MINUTES - 1)];
    if (minute === undefined) continue;
    add(hour, numbers);
    add(minute, numbers);
  }
  return {
    At: shownTime(at),
    Hour: toPeriod(hour, now - first),
    Day: toPeriod(day, now - dayStartSeconds),
    Minutes: minutes.map((sums, number) => toMinute(sums, first + number * MINUTE_SECONDS)),
  };
}

interface Sums {
  succeeded: number;
  declined: number;
  readonly settleTimes: number[];
  readonly declines: number[];
}

const newSums = (): Sums => ({ succeeded: 0, declined: 0, settleTimes: [], declines: [] });

function add(sums: Sums, more: Readonly<Sums>): void {
  sums.succeeded += more.succeeded;
  sums.declined += more.declined;
  addEach(sums.settleTimes, more.settleTimes);
  addEach(sums.declines, more.declines);
}

/** @param text such as `{1,2}` */
const toNumbers = (text: string): number[] =>
  text.length <= '{}'.length ? [] : text.slice(1, -1).split(',').map(Number);

const toMinute = ({ succeeded, declined, settleTimes }: Sums, startSeconds: number): MinuteView => ({
  Minute: shownTime(new Date(startSeconds * 1_000).toISOString()),
  Succeeded: succeeded,
  Declined: declined,
  P95: percentile(settleTimes, NEARLY_ALL),
});

/** Digits after the point: a system that settles three operations in an hour has 0.001 a second. */
const RATE_DIGITS = 3;

function toPeriod({ succeeded, declined, settleTimes, declines }: Sums, seconds: number): PeriodView {
  const reasons = DECLINE_REASONS.map((Reason, number) => ({ Reason, Count: declines[number] ?? 0 }));
  return {
    Succeeded: succeeded,
    Declined: declined,
    PerSecond: Number(((succeeded + declined) / seconds).toFixed(RATE_DIGITS)),
    P50: percentile(settleTimes, MEDIAN),
    P95: percentile(settleTimes, NEARLY_ALL),
    Declines: reasons.filter(({ Count }) => Count > 0).sort((a, b) => b.Count - a.Count),
  };
}
