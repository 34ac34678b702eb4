import { describe, expect, test } from 'vitest';
import { ONE_SERVER } from '../../../lib/settle/layout.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { openExplained, plansOf, readsOf, readTooMuch } from '../../support/explain.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addPending, addWallets, prepare } from '../../support/system/prepare.ts';
import { countAsEmptied, countRows, keepStatistics } from '../../support/system/statistics.ts';
import { testSystem } from '../../support/system/system.ts';

/** The tables that it reads, besides the currencies; where they are partitioned, a partition has a number behind its name. */
const TABLES = [
  ...['pending_operations', 'operations', 'wallets', 'holds', 'outbox', 'idempotency_keys'],
  ...['settled_minutes', 'money_minutes'],
];

/** Of each kind: what is due, and what is not and must not be read. */
const DUE = 50;
const OTHERS = 10_000;

/** Beyond the ids of processes, by which roll-ups tell connections apart. */
const NO_PROCESS = 10_000_000;

/** Rows that one step of a plan may read to do so much. */
const MAX_ROWS = 4 * DUE;

/** The index of all active holds by their ends; a partition's is named after its columns. */
const BY_END = /^holds_(to_expire|\d+_expires_at_id_idx)$/;

describe('the statements of the relay', () => {
  /** A database whose statistics say that its tables are empty, and stay so unless someone counts again. */
  async function uncounted() {
    const database = await testDatabase();
    await keepStatistics(database.sql, TABLES);
    for (const table of TABLES) await database.sql.unsafe(`VACUUM ANALYZE ${table}`);
    return database;
  }

  type Database = Awaited<ReturnType<typeof uncounted>>;

  /** What is due of each kind; each wallet has hundreds of pending operations. */
  async function addWork({ sql }: Database, first: number): Promise<void> {
    await addWallets(sql, first, DUE);
    await addPending(sql, first, DUE, OTHERS / DUE);
    await prepare(sql, async (tx) => {
      await tx`UPDATE pending_operations SET created_at = now() - interval '2 minutes' WHERE wallet_id > ${first}`;
      await tx`
        UPDATE wallets SET balance = 1, held = 1, chain_length = ${OTHERS / DUE}, booked_at = now() WHERE id > ${first}`;
      await tx`
        INSERT INTO holds (id, wallet_id, amount, currency, status, position, wallet_amount, currency_rate, wallet_rate, expires_at)
        SELECT gen_random_uuid(), ${first}::int + n, 1, 'USD', 'active', n, 1, 1, 1, now() - interval '1 minute' FROM generate_series(1, ${DUE}::int) AS n`;
      await tx`
        INSERT INTO outbox (detail_type, detail, created_at)
        SELECT 'WalletCreated', '{}', now() - interval '2 minutes' FROM generate_series(1, ${DUE}::int)`;
      await tx`
        INSERT INTO outbox (wallet_ids, positions, created_at)
        SELECT array_agg(${first}::int + n), array_agg(1), now() - interval '2 minutes' FROM generate_series(1, ${DUE}::int) AS n`;
      // Returns, whose events name what their debits did, and others after each.
      await tx`
        INSERT INTO operations (wallet_id, position, id, counterparty_id, amount, wallet_amount, balance_after, created_at,
          processed_at, leg, status, reason, transaction_id, currency, currency_rate, wallet_rate, hash, correlation_id)
        SELECT ${first}::int + n, number, nextval('operation_ids'), 1, 1, 1, 1, now(), now(),
          CASE number WHEN 1 THEN 'return' ELSE 'debit' END::operation_leg, 'success',
          CASE number WHEN 1 THEN 'balance_limit' END::decline_reason,
          CASE WHEN number < 3 THEN md5((${first}::int + n)::text)::uuid ELSE gen_random_uuid() END,
          'USD', 1, 1, sha256(''), 'c'
        FROM generate_series(1, ${DUE}::int) AS n, generate_series(1, ${OTHERS / DUE}::int) AS number`;
      await tx`
        INSERT INTO idempotency_keys (api_key_id, key, fingerprint, created_at)
        SELECT gen_random_uuid(), 'old', '', now() - interval '8 days' FROM generate_series(1, ${DUE}::int)`;
    });
  }

  /** Rows of wallets with higher ids than those of the work, which nothing has to be done about. */
  async function addOthers({ sql }: Database): Promise<void> {
    await addWallets(sql, 1_000_000, OTHERS);
    await prepare(sql, async (tx) => {
      await tx`
        INSERT INTO holds (id, wallet_id, amount, currency, status, position, wallet_amount, currency_rate, wallet_rate, expires_at)
        SELECT gen_random_uuid(), 1_000_000 + n, 1, 'USD', 'active', n, 1, 1, 1, now() + interval '1 day' FROM generate_series(1, ${OTHERS}::int) AS n`;
      await tx`
        INSERT INTO idempotency_keys (api_key_id, key, fingerprint)
        SELECT gen_random_uuid(), 'young', '' FROM generate_series(1, ${OTHERS}::int)`;
      await tx`
        INSERT INTO settled_minutes (minute, backend, succeeded, declined, settle_times, declines)
        SELECT date_trunc('minute', now(), 'UTC'), ${NO_PROCESS}::int + n, 1, 0, '{1}', '{}' FROM generate_series(1, ${OTHERS}::int) AS n`;
      await tx`
        INSERT INTO money_minutes (minute, backend, currency, in_wallets, in_transit)
        SELECT date_trunc('minute', now(), 'UTC'), ${NO_PROCESS}::int + n, 'USD', 1, 0 FROM generate_series(1, ${OTHERS}::int) AS n`;
    });
  }

  /** What is counted once the first work is done, and once the other rows are there. */
  const none = async () => {};
  const COUNTS = {
    'from empty tables': [none, none],
    'of when all was done': [countRows, none],
    'of tables that were just emptied': [countAsEmptied, none],
    'of the rows that are there': [none, countRows],
  } as const;

  describe.each(Object.entries(COUNTS))('under statistics %s', (_, [countFirst, countLast]) => {
    test.each(['force_custom_plan', 'force_generic_plan'] as const)(
      'read what they are about and nothing else (%s)',
      async (mode) => {
        const database = await uncounted();
        const explained = await openExplained(database.url, mode);
        const system = { ...testSystem(explained), layout: ONE_SERVER };
        // The first plans are made while the tables are empty, the next ones while they are small (and no partition is empty).
        await relayOnce(system);
        await addWork(database, 0);
        await relayOnce(system);
        await countFirst(database.sql, TABLES);
        await addOthers(database);
        await addWork(database, 1_000);
        await countLast(database.sql, TABLES);
        const plans = await plansOf(explained, async () => {
          const report = await relayOnce(system);
          expect(report).toMatchObject({
            ...{ woken: DUE, expired: DUE, published: 2 * DUE, idempotencyKeysPurged: DUE },
            ...{ failed: [], unfinished: [] },
          });
        });
        const reads = readsOf(plans);
        expect(new Set(reads.map(({ table }) => table?.replace(/_\d+$/, '')))).toEqual(
          new Set([...TABLES, 'currencies']),
        );
        expect(reads.filter(({ index }) => BY_END.test(index ?? ''))).not.toEqual([]);
        expect(readTooMuch(reads, MAX_ROWS)).toEqual([]);
      },
    );
  });
});
