import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasEnded, isRefusal, MyLittlePs } from '../../client/src/index.ts';
import { createKey } from '../../lib/access/api-key-store.ts';
import { openDatabase, type Sql } from '../../lib/postgres/database.ts';
import { LOOPBACK } from '../../localstack/addresses.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { HAS_BROWSER, startBrowser } from '../support/browser.ts';
import { compileReadme, type Packed, packClient, runScript, SMOKE } from '../support/client/packed.ts';
import { MAX } from '../support/constants.ts';
import { addSettledReceipts } from '../support/system/prepare.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 30_000 + (process.pid % 10_000);

/** As in local.test.ts, with the package and the browser. */
const START_LIMIT_MS = 420_000;

/** 2^53 + 1: the first whole number that a double does not keep. */
const EXACT = 9007199254740993n;
const RATES = { EUR: '1.093809', RUB: '0.009803', THB: '0.029758' };
const PERSON = { Name: 'Jon Snow', Country: 'UK', City: 'London' };

let folder: string;
let local: Local;
let sql: Sql;
let apiKey: string;
let packed: Packed;
let page: Server;
let ps: MyLittlePs;

beforeAll(async () => {
  folder = await makeFolder('client');
  page = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>A page</title>'),
  ).listen(0, LOOPBACK);
  await once(page, 'listening');
  local = await startLocal({
    port: await freeBasePort(FIRST_PORT),
    dataDir: join(folder, 'data'),
    auth: true,
    env: { CORS_ORIGINS: originOfPage() },
    log: () => {},
  });
  sql = openDatabase(local.urls.database, 1);
  apiKey = (await createKey(sql, randomUUID(), { name: 'client', scopes: ['admin'] }))?.key ?? '';
  ps = new MyLittlePs({ url: local.urls.http, apiKey });
  await ps.currencies.update(RATES);
  packed = await packClient(await makeFolder('client-package'));
}, START_LIMIT_MS);
afterAll(async () => {
  await sql.end();
  await local.stop();
  page.close();
  await removeFolder(join(packed.folder, '..'));
  await removeFolder(folder);
});

const originOfPage = (): string => `http://${LOOPBACK}:${(page.address() as AddressInfo).port}`;
const newWallet = async (Currency: string): Promise<bigint> =>
  (await ps.wallets.create({ ...PERSON, Currency })).WalletID;

