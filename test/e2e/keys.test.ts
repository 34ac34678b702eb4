import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MyLittlePs } from '../../client/src/index.ts';
import { generateKey, SCOPES, type Scope } from '../../lib/access/api-key.ts';
import { createKey, revokeKey } from '../../lib/access/api-key-store.ts';
import { openDatabase, type Sql } from '../../lib/postgres/database.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { tableLines } from '../../operate/text-table.ts';
import { type Sample, samplesOfHolds } from '../fixtures/hold-samples.ts';
import { samplesOfKeys } from '../fixtures/key-samples.ts';
import { OPEN_ROUTES } from '../fixtures/open-routes.ts';
import { samplesOfPages } from '../fixtures/page-samples.ts';
import { changesOf } from '../fixtures/wallet-changes.ts';
import { disablingOf, samplesOfWebhooks } from '../fixtures/webhook-samples.ts';
import { TEST_CLIENT_VARIABLES } from '../support/aws.ts';
import { runCommand } from '../support/command.ts';
import { PATIENCE } from '../support/constants.ts';
import { type Route, routesOfService } from '../support/routes.ts';
import { client } from '../support/system/client.ts';
import { RATES } from '../support/system/system.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 50_000 + (process.pid % 8_000);

/** Milliseconds that the start may take on a busy machine. */
const START_LIMIT_MS = 300_000;

const COLUMNS = ['no key', 'bad key', 'revoked', 'expired', 'wrong scope', 'right scope'] as const;

type Row = Record<(typeof COLUMNS)[number], number>;

