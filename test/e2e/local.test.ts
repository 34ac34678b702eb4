import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MyLittlePs } from '../../client/src/index.ts';
import { createKey } from '../../lib/access/api-key-store.ts';
import { array, openDatabase, type Sql } from '../../lib/postgres/database.ts';
import { LOOPBACK } from '../../localstack/addresses.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { PATIENCE } from '../support/constants.ts';
import { ON_LOCALSTACK } from '../support/emulator.ts';
import { client } from '../support/system/client.ts';
import { addSettledReceipts } from '../support/system/prepare.ts';
import { RATES } from '../support/system/system.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';
import { testEdgesOfHttp } from './local/edges-of-http.ts';
import { answers, whileStopped } from './local/processes.ts';
import { testTakingOver } from './local/taking-over.ts';

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 20_000 + (process.pid % 20_000);

/** An id of a row, or a UUID. */
const ID = /^(\d+|[0-9a-f-]{36})$/;

/** On a busy machine, LocalStack and the functions take minutes to start. */
const START_LIMIT_MS = 300_000;

/** The first run of the schedule, a minute away, may come before all operations are there, and so need a second one. */
const SCHEDULE_PATIENCE = { timeout: 200_000, interval: 200 };

/** A restart, and on LocalStack, which loses its messages, a minute until the relay sends them again. */
const RESTART_LIMIT_MS = START_LIMIT_MS + 120_000;

