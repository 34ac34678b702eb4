import type { Sql } from '../lib/postgres/database.ts';
import { WITH_DETAILS } from './details.ts';
import { generateJournal, type JournalShape, transactionIdOf } from './journal.ts';

/** Currencies besides those of the journal: as many as there are in the world. */
const CURRENCIES = 150;

/** Rates that EUR had while the journal was written: one every four minutes. */
const RATES = 10_000;

/** API keys, as many as one list has; every other one is revoked. */
const KEYS = 1_000;

/** Webhooks, and the pairs of operations whose events were sent to each. */
const WEBHOOKS = 20;
const SENT_PAIRS = 500;

/** Runs that are kept of the balancer, and its groups. */
const RUNS = 100;
export const GROUPS = 4;

/** The webhook with this number, from 1 on. */
export const webhookIdOf = (number: number): string =>
  `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/**
 * Fills a migrated database with a journal and with what the console shows beside it. Of journal, wallets and roll-ups there
 * are no statistics then, as if they had grown since the last look at empty tables.
 *
 * @returns the heavy wallet's number of operations
 */
export async function fillConsole(
  sql: Sql,
  shape: JournalShape,
  log: (line: string) => void,
): Promise<number> {
  await sql.unsafe('ANALYZE');
  const count = await generateJournal(sql, shape, log);
  log('adding rates, keys, webhooks and runs of the balancer');
  await addRates(sql);
  await addKeys(sql);
  await addWebhooks(sql, shape.operations / 2);
  await addRuns(sql);
  return count;
}

async function addRates(sql: Sql): Promise<void> {
  await sql.unsafe(`
    INSERT INTO currencies (name, rate) SELECT 'C' || n, 1000000000000 + n FROM generate_series(101, ${100 + CURRENCIES}) AS n;
    INSERT INTO currency_rates (name, rate, set_at)
    SELECT name, rate, now() - interval '27 days' FROM currencies WHERE name NOT IN ('USD', 'EUR');
    INSERT INTO currency_rates (name, rate, set_at)
    SELECT name, rate + (${RATES} - n) % 100 * 1000000, now() - interval '4 minutes' * (${RATES} - n)
    FROM currencies CROSS JOIN generate_series(1, ${RATES}) AS n WHERE name = 'EUR' ORDER BY n`);
}

async function addKeys(sql: Sql): Promise<void> {
  await sql.unsafe(`
    INSERT INTO api_keys (id, name, shown, hash, scopes, owner, created_at, last_used_at, revoked_at)
    SELECT gen_random_uuid(), 'Bench ' || n, 'mlps_' || lpad(to_hex(n), 4, '0'), sha256(int8send(n)),
      ARRAY['wallets:read', 'reports:read'], 'bench', now() - interval '1 hour' * n, now(), CASE n % 2 WHEN 0 THEN now() END
    FROM generate_series(1, ${KEYS}::bigint) AS n`);
}

/** @param pairs of operations in the journal; every so manieth was sent to each webhook */
async function addWebhooks(sql: Sql, pairs: number): Promise<void> {
  const every = Math.max(1, Math.floor(pairs / SENT_PAIRS));
  await sql.unsafe(`
    INSERT INTO webhooks (id, address, event_types, secret)
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'http://receiver.example/' || n, '{}', 'whsec_' || rpad('', 44, 'A')
    FROM generate_series(1, ${WEBHOOKS}) AS n;
    INSERT INTO webhook_messages (id, type, body, created_at)
    SELECT 'event-' || id, 'OperationSucceeded', '{}', now() - interval '13 days' * (1 - pair::float8 / ${pairs})
    FROM generate_series(${every}::bigint, ${pairs}, ${every}) AS pair CROSS JOIN LATERAL (VALUES (2 * pair - 1), (2 * pair)) AS sent(id);
    INSERT INTO webhook_deliveries (message_id, webhook_id, status, attempts, posts, next_at, created_at, attempted_at, answer_status)
    SELECT message.id, webhooks.id, 'delivered', 1, 1, NULL, message.created_at, message.created_at, 200
    FROM webhook_messages AS message CROSS JOIN webhooks ORDER BY message.created_at, webhooks.id;
    ANALYZE webhooks, webhook_messages, webhook_deliveries`);
}

async function addRuns(sql: Sql): Promise<void> {
  await sql.unsafe(`
    INSERT INTO balancer_runs (id, trigger, started_at, finished_at, wallets_moved, groups)
    SELECT gen_random_uuid(), 'schedule', at, at + interval '2 seconds', n, (
      SELECT json_agg(json_build_object('Group', "group", 'OperationsBefore', 1000 + n * "group", 'OperationsAfter', 1000 + n))
      FROM generate_series(1, ${GROUPS}) AS "group")
    FROM generate_series(1, ${RUNS}) AS n CROSS JOIN LATERAL (SELECT now() - interval '30 minutes' * n AS at) AS started;
    INSERT INTO book_results (kind, checked_at, faults) VALUES ('onward', now() - interval '3 hours', 0)
    ON CONFLICT (kind) DO UPDATE SET checked_at = excluded.checked_at, faults = 0`);
}

/**
 * Adds operations that wait, on wallets all over the table.
 *
 * @param wallets in all
 */
export async function addWaiting(sql: Sql, count: number, wallets: number): Promise<void> {
  await sql.unsafe(`
    INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency)
    SELECT gen_random_uuid(), 'receipt', id, wallet_group, 1000000, 'USD'
    FROM (SELECT 1 + n * 7919 % ${wallets} AS id FROM generate_series(1, ${count}::bigint) AS n) AS chosen
    CROSS JOIN LATERAL (SELECT wallet_group FROM wallets WHERE wallets.id = chosen.id OFFSET 0) AS wallet`);
}

/** Pairs of a journal all over it, whose events were sent; `count` divides {@link SENT_PAIRS}. */
export function placesIn({ operations }: JournalShape, count: number) {
  const every = Math.max(1, Math.floor(operations / 2 / SENT_PAIRS));
  const step = every * Math.floor(SENT_PAIRS / count);
  return Array.from({ length: count }, (_, index) => {
    const receipt = 2 * step * (index + 1) - 1;
    const detailed = Math.ceil(receipt / WITH_DETAILS) * WITH_DETAILS;
    return { transactionId: transactionIdOf(receipt), reference: `order-${detailed}` };
  });
}
