import { reconcile } from '../../lib/books/reconcile.ts';
import { verifyChains } from '../../lib/books/verify.ts';
import { allowSeconds, runTx, type Sql, type Statements, type Tx } from '../../lib/postgres/database.ts';
import { compareLinked, isSame, LINKED_CHECKS, linkedEndingOf, type RecordedLeg } from './audit-linked.ts';
import type { Ledger } from './requests.ts';

/** Rows quoted of each kind of problem: enough to begin looking. */
const NAMED_ROWS = 5;

/** Seconds that one statement over the whole journal may take. */
const AUDIT_SECONDS = 300;

/** Operations fetched at once. */
const PAGE = 10_000;

/** How the legs of a receipt or a transfer may end. */
const ENDINGS = new Map([
  ['receipt success', 'succeeded'],
  ['receipt decline', 'declined'],
  ['debit decline', 'declined'],
  ['debit success, credit success', 'succeeded'],
  ['debit success, credit decline, return success', 'declined, and returned'],
  ['payout success', 'paid out'],
  ['payout decline', 'declined'],
  ['payout_hold decline', 'declined'],
  ['payout_hold success, payout success', 'paid out, when confirmed'],
  ['payout_hold success, payout_cancel success', 'cancelled'],
]);

/** How what is about holds alone may end: a release is a transaction of its own, an expiry is not. */
const HOLD_ENDING = /^(hold (success|decline)(, expiry success)?|release (success|decline))$/;

/** How a capture may end: as a transfer does. */
const CAPTURE_ENDING = /^(part_)?capture (decline|success, credit (success|decline, return success))$/;

const endingOf = (legs: string): string | undefined => {
  if (HOLD_ENDING.test(legs)) return 'about holds';
  return CAPTURE_ENDING.test(legs) ? 'captures' : (ENDINGS.get(legs) ?? linkedEndingOf(legs));
};

interface Check {
  /** What a found row means. */
  readonly problem: string;
  readonly rows: (tx: Statements) => Promise<readonly unknown[]>;
}

/** Checks of the journal; each finds rows that must not exist. */
const CHECKS: readonly Check[] = [
  {
    problem: 'a balance is not the sum of its operations',
    rows: (tx) => tx`
      SELECT wallets.id, balance, sum FROM wallets LEFT JOIN (
        SELECT wallet_id, sum(CASE type_of(leg) WHEN 'in' THEN wallet_amount WHEN 'out' THEN -wallet_amount ELSE 0 END::numeric) AS sum
        FROM operations WHERE status = 'success' GROUP BY wallet_id
      ) AS sums ON wallet_id = wallets.id
      WHERE balance <> coalesce(sum, 0)`,
  },
  {
    problem: 'the double entries of a currency do not sum to zero',
    rows: (tx) =>
      tx`SELECT currency, sum(amount) FROM ledger_entries GROUP BY currency HAVING sum(amount) <> 0`,
  },
  {
    problem: 'money is in transit',
    rows: (tx) => tx`
      SELECT currency, sum(amount) FROM ledger_entries WHERE account = 'transit'
      GROUP BY currency HAVING sum(amount) <> 0`,
  },
  {
    problem: 'an operation is pending and settled at once',
    rows: (tx) => tx`SELECT id FROM pending_operations INTERSECT SELECT id FROM operations`,
  },
  {
    problem: "a wallet's positions have a gap",
    rows: (tx) => tx`
      SELECT wallets.id, chain_length, count, last FROM wallets LEFT JOIN (
        SELECT wallet_id, count(*), max(position) AS last FROM operations GROUP BY wallet_id
      ) AS positions ON wallet_id = wallets.id
      WHERE (chain_length, chain_length) <> (coalesce(count, 0), coalesce(last, 0))`,
  },
  {
    problem: 'an operation has an earlier time than the previous one',
    rows: (tx) => tx`
      SELECT wallet_id, position FROM (
        SELECT wallet_id, position, processed_at, lag(processed_at) OVER (PARTITION BY wallet_id ORDER BY position) AS before
        FROM operations
      ) AS times WHERE processed_at < before`,
  },
  {
    problem: 'what a wallet holds is not what its active holds reserve',
    rows: (tx) => tx`
      SELECT wallets.id, held, sum FROM wallets LEFT JOIN (
        SELECT wallet_id, sum(greatest(wallet_amount - captured_wallet, 0)) AS sum FROM holds
        WHERE status = 'active' GROUP BY wallet_id
      ) AS sums ON wallet_id = wallets.id
      WHERE held <> coalesce(sum, 0)`,
  },
  {
    problem: 'more was captured of a hold than it allows, or it says something else than its captures',
    rows: (tx) => tx`
      SELECT holds.id, holds.amount, over_capture, captured, sum FROM holds LEFT JOIN (
        SELECT hold_id, sum(amount) AS sum FROM operations
        WHERE status = 'success' AND leg IN ('capture', 'part_capture') GROUP BY hold_id
      ) AS sums ON hold_id = holds.id
      WHERE kind = 'hold' AND (captured <> coalesce(sum, 0) OR captured > holds.amount + over_capture)`,
  },
  {
    problem: 'a reference belongs to several transactions',
    rows: (tx) => tx`
      SELECT owner, reference FROM transaction_details WHERE reference IS NOT NULL GROUP BY owner, reference HAVING count(*) > 1`,
  },
  {
    problem: 'more was refunded than was paid',
    rows: (tx) => tx`
      SELECT refund.refund_of, sum(refund.amount), paid.amount FROM operations AS refund
      JOIN operations AS paid ON paid.transaction_id = refund.refund_of AND paid.leg IN ('receipt', 'debit') AND paid.status = 'success'
      WHERE refund.status = 'success' AND refund.leg IN ('payout', 'credit')
      GROUP BY refund.refund_of, paid.amount HAVING sum(refund.amount) > paid.amount`,
  },
  ...LINKED_CHECKS,
  { problem: 'an event was not published', rows: (tx) => tx`SELECT id FROM outbox` },
];

