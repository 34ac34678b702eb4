import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { getHealth } from '../../../functions/health.ts';
import { getLive } from '../../../functions/live.ts';
import { unknownRoute } from '../../../functions/not-found.ts';
import { SCOPES, type Scope } from '../../../lib/access/api-key.ts';
import { createKey } from '../../../lib/access/api-key-store.ts';
import { contextOf } from '../../../lib/access/caller.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

type Handlers = ReturnType<typeof testSystem>['handlers'];

/** What each handler asks for, as docs/api.md has it, but for those that take any key. */
const SCOPE_OF: Record<Exclude<keyof Handlers, 'getOwnKey' | 'getRates'>, Scope> = {
  updateCurrencies: 'currencies:write',
  getCurrencies: 'wallets:read',
  getConversion: 'wallets:read',
  createWallet: 'wallets:write',
  getWallet: 'wallets:read',
  listWallets: 'wallets:read',
  getHistory: 'reports:read',
  freezeWallet: 'wallets:write',
  unfreezeWallet: 'wallets:write',
  closeWallet: 'wallets:write',
  renameWallet: 'wallets:write',
  limitWallet: 'wallets:write',
  addAlert: 'wallets:write',
  removeAlert: 'wallets:write',
  listAlerts: 'wallets:read',
  receiveAmount: 'operations:write',
  transferAmount: 'operations:write',
  getTransaction: 'wallets:read',
  getStory: 'reports:read',
  searchTransactions: 'wallets:read',
  refundTransaction: 'operations:write',
  linkTransfers: 'operations:write',
  holdAmount: 'operations:write',
  captureHold: 'operations:write',
  releaseHold: 'operations:write',
  extendHold: 'operations:write',
  showHold: 'wallets:read',
  showHolds: 'wallets:read',
  sendAmount: 'operations:write',
  confirmPayout: 'operations:write',
  cancelPayout: 'operations:write',
  acceptOperations: 'operations:write',
  listOperations: 'reports:read',
  downloadOperations: 'reports:read',
  totalOperations: 'reports:read',
  getOverview: 'reports:read',
  getGroups: 'reports:read',
  rebalanceGroups: 'admin',
  createWebhook: 'webhooks',
  listWebhooks: 'webhooks',
  disableWebhook: 'webhooks',
  enableWebhook: 'webhooks',
  rotateSecret: 'webhooks',
  testWebhook: 'webhooks',
  showDeliveries: 'webhooks',
  resend: 'webhooks',
  listKeys: 'admin',
  createKey: 'admin',
  limitKey: 'admin',
  revokeKey: 'admin',
};
const CASES = Object.entries(SCOPE_OF) as [keyof typeof SCOPE_OF, Scope][];

/** What the authorizer tells of a key with these scopes. */
const withScopes = (...scopes: readonly Scope[]) =>
  contextOf({ id: randomUUID(), name: 'test', owner: 'test', scopes });

const UNAUTHORIZED = {
  error: 'a valid API key is needed, as "Authorization: Bearer <key>"',
  code: 'unauthorized',
};
const forbidden = (scope: Scope) => ({
  error: `this API key may not do that: it lacks the scope ${scope}`,
  code: 'forbidden',
});

/** What every reply has, and nothing else: a client of an API has no use for what pages need. */
const GUARDED = {
  'cache-control': 'no-store',
  'content-type': 'application/json; charset=utf-8',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-correlation-id': expect.any(String),
};

/** Stores a key, and tells what the authorizer would tell of it. */
async function stored(sql: Sql, scopes: readonly Scope[], limit?: number) {
  const made = await createKey(sql, randomUUID(), { name: 'test', scopes, limit });
  if (made === undefined) throw new Error('no key was made');
  return contextOf({ id: made.record.id, name: 'test', owner: 'test', scopes, limit });
}

