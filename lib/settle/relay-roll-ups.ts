import { runStatement, type Sql, type Statements } from '../postgres/database.ts';
import { eachSum } from './roll-ups.ts';

/** Minutes after which a minute is over: a transaction takes 9 seconds at most, and adds to the minute in which it began to settle. */
const OVER_MINUTES = 2;

/** Minutes for which each is kept by itself: the hour that an overview shows, and some to spare. */
const SINGLE_MINUTES = 70;

/** Minutes that are added up as one after that, so that a day is 150 rows. An overview's day begins with such ten. */
const SPAN_MINUTES = 10;

/** Hours for which what was settled is kept: the day that an overview shows, and one to spare. */
const KEPT_HOURS = 25;

/** Rows that one statement adds up or deletes: in some hundredths of a second. */
const PORTION = 1_000;

/** Adds up what settling wrote by the minute and by the connection. */
interface RollUpPass {
  /** Takes a portion. @returns whether there may be more */
  next(): Promise<boolean>;
}

/**
 * Begins a pass over the roll-ups of settling: of minutes that are over, the money goes to the totals, and the counts of all
 * connections become one row; later those of ten minutes, and after a day they are deleted. Each statement moves what it deletes,
 * so whoever reads sees all of it once. Two passes at once take different rows.
 */
export function rollUpPass(sql: Sql): RollUpPass {
  const steps = [foldMoney, foldMinutes, foldSpans, forget];
  return {
    async next() {
      const [step] = steps;
      if (step === undefined) return false;
      if ((await runStatement(() => step(sql))) < PORTION) steps.shift();
      return steps.length > 0;
    },
  };
}

/** @returns how many rows were added to the totals */
async function foldMoney(sql: Statements): Promise<number> {
  return await countOf(sql`
    WITH old AS MATERIALIZED (
      SELECT minute, backend, currency FROM money_minutes
      WHERE minute < date_trunc('minute', now(), 'UTC') - make_interval(mins => ${OVER_MINUTES})
      LIMIT ${PORTION} FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM money_minutes AS money USING old
      WHERE money.minute = ANY (ARRAY[old.minute]) AND money.backend = ANY (ARRAY[old.backend])
        AND money.currency = ANY (ARRAY[old.currency])
      RETURNING money.currency, in_wallets, in_transit
    ), added AS (
      INSERT INTO money_totals AS kept (currency, in_wallets, in_transit)
      SELECT currency, sum(in_wallets), sum(in_transit) FROM gone GROUP BY currency ORDER BY currency
      ON CONFLICT (currency) DO UPDATE SET in_wallets = kept.in_wallets + excluded.in_wallets,
        in_transit = kept.in_transit + excluded.in_transit
    )
    SELECT count(*)::float8 AS count FROM gone`);
}

const foldMinutes = (sql: Statements) => fold(sql, 1, OVER_MINUTES);

/** A span is added up once its last minute is that old. */
const foldSpans = (sql: Statements) => fold(sql, SPAN_MINUTES, SINGLE_MINUTES + SPAN_MINUTES);

/**
 * Adds up the rows of spans that began some time ago, as that of their first minute and of no connection. That row is never among
 * those that are deleted.
 *
 * @returns how many rows were added up
 */
async function fold(sql: Statements, spanMinutes: number, ageMinutes: number): Promise<number> {
  const startOf = (time: ReturnType<Statements>) =>
    sql`date_bin(make_interval(mins => ${spanMinutes}), ${time}, '2000-01-01T00:00:00Z'::timestamptz)`;
  return await countOf(sql`
    WITH old AS MATERIALIZED (
      SELECT minute, backend FROM settled_minutes
      WHERE minute < ${startOf(sql`now() - make_interval(mins => ${ageMinutes - spanMinutes})`)}
        AND (backend <> 0 OR minute <> ${startOf(sql`minute`)})
      LIMIT ${PORTION} FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM settled_minutes AS settled USING old
      WHERE settled.minute = ANY (ARRAY[old.minute]) AND settled.backend = ANY (ARRAY[old.backend])
      RETURNING ${startOf(sql`settled.minute`)} AS start, settled.*
    ), summed AS (
      SELECT start, sum(succeeded)::integer AS succeeded, sum(declined)::integer AS declined FROM gone GROUP BY start
    ), added AS (
      INSERT INTO settled_minutes AS kept (minute, backend, succeeded, declined, settle_times, declines)
      SELECT start, 0, succeeded, declined, ${placesOf(sql, 'settle_times')}, ${placesOf(sql, 'declines')}
      FROM summed ORDER BY start
      ON CONFLICT (minute, backend) DO UPDATE SET succeeded = kept.succeeded + excluded.succeeded,
        declined = kept.declined + excluded.declined,
        settle_times = ${eachSum(sql, 'settle_times')}, declines = ${eachSum(sql, 'declines')}
    )
    SELECT count(*)::float8 AS count FROM gone`);
}

/** The sums of a span's arrays, place by place. */
const placesOf = (sql: Statements, column: 'settle_times' | 'declines') => sql`
  ARRAY(SELECT sum(number)::integer FROM gone CROSS JOIN LATERAL unnest(${sql(column)}) WITH ORDINALITY AS each(number, place)
    WHERE gone.start = summed.start GROUP BY place ORDER BY place)`;

/** @returns how many rows were deleted */
async function forget(sql: Statements): Promise<number> {
  return await countOf(sql`
    WITH old AS MATERIALIZED (
      SELECT minute, backend FROM settled_minutes WHERE minute < now() - make_interval(hours => ${KEPT_HOURS})
      LIMIT ${PORTION} FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM settled_minutes AS settled USING old
      WHERE settled.minute = ANY (ARRAY[old.minute]) AND settled.backend = ANY (ARRAY[old.backend]) RETURNING 1
    )
    SELECT count(*)::float8 AS count FROM gone`);
}

async function countOf(statement: ReturnType<Statements>): Promise<number> {
  const [row] = (await statement) as unknown as { count: number }[];
  return row?.count ?? 0;
}