export interface Audit {
  readonly problems: string[];
  /** Transactions by how they ended. */
  readonly endings: ReadonlyMap<string, number>;
}

/** Checks the books of a settled system: with this file's statements, `reconcile` and `verifyChains`. */
export async function auditBooks(sql: Sql): Promise<Audit> {
  const books = await reconcile(sql, AUDIT_SECONDS);
  const chains = await verifyChains(sql, AUDIT_SECONDS);
  const off = books.checks.flatMap(({ name, rows }) => problem(`reconcile: ${name}`, rows));
  const own = await auditJournal(sql);
  const problems = [...own.problems, ...off, ...problem('verify: broken chains', chains.findings)];
  return { problems, endings: own.endings };
}

async function auditJournal(sql: Sql): Promise<Audit> {
  return await runTx(sql, async (tx) => {
    await allowSeconds(tx, AUDIT_SECONDS);
    await allowWholeTables(tx);
    const problems: string[] = [];
    const endings = new Map<string, number>();
    for (const { legs, count } of await legsOfTransactions(tx)) {
      const ending = endingOf(legs);
      if (ending === undefined) problems.push(`${count} transactions ended as: ${legs}`);
      else endings.set(ending, (endings.get(ending) ?? 0) + count);
    }
    for (const { problem, rows } of CHECKS) {
      const found = await rows(tx);
      if (found.length > 0) problems.push(`${problem} (${found.length}): ${named(found)}`);
    }
    return { problems, endings };
  });
}

/** Lets the rest of a transaction read whole tables, which the database's settings are against. */
async function allowWholeTables(tx: Tx): Promise<void> {
  await tx`
    SELECT set_config(name, 'on', true)
    FROM unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) AS name`;
}

async function legsOfTransactions(tx: Statements): Promise<{ legs: string; count: number }[]> {
  return await tx<{ legs: string; count: number }[]>`
    SELECT legs, count(*)::int AS count FROM (
      SELECT string_agg(leg || ' ' || status, ', ' ORDER BY id) AS legs FROM legs GROUP BY transaction_id
    ) AS transactions GROUP BY legs`;
}

/** Checks that the journal has each accepted operation and linked transaction exactly once and unchanged, and no others. */
export async function auditAccepted(
  sql: Sql,
  { accepted, linked, keys, refusedKeys }: Omit<Ledger, 'problems'>,
): Promise<string[]> {
  return await runTx(sql, async (tx) => {
    await allowSeconds(tx, AUDIT_SECONDS);
    await allowWholeTables(tx);
    const unexpected: unknown[] = [];
    const changed: unknown[] = [];
    const missing = new Set(accepted.keys());
    const pages = tx<RecordedLeg[]>`
      SELECT transaction_id AS id, leg, wallet_id AS "walletId", counterparty_id AS "counterpartyId", amount, currency,
        correlation_id AS key
      FROM legs WHERE leg IN ('receipt', 'debit', 'payout', 'payout_hold', 'hold') AND refund_of IS NULL
        AND (leg <> 'payout' OR hold_id IS NULL)`.cursor(PAGE);
    for await (const page of pages) {
      for (const row of page) {
        const expected = accepted.get(row.id);
        if (!missing.delete(row.id) || expected === undefined) unexpected.push(row);
        else if (!isSame(row, expected)) changed.push(row);
      }
    }
    const ofLinked = await compareLinked(tx, linked);
    const stored = await tx<{ key: string }[]>`SELECT key FROM idempotency_keys`;
    const unknown = stored.filter(({ key }) => !keys.has(key) && !refusedKeys.has(key));
    const known = stored.filter(({ key }) => keys.has(key)).length;
    return [
      ...problem('accepted but not in the journal', [...missing, ...ofLinked.missing]),
      ...problem('in the journal without a request, or twice', [...unexpected, ...ofLinked.unexpected]),
      ...problem('in the journal with different content', [...changed, ...ofLinked.changed]),
      ...problem('idempotency keys that nobody sent', unknown),
      ...(known === keys.size ? [] : [`${known} idempotency keys for ${keys.size} requests`]),
    ];
  });
}

function problem(what: string, rows: readonly unknown[]): string[] {
  return rows.length === 0 ? [] : [`${what} (${rows.length}): ${named(rows)}`];
}

function named(rows: readonly unknown[]): string {
  const text = rows.slice(0, NAMED_ROWS).map((row) => {
    return JSON.stringify(row, (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
  });
  return text.join(' ') + (rows.length > NAMED_ROWS ? ' …' : '');
}