describe('where API keys are required', async () => {
  const database = await testDatabase();
  const closed = database.open();
  await closed.end();
  const { handlers } = testSystem(closed, 2, 'required');

  test.each(CASES)(
    '%s refuses who has no good key, before it reads the body or asks the database',
    async (name) => {
      const good = withScopes('admin');
      for (const access of [
        undefined,
        null,
        {},
        { access: 'unauthenticated' },
        { ...good, access: 'unauthenticated' },
        { ...good, apiKeyId: 'me' },
        { ...good, scopes: '' },
        { ...good, scopes: 'admin root' },
        { ...good, scopes: ['admin'] },
        { ...good, limit: '0' },
      ]) {
        const { status, payload, headers } = await call(handlers[name], { access, text: 'no json' });
        expect({ status, payload }).toEqual({ status: 401, payload: UNAUTHORIZED });
        expect(headers).toEqual({ ...GUARDED, 'www-authenticate': 'Bearer' });
      }
    },
  );

  test.each(CASES)('%s takes a key with %s or admin and no other', async (name, scope) => {
    const others = SCOPES.filter((other) => other !== scope && other !== 'admin');
    const refused = await call(handlers[name], { access: withScopes(...others), text: 'no json' });
    expect([refused.status, refused.payload]).toEqual([403, forbidden(scope)]);
    expect(refused.headers).toEqual(GUARDED);
    expect(refused.headers['www-authenticate']).toBeUndefined();
    for (const access of [withScopes(scope), withScopes('admin'), withScopes(...SCOPES)]) {
      const { status } = await call(handlers[name], { access, text: 'no json' });
      expect([400, 503]).toContain(status);
    }
  });

  test('GET /live is open to everyone, and takes no parameters', async () => {
    const live = getLive({ apiKeys: 'required' });
    expect(await call(live, { route: 'GET /live' })).toMatchObject({
      status: 200,
      payload: { Status: 'ok' },
    });
    expect((await call(live, { route: 'GET /live', query: { x: '1' } })).status).toBe(400);
  });

  test('GET /health takes any key, and asks the database for nobody without one', async () => {
    const route = 'GET /health';
    expect((await call(getHealth({ sql: closed, apiKeys: 'required' }), { route })).payload).toEqual(
      UNAUTHORIZED,
    );
    const health = getHealth({ sql: database.sql, apiKeys: 'required' });
    for (const scope of SCOPES)
      expect((await call(health, { route, access: withScopes(scope) })).status).toBe(200);
  });

  test('only holders of a key, whatever it is good for, learn that there is no such route', async () => {
    const handler = unknownRoute({ sql: closed, apiKeys: 'required' });
    const route = 'GET /nothing';
    expect((await call(handler, { route })).payload).toEqual(UNAUTHORIZED);
    for (const scope of SCOPES) {
      expect((await call(handler, { route, access: withScopes(scope) })).status).toBe(404);
    }
  });

  test('a key without a limit costs no statement, one with a limit does', async () => {
    const asked = { text: 'no json', access: withScopes('admin') };
    expect((await call(handlers.createWallet, asked)).status).toBe(400);
    const access = { ...asked.access, limit: '5' };
    expect((await call(handlers.createWallet, { ...asked, access })).status).toBe(503);
  });
});

describe('where API keys are off', async () => {
  const { sql } = await testDatabase();
  const { handlers } = testSystem(sql, 2, 'off');

  test('nobody needs one', async () => {
    const listed = await call(handlers.listWallets);
    expect([listed.status, listed.headers]).toEqual([200, GUARDED]);
    expect((await call(handlers.listWallets, { access: { access: 'unauthenticated' } })).status).toBe(200);
  });

  test('replies with money in them are kept by no cache', async () => {
    const { wallet, receive, handlers: all } = testSystem(sql);
    const walletId = String(await wallet('USD'));
    await receive(BigInt(walletId), 5n, 'USD');
    for (const handler of [all.getWallet, all.listOperations, all.downloadOperations, all.totalOperations]) {
      const { status, headers } = await call(handler, { path: { walletId } });
      expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    }
  });
});

