import { addEach, bucketOf } from '../lib/ledger/settle-times.ts';
import { allowSeconds, array, runTx, type Sql, type Statements } from '../lib/postgres/database.ts';
import { rows } from '../lib/postgres/rows.ts';
import { rollUpPass } from '../lib/settle/relay-roll-ups.ts';

/** Hours of a journal that are rolled up by the minute: as long as the relay keeps them. They begin with ten minutes that it adds up. */
const HOURS = 25;

/** The connection that settled the journal. */
const BACKEND = 1;

/** Portions of the relay's pass: a hundred times what a day of minutes takes. */
const MAX_PORTIONS = 1_000;

/** Seconds for the sums over a hundred million operations. */
const LIMIT_SECONDS = 900;

/** Operations of a minute that took equally long. */
interface Settled {
  readonly minute: string;
  readonly ms: number;
  readonly count: number;
}

/**
 * Writes what settling and the relay would have kept of a generated journal: the money of each currency, and the operations of the
 * last {@link HOURS} by the minute. All of the journal must have succeeded, and none of it be transfers, so nothing is in transit.
 */
export async function addRollUps(sql: Sql): Promise<void> {
  const settled = await runTx(sql, async (tx) => {
    await allowSeconds(tx, LIMIT_SECONDS);
    await tx.unsafe('SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on');
    await addMoney(tx);
    return await readSettled(tx);
  });
  await addMinutes(sql, settled);
  const pass = rollUpPass(sql);
  for (let portion = 1; await pass.next(); portion++)
    if (portion === MAX_PORTIONS) throw new Error('the roll-ups do not come to an end');
}

/** From the journal, not from the balances: so the check of the books compares the two. */
async function addMoney(tx: Statements): Promise<void> {
  await tx`
    INSERT INTO money_totals (currency, in_wallets, in_transit)
    SELECT wallets.currency, sum(CASE type_of(leg) WHEN 'in' THEN wallet_amount ELSE -wallet_amount END), 0
    FROM operations JOIN wallets ON wallets.id = wallet_id GROUP BY wallets.currency`;
}

async function readSettled(tx: Statements): Promise<Settled[]> {
  return await tx<Settled[]>`
    SELECT date_trunc('minute', processed_at, 'UTC') AS minute,
      round(extract(epoch FROM processed_at - created_at) * 1000)::float8 AS ms, count(*)::float8 AS count
    FROM operations WHERE processed_at >= date_bin('10 minutes', now() - make_interval(hours => ${HOURS}), '2000-01-01T00:00:00Z')
      + interval '10 minutes'
    GROUP BY 1, 2 ORDER BY 1, 2`;
}

async function addMinutes(sql: Statements, settled: readonly Settled[]): Promise<void> {
  const minutes = new Map<string, { succeeded: number; readonly settleTimes: number[] }>();
  for (const { minute, ms, count } of settled) {
    const sums = minutes.get(minute) ?? { succeeded: 0, settleTimes: [] };
    sums.succeeded += count;
    addEach(sums.settleTimes, [...new Array<number>(bucketOf(ms)).fill(0), count]);
    minutes.set(minute, sums);
  }
  const minute = rows(sql, 'settled', Array.from(minutes), {
    minute: ['text', ([start]) => start],
    succeeded: ['integer', ([, { succeeded }]) => succeeded],
    settle_times: ['text', ([, { settleTimes }]) => array(settleTimes)],
  });
  await sql`
    INSERT INTO settled_minutes (minute, backend, succeeded, declined, settle_times, declines)
    SELECT minute::timestamptz, ${BACKEND}, succeeded, 0, settle_times::integer[], '{}' FROM ${minute}`;
}
