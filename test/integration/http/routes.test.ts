import { describe, expect, test } from 'vitest';
import { getHealth } from '../../../functions/health.ts';
import { getLive } from '../../../functions/live.ts';
import { unknownRoute } from '../../../functions/not-found.ts';
import { contextOf } from '../../../lib/access/caller.ts';
import { routeKeys } from '../../../lib/http/routes.ts';
import type { HttpHandler } from '../../../lib/http/serve.ts';
import { type Handlers, ID, RIGHT } from '../../fixtures/right-requests.ts';
import { UUID } from '../../support/constants.ts';
import { routesOfService } from '../../support/routes.ts';
import { type Asked, call, read } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

/** Every handler but the one that needs no database where no key is required. */
const NAMES = (Object.keys(RIGHT) as (keyof Handlers)[]).filter((name) => name !== 'getOwnKey');
const POSTS = [
  'updateCurrencies',
  'createWallet',
  'freezeWallet',
  'unfreezeWallet',
  'closeWallet',
  'renameWallet',
  'limitWallet',
  'addAlert',
  'removeAlert',
  'receiveAmount',
  'transferAmount',
  'rebalanceGroups',
  'refundTransaction',
  'linkTransfers',
  'holdAmount',
  'captureHold',
  'releaseHold',
  'extendHold',
  'sendAmount',
  'confirmPayout',
  'cancelPayout',
  'acceptOperations',
  'createWebhook',
  'disableWebhook',
  'enableWebhook',
  'rotateSecret',
  'testWebhook',
  'resend',
  'createKey',
  'limitKey',
  'revokeKey',
];

describe('a request that no route takes', async () => {
  const { sql } = await testDatabase();
  const notFound = unknownRoute({ sql, apiKeys: 'off' });

  test.each([
    'GET /',
    'GET /nothing',
    'GET /wallet',
    'GET /wallets/1/2',
    'POST /operations',
    'POST /currencies/',
    'TRACE /nothing',
    'GET /convert_amount/1/EUR',
    'GET /%00',
    "GET /wallet/1';DROP",
    'GET /../../etc/passwd',
  ])('gets 404 in the envelope, or is told what is missing: %s', async (route) => {
    const refusal = await refused(sql, notFound, { route });
    const isWallet = route === 'GET /wallet';
    expect(refusal.status).toBe(isWallet ? 400 : 404);
    expect(refusal.code).toBe(isWallet ? 'fields_missing' : 'route_not_found');
    expect(refusal.error).toBe(isWallet ? 'wallet id should be filled' : `there is no ${route}`);
  });

  test.each(['/wallet', '/wallet/', '/operations', '/operations/', '/operations/file/', '/operations/total'])(
    'gets the sentence that callers know where the id is missing: GET %s',
    async (path) => {
      const refusal = await refused(sql, notFound, { route: `GET ${path}` });
      expect(refusal).toEqual({ status: 400, code: 'fields_missing', error: 'wallet id should be filled' });
    },
  );

  test.each([
    ['PUT /wallet', 'POST'],
    ['DELETE /wallet', 'POST'],
    ['DELETE /wallet/1', 'GET, HEAD'],
    ['GET /update_currencies', 'POST'],
    ['HEAD /update_currencies', 'POST'],
    ['POST /currencies', 'GET, HEAD'],
    ['PATCH /operations/1', 'GET, HEAD'],
    ['POST /operations/file/1', 'GET, HEAD'],
    ['POST /health', 'GET, HEAD'],
    ['OPTIONS /receive_amount', 'POST'],
    ['GET /hold/1/capture', 'POST'],
    ['POST /convert_amount/1/EUR/USD', 'GET, HEAD'],
  ])('whose path takes other methods gets 405, and these: %s', async (route, allowed) => {
    const [method = '', path = ''] = route.split(' ');
    const { status, headers, payload, text } = await call(notFound, { route });
    expect([status, headers['allow']]).toEqual([405, allowed]);
    const error = `${path} takes ${allowed.replace(',', ' and')}, not ${method}`;
    if (method === 'HEAD') expect(text).toBe('');
    else expect(payload).toEqual({ error, code: 'method_not_allowed' });
  });

  test('is not repeated at any length', async () => {
    const { error } = await refused(sql, notFound, { route: `GET /${'x'.repeat(8_000)}` });
    expect(error.length).toBeLessThan(300);
  });
});

