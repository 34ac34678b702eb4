import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase, runTx, type Sql } from '../../../lib/postgres/database.ts';
import { PATIENCE } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

/** What became of the connection while the function was frozen. */
const FATES = ['ended', 'reset', 'forgotten'] as const;

/** As if every connection had been idle for long. */
const AT_ONCE = { probeAfterMs: 0, idleTimeoutSeconds: 60 };

/** As if the function was never frozen for long, but its connection's time was over while it was. */
const TIMED_OUT = { probeAfterMs: 60_000, idleTimeoutSeconds: 1 };

describe('a connection that went stale while its function was frozen', async () => {
  const { url, sql: direct } = await testDatabase();
  const open = new Set<{ client: Socket; upstream: Socket; forget: () => void }>();
  let server: Server;
  let through: URL;
  let sql: Sql;

  beforeAll(async () => {
    const { hostname, port } = new URL(url);
    server = createServer((client) => {
      const upstream = dial(Number(port), hostname);
      let forgotten = false;
      const pair = { client, upstream, forget: () => (forgotten = true) };
      open.add(pair);
      client.on('data', (data) => forgotten || upstream.write(data));
      upstream.on('data', (data) => forgotten || client.write(data));
      for (const socket of [client, upstream]) socket.on('error', () => {});
      client.on('close', () => {
        open.delete(pair);
        upstream.end();
      });
      upstream.on('close', () => forgotten || client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    through = new URL(url);
    through.port = String((server.address() as AddressInfo).port);
    await direct`CREATE TABLE notes (id int)`;
  });
  beforeEach(async () => {
    await sql?.end({ timeout: 1 });
    sql = openDatabase(through.href, 1, AT_ONCE);
    await direct`TRUNCATE notes`;
    await sql`SELECT 1`;
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    for (const { client } of open) client.destroy();
    server.close();
  });

  /** Does it to the connection there is; the pool has not heard of it yet when the next statement comes. */
  function suffer(fate: (typeof FATES)[number]): void {
    expect(open.size).toBe(1);
    for (const { client, forget } of open) {
      if (fate === 'ended') client.destroy();
      if (fate === 'reset') client.resetAndDestroy();
      if (fate === 'forgotten') forget();
    }
  }

  /** Nothing of this process runs meanwhile. */
  function freeze(milliseconds: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  }

  const count = async () => (await direct`SELECT FROM notes`).count;

  test.each(FATES)('(%s) is replaced before a statement, which runs once', async (fate) => {
    suffer(fate);
    await sql`INSERT INTO notes VALUES (1)`;
    expect(await count()).toBe(1);
  });

  test.each(FATES)('(%s) is replaced before a transaction, which runs once', async (fate) => {
    suffer(fate);
    let runs = 0;
    await runTx(sql, async (tx) => {
      runs += 1;
      await tx`INSERT INTO notes VALUES (1)`;
    });
    expect([runs, await count()]).toEqual([1, 1]);
  });

  test.each(FATES)('(%s) is replaced once for all that begin together', async (fate) => {
    suffer(fate);
    await Promise.all([
      sql`INSERT INTO notes VALUES (1)`,
      runTx(sql, (tx) => tx`INSERT INTO notes VALUES (2)`),
      sql`INSERT INTO notes VALUES (3)`,
    ]);
    expect(await count()).toBe(3);
  });

  test.each(FATES)('(%s) does not fail a request without an idempotency key', async (fate) => {
    const wallet = await testSystem(direct).wallet('USD');
    const { handlers } = testSystem(sql);
    const before = (await direct`SELECT FROM legs`).count;
    suffer(fate);
    const body = { WalletId: wallet, Amount: 1n, Currency: 'USD' };
    expect((await call(handlers.receiveAmount, { body })).status).toBe(200);
    expect((await direct`SELECT FROM legs`).count - before).toBe(1);
  });

  test('whose server is gone for good fails the statement, which did nothing', async () => {
    suffer('forgotten');
    server.close();
    await expect(sql`INSERT INTO notes VALUES (1)`).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await count()).toBe(0);
    await new Promise<void>((resolve) => server.listen(Number(through.port), '127.0.0.1', resolve));
  });

  test.each([false, true])(
    'that the driver ends itself (forgotten: %s) takes no statement with it',
    async (isForgotten) => {
      await sql.end({ timeout: 1 });
      sql = openDatabase(through.href, 1, TIMED_OUT);
      await sql`SELECT 1`;
      if (isForgotten) suffer('forgotten');
      freeze((TIMED_OUT.idleTimeoutSeconds + 1) * 1_000);
      // The driver's timer is due, and fires before the next statement.
      await new Promise((resolve) => setTimeout(resolve, 1));
      await sql`INSERT INTO notes VALUES (1)`;
      await runTx(sql, (tx) => tx`INSERT INTO notes VALUES (2)`);
      expect(await count()).toBe(2);
    },
  );

  test('that lives is asked and kept', async () => {
    const backend = async () => (await sql<{ pid: bigint }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid;
    const first = await backend();
    expect([await backend(), await backend()]).toEqual([first, first]);
  });

  test('is not asked while a long statement is at work on it', async () => {
    let isDone = false;
    const long = sql`INSERT INTO notes SELECT 1 FROM pg_sleep(2)`.then(({ count }) => {
      isDone = true;
      return count;
    });
    const isAtWork = async () =>
      (
        await direct`
          SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`
      ).count > 0;
    await vi.waitUntil(async () => isDone || (await isAtWork()), PATIENCE);
    await sql`INSERT INTO notes VALUES (2)`;
    expect([await long, await count()]).toEqual([1, 2]);
  });
});
