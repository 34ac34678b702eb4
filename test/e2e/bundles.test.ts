import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateKey } from '../../lib/keys.ts';
import { LOCAL_CLIENT } from '../../localstack/localstack-resources.ts';
import {
  ANSWER_SIGNATURE,
  busEvent,
  createEvent,
  deleteEvent,
  SCHEDULED_EVENT,
  sqsEvent,
  updateEvent,
} from '../fixtures/events.ts';
import { authorizedEvent, authorizerEvent, httpEvent } from '../fixtures/http-events.ts';
import { SAMPLES } from '../fixtures/http-requests.ts';
import { logged, startBundledService } from '../support/bundled-service.ts';
import { read } from '../support/request.ts';

/** Packaging alone takes a busy machine a minute. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 400_000 });

/** What a function may weigh, zipped. */
const MAX_ZIP_BYTES = 1_000_000;

/** As long as a reason gets: 500 characters and where there is more. */
const MAX_REASON_CHARACTERS = 600;

/** What code asks for and does without: the native client of the migrations' driver, and S3's signer for all regions. */
const OPTIONAL = ['pg-native', '@aws-sdk/signature-v4-crt'];

const PASSWORD = 'hunter2';
const NO_DATABASE = { DATABASE_URL: `postgres://me:${PASSWORD}@127.0.0.1:1/nothing` };

/** An Aurora cluster as the template has it: its name means this machine, where PostgreSQL offers no TLS. */
const AURORA_HOST = 'my-little-ps.cluster-abc.eu-central-1.rds.amazonaws.com';

const WALLET = { route: 'GET /wallet/{walletId}', path: { walletId: '1' } };