describe('the routes of the system', async () => {
  test('are those of serverless.yml, each GET with its HEAD, in the same function and with the same authorizer', async () => {
    const routes = await routesOfService();
    const named = routes.filter(({ name }) => name !== '*');
    expect(routeKeys().toSorted()).toEqual(named.map(({ name }) => name).toSorted());
    const gets = named.filter(({ name }) => name.startsWith('GET '));
    expect(gets.length).toBeGreaterThan(5);
    for (const route of gets)
      expect(named).toContainEqual({ ...route, name: route.name.replace('GET', 'HEAD') });
  });
});

describe('HEAD', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const walletId = String(await system.wallet('USD'));
  const transactionId = await system.receive(BigInt(walletId), 5n, 'USD');
  const { payload } = await call(system.handlers.holdAmount, {
    body: { WalletId: BigInt(walletId), Amount: 1n },
  });
  await system.settleAll();
  const holdId: string = payload.HoldId;

  const GETS: [keyof Handlers, Asked][] = [
    ['getCurrencies', {}],
    ['getConversion', RIGHT.getConversion],
    ['getWallet', { path: { walletId } }],
    ['listWallets', {}],
    ['getTransaction', { path: { transactionId } }],
    ['showHold', { path: { holdId } }],
    ['listOperations', { path: { walletId } }],
    ['downloadOperations', { path: { walletId } }],
    ['totalOperations', { path: { walletId } }],
    ['getOverview', {}],
    ['getGroups', {}],
  ];

  test.each(GETS)('%s is answered as GET is, without the body', async (name, asked) => {
    for (const request of [asked, { ...asked, query: { unknown: '1' } }]) {
      const get = await call(system.handlers[name], { ...request, route: 'GET /x' });
      const head = await call(system.handlers[name], { ...request, route: 'HEAD /x' });
      expect([head.status, head.text]).toEqual([get.status, '']);
      const { 'x-correlation-id': _ofGet, ...expected } = get.headers;
      const { 'x-correlation-id': _ofHead, ...headers } = head.headers;
      expect(headers).toEqual(expected);
    }
  });

  test('/live is answered without a key and without a body', async () => {
    const live = getLive({ apiKeys: 'required' });
    expect(await call(live, { route: 'HEAD /live' })).toMatchObject({ status: 200, text: '' });
  });

  test('is refused to who may not GET', async () => {
    const { handlers } = testSystem(sql, 2, 'required');
    const access = contextOf({ id: ID, name: 'test', owner: 'test', scopes: ['wallets:write'] });
    for (const [name, asked] of GETS) {
      const route = 'HEAD /x';
      expect(await call(handlers[name], { ...asked, route })).toMatchObject({ status: 401, text: '' });
      expect(await call(handlers[name], { ...asked, route, access })).toMatchObject({
        status: 403,
        text: '',
      });
    }
  });

  test('is 404 where there is no such path, and says so by the status alone', async () => {
    const notFound = unknownRoute({ sql, apiKeys: 'off' });
    expect(await call(notFound, { route: 'HEAD /nothing' })).toMatchObject({ status: 404, text: '' });
    expect(await call(notFound, { route: 'HEAD /wallet/' })).toMatchObject({ status: 400, text: '' });
  });
});

