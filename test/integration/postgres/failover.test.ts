import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { getHealth } from '../../../functions/health.ts';
import { openDatabase, runStatement, runTx, runTxOnce, type Sql } from '../../../lib/postgres/database.ts';
import { PATIENCE } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';
import { startWriterAndStandby, type WriterAndStandby } from '../../support/writer-and-standby.ts';

const healthOf = async (sql: Sql) => await call(getHealth({ sql, apiKeys: 'off' }), { route: 'GET /health' });

describe('a connection to a server that became read-only', async () => {
  const { url, open } = await testDatabase();
  const name = new URL(url).pathname.slice(1);
  const direct = openDatabase(`${url}?default_transaction_read_only=off`, 4);
  let sql: Sql;

  /** What a failover does to the sessions: those made while it lasts find a reader, and stay with it. */
  const readOnly = async (isReadOnly: boolean) => {
    await direct.unsafe(
      isReadOnly
        ? `ALTER DATABASE ${name} SET default_transaction_read_only = on`
        : `ALTER DATABASE ${name} RESET default_transaction_read_only`,
    );
  };

  beforeAll(async () => {
    await direct`CREATE TABLE notes (id int, text text, bytes bytea, flag boolean, big bigint, moment timestamptz)`;
  });
  afterAll(() => direct.end({ timeout: 1 }));
  beforeEach(async () => {
    await direct`TRUNCATE notes`;
    sql = open();
    await readOnly(true);
    await sql`SELECT 1`;
    await readOnly(false);
  });
  afterEach(async () => {
    await readOnly(false);
    await sql.end({ timeout: 1 });
  });

  const count = async () => (await direct`SELECT FROM notes`).count;

  test('is replaced, and the statement that it refused takes effect once', async () => {
    await sql`INSERT INTO notes (id) VALUES (1)`;
    expect(await count()).toBe(1);
  });

  test('is replaced for a statement with values of every kind, which stay what they are', async () => {
    const moment = '2026-01-31T12:00:00.000001Z';
    const bytes = Buffer.from([0, 92, 255]);
    await sql`
      INSERT INTO notes VALUES (${1}, ${'a\\b"c'}, ${bytes}, ${true}, ${2n ** 63n - 1n}, ${moment}),
        (${2}, ${null}, ${bytes}, ${false}, ${-1n}, ${null})`;
    expect([...(await direct`SELECT * FROM notes ORDER BY id`)]).toEqual([
      { id: 1, text: 'a\\b"c', bytes, flag: true, big: 2n ** 63n - 1n, moment },
      { id: 2, text: null, bytes, flag: false, big: -1n, moment: null },
    ]);
  });

  test('is replaced for a statement that it had prepared', async () => {
    const lock = async (id: number) => await sql`SELECT id FROM notes WHERE id = ${id} FOR UPDATE`;
    await lock(1);
    await direct`INSERT INTO notes (id) VALUES (2)`;
    await sql`SET default_transaction_read_only = on`;
    expect(await lock(2)).toMatchObject([{ id: 2 }]);
  });

  test('is replaced for text that is sent as it is', async () => {
    await sql.unsafe('INSERT INTO notes (id) VALUES (1)');
    await sql.unsafe('INSERT INTO notes (id) VALUES ($1)', [2]);
    expect(await count()).toBe(2);
  });

  test('is replaced for all statements that begin together, behind a transaction or not', async () => {
    await Promise.all([
      sql`INSERT INTO notes (id) VALUES (1)`,
      sql`INSERT INTO notes (id) VALUES (2)`,
      runTx(sql, (tx) => tx`INSERT INTO notes (id) VALUES (3)`),
      sql`INSERT INTO notes (id) VALUES (4)`,
      sql`SELECT 1`,
      runTxOnce(sql, (tx) => tx`INSERT INTO notes (id) VALUES (5)`),
      sql`INSERT INTO notes (id) VALUES (6)`,
    ]);
    expect((await direct`SELECT id FROM notes ORDER BY id`).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test.each([
    ['runTx', runTx],
    ['runTxOnce', runTxOnce],
  ])('is replaced by %s, which runs the transaction again', async (_name, run) => {
    let runs = 0;
    await run(sql, async (tx) => {
      runs += 1;
      await tx`SELECT 1`;
      await tx`INSERT INTO notes (id) VALUES (1)`;
    });
    expect([runs, await count()]).toEqual([2, 1]);
  });

  test('is closed', async () => {
    const [reader] = await sql<{ pid: bigint }[]>`SELECT pg_backend_pid() AS pid`;
    await sql`INSERT INTO notes (id) VALUES (1)`;
    const sessions = () => direct`SELECT FROM pg_stat_activity WHERE pid = ${reader?.pid ?? 0n}::int`;
    await vi.waitUntil(async () => (await sessions()).count === 0, PATIENCE);
  });

  test('of a pool of several is replaced as well', async () => {
    await readOnly(true);
    const pool = open(3);
    await Promise.all([1, 2, 3].map(() => pool.begin((tx) => tx`SELECT 1`)));
    await readOnly(false);
    await Promise.all([1, 2, 3, 4, 5].map((id) => pool`INSERT INTO notes (id) VALUES (${id})`));
    expect(await count()).toBe(5);
  });

  test('does not fail a request, with an idempotency key or without', async () => {
    const wallet = await testSystem(direct).wallet('USD');
    const { handlers } = testSystem(sql);
    const before = (await direct`SELECT FROM legs`).count;
    const body = { WalletId: wallet, Amount: 1n, Currency: 'USD' };
    for (const headers of [{}, { 'Idempotency-Key': 'after-the-failover' }]) {
      await sql`SET default_transaction_read_only = on`;
      expect((await call(handlers.receiveAmount, { body, headers })).status).toBe(200);
    }
    expect((await direct`SELECT FROM legs`).count - before).toBe(2);
  });

  test('does not fail the creation of a wallet, which takes several statements', async () => {
    const before = (await direct`SELECT FROM wallets`).count;
    const body = { Name: 'a', Country: 'b', City: 'c', Currency: 'USD' };
    expect((await call(testSystem(sql).handlers.createWallet, { body })).status).toBe(200);
    expect((await direct`SELECT FROM wallets`).count - before).toBe(1);
  });

  test('fails a request with a 503 while there is no writer, and leaves nothing behind', async () => {
    const wallet = await testSystem(direct).wallet('USD');
    const before = (await direct`SELECT FROM legs`).count;
    await readOnly(true);
    const body = { WalletId: wallet, Amount: 1n, Currency: 'USD' };
    const { status, payload } = await call(testSystem(sql).handlers.receiveAmount, { body });
    expect([status, payload.code]).toEqual([503, 'database_unavailable']);
    expect((await direct`SELECT FROM legs`).count).toBe(before);
  });

  test('is told by /health, until there is a writer', async () => {
    await readOnly(true);
    expect((await healthOf(sql)).status).toBe(503);
    await readOnly(false);
    const { status, payload } = await healthOf(sql);
    expect([status, payload]).toEqual([200, { Status: 'ok', Database: 'ok' }]);
  });

  test('is left within a second by a function that only reads', async () => {
    const isAtReader = async () => {
      const [row] = await sql`SELECT current_setting('transaction_read_only') AS "readOnly"`;
      return row?.['readOnly'] === 'on';
    };
    await new Promise((resolve) => setTimeout(resolve, 1_001));
    expect(await isAtReader()).toBe(false);
  });

  test('makes a message come again in seconds, which is settled then', async () => {
    const accepting = testSystem(direct);
    const wallet = await accepting.wallet('USD');
    const transaction = await accepting.receive(wallet, 5n, 'USD');
    const wakeUps = accepting.queue.sent.splice(0);
    const settling = testSystem(sql);
    await readOnly(true);
    const { batchItemFailures } = await settling.process(wakeUps);
    expect(batchItemFailures).toHaveLength(wakeUps.length);
    await readOnly(false);
    expect((await settling.process(wakeUps, 2)).batchItemFailures).toEqual([]);
    expect((await accepting.transaction(transaction)).Status).toBe('success');
  });
});

describe('an address that leads to a standby for a while after a failover', () => {
  let servers: WriterAndStandby;
  let writer: Sql;
  let sql: Sql;

  beforeAll(async () => {
    servers = await startWriterAndStandby();
    writer = openDatabase(servers.writerUrl);
    await writer`CREATE TABLE notes (id int)`;
  }, 120_000);
  beforeEach(async () => {
    await writer`TRUNCATE notes`;
    servers.pointTo('standby');
    sql = openDatabase(servers.url);
    await vi.waitUntil(() => sql`SELECT 1`.catch(() => false), PATIENCE);
  });
  afterEach(() => sql.end({ timeout: 1 }));
  afterAll(async () => {
    await writer.end({ timeout: 1 });
    await servers.stop();
  });

  const statements: [string, (sql: Sql) => Promise<unknown>][] = [
    ['a statement', (pool) => pool`INSERT INTO currency_rates (name, rate) VALUES ('EUR', 1)`.then(() => 1)],
    ['a row lock', (pool) => pool`SELECT FROM currencies FOR NO KEY UPDATE`.then(() => 1)],
    ['a number of a sequence', (pool) => pool`SELECT nextval('wallet_ids')`.then(() => 1)],
    ['a table lock', (pool) => runTx(pool, (tx) => tx`LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE`)],
    ['a repeatable statement', (pool) => runStatement(() => pool`SELECT nextval('wallet_ids')`)],
    [
      'a transaction',
      (pool) => runTxOnce(pool, (tx) => tx`INSERT INTO outbox (detail_type, detail) VALUES ('x', '{}')`),
    ],
  ];

  test.each(statements)('lets %s succeed as soon as it leads to the writer', async (_what, run) => {
    await expect(run(sql)).rejects.toMatchObject({ code: '25006' });
    expect((await healthOf(sql)).status).toBe(503);
    servers.pointTo('writer');
    await run(sql);
    expect((await healthOf(sql)).status).toBe(200);
  });

  test('is answered by the writer, to a function that only reads, a second later', async () => {
    const isAtStandby = async () => (await sql`SELECT pg_is_in_recovery() AS "isStandby"`)[0]?.['isStandby'];
    servers.pointTo('writer');
    await new Promise((resolve) => setTimeout(resolve, 1_001));
    expect(await isAtStandby()).toBe(false);
  });
});