// In this order: each builds on the database and the queue as those before left them.
describe('npx serverless package', () => {
  let service: Awaited<ReturnType<typeof startBundledService>>;
  /** What the authorizer says of the first key. */
  let access: Record<string, string>;

  beforeAll(async () => {
    service = await startBundledService();
  });
  afterAll(() => service?.stop());

  test('leaves nothing of a bundle to node_modules, and there are none', async () => {
    for (const { folder, module } of service.functions.values()) {
      const file = join(folder, `${module}.cjs`);
      expect(() => createRequire(file).resolve('zod')).toThrow('Cannot find module');
      const asked = (await readFile(file, 'utf8')).matchAll(/\b(?:require|import)\("([^"]+)"\)/g);
      const foreign = new Set([...asked].map(([, name = '']) => name).filter((name) => !isBuiltin(name)));
      expect([...foreign].filter((name) => !OPTIONAL.includes(name))).toEqual([]);
    }
  });

  test('makes a small zip for every function, with the source map beside the code', async () => {
    const zips = (await readdir(service.target)).filter((file) => file.endsWith('.zip'));
    expect(zips.sort()).toEqual([...service.functions.keys()].map((name) => `${name}.zip`).sort());
    for (const { name, folder, module, zipBytes } of service.functions.values()) {
      expect(zipBytes, name).toBeLessThan(MAX_ZIP_BYTES);
      expect(existsSync(join(folder, `${module}.cjs.map`)), name).toBe(true);
    }
  });

  test('closes every route of the stack but GET /health to who has no key', () => {
    const resources: any[] = Object.values(service.template.Resources);
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
    const codes = new Map<string, string>();
    for (const { name, folder, module } of service.functions.values())
      codes.set(name, await readFile(join(folder, `${module}.cjs`), 'utf8'));
    const having = (part: string) =>
      [...codes].filter(([, code]) => code.includes(part)).map(([name]) => name);
    expect(having('CreateMultipartUpload')).toEqual(['downloadOperations']);
    expect(having('SendMessageBatch')).toContain('transferAmount');
    expect(having('SendMessageBatch')).not.toContain('getWallet');
    expect(having('GetSecretValue')).toEqual(['migrate']);
    // zod in Spanish: `import * as z`, not `import { z }`, leaves its forty languages out.
    expect(having('se esperaba')).toEqual([]);
  });

  test('migrate answers CloudFormation: a broken migration fails with one bounded reason', async () => {
    const broken = join(service.functionOf('migrate').folder, 'migrations', '0000_broken.sql');
    await writeFile(broken, "DO $$ BEGIN RAISE EXCEPTION '%', repeat('broken ', 1000); END $$;\n");
    await service.run('migrate', [createEvent(service.recorder.url, service.version)]);
    await rm(broken);
    const { Status, Reason = '' } = service.recorder.answers.at(-1)?.body ?? {};
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('broken broken')]);
    expect(Reason.length).toBeLessThan(MAX_REASON_CHARACTERS);
  });

  test('migrate answers CloudFormation: a database that is down fails, and no password gets out', async () => {
    const { outcomes, log } = await service.run(
      'migrate',
      [createEvent(service.recorder.url, service.version)],
      NO_DATABASE,
    );
    expect(outcomes).toEqual([{ reply: { Migrations: [] } }]);
    const { body } = service.recorder.answers.at(-1) ?? {};
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(body) + log).not.toMatch(new RegExp(`${PASSWORD}|${ANSWER_SIGNATURE}`));
  });

  test('migrate answers CloudFormation: it creates, updates and deletes', async () => {
    const events = [createEvent, updateEvent, deleteEvent].map((make) =>
      make(service.recorder.url, service.version),
    );
    const { outcomes, log } = await service.run('migrate', events);
    expect(outcomes).toEqual(Array(3).fill({ reply: { Migrations: [] } }));
    const { StackId, RequestId, LogicalResourceId } = events[0] ?? {};
    const common = { Status: 'SUCCESS', PhysicalResourceId: 'DatabaseMigration' };
    expect(service.recorder.answers.slice(-3)).toEqual(
      events.map(({ ResponseURL }) => ({
        // The address is signed for exactly this.
        ...{ type: '', path: ResponseURL.slice(service.recorder.url.length) },
        body: { ...common, StackId, RequestId, LogicalResourceId },
      })),
    );
    expect(logged(log, 'migrated').ran).toEqual(['0001_ledger', '0002_api_keys']);
    expect(await service.replyTo('migrate', {})).toEqual({ Migrations: [] });
  });

  test('keys makes the first key and no second, and the authorizer lets its bearer in', async () => {
    const order = { command: 'create', name: 'reader', scopes: ['reports:read'], limit: 5 };
    const commands = [
      { command: 'first' },
      { command: 'first' },
      order,
      { command: 'list' },
      { command: 'x' },
    ];
    const { outcomes, log } = await service.run('keys', commands);
    const [first, again, created, list, wrong] = outcomes;
    expect(again?.reply).toEqual({ refused: 'there is a key already, or was one' });
    expect(list?.reply.records).toHaveLength(2);
    expect(wrong?.error).toMatch(/this is no command for keys/);
    expect(log).not.toContain(first?.reply.key);

    const asked = { route: 'GET /wallets' };
    const headers = [first, created].map((outcome) => `Bearer ${outcome?.reply.key}`);
    const replies = await service.run('authorizer', [
      ...headers.map((header) => authorizerEvent(asked, header)),
      authorizerEvent(asked, 'Bearer nobody'),
    ]);
    const granted = { access: 'granted', apiKeyId: first?.reply.record.id, name: 'first', scopes: 'admin' };
    expect(replies.outcomes.map(({ reply }) => reply)).toMatchObject([
      { isAuthorized: true, context: granted },
      { isAuthorized: true, context: { name: 'reader', scopes: 'reports:read', limit: '5' } },
      { isAuthorized: true, context: { access: 'unauthenticated' } },
    ]);
    access = replies.outcomes[0]?.reply.context;
    const id = created?.reply.record.id;
    expect(await service.replyTo('keys', { command: 'revoke', id })).toMatchObject({
      record: { state: 'revoked' },
    });
    expect(
      (await service.replyTo('authorizer', authorizerEvent(asked, headers[1] ?? ''))).context.access,
    ).toBe('unauthenticated');
  });

  test.each(SAMPLES)('$name answers who has a key, and nobody else', async (sample) => {
    const { name, request, routeKey, status, payload } = sample;
    const { outcomes, log } = await service.run(name, [
      httpEvent(request, routeKey),
      authorizedEvent(request, access, routeKey),
    ]);
    const [stranger, caller] = outcomes.map(({ reply }) => reply);
    if (name !== 'health') {
      expect(stranger?.statusCode, log).toBe(401);
      expect(read(stranger.body).payload.code).toBe('unauthorized');
    }
    expect(caller?.statusCode, log).toBe(status);
    expect(read(caller.body).payload).toMatchObject(payload);
    expect(log).not.toContain('"level":"ERROR"');
    expect(log).not.toContain('left to the relay');
  });

  test('downloadOperations answers who has a key with a file', async () => {
    const request = { route: 'GET /operations/file/{walletId}', path: { walletId: '1' } };
    const { outcomes } = await service.run('downloadOperations', [
      httpEvent(request),
      authorizedEvent(request, access),
    ]);
    expect(outcomes[0]?.reply.statusCode).toBe(401);
    expect(outcomes[1]?.reply.body).toMatch(/^type,amount,currency,created_at\nin,5,USD,/);
  });

  test('processor settles what the queue has, and gives back what is no wake-up', async () => {
    const client = new SQSClient({ ...LOCAL_CLIENT, endpoint: service.queue.endpoint });
    const { Messages: [message] = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: service.queue.queueUrl,
        MessageSystemAttributeNames: ['All'],
        WaitTimeSeconds: 5,
      }),
    );
    client.destroy();
    const { MessageGroupId: group = '', MessageDeduplicationId: deduplicationId = '' } =
      message?.Attributes ?? {};
    const id = message?.MessageId ?? '';
    const stranger = { id: 'stranger', body: 'hello', group, deduplicationId: 'x' };
    const event = sqsEvent([{ id, body: message?.Body ?? '', group, deduplicationId }, stranger]);
    expect(await service.replyTo('processor', event)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'stranger' }],
    });
    const { body } = await service.replyTo('getWallet', authorizedEvent(WALLET, access));
    expect(read(body).payload.Balance).toBe(10n);
  });

  test('relay, balancer and reconcile answer a schedule', async () => {
    expect(await service.replyTo('relay', SCHEDULED_EVENT)).toMatchObject({ woken: 0 });
    expect(await service.replyTo('balancer', SCHEDULED_EVENT)).toMatchObject({ WalletsMoved: 0 });
    expect(await service.replyTo('reconcile', SCHEDULED_EVENT)).toMatchObject({ wallets: 1, isClean: true });
  });

  test('eventLog takes every event that came to the bus', async () => {
    const types = new Set(service.recorder.entries.map(({ DetailType }) => DetailType));
    expect([...types]).toEqual(
      expect.arrayContaining(['WalletCreated', 'TransactionSucceeded', 'HoldChanged']),
    );
    const { outcomes, log } = await service.run('eventLog', service.recorder.entries.map(busEvent));
    expect(outcomes).toEqual(service.recorder.entries.map(() => ({ reply: null })));
    for (const type of types) expect(log).toContain(`"type":"${type}"`);
  });

  test('names the line of the source in the log where the database is down, and no password', async () => {
    const { outcomes, log } = await service.run('getWallet', [authorizedEvent(WALLET, access)], NO_DATABASE);
    expect(outcomes[0]?.reply.statusCode).toBe(503);
    expect(outcomes[0]?.reply.body).not.toMatch(/\.ts|\.cjs/);
    const { stack } = logged(log, 'request failed').error;
    expect(stack).not.toMatch(/\.cjs:\d/);
    const [, file = '', line, column] = /\b(lib\/[\w-]+\.ts):(\d+):(\d+)/.exec(stack) ?? [];
    const source = (await readFile(resolve(file), 'utf8')).split('\n')[Number(line) - 1];
    // Exactly there a function is called.
    expect(source?.slice(Number(column) - 1)).toMatch(/^\w+\(/);
    expect(log).not.toContain(PASSWORD);
  });

  test('fails aloud without a database where nobody can be told, and no password gets out', async () => {
    const failing: [string, unknown][] = [
      ['authorizer', authorizerEvent(WALLET, `Bearer ${generateKey()}`)],
      ['keys', { command: 'list' }],
      ['relay', SCHEDULED_EVENT],
      ['balancer', SCHEDULED_EVENT],
      ['reconcile', SCHEDULED_EVENT],
    ];
    for (const [name, event] of failing) {
      const { outcomes, log } = await service.run(name, [event], NO_DATABASE);
      expect(outcomes, name).toEqual([{ error: expect.stringContaining('ECONNREFUSED') }]);
      expect(JSON.stringify(outcomes) + log).not.toContain(PASSWORD);
    }
  });

  test('has all that a first sign-in to Aurora loads: it gets as far as to ask the server for TLS', async () => {
    const { port } = new URL(service.settings['DATABASE_URL'] ?? '');
    const aurora = {
      DATABASE_HOST: AURORA_HOST,
      DATABASE_NAME: 'x',
      DATABASE_USER: 'x',
      DATABASE_PORT: port,
    };
    const { log } = await service.run('health', [httpEvent({ route: 'GET /health' })], {
      ...{ DATABASE_URL: undefined, ...aurora },
    });
    expect(logged(log, 'request failed').error.code).toBe('TLS_REFUSED');
  });

  test('makes a bundle for every function, and each of them was driven here', () => {
    expect([...service.driven].sort()).toEqual([...service.functions.keys()].sort());
  });
});
