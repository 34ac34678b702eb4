import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { getHealth } from '../../../functions/health.ts';
import { type KeyCommand, runKeyCommand } from '../../../lib/access/api-key-commands.ts';
import { authorize } from '../../../lib/access/authorize.ts';
import { takeTurn } from '../../../lib/access/rate-limit.ts';
import { reconcileOnward } from '../../../lib/books/onward.ts';
import { reconcile } from '../../../lib/books/reconcile.ts';
import { rebalance } from '../../../lib/groups/balancer.ts';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { grantRoles, withoutRights } from '../../../lib/postgres/grant-roles.ts';
import { ROLES, type Role, roleName } from '../../../lib/postgres/roles.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { NOBODY, SOME } from '../../support/rights.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

/** What a trigger says to a change of what is final. */
const RESTRICT_VIOLATION = '23001';

describe('the roles of the functions', async () => {
  const { url, sql: owner } = await testDatabase();
  const prefix = `app_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  const pools = {} as Record<Role, Sql>;
  const grant = () => grantRoles(owner, { prefix, password: "o'clock" });

  beforeAll(async () => {
    await grant();
    for (const role of ROLES) {
      const own = new URL(url);
      [own.username, own.password] = [roleName(role, prefix), encodeURIComponent("o'clock")];
      pools[role] = openDatabase(own.href);
    }
    return async () => {
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
      const last = openDatabase(url);
      for (const role of ROLES) {
        await last.unsafe(`DROP OWNED BY ${roleName(role, prefix)}`);
        await last.unsafe(`DROP ROLE ${roleName(role, prefix)}`);
      }
      await last.end();
    };
  });

  test('have rights to every table that the migrations make', async () => {
    expect(await withoutRights(owner)).toEqual([]);
  });

  test('suffice each for its functions, from a key to books that are right', async () => {
    const { keys, authorize: authorizer } = pools;
    expect(await runKeyCommand(keys, { command: 'first' }, randomUUID())).toHaveProperty('key');
    const order: KeyCommand = { command: 'create', name: 'shop', scopes: ['wallets:read'], limit: 5 };
    const made = await runKeyCommand(keys, order, randomUUID());
    if (!('key' in made)) throw new Error('no key was made');
    expect(await authorize(authorizer, `Bearer ${made.key}`)).toMatchObject({ access: 'granted' });
    for (const role of ['read', 'accept', 'pay', 'rates'] as const)
      expect(await takeTurn(pools[role], made.record.id, 5)).toBe(true);
    expect(await runKeyCommand(keys, { command: 'list' }, '')).toHaveProperty('records');
    await runKeyCommand(keys, { command: 'revoke', id: made.record.id }, '');
    expect(await authorize(authorizer, `Bearer ${made.key}`)).toEqual({ access: 'unauthenticated' });

    const rates = testSystem(pools.rates).handlers;
    const headers = (key: string) => ({ 'Idempotency-Key': key });
    for (const each of [{}, headers('rates'), headers('rates')])
      expect(
        (await call(rates.updateCurrencies, { body: { Rates: { EUR: 2 } }, headers: each })).status,
      ).toBe(200);

    const accept = testSystem(pools.accept);
    const pay = testSystem(pools.pay);
    const settle = testSystem(pools.settle);
    const settleAll = async () => {
      settle.queue.sent.push(...accept.queue.sent.splice(0), ...pay.queue.sent.splice(0));
      await settle.settleAll();
    };
    const [from, to] = [await accept.wallet('USD'), await accept.wallet('EUR')];
    const bodies = {
      receiveAmount: { WalletId: from, Amount: 1_000_000n, Currency: 'USD' },
      transferAmount: { OriginWalletId: from, TargetWalletId: to, Amount: 500_000n, Currency: 'USD' },
      acceptOperations: { Operations: [{ WalletId: to, Amount: 4n, Currency: 'EUR' }] },
      holdAmount: { WalletId: from, Amount: 100_000n },
    } as const;
    const ids: Record<string, string> = {};
    for (const [name, body] of Object.entries(bodies)) {
      const { handlers } = name === 'acceptOperations' ? accept : pay;
      const handler = handlers[name as keyof typeof bodies];
      const first = await call(handler, { body, headers: headers(name) });
      expect(first.status, first.text).toBe(200);
      expect((await call(handler, { body, headers: headers(name) })).text).toBe(first.text);
      const { payload } = first;
      ids[name] = payload.TransactionId ?? payload.HoldId ?? payload.Results[0].TransactionId;
      await settleAll();
    }
    const capture = {
      path: { holdId: ids['holdAmount'] ?? '' },
      body: { TargetWalletId: to, Amount: 50_000n },
    };
    expect((await call(pay.handlers.captureHold, capture)).status).toBe(200);
    await settleAll();
    const refund = { body: { TransactionId: ids['transferAmount'], Amount: 10_000n } };
    expect((await call(pay.handlers.refundTransaction, refund)).status).toBe(200);
    const { payload } = await call(pay.handlers.holdAmount, { body: { WalletId: from, Amount: 1n } });
    await settleAll();
    const release = { path: { holdId: payload.HoldId }, body: {} };
    expect((await call(pay.handlers.releaseHold, release)).status).toBe(200);
    await settleAll();
    await payWaiting(pay, from, to);
    await owner`UPDATE idempotency_keys SET created_at = now() - interval '8 days' WHERE key = 'receiveAmount'`;
    const relayed = await relayOnce(settle, 0);
    expect([relayed.failed, relayed.idempotencyKeysPurged]).toEqual([[], 1]);

    const run = { groups: 1, id: randomUUID(), correlationId: 'run' };
    expect((await rebalance({ sql: pools.groups, bus: accept.bus }, run))?.WalletsMoved).toBeGreaterThan(0);
    expect((await reconcile(pools.books, 60)).isClean).toBe(true);
    expect(await reconcileOnward(pools.books, 60, pools.books)).toMatchObject({ isClean: true, again: 0 });
    const onward = await reconcileOnward(pools.books, 60, pools.books);
    expect(onward).toMatchObject({ isClean: true, again: onward.known });
    expect(onward.known).toBeGreaterThan(0);

    const read = testSystem(pools.read).handlers;
    const path = { walletId: String(from) };
    for (const [name, asked] of [
      ['getCurrencies', {}],
      ['getConversion', { path: { amount: '1', from: 'EUR', to: 'USD' } }],
      ['getWallet', { path }],
      ['getWallet', { path, query: { at: new Date().toISOString() } }],
      ['listWallets', {}],
      ['getTransaction', { path: { transactionId: ids['transferAmount'] } }],
      ['showHold', { path: { holdId: ids['holdAmount'] } }],
      ['listOperations', { path }],
      ['downloadOperations', { path, query: { columns: 'all', status: 'all' } }],
      ['totalOperations', { path }],
    ] as const) {
      const { status, text } = await call(read[name], asked as object);
      expect([name, status, text.slice(0, 200)]).toEqual([name, 200, expect.any(String)]);
    }
    const health = getHealth({ sql: pools.read, apiKeys: 'off' });
    expect((await call(health, { route: 'GET /health' })).status).toBe(200);
    const balances = await pools.read`SELECT balance FROM wallets WHERE id IN (${from}, ${to}) ORDER BY id`;
    expect(balances.map(({ balance }) => balance)).toEqual([460_000n, 270_004n]);
  });

  /** Moves money to and fro and waits for it, so that the role settles all of it by itself. */
  async function payWaiting(
    { handlers, queue, bus }: ReturnType<typeof testSystem>,
    from: bigint,
    to: bigint,
  ) {
    const send = async (name: keyof typeof handlers, body: object, path?: Record<string, string>) => {
      const asked = { body, headers: { Prefer: 'wait=10' }, ...(path && { path }) };
      const { payload, text } = await call(handlers[name], asked);
      expect([name, payload.Status, text]).toEqual([name, 'success', text]);
      return payload;
    };
    const receipt = await send('receiveAmount', { WalletId: from, Amount: 5n, Currency: 'USD' });
    await send('refundTransaction', { TransactionId: receipt.TransactionId });
    await send('transferAmount', { OriginWalletId: from, TargetWalletId: to, Amount: 6n, Currency: 'USD' });
    await send('transferAmount', { OriginWalletId: to, TargetWalletId: from, Amount: 6n, Currency: 'USD' });
    const [held, freed] = [
      await send('holdAmount', { WalletId: from, Amount: 8n }),
      await send('holdAmount', { WalletId: from, Amount: 8n }),
    ];
    await send('releaseHold', {}, { holdId: freed.HoldId });
    const { TransactionId } = await send('captureHold', { TargetWalletId: to }, { holdId: held.HoldId });
    await send('refundTransaction', { TransactionId });
    expect(bus.events).toHaveLength(10);
    queue.sent.splice(0);
  }

  /** Runs a statement as a role, and undoes it. @returns the SQLSTATE of its failure, or `done` */
  async function attempt(role: Role, statement: string): Promise<string> {
    const undone = new Error('undone');
    try {
      await pools[role].begin(async (tx) => {
        await tx.unsafe(statement);
        throw undone;
      });
      return 'never';
    } catch (error) {
      return error === undone ? 'done' : String((error as { code?: string }).code);
    }
  }

  test.each(ROLES)('%s may do what it is for, and nothing else', async (role) => {
    const outcomes: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const statement of NOBODY) {
      outcomes[statement] = await attempt(role, statement);
      expected[statement] = INSUFFICIENT_PRIVILEGE;
    }
    for (const [statement, roles] of SOME) {
      outcomes[statement] = await attempt(role, statement);
      expected[statement] = roles.includes(role) ? 'done' : INSUFFICIENT_PRIVILEGE;
    }
    for (const other of ROLES.filter((each) => each !== role)) {
      const statement = `SET ROLE ${roleName(other, prefix)}`;
      outcomes[statement] = await attempt(role, statement);
      expected[statement] = INSUFFICIENT_PRIVILEGE;
    }
    expect(outcomes).toEqual(expected);
  });

  test('a reader, who may lock a wallet for a report, may change nothing of it', async () => {
    expect(await attempt('read', 'SELECT FROM wallets FOR SHARE')).toBe('done');
    expect(await attempt('read', 'UPDATE wallets SET id = id')).toBe(RESTRICT_VIOLATION);
    expect(await attempt('read', 'UPDATE wallets SET id = id, balance = 1')).toBe(INSUFFICIENT_PRIVILEGE);
  });

  test('are left as they are by another deployment, and lose what they should not have', async () => {
    const name = roleName('read', prefix);
    await owner.unsafe(`GRANT DELETE, UPDATE (balance) ON wallets TO ${name}`);
    await owner.unsafe(`GRANT USAGE ON SEQUENCE wallet_ids TO ${name}`);
    await grant();
    expect(await attempt('read', 'DELETE FROM wallets')).toBe(INSUFFICIENT_PRIVILEGE);
    expect(await attempt('read', 'UPDATE wallets SET balance = 1')).toBe(INSUFFICIENT_PRIVILEGE);
    expect(await attempt('read', "SELECT nextval('wallet_ids')")).toBe(INSUFFICIENT_PRIVILEGE);
    expect((await pools.read`SELECT FROM wallets`).count).toBe(2);
  });

  test('may sign in with an AWS identity where the server knows such a thing', async () => {
    const exists = await owner`SELECT FROM pg_roles WHERE rolname = 'rds_iam'`;
    if (exists.count === 0) await owner`CREATE ROLE rds_iam`;
    await grant();
    for (const role of ROLES) {
      const name = roleName(role, prefix);
      const [row] = await owner`SELECT pg_has_role(${name}, 'rds_iam', 'MEMBER') AS member`;
      expect(row).toEqual({ member: true });
      await owner.unsafe(`REVOKE rds_iam FROM ${name}`);
    }
    await owner`DROP ROLE rds_iam`;
  });

  test('lose a session that says nothing for minutes', async () => {
    for (const role of ROLES)
      expect(await pools[role]`SHOW idle_session_timeout`).toMatchObject([{ idle_session_timeout: '5min' }]);
  });

  test('have names that are nothing else', async () => {
    await expect(grantRoles(owner, { prefix: 'x; DROP TABLE wallets' })).rejects.toThrow(
      "a role's name takes",
    );
  });
});
