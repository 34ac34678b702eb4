import { reconcile } from '../lib/books/reconcile.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { assignGroups, fundWallets, makeWallets } from './backlog.ts';
import { type Measurement, summarizeRatio } from './measurement.ts';
import { openBench, startBenchPostgres } from './postgres.ts';
import { type BenchProcess, startProcess } from './processes.ts';
import type { Done, Task } from './settle-process.ts';

export const name = 'linked';

/** Enough that two payments seldom have a wallet in common. */
const WALLETS = 20_000;

/** Payments of a round, each of three transfers: to a seller, a fee and a tax. */
const PAYMENTS = 2_000;
const TRANSFERS = 3;

/** Rounds, each of which measures both sides in turn, so that other load on the machine affects them alike. */
const ROUNDS = 5;

/** Seconds that reconcile may take. */
const RECONCILE_SECONDS = 300;

/** A linked transaction may cost this much more than its transfers one by one. */
const LEAST_RATIO = 0.7;

type Side = 'linked' | 'one by one';

/** Settles payments of three transfers, each as one linked transaction, against the same transfers one by one. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const server = await startBenchPostgres();
  const process = startProcess<Task, Done>('settle-process.ts');
  try {
    const url = await server.makeDatabase('linked');
    const sql = openBench(url);
    await makeWallets(sql, WALLETS);
    await fundWallets(sql);
    await process.perform({ kind: 'settle', url, groups: [1] });
    const found: Measurement[] = [];
    for (const groups of [1, 2]) {
      await assignGroups(sql, groups);
      const rates: Record<Side, number[]> = { linked: [], 'one by one': [] };
      for (let round = 1; round <= ROUNDS; round++) {
        for (const side of ['linked', 'one by one'] as const)
          rates[side].push(await take(process, { sql, url, groups }, side));
        log(
          `round ${round} of ${ROUNDS}, ${groups} groups: ${Math.round(rates.linked.at(-1) ?? 0)} transfers a second linked`,
        );
      }
      const { value, spread } = summarizeRatio(rates.linked, rates['one by one']);
      const conditions = `${PAYMENTS} payments of ${TRANSFERS} transfers, wallets in ${groups} ${groups === 1 ? 'group' : 'groups'}`;
      found.push({
        name: 'settling linked transfers, against one by one',
        ...{ value, spread, unit: 'times', conditions, target: { atLeast: LEAST_RATIO } },
      });
    }
    const { isClean } = await reconcile(sql, RECONCILE_SECONDS);
    if (!isClean) throw new Error('the books are off');
    await sql.end();
    return found;
  } finally {
    await process.stop();
    await server.stop();
  }
}

/** @returns transfers settled in a second */
async function take(
  process: BenchProcess<Task, Done>,
  { sql, url, groups }: { readonly sql: Sql; readonly url: string; readonly groups: number },
  side: Side,
): Promise<number> {
  await addPayments(sql, side);
  const all = Array.from({ length: groups }, (_, index) => index + 1);
  const { timeMs } = await process.perform({ kind: 'settle', url, groups: all });
  return (PAYMENTS * TRANSFERS * 1_000) / timeMs;
}

/** Records the payments of random wallets, as the handlers do. */
async function addPayments(sql: Sql, side: Side): Promise<void> {
  const isLinked = side === 'linked';
  const legs = isLinked
    ? `(0, payer, payee, 'linked_debit'), (1, payee, payer, 'linked_credit')`
    : `(0, payer, payee, 'debit')`;
  await sql.unsafe(`
    INSERT INTO pending_operations (id, transaction_id, leg, wallet_id, wallet_group, counterparty_id, amount, currency,
      number, linked_legs)
    SELECT ${isLinked ? 'first_id + 2 * (transfer - 1) + part' : "nextval('operation_ids')"},
      ${isLinked ? 'payment_id' : 'gen_random_uuid()'}, leg::operation_leg, wallet_id, wallet_group, counterparty_id, 1000000,
      'USD', ${isLinked ? `transfer, ${2 * TRANSFERS}` : '0, NULL'}
    FROM (
      SELECT payment.*, transfer, (payer + transfer * 101 - 1) % ${WALLETS} + 1 AS payee
      FROM (
        SELECT n, nextval('operation_ids') AS first_id, gen_random_uuid() AS payment_id,
          1 + floor(random() * ${WALLETS})::bigint AS payer
        FROM generate_series(1, ${PAYMENTS}) AS n OFFSET 0
      ) AS payment, generate_series(1, ${TRANSFERS}) AS transfer
    ) AS transfers CROSS JOIN LATERAL (VALUES ${legs}) AS made(part, wallet_id, counterparty_id, leg)
      JOIN wallets ON wallets.id = wallet_id
    ORDER BY n, transfer, part`);
  await sql.unsafe('VACUUM (ANALYZE) pending_operations, operations, wallets');
  await sql.unsafe('VACUUM outbox');
}
