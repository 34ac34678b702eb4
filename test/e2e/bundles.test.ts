import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyDatabase } from '../support/database.ts';
import { read } from '../support/request.ts';

const run = promisify(execFile);

/** What a bundle is driven by: it imports the handler from the folder it was unpacked to, and nothing else. */
const DRIVER = `
const [file, name] = process.argv[2].split(':');
const { [name]: handler } = await import(file);
const context = { awsRequestId: 'sample', getRemainingTimeInMillis: () => 30000 };
const reply = await handler(JSON.parse(process.argv[3]), context);
process.stdout.write('\\nREPLY ' + JSON.stringify(reply ?? null) + '\\n');
process.exit(0);
`;

describe('npx serverless package', () => {
  let folder: string;
  let databaseUrl: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'my-little-ps-bundles-'));
    await writeFile(join(folder, 'driver.mjs'), DRIVER);
    databaseUrl = await emptyDatabase();
    const env = {
      ...process.env,
      ESBUILD_FOLDER: relative('.', join(folder, 'esbuild')),
      SLS_DEPRECATION_DISABLE: '*',
      TMPDIR: folder,
    };
    await run(resolve('node_modules/.bin/serverless'), ['package', '--package', join(folder, 'package')], {
      env,
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Unpacks a function's zip into a folder of its own, away from node_modules, and calls its handler there. */
  async function drive(name: string, handler: string, event: unknown) {
    const unpacked = join(folder, name);
    for (const [path, content] of Object.entries(
      unzipSync(await readFile(join(folder, 'package', `${name}.zip`))),
    )) {
      await mkdir(dirname(join(unpacked, path)), { recursive: true });
      await writeFile(join(unpacked, path), content);
    }
    const [module = '', exported = ''] = handler.split('.');
    const { stdout } = await run(
      process.execPath,
      [join(folder, 'driver.mjs'), `${join(unpacked, module)}.cjs:${exported}`, JSON.stringify(event)],
      {
        cwd: unpacked,
        env: {
          PATH: '',
          DATABASE_URL: databaseUrl,
          QUEUE_URL: 'http://127.0.0.1:1/000000000000/nothing.fifo',
          EVENT_BUS_NAME: 'nothing',
          REPORTS_BUCKET: 'nothing',
          WALLET_GROUPS: '2',
          API_KEYS: 'off',
          AWS_REGION: 'eu-central-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
        },
      },
    );
    const line = stdout.split('\n').find((text) => text.startsWith('REPLY '));
    return JSON.parse(line?.slice('REPLY '.length) ?? 'null');
  }

  const http = (route: string, extra: Record<string, unknown> = {}) => {
    const [method, path] = route.split(' ');
    return {
      routeKey: route,
      rawPath: path,
      headers: {},
      requestContext: { http: { method, path } },
      isBase64Encoded: false,
      ...extra,
    };
  };
  const wallet = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };
  const body = (value: unknown) => ({ body: JSON.stringify(value) });
  const id = { pathParameters: { walletId: '1' } };
  const UNKNOWN = '00000000-0000-7000-8000-000000000000';
  const hold = { pathParameters: { holdId: UNKNOWN } };
  const eventDetail = {
    ...{ Version: 1, EventId: '1', OccurredAt: '2026-01-01T00:00:00.000001Z', CorrelationId: 'c' },
    ...{ WalletsMoved: 0, Groups: [] },
  };

  // In this order: each builds on the database as the ones before left it.
  test.each<[string, string, unknown, unknown]>([
    ['migrate', 'functions/migrate.handler', {}, { Migrations: ['0001_ledger', '0002_api_keys'] }],
    ['health', 'functions/health.check', http('GET /health'), { Status: 'ok' }],
    [
      'updateCurrencies',
      'functions/currencies.update',
      http('POST /update_currencies', body({ Rates: { EUR: 2 } })),
      {},
    ],
    [
      'listCurrencies',
      'functions/currencies.list',
      http('GET /currencies'),
      { Currencies: [{ Name: 'EUR' }, {}] },
    ],
    [
      'convertAmount',
      'functions/currencies.convert',
      http('GET /convert_amount/5/EUR/USD', { pathParameters: { amount: '5', from: 'EUR', to: 'USD' } }),
      { Amount: 10n, Currency: 'USD' },
    ],
    ['createWallet', 'functions/wallets.create', http('POST /wallet', body(wallet)), { WalletID: 1n }],
    ['getWallet', 'functions/read-wallets.get', http('GET /wallet/1', id), { WalletID: 1n, Balance: 0n }],
    [
      'listWallets',
      'functions/read-wallets.list',
      http('GET /wallets'),
      { Wallets: [{ WalletID: 1n }], Next: null },
    ],
    [
      'receiveAmount',
      'functions/transactions.receive',
      http('POST /receive_amount', body({ WalletId: 1, Amount: 5, Currency: 'USD' })),
      { TransactionId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ],
    [
      'transferAmount',
      'functions/transactions.transfer',
      http(
        'POST /transfer_amount',
        body({ OriginWalletId: 1, TargetWalletId: 9, Amount: 5, Currency: 'USD' }),
      ),
      { code: 'wallet_not_found' },
    ],
    [
      'getTransaction',
      'functions/read-transactions.get',
      http('GET /transaction/x', { pathParameters: { transactionId: 'x' } }),
      { code: 'invalid_field' },
    ],
    [
      'listOperations',
      'functions/reports.list',
      http('GET /operations/1', id),
      { Operations: [{ Amount: 5n }] },
    ],
    ['totalOperations', 'functions/reports.total', http('GET /operations/total/1', id), { AmountIn: 0n }],
    [
      'refundTransaction',
      'functions/refunds.refund',
      http('POST /refund', body({ TransactionId: UNKNOWN })),
      { code: 'transaction_not_found' },
    ],
    [
      'holdAmount',
      'functions/holds.hold',
      http('POST /hold', body({ WalletId: 1, Amount: 5 })),
      { HoldId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ],
    ['getHold', 'functions/read-holds.get', http(`GET /hold/${UNKNOWN}`, hold), { code: 'hold_not_found' }],
    [
      'captureHold',
      'functions/holds.capture',
      http(`POST /hold/${UNKNOWN}/capture`, { ...hold, ...body({ TargetWalletId: 1 }) }),
      { code: 'hold_not_found' },
    ],
    [
      'releaseHold',
      'functions/holds.release',
      http(`POST /hold/${UNKNOWN}/release`, hold),
      { code: 'hold_not_found' },
    ],
    [
      'acceptBatch',
      'functions/batch.accept',
      http('POST /batch', body({ Operations: [{ WalletId: 1, Amount: 5, Currency: 'USD' }] })),
      { Results: [{ TransactionId: expect.stringMatching(/^[0-9a-f-]{36}$/) }] },
    ],
    ['notFound', 'functions/not-found.handler', http('GET /nothing'), { code: 'route_not_found' }],
  ])('%s answers a sample event by itself', async (name, handler, event, expected) => {
    const reply = await drive(name, handler, event);
    expect(name === 'migrate' ? reply : read(reply.body).payload).toMatchObject(expected as object);
  });

  test('downloadOperations answers a sample event by itself', async () => {
    const reply = await drive(
      'downloadOperations',
      'functions/reports.file',
      http('GET /operations/file/1', id),
    );
    expect(reply.body).toMatch(/^type,amount,currency,created_at\nin,5,USD,/);
  });

  test('processor answers a sample event by itself', async () => {
    const record = {
      ...{ messageId: 'm', receiptHandle: 'r', body: '{"walletId":"1","correlationId":"c"}' },
      attributes: { MessageGroupId: '1', ApproximateReceiveCount: '1' },
    };
    const reply = await drive('processor', 'functions/processor.handler', { Records: [record] });
    expect(reply).toEqual({ batchItemFailures: [] });
  });

  test('reconcile answers a sample event by itself', async () => {
    const reply = await drive('reconcile', 'functions/reconcile.handler', {});
    expect(reply).toMatchObject({ wallets: 1, isClean: true });
  });

  test('keys and authorizer answer a sample event by themselves: the first key is let in', async () => {
    const { key, record } = await drive('keys', 'functions/keys.handler', { command: 'first' });
    const event = { version: '2.0', type: 'REQUEST', identitySource: [`Bearer ${key}`] };
    expect(await drive('authorizer', 'functions/authorizer.handler', event)).toEqual({
      isAuthorized: true,
      context: { access: 'granted', apiKeyId: record.id, name: 'first', scopes: 'admin' },
    });
  });

  test('relay, balancer and eventLog answer a sample event by themselves', async () => {
    expect(await drive('relay', 'functions/relay.handler', {})).toMatchObject({ woken: 0 });
    expect(await drive('balancer', 'functions/balancer.handler', {})).toMatchObject({ WalletsMoved: 0 });
    const event = { source: 'my-little-ps', 'detail-type': 'GroupsRebalanced', detail: eventDetail };
    expect(await drive('eventLog', 'functions/event-log.handler', event)).toBeNull();
  });

  test('closes every route of the stack but GET /health to who has no key', async () => {
    const template = await readFile(
      join(folder, 'package', 'cloudformation-template-update-stack.json'),
      'utf8',
    );
    const resources: any[] = Object.values(JSON.parse(template).Resources);
    const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
    const routes = ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties);
    expect(routes.map(({ RouteKey }) => RouteKey)).toContain('$default');
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'CUSTOM');
    expect(open.map(({ RouteKey }) => RouteKey)).toEqual(['GET /health']);
    expect(ofType('AWS::ApiGatewayV2::Authorizer').map(({ Properties }) => Properties)).toMatchObject([
      {
        ...{ AuthorizerType: 'REQUEST', AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true },
        ...{ IdentitySource: ['$request.header.Authorization'], AuthorizerResultTtlInSeconds: 60 },
      },
    ]);
    const settings = ofType('AWS::Lambda::Function').map(
      ({ Properties }) => Properties.Environment.Variables.API_KEYS,
    );
    expect(new Set(settings)).toEqual(new Set(['required']));
  });

  test('leaves out of a bundle what its function does not use', async () => {
    const codeOf = async (name: string, module: string) =>
      await readFile(join(folder, name, 'functions', `${module}.cjs`), 'utf8');
    const reading = await codeOf('getWallet', 'read-wallets');
    const writing = await codeOf('transferAmount', 'transactions');
    expect(writing).toContain('SendMessageBatch');
    expect(reading).not.toContain('SendMessageBatch');
    // zod in Spanish: `import * as z`, not `import { z }`, leaves its forty languages out.
    for (const code of [reading, writing]) expect(code).not.toContain('se esperaba');
  });

  test('makes a bundle for every function, and each of them was driven here', async () => {
    const zips = (await readdir(join(folder, 'package'))).filter((file) => file.endsWith('.zip'));
    const { functions } = JSON.parse(
      await readFile(join(folder, 'package', 'serverless-state.json'), 'utf8'),
    ).service;
    expect(zips.sort()).toEqual(
      Object.keys(functions)
        .map((name) => `${name}.zip`)
        .sort(),
    );
    const folders = await readdir(folder, { withFileTypes: true });
    const driven = folders.filter((entry) => entry.isDirectory() && entry.name in functions);
    expect(driven.map((entry) => entry.name).sort()).toEqual(Object.keys(functions).sort());
  });
});
