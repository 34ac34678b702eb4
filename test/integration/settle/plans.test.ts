import { describe, expect, test } from 'vitest';
import type { Sql } from '../../../lib/postgres/database.ts';
import { processBatch } from '../../../lib/settle/processor.ts';
import { openExplained, plansOf, readsOf, readTooMuch } from '../../support/explain.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addPending, addWallets } from '../../support/system/prepare.ts';
import { countAsEmptied, countRows, keepStatistics } from '../../support/system/statistics.ts';
import { testSystem } from '../../support/system/system.ts';

/** The tables whose rows are all taken away again. */
const QUEUES = ['pending_operations', 'outbox', 'idempotency_keys'];

/** The tables whose rows are searched in any case; the others, where something comes twice. */
const SEARCHED = ['pending_operations', 'operations', 'wallets', 'holds', 'wallet_limits', 'wallet_alerts'];

const TABLES = [...new Set([...QUEUES, ...SEARCHED, 'refund_totals'])];

/** Pending operations that nobody asks for: of other wallets, in other groups and in the same one. */
const OTHERS = 10_000;

/** Rows that one step of a plan may read: some for each of the operations in one transaction. */
const MAX_ROWS = 4_000;

const ROUTE = 'POST /receive_amount';

/** What the planner knows of the tables once they hold other rows, by its name. */
const STATISTICS = {
  'from empty tables': async () => {},
  'of when all was settled': (sql: Sql) => countRows(sql, TABLES),
  'of queues that were just emptied': (sql: Sql) => countAsEmptied(sql, QUEUES),
};

const CASES = Object.entries(STATISTICS).flatMap(([name, count]) =>
  (['force_custom_plan', 'force_generic_plan'] as const).map((mode) => [name, mode, count] as const),
);

describe.each(CASES)(
  'the statements of accepting and settling, by statistics %s (%s),',
  async (_, mode, count) => {
    const database = await testDatabase();
    const { sql, url } = database;
    await keepStatistics(sql, TABLES);
    const kept = await openExplained(url, mode);
    const system = testSystem(kept);
    const { queue, bus } = system;
    await system.setRates();
    const [a, b] = [await system.wallet('USD'), await system.wallet('EUR')];
    const ofA = { path: { walletId: a.toString() } };
    await call(system.handlers.limitWallet, {
      ...ofA,
      body: { SpendLimits: { PerOperation: null, PerDay: 1_000_000_000n, PerMonth: null } },
    });
    await call(system.handlers.addAlert, { ...ofA, body: { Direction: 'below', Balance: 1n } });

    /** Accepts one of each kind, singly and in a batch, with keys and without, and settles them. */
    async function work(round: string): Promise<void> {
      const receipt = { WalletId: a, Amount: 1_000_000n, Currency: 'USD' };
      const transfer = { OriginWalletId: a, TargetWalletId: b, Amount: 1_000n, Currency: 'EUR' };
      const key = (name: string) => ({ headers: { 'Idempotency-Key': `${name}-${round}` }, route: ROUTE });
      const received = await system.receive(a, 5_000_000n, 'USD');
      await call(system.handlers.receiveAmount, { body: receipt, ...key('receipt') });
      await call(system.handlers.transferAmount, { body: transfer, ...key('transfer') });
      await call(system.handlers.acceptOperations, {
        body: { Operations: [receipt, transfer] },
        ...key('batch'),
      });
      await call(system.handlers.acceptOperations, { body: { Operations: [receipt, transfer] } });
      const { payload } = await call(system.handlers.holdAmount, {
        body: { WalletId: a, Amount: 5n, ExpiresInSeconds: 100n },
      });
      await call(system.handlers.holdAmount, { body: { WalletId: a, Amount: 6n, ExpiresInSeconds: 100n } });
      await settleAll();
      await call(system.handlers.captureHold, {
        body: { TargetWalletId: b },
        path: { holdId: payload.HoldId },
      });
      await call(system.handlers.refundTransaction, { body: { TransactionId: received, Amount: 5n } });
      await system.link([a, b, 7n, 'USD'], [b, a, 3n, 'EUR']);
      await settleAll();
    }

    async function settleAll(): Promise<void> {
      for (let round = 0; queue.sent.length > 0 && round < 20; round++) {
        const messages = queue.sent.splice(0).map((wakeUp, index) => {
          return { ...wakeUp, messageId: `${index}`, receiptHandle: '', receiveCount: 1 };
        });
        await processBatch({ sql: kept, queue, bus }, messages, () => false);
      }
    }

    test('read what they need by keys', async () => {
      for (let round = 0; round < 3; round++) await work(`empty-${round}`);
      await count(sql);
      await addWallets(sql, 1_000, 100);
      await addPending(sql, 1_000, 100, OTHERS / 100);
      const reads = readsOf(await plansOf(kept, () => work('full')));
      const tables = new Set(reads.map(({ table }) => table?.replace(/_\d+$/, '')));
      expect(SEARCHED.filter((table) => !tables.has(table))).toEqual([]);
      expect(readTooMuch(reads, MAX_ROWS)).toEqual([]);
    });

    test('do so with statistics of many rows', async () => {
      await addWallets(sql, 2_000, 100);
      await addPending(sql, 2_000, 100, OTHERS / 100);
      await sql.unsafe('VACUUM ANALYZE');
      const fresh = await openExplained(url);
      const reads = readsOf(
        await plansOf(fresh, async () => {
          const other = testSystem(fresh);
          await other.receive(a, 1n, 'USD');
          await other.settleAll();
        }),
      );
      expect(readTooMuch(reads, MAX_ROWS)).toEqual([]);
    });
  },
);
