import { type AddressInfo, createServer, connect as dial, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, runTx, type Sql } from '../../../lib/postgres/database.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

type Cut = 'end' | 'reset';

/** Where the proxy cuts the connection: before this message from the client goes on, or after it did, unanswered. */
interface Plan {
  readonly at: number;
  readonly how: Cut;
  readonly forwards: boolean;
}

describe('a connection that breaks', async () => {
  const { url, sql: direct } = await testDatabase();
  let server: Server;
  let sql: Sql;
  let plan: Plan | undefined;
  let messages = 0;

  beforeAll(async () => {
    const { hostname, port } = new URL(url);
    server = createServer((client) => {
      const upstream = dial(Number(port), hostname);
      client.on('data', (data) => {
        messages += 1;
        if (plan === undefined || messages !== plan.at) {
          upstream.write(data);
          return;
        }
        const { how, forwards } = plan;
        plan = undefined;
        if (how === 'reset') client.resetAndDestroy();
        else client.destroy();
        if (forwards) upstream.end(data);
        else upstream.destroy();
      });
      upstream.on('data', (data) => client.write(data));
      for (const socket of [client, upstream]) socket.on('error', () => {});
      client.on('close', () => upstream.end());
      upstream.on('close', () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const through = new URL(url);
    through.port = String((server.address() as AddressInfo).port);
    sql = openDatabase(through.href);
    await direct`CREATE TABLE notes (id int PRIMARY KEY)`;
    await sql`SELECT 1`;
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    server.close();
  });

  const plans = [1, 2, 3, 4, 5].flatMap((at) =>
    (['end', 'reset'] as const).flatMap((how) => [true, false].map((forwards) => ({ at, how, forwards }))),
  );

  test.each(plans)('is replaced, and the transaction is run again: %j', async (given) => {
    await direct`TRUNCATE notes`;
    [messages, plan] = [0, given];
    const done = await runTx(sql, async (tx) => {
      await tx`INSERT INTO notes VALUES (1) ON CONFLICT DO NOTHING`;
      await tx`INSERT INTO notes VALUES (2) ON CONFLICT DO NOTHING`;
      return 'done';
    });
    plan = undefined;
    expect(done).toBe('done');
    expect((await direct`SELECT FROM notes`).count).toBe(2);
    expect(await sql`SELECT 5 AS five`).toMatchObject([{ five: 5 }]);
  });

  test('does not make a statement run twice that is no transaction', async () => {
    await direct`TRUNCATE notes`;
    await sql`SELECT 1`;
    [messages, plan] = [0, { at: 1, how: 'end', forwards: true }];
    await expect(sql`INSERT INTO notes SELECT count(*) FROM notes`).rejects.toMatchObject({
      code: expect.any(String),
    });
    plan = undefined;
    expect((await direct`SELECT FROM notes`).count).toBeLessThanOrEqual(1);
    expect(await sql`SELECT 5 AS five`).toMatchObject([{ five: 5 }]);
  });

  test('is answered with a 503 by a request, whose repeat with the same key makes one operation', async () => {
    const system = testSystem(direct);
    const wallet = await system.wallet('USD');
    const broken = testSystem(sql);
    const body = { WalletId: wallet, Amount: 1n, Currency: 'USD' };
    await sql`SELECT 1`;
    [messages, plan] = [0, { at: 1, how: 'reset', forwards: false }];
    expect((await call(broken.handlers.receiveAmount, { body })).status).toBe(503);
    for (let at = 1; at <= 6; at++) {
      const headers = { 'Idempotency-Key': `key-${at}` };
      [messages, plan] = [0, { at, how: 'reset', forwards: at % 2 === 0 }];
      const first = await call(broken.handlers.receiveAmount, { body, headers });
      plan = undefined;
      const again = await call(broken.handlers.receiveAmount, { body, headers });
      expect([first.status, again.status]).toEqual([200, 200]);
      expect(again.text).toBe(first.text);
    }
    expect((await direct`SELECT FROM legs`).count).toBe(6);
  });

  test('does not make a wallet twice that was requested without a key, whenever it breaks', async () => {
    const { handlers } = testSystem(sql);
    const body = { Name: 'a', Country: 'b', City: 'c', Currency: 'USD' };
    const wallets = async () => (await direct`SELECT FROM wallets`).count;
    for (let at = 1; at <= 4; at++) {
      for (const forwards of [false, true]) {
        const before = await wallets();
        await sql`SELECT 1`;
        [messages, plan] = [0, { at, how: 'reset', forwards }];
        const { status } = await call(handlers.createWallet, { body });
        plan = undefined;
        expect([200, 503]).toContain(status);
        expect((await wallets()) - before).toBeLessThanOrEqual(1);
      }
    }
  });
});
