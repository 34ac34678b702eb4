import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { openDatabase, type Tx } from '../../../lib/postgres/database.ts';
import { processBatch } from '../../../lib/settle/processor.ts';
import { SHARE } from '../../../lib/settle/reads.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { PATIENCE } from '../../support/constants.ts';
import { testDatabase } from '../../support/system/database.ts';
import { addPending, addReceipts, addWallets } from '../../support/system/prepare.ts';
import { testSystem } from '../../support/system/system.ts';

/** Wallets of a backlog, half of them in each of two groups, and what is pending of each: three transactions and a half in a group. */
const WALLETS = 100;
const EACH = 70;

/** What is pending of one group. */
const OF_GROUP = (WALLETS / 2) * EACH;

/** What a busy wallet has pending besides: two transactions and a half. */
const BUSY = 2_500;

const GROUP = 1;

/** Times that the server ends all connections, and milliseconds between them: shorter than a transaction, so that each is met somewhere. */
const CUTS = 25;
const BETWEEN_CUTS_MS = 15;

describe('two transactions of a group', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = { ...testSystem(sql), beside: database.open() };
  await system.setRates();
  let first = 1_000;

  /** Wallets with a backlog, and a message that names the group's first. */
  async function backlog() {
    first += WALLETS;
    system.bus.events.splice(0);
    system.queue.sent.splice(0);
    await addWallets(sql, first, WALLETS);
    await addPending(sql, first, WALLETS, EACH);
    const walletId = BigInt(first + 2);
    const message = { walletId, group: GROUP, deduplicationId: 'd', correlationId: 'c', messageId: 'm' };
    return { walletId, messages: [{ ...message, receiptHandle: 'r', receiveCount: 1 }] };
  }

  const pendingOfGroup = async (): Promise<number> =>
    (await sql`SELECT FROM pending_operations WHERE wallet_group = ${GROUP}`).count;

  /** That everything was booked once, and every success told once, is what the books and the bus say. */
  async function expectAllSettled(): Promise<void> {
    expect(await pendingOfGroup()).toBe(0);
    const { isClean, checks } = await reconcile(sql, 60);
    expect(isClean, JSON.stringify(checks.filter(({ problems }) => problems > 0))).toBe(true);
    expect((await sql`SELECT FROM outbox`).count).toBe(0);
  }

  /** How many operations of a wallet each transaction settled, the first one first. */
  async function settledAtOnce(walletId: bigint, leg: string): Promise<number[]> {
    const counts = await sql<{ count: number }[]>`
      SELECT count(*)::int FROM operations WHERE wallet_id = ${walletId} AND leg::text = ${leg}
      GROUP BY processed_at ORDER BY processed_at`;
    return counts.map(({ count }) => count);
  }

  const toldOnce = (): number => new Set(system.bus.events.map(({ detail }) => detail['TransactionId'])).size;

  /** How many statements wait that write roll-ups, which each transaction does near its end. */
  async function writersWaiting(tx: Tx): Promise<number> {
    return (await tx`SELECT FROM pg_locks WHERE relation = 'settled_minutes'::regclass AND NOT granted`)
      .count;
  }

  test('are under way at once, one reading while the other writes, and settle each operation once', async () => {
    const { messages } = await backlog();
    const locked = Promise.withResolvers<void>();
    const bothWait = database.open().begin(async (tx) => {
      await tx`LOCK TABLE settled_minutes IN SHARE MODE`;
      locked.resolve();
      await vi.waitUntil(async () => (await writersWaiting(tx)) === 2, PATIENCE);
    });
    await locked.promise;
    const [report] = await Promise.all([processBatch(system, messages, () => false), bothWait]);
    expect(report).toMatchObject({ succeeded: OF_GROUP, declined: 0, failed: [] });
    expect(system.bus.events).toHaveLength(OF_GROUP);
    expect(toldOnce()).toBe(OF_GROUP);
    await expectAllSettled();
  });

  test('give a busy wallet one to itself, and those who wait the other', async () => {
    const { walletId, messages } = await backlog();
    await addReceipts(sql, walletId, BUSY);
    const report = await processBatch(system, messages, () => false);
    expect(report).toMatchObject({ succeeded: OF_GROUP + BUSY, failed: [] });
    // Its share beside the others first, and then all of each transaction.
    expect(await settledAtOnce(walletId, 'receipt')).toEqual([
      SHARE,
      1_000,
      1_000,
      BUSY + EACH - SHARE - 2_000,
    ]);
    await expectAllSettled();
  });

  test('settle what a busy wallet pays while it goes on paying', async () => {
    const { walletId, messages } = await backlog();
    await addReceipts(sql, walletId, BUSY);
    await processBatch(system, messages, () => false);
    await sql`
      INSERT INTO pending_operations (transaction_id, leg, wallet_id, counterparty_id, wallet_group, amount, currency)
      SELECT gen_random_uuid(), 'debit', ${walletId}, ${walletId} + 2 * (1 + n % (${WALLETS / 2} - 1)), ${GROUP}, 1, 'USD'
      FROM generate_series(1, ${BUSY}::int) AS n`;
    const report = await processBatch(system, messages, () => false);
    expect(report).toMatchObject({ succeeded: 2 * BUSY, failed: [] });
    // Of one transaction, those may have got a part who had been paid before.
    expect((await settledAtOnce(walletId, 'debit')).filter((count) => count === 1_000)).toHaveLength(2);
    await expectAllSettled();
  });

  test('leave one to those who wait, also behind ten busy wallets', async () => {
    const { walletId, messages } = await backlog();
    const busy = Array.from({ length: 10 }, (_, index) => walletId + BigInt(2 * index));
    for (const id of busy) await addReceipts(sql, id, BUSY);
    const named = busy.flatMap((id) => messages.map((message) => ({ ...message, walletId: id })));
    await processBatch(system, named, () => false);
    const waiting = await sql`
      SELECT FROM pending_operations WHERE wallet_group = ${GROUP} AND wallet_id > ${busy.at(-1) ?? 0n}`;
    expect(waiting.count).toBe(0);
    const isSettled = async () => {
      await processBatch(system, named, () => false);
      return (await pendingOfGroup()) === 0;
    };
    await vi.waitUntil(isSettled, PATIENCE);
    await expectAllSettled();
  });

  test('take turns on one connection', async () => {
    const { messages } = await backlog();
    const { beside: _, ...alone } = system;
    const report = await processBatch({ ...alone, sql: database.open() }, messages, () => false);
    expect(report).toMatchObject({ succeeded: OF_GROUP, failed: [] });
    await expectAllSettled();
  });

  test('go on alone where a second connection can not be had', async () => {
    const { messages } = await backlog();
    const beside = openDatabase('postgres://127.0.0.1:1/none');
    const report = await processBatch({ ...system, beside }, messages, () => false);
    expect(report).toMatchObject({ succeeded: OF_GROUP, failed: [] });
    expect(toldOnce()).toBe(OF_GROUP);
    await expectAllSettled();
  });

  test('begin no other once time is up', async () => {
    const { messages } = await backlog();
    let asked = 0;
    const report = await processBatch(system, messages, () => ++asked > 1);
    expect(report).toMatchObject({ succeeded: 1_000, failed: [] });
    expect(await pendingOfGroup()).toBe(OF_GROUP - 1_000);
    expect(system.queue.sent.splice(0).map(({ walletId }) => walletId)).toEqual([messages[0]?.walletId]);
    await processBatch(system, messages, () => false);
    await expectAllSettled();
  });

  test.each([
    ['the first', 0, 0],
    ['the second', 20, 1_000],
  ])('keep what the other one did where %s fails', async (_which, index, before) => {
    const { walletId, messages } = await backlog();
    const poisoned = walletId + BigInt(2 * index);
    await sql.unsafe(
      `ALTER TABLE wallets ADD CONSTRAINT poison CHECK (id <> ${poisoned} OR balance = 0) NOT VALID`,
    );
    const report = await processBatch(system, messages, () => false);
    await sql`ALTER TABLE wallets DROP CONSTRAINT poison`;
    const settled = OF_GROUP - (await pendingOfGroup());
    expect(settled).toBeGreaterThanOrEqual(before);
    expect(settled).toBeLessThan(OF_GROUP);
    expect(report.failed.map(({ message }) => message.messageId)).toEqual(index === 0 ? ['m'] : []);
    // What was committed was told, though the batch failed.
    expect(toldOnce()).toBe(settled);
    await processBatch(system, messages, () => false);
    expect(toldOnce()).toBe(OF_GROUP);
    await expectAllSettled();
  });

  test('lose and double nothing while the server ends their connections again and again', async () => {
    const { messages } = await backlog();
    const cutter = database.open();
    const cuts = (async () => {
      for (let cut = 0; cut < CUTS; cut++) {
        await sleep(BETWEEN_CUTS_MS);
        await cutter`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;
      }
    })();
    let isCutting = true;
    const over = cuts.finally(() => {
      isCutting = false;
    });
    while (isCutting) await processBatch(system, messages, () => false);
    await over;
    await processBatch(system, messages, () => false);
    await relayOnce(system, 0);
    expect(toldOnce()).toBe(OF_GROUP);
    await expectAllSettled();
  });
});
