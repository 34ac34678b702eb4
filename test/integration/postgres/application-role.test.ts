import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { rebalance } from '../../../lib/groups/balancer.ts';
import { grantApplicationRole, withoutRights } from '../../../lib/postgres/application-role.ts';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

describe('the role of the functions', async () => {
  const { url, sql: owner } = await testDatabase();
  const role = `app_${randomUUID().replaceAll('-', '')}`;
  let sql: Sql;

  beforeAll(async () => {
    await grantApplicationRole(owner, role);
    await owner.unsafe(`ALTER ROLE ${role} PASSWORD 'app'`);
    const own = new URL(url);
    [own.username, own.password] = [role, 'app'];
    sql = openDatabase(own.href);
    return async () => {
      await sql.end();
      const last = openDatabase(url);
      await last.unsafe(`DROP OWNED BY ${role}`);
      await last.unsafe(`DROP ROLE ${role}`);
      await last.end();
    };
  });

  test('knows its rights to every table that the migrations make', async () => {
    expect(await withoutRights(owner)).toEqual([]);
  });

  test('suffices from a request to the settled transaction, for the relay, the balancer and the books', async () => {
    const system = testSystem(sql);
    const { handlers } = system;
    expect((await call(handlers.updateCurrencies, { body: { Rates: { EUR: 2 } } })).status).toBe(200);
    const [from, to] = [await system.wallet('USD'), await system.wallet('EUR')];
    const headers = { 'Idempotency-Key': 'one' };
    const receipt = { body: { WalletId: from, Amount: 1_000_000n, Currency: 'USD' }, headers };
    expect((await call(handlers.receiveAmount, receipt)).status).toBe(200);
    const transfer = { OriginWalletId: from, TargetWalletId: to, Amount: 500_000n, Currency: 'USD' };
    expect((await call(handlers.transferAmount, { body: transfer })).status).toBe(200);
    await system.settleAll();
    const hold = { WalletId: from, Amount: 100_000n, ExpiresInSeconds: 60 };
    const { payload } = await call(handlers.holdAmount, { body: hold });
    await system.settleAll();
    expect((await call(handlers.releaseHold, { path: { holdId: payload.HoldId }, body: {} })).status).toBe(
      200,
    );
    await system.settleAll();
    await relayOnce(system, 0);
    const run = { groups: 1, id: randomUUID(), correlationId: 'run' };
    expect((await rebalance(system, run))?.WalletsMoved).toBeGreaterThan(0);
    expect((await reconcile(sql, 60)).isClean).toBe(true);
    expect((await call(handlers.totalOperations, { path: { walletId: String(from) } })).status).toBe(200);
    const balances = await sql`SELECT balance FROM wallets WHERE id IN (${from}, ${to}) ORDER BY id`;
    expect(balances.map(({ balance }) => balance)).toEqual([500_000n, 250_000n]);
  });

  test.each([
    'DROP TABLE operations',
    'TRUNCATE wallets',
    'DELETE FROM wallets',
    'DELETE FROM operations',
    'UPDATE operations SET amount = 1',
    'TRUNCATE operations',
    'TRUNCATE pending_operations',
    "SELECT setval('operation_ids', 1)",
    'ALTER TABLE operations DISABLE TRIGGER ALL',
    'ALTER TABLE operations ADD COLUMN x int',
    "SET session_replication_role = 'replica'",
    'CREATE TABLE own (id int)',
    'SELECT * FROM migrations',
    'SELECT * FROM migration_checksums',
    'DELETE FROM currency_rates',
    'UPDATE currency_rates SET rate = 1',
    'CREATE ROLE other',
  ])('may not: %s', async (statement) => {
    await expect(sql.unsafe(statement)).rejects.toMatchObject({
      code: INSUFFICIENT_PRIVILEGE,
    });
  });

  test('is left as it is by another deployment, and loses what it should not have', async () => {
    await owner.unsafe(`GRANT DELETE ON wallets TO ${role}`);
    await grantApplicationRole(owner, role);
    await expect(sql`DELETE FROM wallets`).rejects.toMatchObject({ code: INSUFFICIENT_PRIVILEGE });
    expect((await sql`SELECT FROM wallets`).count).toBe(2);
  });

  test('may sign in with an AWS identity where the server knows such a thing', async () => {
    const exists = await owner`SELECT FROM pg_roles WHERE rolname = 'rds_iam'`;
    if (exists.count === 0) await owner`CREATE ROLE rds_iam`;
    await grantApplicationRole(owner, role);
    const [row] = await owner`SELECT pg_has_role(${role}, 'rds_iam', 'MEMBER') AS member`;
    expect(row).toEqual({ member: true });
    await owner.unsafe(`REVOKE rds_iam FROM ${role}`);
    await owner`DROP ROLE rds_iam`;
  });

  test('loses a session that says nothing for minutes', async () => {
    expect(await sql`SHOW idle_session_timeout`).toMatchObject([{ idle_session_timeout: '5min' }]);
  });

  test('has a name that is nothing else', async () => {
    await expect(grantApplicationRole(owner, 'x; DROP TABLE wallets')).rejects.toThrow("a role's name takes");
  });
});