describe('the local system with API keys', () => {
  let folder: string;
  let local: Local;
  let sql: Sql;
  let port: number;
  let routes: readonly Route[];
  let samples: Readonly<Record<string, Sample>>;
  const given: string[] = [];
  const rows = new Map<string, Partial<Row>>();

  beforeAll(async () => {
    folder = await makeFolder('keys');
    routes = await routesOfService();
    port = await freeBasePort(FIRST_PORT);
    local = await startLocal({ port, dataDir: folder, auth: true, log: () => {} });
    sql = openDatabase(local.urls.database, 2);
    samples = await prepare();
  }, START_LIMIT_MS);

  afterAll(async () => {
    const lines = [...rows].map(([route, row]) => [
      route,
      ...COLUMNS.map((column) => String(row[column] ?? '-')),
    ]);
    console.log(tableLines([['route', ...COLUMNS], ...lines]).join('\n'));
    await sql.end();
    await local.stop();
    await removeFolder(folder);
  });

  async function newKey(...scopes: readonly Scope[]): Promise<{ id: string; key: string }> {
    const made = await createKey(sql, randomUUID(), { name: scopes.join(' '), scopes });
    if (made === undefined) throw new Error('no key was made');
    given.push(made.key);
    return { id: made.record.id, key: made.key };
  }

  /** Makes the wallets, transaction and holds that the samples use, with an admin key. */
  async function prepare(): Promise<Record<string, Sample>> {
    const ps = new MyLittlePs({ url: local.urls.http, apiKey: (await newKey('admin')).key });
    await ps.currencies.update({ EUR: '1.093809', RUB: '0.009803', THB: '0.029758' });
    const person = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };
    const { WalletID: wallet } = await ps.wallets.create(person);
    const { WalletID: other } = await ps.wallets.create(person);
    const { WalletID: empty } = await ps.wallets.create(person);
    const { AlertId: alert } = await ps.wallets.addAlert(other, { Direction: 'above', Balance: 5n });
    const money = { WalletId: wallet, Amount: 900n, Currency: 'USD' };
    const { TransactionId: paid } = await ps.transactions.receive(money);
    await ps.transactions.waitFor(paid);
    const hold = async (): Promise<string> => {
      const { HoldId } = await ps.holds.create({ WalletId: wallet, Amount: 5n });
      await ps.transactions.waitFor(HoldId);
      return HoldId;
    };
    const [captured, released, extended] = [await hold(), await hold(), await hold()];
    const payout = async (): Promise<string> => {
      const { TransactionId } = await ps.payouts.send({ ...money, Amount: 1n, Confirm: true }, { wait: 20 });
      return TransactionId;
    };
    const [confirmed, cancelled] = [await payout(), await payout()];
    const Address = 'http://127.0.0.1:9/hook';
    const [kept, stopped] = [await ps.webhooks.create({ Address }), await ps.webhooks.create({ Address })];
    const transfer = { OriginWalletId: wallet, TargetWalletId: other, Amount: 1n, Currency: 'USD' };
    return withHeads({
      'POST /update_currencies': { scope: 'currencies:write', path: '/update_currencies', body: RATES },
      'GET /currencies': { scope: 'wallets:read', path: '/currencies' },
      'GET /currency/{currency}/rates': { scope: 'any key', path: '/currency/EUR/rates' },
      'GET /convert_amount/{amount}/{from}/{to}': {
        scope: 'wallets:read',
        path: '/convert_amount/5/EUR/USD',
      },
      'POST /wallet': { scope: 'wallets:write', path: '/wallet', body: person },
      'GET /wallet/{walletId}': { scope: 'wallets:read', path: `/wallet/${wallet}` },
      'GET /wallets': { scope: 'wallets:read', path: '/wallets' },
      'GET /wallet/{walletId}/history': { scope: 'reports:read', path: `/wallet/${wallet}/history` },
      ...changesOf(other, empty, alert),
      'GET /wallet/{walletId}/alerts': { scope: 'wallets:read', path: `/wallet/${other}/alerts` },
      'POST /receive_amount': { scope: 'operations:write', path: '/receive_amount', body: money },
      'POST /transfer_amount': { scope: 'operations:write', path: '/transfer_amount', body: transfer },
      'GET /transaction/{transactionId}': { scope: 'wallets:read', path: `/transaction/${paid}` },
      'GET /transaction/{transactionId}/story': { scope: 'reports:read', path: `/transaction/${paid}/story` },
      'GET /transactions': { scope: 'wallets:read', path: '/transactions?wallet=1' },
      'POST /refund': {
        scope: 'operations:write',
        path: '/refund',
        body: { TransactionId: paid, Amount: 1n },
      },
      'POST /transaction': {
        scope: 'operations:write',
        path: '/transaction',
        body: { Transfers: [transfer] },
      },
      ...samplesOfHolds({ wallet, other, captured, released, extended, confirmed, cancelled, money }),
      ...samplesOfWebhooks(kept.WebhookId),
      ...disablingOf(stopped.WebhookId),
      ...samplesOfKeys((await newKey('wallets:read')).id, (await newKey('wallets:read')).id),
      'POST /batch': { scope: 'operations:write', path: '/batch', body: { Operations: [money] } },
      'GET /operations/{walletId}': { scope: 'reports:read', path: `/operations/${wallet}` },
      'GET /operations/file/{walletId}': { scope: 'reports:read', path: `/operations/file/${wallet}` },
      'GET /operations/total/{walletId}': { scope: 'reports:read', path: `/operations/total/${wallet}` },
      'POST /rebalance': { scope: 'admin', path: '/rebalance', body: {} },
      'GET /overview': { scope: 'reports:read', path: '/overview' },
      'GET /groups': { scope: 'reports:read', path: '/groups' },
      'GET /health': { scope: 'any key', path: '/health' },
      'GET /live': { scope: 'public', path: '/live' },
      'GET /openapi.json': { scope: 'public', path: '/openapi.json' },
      'GET /events.json': { scope: 'public', path: '/events.json' },
      ...samplesOfPages(),
      '*': { scope: 'any key', path: '/nothing', status: 404 },
    });
  }

  const send = (route: string, { path, body }: Sample, key?: string) =>
    client(local.urls.http, key).ask(route === '*' ? 'GET' : (route.split(' ')[0] ?? ''), path, body);

  const sampleOf = (route: string): Sample => {
    const sample = samples[route];
    if (sample === undefined) throw new Error(`${route} is in serverless.yml and not in this test: add it`);
    return sample;
  };

  /** The state that requests may change. */
  const readState = async () => {
    const [counts] = await sql`
      SELECT (SELECT count(*) FROM wallets) AS wallets, (SELECT count(*) FROM legs) AS operations,
        (SELECT max(updated_at) FROM currencies) AS rates, (SELECT count(*) FROM idempotency_keys) AS keys`;
    return counts;
  };

  test('every route but the open ones has the authorizer, and each has a sample here', () => {
    expect(routes.map(({ name }) => name).sort()).toEqual(Object.keys(samples).sort());
    const open = routes.flatMap(({ name, hasAuthorizer }) => (hasAuthorizer ? [] : [name]));
    expect(open.toSorted()).toEqual(OPEN_ROUTES);
  });

  test('refuses requests without a valid key of the right scope, on every route', async () => {
    const [revoked, expired] = [await newKey('admin'), await newKey('admin')];
    await revokeKey(sql, revoked.id);
    await sql`
      UPDATE api_keys SET created_at = now() - interval '2 h', expires_at = now() - interval '1 h'
      WHERE id = ${expired.id}::uuid`;
    const bad = generateKey();
    given.push(bad);
    const before = await readState();
    for (const { name } of routes) {
      const sample = sampleOf(name);
      const others = SCOPES.filter((scope) => scope !== sample.scope && scope !== 'admin');
      const row: Partial<Row> = { 'no key': (await send(name, sample)).status };
      rows.set(name, row);
      for (const [column, key] of [
        ['bad key', bad],
        ['revoked', revoked.key],
        ['expired', expired.key],
        ['wrong scope', (await newKey(...others)).key],
      ] as const) {
        const { status, payload, headers } = await send(name, sample, key);
        row[column] = status;
        if (status !== 401 && status !== 403) continue;
        if (name.startsWith('HEAD ')) expect(payload).toBe('');
        else expect(Object.keys(payload)).toEqual(['error', 'code']);
        expect(headers['cache-control']).toBe('no-store');
        expect(headers['strict-transport-security']).toContain('max-age=');
        expect(headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
      }
      const { 'right scope': _none, ...expected } = expectedRow(sample);
      expect({ [name]: row }).toEqual({ [name]: expected });
    }
    expect(await readState()).toEqual(before);
  });

  test('answers every route with the right key', async () => {
    for (const { name } of routes) {
      const sample = sampleOf(name);
      const isScope = sample.scope !== 'any key' && sample.scope !== 'public';
      const { key } = await newKey(isScope ? sample.scope : 'wallets:read');
      const { status, text } = await send(name, sample, key);
      rows.set(name, { ...rows.get(name), 'right scope': status });
      expect([name, status], text).toEqual([name, sample.status ?? 200]);
    }
  });

  test('refuses a revoked key from the next request on', async () => {
    const { id, key } = await newKey('wallets:read');
    const http = client(local.urls.http, key);
    expect((await http.get('/wallets')).status).toBe(200);
    await revokeKey(sql, id);
    expect((await http.get('/wallets')).status).toBe(401);
  });

  test('logs an audit line for each write, and no key', async () => {
    const { id, key } = await newKey('wallets:write');
    const body = { Name: 'secret name', Country: 'UK', City: 'London', Currency: 'USD' };
    const headers = { 'User-Agent': `test ${key}`, 'X-Correlation-Id': randomUUID() };
    expect((await client(local.urls.http, key).post('/wallet', body, headers)).status).toBe(200);
    await client(local.urls.http, generateKey()).post('/wallet', body, headers);
    // The functions' process writes its log in portions.
    const { log, audits } = await vi.waitUntil(async () => {
      const text = await readFile(local.logFile, 'utf8');
      const lines = text.split('\n').filter((line) => line.includes(headers['X-Correlation-Id']));
      const found = lines.filter((line) => line.includes('"audit"')).map((line) => JSON.parse(line));
      return found.length < 2 ? undefined : { log: text, audits: found };
    }, PATIENCE);
    const common = {
      ...{ method: 'POST', route: 'POST /wallet', path: '/wallet', sourceIp: '127.0.0.1' },
      ...{ userAgent: 'test mlps_…', correlation_id: headers['X-Correlation-Id'] },
    };
    expect(audits).toMatchObject([
      { ...common, apiKeyId: id, apiKeyName: 'wallets:write', status: 200, outcome: 'done' },
      { ...common, apiKeyName: 'unauthenticated', status: 401, outcome: 'refused' },
    ]);
    for (const secret of given) expect(log.includes(secret.slice(9))).toBe(false);
    expect(log.includes('Bearer')).toBe(false);
    expect(JSON.stringify(audits)).not.toContain('secret name');
  });

  test('npm run keys makes, lists and revokes keys, here and through the function of a stage', async () => {
    const deployed = {
      ...TEST_CLIENT_VARIABLES,
      AWS_ENDPOINT_URL_LAMBDA: local.urls.lambda,
    };
    for (const [place, env] of [
      [['--port', String(port)], {}],
      [['--stage', 'local'], deployed],
    ] as const) {
      const keys = (...args: string[]) => runCommand('keys', [...args, ...place], env);
      const made = await keys('create', '--name', 'shop', '--scopes', 'wallets:read', '--expires', '90d');
      expect([made.code, made.stderr]).toEqual([0, '']);
      expect(made.stdout).toContain('It is not shown again');
      const key = /^mlps_\w{49}$/m.exec(made.stdout)?.[0] ?? '';
      const id = /[0-9a-f-]{36}/.exec(made.stdout)?.[0] ?? '';
      expect((await client(local.urls.http, key).get('/wallets')).status).toBe(200);

      const listed = await keys('list');
      expect(listed.stdout).toMatch(
        new RegExp(`^${id} +shop +shop +${key.slice(0, 9)}… +active +20.*wallets:read$`, 'm'),
      );
      expect(listed.stdout).not.toContain(key.slice(9));

      expect((await keys('revoke', id)).stdout).toContain(`The key of "shop" (id ${id}) is revoked since 20`);
      expect((await client(local.urls.http, key).get('/wallets')).status).toBe(401);
      expect((await keys('list')).stdout).toMatch(new RegExp(`^${id} .* revoked `, 'm'));

      const unknown = await keys('revoke', randomUUID());
      expect([unknown.code, unknown.stdout]).toEqual([1, '']);
      expect(unknown.stderr).toMatch(/^Nothing was done: there is no key with the id /);
      expect((await keys('create', '--name', 'shop')).code).toBe(2);
    }
  });
});

/** The same samples, and one of HEAD for each of GET. */
const withHeads = (samples: Record<string, Sample>): Record<string, Sample> => ({
  ...samples,
  ...Object.fromEntries(
    Object.entries(samples)
      .filter(([route]) => route.startsWith('GET '))
      .map(([route, sample]) => [route.replace('GET', 'HEAD'), sample]),
  ),
});

/** The expected status of each column. */
function expectedRow({ scope, status = 200 }: Sample): Row {
  if (scope === 'public') return Object.fromEntries(COLUMNS.map((column) => [column, status])) as Row;
  const invalid = { 'no key': 401, 'bad key': 401, revoked: 401, expired: 401 };
  return { ...invalid, 'wrong scope': scope === 'any key' ? status : 403, 'right scope': status };
}