describe('the client moves every digit through', () => {
  test('receipts, transfers, refunds, holds and lists', async () => {
    const [from, to] = [await newWallet('USD'), await newWallet('USD')];
    const received = await ps.transactions.receive(
      { WalletId: from, Amount: EXACT, Currency: 'USD' },
      { wait: 20 },
    );
    expect(received).toMatchObject({
      Status: 'success',
      Operations: [{ Amount: EXACT, BalanceAfter: EXACT }],
    });

    const move = { OriginWalletId: from, TargetWalletId: to, Amount: EXACT, Currency: 'USD' };
    const { TransactionId } = await ps.transactions.transfer(move);
    const sent = await ps.transactions.waitFor(TransactionId);
    expect(sent.Operations.map(({ Type, Amount, CounterpartyId }) => [Type, Amount, CounterpartyId])).toEqual(
      [
        ['out', EXACT, to],
        ['in', EXACT, from],
      ],
    );

    const back = await ps.transactions.refund({ TransactionId, Amount: EXACT }, { wait: 20 });
    expect(back).toMatchObject({ Status: 'success', RefundOf: TransactionId });

    const held = await ps.holds.create({ WalletId: from, Amount: EXACT, ExpiresInSeconds: 60 }, { wait: 20 });
    expect(await ps.wallets.get(from)).toMatchObject({ Balance: EXACT, Available: 0n });
    expect(await ps.holds.get(held.HoldId)).toMatchObject({
      Amount: EXACT,
      WalletId: from,
      Status: 'active',
    });
    const captured = await ps.holds.capture(held.HoldId, { TargetWalletId: to, Amount: EXACT }, { wait: 20 });
    expect([captured.Status, (await ps.wallets.get(to)).Balance]).toEqual(['success', EXACT]);

    const listed: bigint[] = [];
    for await (const { Amount } of ps.operations.list({ walletId: from, limit: 2 })) listed.push(Amount);
    expect(listed).toEqual([EXACT, EXACT, EXACT, EXACT]);
    expect(await ps.operations.total({ walletId: from })).toMatchObject({ AmountIn: 2n * EXACT });
    const csv = await (await ps.operations.file({ walletId: from })).text();
    expect(csv.match(new RegExp(`${EXACT}`, 'g'))).toHaveLength(4);
  });

  test('batches, releases, conversions, past balances and health', async () => {
    const wallet = await newWallet('USD');
    const results = await ps.transactions.batch([
      { WalletId: wallet, Amount: MAX, Currency: 'USD' },
      { WalletId: MAX, Amount: 1n, Currency: 'USD' },
    ]);
    expect(results).toEqual([
      { TransactionId: expect.any(String) },
      expect.objectContaining({ code: 'wallet_not_found' }),
    ]);
    const [first] = results;
    if (first === undefined || 'code' in first) throw new Error('it was refused');
    expect((await ps.transactions.waitFor(first.TransactionId)).Status).toBe('success');
    expect((await ps.wallets.get(wallet)).Balance).toBe(MAX);
    expect(await ps.currencies.convert({ Amount: MAX, From: 'USD', To: 'USD' })).toEqual({
      Amount: MAX,
      Currency: 'USD',
    });

    const { HoldId } = await ps.holds.create({ WalletId: wallet, Amount: MAX }, { wait: 20 });
    expect((await ps.holds.release(HoldId, { wait: 20 })).Status).toBe('success');
    const at = new Date().toISOString();
    expect(await ps.wallets.get(wallet, { at })).toMatchObject({
      WalletID: wallet,
      Balance: MAX,
      At: expect.any(String),
    });
    const ids: bigint[] = [];
    for await (const { WalletID } of ps.wallets.list({ limit: 2 })) ids.push(WalletID);
    expect(ids).toContain(wallet);
    expect([await ps.health(), await ps.live()]).toEqual([
      { Status: 'ok', Database: 'ok' },
      { Status: 'ok' },
    ]);
  });

  test('rates, as text', async () => {
    await ps.currencies.update({ TINY: '0.000000000001', HUGE: '1000000000' });
    const rates = new Map((await ps.currencies.list()).map(({ Name, Rate }) => [Name, Rate]));
    expect([rates.get('TINY'), rates.get('HUGE'), rates.get('EUR')]).toEqual([
      '0.000000000001',
      '1000000000',
      '1.093809',
    ]);
  });

  test('replies without the preference, as of an older server', async () => {
    const wallet = await newWallet('USD');
    const { TransactionId } = await ps.transactions.receive({
      WalletId: wallet,
      Amount: EXACT,
      Currency: 'USD',
    });
    await ps.transactions.waitFor(TransactionId);
    const texts: string[] = [];
    const older = new MyLittlePs({
      ...{ url: local.urls.http, apiKey },
      fetch: async (input, init) => {
        const headers = new Headers(init?.headers);
        headers.delete('Prefer');
        const response = await fetch(input, { ...init, headers });
        texts.push(await response.clone().text());
        return response;
      },
    });
    expect((await older.wallets.get(wallet)).Balance).toBe(EXACT);
    expect(texts[0]).toContain(`"Balance":${EXACT},`);
  });
});

test('a decline is no error, and a refusal is one', async () => {
  const [from, to] = [await newWallet('USD'), await newWallet('EUR')];
  const move = { OriginWalletId: from, TargetWalletId: to, Amount: 1n, Currency: 'USD' };
  const declined = await ps.transactions.transfer(move, { wait: 20 });
  expect([hasEnded(declined), declined.Status, declined.Reason]).toEqual([
    true,
    'decline',
    'insufficient_funds',
  ]);
  const refused = await ps.transactions
    .transfer({ ...move, TargetWalletId: from })
    .catch((error: unknown) => error);
  expect(isRefusal(refused, 'same_wallet')).toBe(true);
  const keyless = await new MyLittlePs({ url: local.urls.http }).wallets
    .get(from)
    .catch((error: unknown) => error);
  expect(isRefusal(keyless, 'unauthorized')).toBe(true);
});