describe('an Idempotency-Key', async () => {
  const { sql } = await testDatabase();
  const { handlers } = testSystem(sql, 2, 'required');
  const open = testSystem(sql, 2, 'off').handlers;
  const [shop, bank] = [withScopes('wallets:write'), withScopes('wallets:write')];
  const wallet = (Name: string) => ({ Name, Country: 'UK', City: 'London', Currency: 'USD' });
  const headers = { 'Idempotency-Key': 'order-17' };
  const ask = (access: unknown, Name: string) =>
    call(handlers.createWallet, { access, headers, body: wallet(Name), route: 'POST /wallet' });

  test('belongs to the API key that used it: nobody sees the reply to another’s', async () => {
    const [first, second] = [await ask(shop, 'Jon'), await ask(bank, 'Jon')];
    const without = await call(open.createWallet, { headers, body: wallet('Jon'), route: 'POST /wallet' });
    const answers = [first, second, without];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(3);
    for (const answer of answers) expect(answer.headers['idempotency-replayed']).toBeUndefined();

    for (const [access, before] of [
      [shop, first],
      [bank, second],
    ] as const) {
      const again = await ask(access, 'Jon');
      expect([again.text, again.headers['idempotency-replayed']]).toEqual([before.text, 'true']);
    }
  });

  test('tells nobody by a 422 that another used it', async () => {
    expect((await ask(withScopes('wallets:write'), 'Arya')).status).toBe(200);
    expect((await ask(shop, 'Arya')).status).toBe(422);
  });
});

describe('a request limit', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const instances = [database.open(), database.open()].map((own) => testSystem(own, 2, 'required').handlers);
  const [one, other] = instances;
  if (one === undefined || other === undefined) throw new Error('there are two instances');

  test('is refused with 429 and Retry-After once it is used up, by every instance', async () => {
    const access = await stored(sql, ['wallets:read'], 2);
    expect((await call(one.listWallets, { access })).status).toBe(200);
    await sql`UPDATE api_key_limits SET next_at = now() + interval '1 h'`;
    for (const handlers of [one, other]) {
      const { status, payload, headers } = await call(handlers.listWallets, { access });
      expect([status, payload.code]).toEqual([429, 'too_many_requests']);
      expect(headers).toEqual({ ...GUARDED, 'retry-after': '1' });
    }
    await sql`UPDATE api_key_limits SET next_at = now()`;
    expect((await call(other.listWallets, { access })).status).toBe(200);
  });

  test('lets through a second’s worth at once and then as many as time gives, over all instances', async () => {
    const LIMIT = 2;
    const access = await stored(sql, ['wallets:read'], LIMIT);
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        call(i % 2 === 0 ? one.listWallets : other.listWallets, { access }),
      ),
    );
    const seconds = (performance.now() - started) / 1_000;
    const passed = answers.filter(({ status }) => status === 200).length;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    expect(passed).toBeGreaterThanOrEqual(LIMIT);
    expect(passed).toBeLessThanOrEqual(LIMIT + Math.ceil(seconds * LIMIT));
  });

  test('counts what is refused for nothing, and is each key’s own', async () => {
    const [tired, fresh] = [await stored(sql, ['wallets:read'], 1), await stored(sql, ['wallets:read'], 1)];
    await call(one.listWallets, { access: tired });
    await sql`UPDATE api_key_limits SET next_at = now() + interval '1 h'`;
    const standing = async () => [...(await sql`SELECT * FROM api_key_limits`)];
    const before = await standing();
    expect((await call(one.listWallets, { access: tired })).status).toBe(429);
    expect(await standing()).toEqual(before);
    expect((await call(one.listWallets, { access: fresh })).status).toBe(200);
  });

  test('is asked for nothing where the key may not do it', async () => {
    const access = await stored(sql, ['reports:read'], 1);
    const before = await sql`SELECT FROM api_key_limits`;
    expect((await call(one.listWallets, { access })).status).toBe(403);
    expect((await sql`SELECT FROM api_key_limits`).count).toBe(before.count);
  });
});