describe.each([
  { how: 'without API keys', auth: false },
  { how: 'with API keys', auth: true },
])('the local system $how', ({ auth }) => {
  let key: string | undefined;
  let folder: string;
  let local: Local;
  let sql: Sql;
  const log: string[] = [];

  const start = async () => {
    local = await startLocal({
      port: await freeBasePort(FIRST_PORT),
      dataDir: folder,
      auth,
      localstack: ON_LOCALSTACK,
      env: { WALLET_GROUPS: '2', BALANCER_RATE: 'rate(1 minute)' },
      log: (line) => log.push(line),
    });
    sql = openDatabase(local.urls.database, 2);
  };

  beforeAll(async () => {
    folder = await makeFolder('e2e');
    await start();
    if (auth) key = (await createKey(sql, randomUUID(), { name: 'test', scopes: ['admin'] }))?.key;
  }, START_LIMIT_MS);
  afterAll(async () => {
    await sql.end();
    await local.stop();
    await removeFolder(folder);
  });

  const http = () => client(local.urls.http, key);
  /** Sets up what a test begins with; what it is about goes over HTTP as it is. */
  const ps = () => new MyLittlePs({ url: local.urls.http, apiKey: key });
  const newWallet = async (Currency: string): Promise<bigint> => {
    const body = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency };
    return (await ps().wallets.create(body)).WalletID;
  };

  test('reports that it is healthy', async () => {
    expect((await http().get('/health')).payload).toMatchObject({ Status: 'ok' });
  });

  test('listens on the loopback address and no other', async () => {
    const ports = Object.values(local.urls).map((url) => Number(new URL(url).port));
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    // On Linux, all of 127.0.0.0/8 is loopback: a server that listens on every address answers there, too.
    const others = [...own.map(({ address }) => address), '127.0.0.2'].filter(
      (address) => address !== LOOPBACK,
    );
    for (const port of new Set(ports)) {
      expect(await answers(LOOPBACK, port)).toBe(true);
      for (const address of others)
        expect([address, port, await answers(address, port)]).toEqual([address, port, false]);
    }
  });

  test('sets rates, opens wallets, settles receipts and transfers, and reports them', async () => {
    expect((await http().post('/update_currencies', RATES)).text).toBe('{"payload":{}}');
    expect((await http().get('/currencies')).text).toMatch(/"Name":"EUR","Rate":1\.093809,"UpdatedAt":"/);
    expect((await http().get('/convert_amount/1000000/EUR/THB')).payload.Amount).toBe(36_756_804n);

    const [eur, usd] = [await newWallet('EUR'), await newWallet('USD')];
    const received = await http().post('/receive_amount', {
      WalletId: eur,
      Amount: 200_000_000n,
      Currency: 'USD',
    });
    expect(await http().ended(received.payload.TransactionId)).toMatchObject({
      Status: 'success',
      Reason: null,
    });
    expect((await http().get(`/wallet/${eur}`)).payload.Balance).toBe(182_847_279n);

    const transfer = { OriginWalletId: eur, TargetWalletId: usd, Amount: 1_000_000n, Currency: 'EUR' };
    const sent = await http().post('/transfer_amount', transfer);
    expect(await http().ended(sent.payload.TransactionId)).toMatchObject({ Status: 'success' });
    expect((await http().get(`/wallet/${usd}`)).payload.Balance).toBe(1_093_809n);

    const tooMuch = await http().post('/transfer_amount', { ...transfer, Amount: 10n ** 15n });
    expect(await http().ended(tooMuch.payload.TransactionId)).toMatchObject({
      Status: 'decline',
      Reason: 'insufficient_funds',
    });

    const { payload } = await http().get(`/operations/${eur}?limit=2&offset=1`);
    expect(payload).toMatchObject({
      Limit: 2n,
      Offset: 1n,
      Operations: [{ Type: 'out' }, { Status: 'decline' }],
    });
    const csv = await http().get(`/operations/file/${eur}`);
    expect(csv.headers['content-disposition']).toBe('attachment; filename="report.csv"');
    expect(csv.text.split('\n')[1]).toMatch(/^in,200000000,USD,20\d\d-/);
    const total = await http().get(`/operations/total/${eur}?currency=EUR`);
    expect(total.payload).toEqual({ Currency: 'EUR', AmountIn: 182_847_279n, AmountOut: 1_000_000n });
  });

  test('redirects to a file that is too large for a reply', async () => {
    const wallet = await newWallet('USD');
    const lines = 100_000;
    await addSettledReceipts(sql, wallet, lines, '2026-01-01T00:00:00Z');
    const file = await http().get(`/operations/file/${wallet}?from=2026-01-01T00:00:00Z`);
    expect(file.headers['content-disposition']).toBe('attachment; filename="report.csv"');
    const expected = Array.from(
      { length: lines },
      (_, index) => `in,${index + 1},USD,2026-01-01T00:00:00.000000Z\n`,
    );
    expect(file.text === ['type,amount,currency,created_at\n', ...expected].join('')).toBe(true);
    const { payload } = await http().get(`/operations/${wallet}?from=2026-01-01T00:00:00Z&limit=1`);
    const next = await http().get(`/operations/${wallet}?limit=1&after=${payload.Next}`);
    expect(next.payload.Operations[0].Amount).toBe(2n);
  });

  test('keeps all 64 bits on the way in and out', async () => {
    const wallet = await newWallet('USD');
    const body = `{"WalletId": ${wallet}, "Amount": 9007199254740993, "Currency": "USD"}`;
    const { payload } = await http().post('/receive_amount', body);
    await http().ended(payload.TransactionId);
    expect((await http().get(`/wallet/${wallet}`)).text).toContain('"Balance":9007199254740993,');
  });

  test('answers every invalid request in the envelope, without a stack trace', async () => {
    const answers = [
      await http().post('/receive_amount', 'no json'),
      await http().post('/wallet', {}),
      await http().post('/wallet', 'x'.repeat(65_537)),
      await http().get('/wallet/999999'),
      await http().get('/nothing'),
      await http().get('/operations/'),
      await http().post('/health', {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 413, 404, 404, 400, 405]);
    expect(answers.at(-1)?.headers['allow']).toBe('GET, HEAD');
    for (const { payload, text } of answers) {
      expect(payload).toMatchObject({ error: expect.any(String), code: expect.any(String) });
      expect(text).not.toMatch(/at .*\.[cm]?[jt]s/);
    }
  });

  testEdgesOfHttp(() => ({ url: local.urls.http, key }));

  // With keys the authorizer hangs first, and the gateway answers.
  test.skipIf(auth || ON_LOCALSTACK)('answers 503 in the envelope while the database hangs', async () => {
    const receipt = { WalletId: await newWallet('USD'), Amount: 1n, Currency: 'USD' };
    await http().post('/receive_amount', receipt);
    const { status, payload } = await whileStopped(join(folder, 'postgres', 'postmaster.pid'), () =>
      http().post('/receive_amount', receipt),
    );
    expect([status, payload]).toEqual([503, { code: 'out_of_time', error: expect.any(String) }]);
    await vi.waitUntil(async () => (await http().get('/health')).status === 200, PATIENCE);
  });

  test('replays a request with an idempotency key', async () => {
    const body = { Name: 'a', Country: 'b', City: 'c', Currency: 'USD' };
    const key = { 'Idempotency-Key': 'wallet-1' };
    const first = await http().post('/wallet', body, key);
    const again = await http().post('/wallet', body, key);
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
  });

  test('carries the correlation id from the request to the event', async () => {
    const wallet = await newWallet('USD');
    const headers = { 'X-Correlation-Id': 'order-17' };
    const { payload, headers: reply } = await http().post(
      '/receive_amount',
      { WalletId: wallet, Amount: 1n, Currency: 'USD' },
      headers,
    );
    expect(reply['x-correlation-id']).toBe('order-17');
    const line = await vi.waitUntil(async () => {
      const lines = (await readFile(local.logFile, 'utf8')).split('\n');
      return lines.find(
        (text) => text.includes('TransactionSucceeded') && text.includes(payload.TransactionId),
      );
    }, PATIENCE);
    expect(line).toContain('"correlation_id":"order-17"');
  });

  // Once: a schedule has nothing to do with keys, and takes a minute.
  test.skipIf(auth)('rebalances on its schedule: 1234, 5678, 0 and 3456 become 4690 and 5678', async () => {
    const wallets: bigint[] = [];
    for (const load of [1234, 5678, 0, 3456]) {
      const wallet = await newWallet('THB');
      wallets.push(wallet);
      await addSettledReceipts(sql, wallet, load);
    }
    const loads = await vi.waitUntil(async () => {
      const rows = await sql<{ load: number }[]>`
        SELECT count(*)::int AS load FROM operations JOIN wallets ON wallets.id = wallet_id
        WHERE wallets.currency = 'THB' GROUP BY wallet_group ORDER BY load`;
      const found = rows.map(({ load }) => load);
      return found[0] === 4690 ? found : undefined;
    }, SCHEDULE_PATIENCE);
    expect(loads).toEqual([4690, 5678]);
  });

  test('has a log of JSON lines alone, in which an error is a line like any other', async () => {
    const lines = (await readFile(local.logFile, 'utf8')).trimEnd().split('\n');
    for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
    expect(lines.length).toBeGreaterThan(10);
  });

  testTakingOver(http, log);

  test('writes no name of a person and no place into any log, and of an event its ids alone', async () => {
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.log'));
    expect(files.length).toBeGreaterThan(2);
    const read = async () => await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    const events = await vi.waitUntil(async () => {
      const found = (await read())
        .flatMap((text) => text.split('\n'))
        .filter((line) => line.includes('"message":"event"'));
      return found.some((line) => line.includes('"WalletCreated"')) && found;
    }, PATIENCE);
    for (const text of [...(await read()), log.join('\n')])
      for (const line of text.split('\n')) expect(line).not.toMatch(/Jon Snow|London|"UK"/);
    for (const line of events)
      for (const value of Object.values(JSON.parse(line).ids)) expect(value).toMatch(ID);
  });

  test('has each function sign in to the database as its role, and none as the owner', async () => {
    const wallet = await newWallet('USD');
    const receipt = { WalletId: wallet, Amount: 1n, Currency: 'USD' };
    await ps().transactions.receive(receipt, { wait: 20 });
    // Both sessions of this test are busy at once, so each tells its own.
    const sessions = await Promise.all([1, 2].map(() => sql`SELECT pg_backend_pid() AS pid, pg_sleep(0.2)`));
    const mine = array(sessions.map(([row]) => row?.['pid']));
    const rows = await sql<{ name: string }[]>`
      SELECT DISTINCT usename AS name FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        AND NOT (usename = current_user AND pid = ANY (${mine}::int[]))`;
    const names = rows.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['my_little_ps_read', 'my_little_ps_accept', 'my_little_ps_settle']),
    );
    for (const name of names) expect(name).toMatch(/^my_little_ps_/);
  });

  test(
    'continues after a restart where it stopped',
    async () => {
      const wallet = await newWallet('USD');
      const receipt = { WalletId: wallet, Amount: 5n, Currency: 'USD' };
      const { TransactionId } = await ps().transactions.receive(receipt);
      await sql.end();
      await local.stop();
      const log = await readFile(local.logFile, 'utf8');
      await start();
      expect(await readFile(`${local.logFile}.1`, 'utf8')).toBe(log);
      expect(await ps().transactions.waitFor(TransactionId)).toMatchObject({ Status: 'success' });
      expect((await ps().wallets.get(wallet)).Balance).toBe(5n);
    },
    RESTART_LIMIT_MS,
  );
});