test('with wait, one request is all that it takes', async () => {
  const requests: unknown[] = [];
  const counting = new MyLittlePs({
    ...{ url: local.urls.http, apiKey },
    fetch: async (input, init) => {
      requests.push(input);
      return await fetch(input, init);
    },
  });
  const receipt = { WalletId: await newWallet('USD'), Amount: 5n, Currency: 'USD' };
  const received = await counting.transactions.receive(receipt, { wait: 20 });
  expect([received.Status, received.Operations.length, requests.length]).toEqual(['success', 1, 1]);
});

test('a key that is used again gives the first reply again, and with another body a refusal', async () => {
  const receipt = { WalletId: await newWallet('USD'), Amount: 5n, Currency: 'USD' };
  const options = { idempotencyKey: 'order-17' };
  const first = await ps.transactions.receive(receipt, options);
  expect(await ps.transactions.receive(receipt, options)).toEqual(first);
  const other = ps.transactions.receive({ ...receipt, Amount: 6n }, options);
  await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});

test('a file that lies in the store is read from there', async () => {
  const walletId = await newWallet('USD');
  const lines = 100_000;
  await addSettledReceipts(sql, walletId, lines, '2026-01-01T00:00:00Z');
  let text = '';
  for await (const piece of await ps.operations.file({ walletId, from: '2026-01-01' })) text += piece;
  expect(text.split('\n')).toHaveLength(lines + 2);
});

describe('the package', () => {
  test('has what is compiled, its README and its licence, and nothing else', async () => {
    const kinds = new Set(
      packed.files.map((path) => path.replace(/^dist\/(src|generated)\/[\w-]+/, 'dist/…')),
    );
    expect([...kinds].toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist/….d.ts',
      'dist/….js',
      'package.json',
    ]);
    expect(await readFile('client/LICENSE', 'utf8')).toBe(await readFile('LICENSE', 'utf8'));
    const { dependencies } = JSON.parse(await readFile('client/package.json', 'utf8')) as {
      dependencies?: object;
    };
    expect(dependencies).toBeUndefined();
  });

  test('runs the examples of its README, whose types are right', async () => {
    expect(await compileReadme(packed)).toBe('');
    const { stdout } = await runScript(packed, 'readme.js', { url: local.urls.http, apiKey });
    expect(stdout).toMatch(/^success\norder-17 north\ncaptured\nhold captured\npayout captured\n/);
    const refused = 'wallet_not_found GET /wallet/{walletId}: no wallet with id: 999999999';
    for (const line of ['daily_limit ', 'in 182847279n 182847279n\n', refused])
      expect(stdout).toContain(`\n${line}`);
    expect(stdout).toMatch(new RegExp(`\n${EXACT + 1n}n\nmlps_\\w{49}\n\\[ 'admin' \\] \\d+\n$`));
  });

  test('pays in the Node.js of this machine', async () => {
    await writeFile(join(packed.folder, 'smoke.js'), SMOKE);
    const { stdout } = await runScript(packed, 'smoke.js', { url: local.urls.http, apiKey });
    expect(stdout).toBe(`success ${EXACT} 1.093809\n`);
  });

  test.runIf(HAS_BROWSER)('pays in a browser', async () => {
    const { outputFiles } = await build({
      stdin: { contents: SMOKE, resolveDir: packed.folder },
      ...{ bundle: true, format: 'esm', platform: 'browser', write: false },
      define: {
        'process.env.PS_URL': JSON.stringify(local.urls.http),
        'process.env.PS_KEY': JSON.stringify(apiKey),
      },
    });
    const browser = await startBrowser(folder);
    const tab = await browser.newPage();
    await tab.goto(originOfPage());
    const printed = tab.waitForEvent('console');
    await tab.addScriptTag({ type: 'module', content: outputFiles[0]?.text ?? '' });
    expect((await printed).text()).toBe(`success ${EXACT} 1.093809`);
    await browser.close();
  });
});