describe('a request without parameters', async () => {
  const { sql } = await testDatabase();
  const { handlers, wallet } = testSystem(sql);
  const WalletID = await wallet('USD');

  test('has none, left out as API Gateway does or null, and is answered both ways', async () => {
    for (const none of [{}, { path: null, query: null }]) {
      expect((await call(handlers.getCurrencies, none)).payload.Currencies).toMatchObject([{ Name: 'USD' }]);
      expect((await call(handlers.listWallets, none)).payload.Wallets).toMatchObject([{ WalletID }]);
      const asked = { ...none, path: { walletId: String(WalletID) } };
      expect((await call(handlers.getWallet, asked)).payload).toMatchObject({ WalletID });
      expect((await call(handlers.listOperations, asked)).payload.Operations).toEqual([]);
    }
  });

  test('lacks an id, and is told so', async () => {
    const refusal = await refused(sql, handlers.getWallet, { path: null, query: null });
    expect(refusal).toMatchObject({
      status: 400,
      code: 'fields_missing',
      error: 'wallet id should be filled',
    });
  });
});

describe('GET /health', async () => {
  const database = await testDatabase();

  test('says ok while the database answers', async () => {
    const { status, payload } = await call(getHealth({ sql: database.sql, apiKeys: 'off' }));
    expect(status).toBe(200);
    expect(payload).toMatchObject({ Status: 'ok' });
  });
});

/** Asks a handler that is to fail, and checks that the reply tells nothing of its insides. */
async function failure(handler: HttpHandler, asked: Asked) {
  const { status, payload, text, headers } = await call(handler, asked);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(headers['x-correlation-id']).toMatch(UUID);
  expect(Object.keys(read(text))).toEqual(['payload']);
  expect(Object.keys(payload)).toEqual(['error', 'code']);
  expect(text).not.toMatch(
    / at |\.ts|node_modules|postgres|SELECT|INSERT|FROM|column|relation|CONNECTION|127\.0\.0\.1|Error/,
  );
  return { status, ...payload };
}

describe('while the database does not answer', async () => {
  const database = await testDatabase();
  const closed = database.open();
  await closed.end();
  const { handlers } = testSystem(closed);

  test.each(NAMES)('%s answers 503 with a sentence', async (name) => {
    const unavailable = {
      status: 503,
      code: 'database_unavailable',
      error: 'the database does not answer: try again later',
    };
    expect(await failure(handlers[name], RIGHT[name])).toEqual(unavailable);
    if (POSTS.includes(name)) {
      const headers = { 'Idempotency-Key': 'k' };
      expect(await failure(handlers[name], { ...RIGHT[name], headers })).toEqual(unavailable);
    }
  });

  test('GET /health answers 503', async () => {
    expect(await failure(getHealth({ sql: closed, apiKeys: 'off' }), {})).toMatchObject({
      status: 503,
      code: 'database_unavailable',
    });
  });

  test('wrong input is still the caller’s fault', async () => {
    expect((await failure(handlers.getWallet, { path: { walletId: 'x' } })).status).toBe(400);
    expect((await call(handlers.createWallet, { text: 'x' })).status).toBe(400);
  });
});

describe('while a statement is wrong', async () => {
  const { sql } = await testDatabase();
  const { handlers } = testSystem(sql);
  for (const table of [
    ...['wallets', 'currencies', 'currency_rates', 'operations', 'pending_operations', 'legs', 'holds'],
    'webhooks',
    'webhook_deliveries',
    'api_keys',
    'balancer_runs',
  ])
    await sql.unsafe(`ALTER TABLE ${table} RENAME TO ${table}2`);

  test.each(NAMES)('%s answers 500 with a sentence, without a word of SQL', async (name) => {
    const wrong = { status: 500, code: 'internal_error', error: 'something went wrong on our side' };
    expect(await failure(handlers[name], RIGHT[name])).toEqual(wrong);
    if (POSTS.includes(name)) {
      const headers = { 'Idempotency-Key': `key of ${name}`.replaceAll(' ', '-') };
      expect(await failure(handlers[name], { ...RIGHT[name], headers })).toEqual(wrong);
      const [kept] = await sql`SELECT count(*)::int AS keys FROM idempotency_keys`;
      expect(kept).toEqual({ keys: 0 });
    }
  });
});
