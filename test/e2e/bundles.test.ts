import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateKey } from '../../lib/access/api-key.ts';
import { openDatabase } from '../../lib/postgres/database.ts';
import { queueUrlAt, WEBHOOK_POSTS_QUEUE, WEBHOOK_RESULTS_QUEUE } from '../../localstack/addresses.ts';
import { LOCAL_CLIENT } from '../../localstack/localstack/resources.ts';
import { busEvent, SCHEDULED_EVENT, sqsEvent } from '../fixtures/events.ts';
import { authorizedEvent, authorizerEvent, httpEvent } from '../fixtures/http-events.ts';
import { SAMPLES } from '../fixtures/http-requests.ts';
import {
  type BundledService,
  logged,
  NO_DATABASE,
  PASSWORD,
  startBundledService,
} from '../support/bundles/bundled-service.ts';
import { read } from '../support/system/client.ts';
import { addSettledReceipts } from '../support/system/prepare.ts';
import { testContents } from './bundles/contents.ts';
import { testMigration } from './bundles/migration.ts';

/** Packaging alone takes a minute on a busy machine. */
vi.setConfig({ hookTimeout: 400_000 });

/** A message of a standard queue. */
const standard = (body: string) => ({ id: 'message-1', body, group: '', deduplicationId: '' });

/** The bodies of what is in a queue. */
async function received(endpoint: string, queue: string): Promise<string[]> {
  const client = new SQSClient({ ...LOCAL_CLIENT, endpoint });
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrlAt(endpoint, queue),
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 5,
    }),
  );
  client.destroy();
  return Messages.map(({ Body = '' }) => Body);
}

/** More lines than fit in a reply. */
const LINES = 90_001;

/** A function's time in which nothing stays for a second try to reach the database. */
const TIME_FOR_ONE_TRY_MS = 50_000;

const FILE = { route: 'GET /operations/file/{walletId}', path: { walletId: '1' } };
const WALLET = { route: 'GET /wallet/{walletId}', path: { walletId: '1' } };

// The order matters: each test builds on the database and the queue of the previous ones.
describe('npx serverless package', () => {
  let service: BundledService;
  /** The authorizer's context for the first key. */
  let access: Record<string, string>;

  beforeAll(async () => {
    service = await startBundledService();
  });
  afterAll(() => service?.stop());

  testContents(() => service);
  testMigration(() => service);

  test('keys makes the first key and no second one, and the authorizer accepts it', async () => {
    const createCommand = { command: 'create', name: 'reader', scopes: ['reports:read'], limit: 5 };
    const commands = [
      { command: 'first' },
      { command: 'first' },
      createCommand,
      { command: 'list' },
      { command: 'x' },
    ];
    const { outcomes, log } = await service.run('keys', commands);
    const [first, again, created, list, wrong] = outcomes;
    expect(again?.reply).toEqual({ refused: 'there is a key already, or was one' });
    expect(list?.reply.records).toHaveLength(2);
    expect(wrong?.error).toMatch(/this is no command for keys/);
    expect(log).not.toContain(first?.reply.key);

    const request = { route: 'GET /wallets' };
    const headers = [first, created].map((outcome) => `Bearer ${outcome?.reply.key}`);
    const replies = await service.run('authorizer', [
      ...headers.map((header) => authorizerEvent(request, header)),
      authorizerEvent(request, 'Bearer nobody'),
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
      (await service.replyTo('authorizer', authorizerEvent(request, headers[1] ?? ''))).context.access,
    ).toBe('unauthenticated');
  });

  test.each(SAMPLES)('$name answers a caller with a key, and no other', async (sample) => {
    const { name, request, routeKey, status, payload } = sample;
    const { outcomes, log } = await service.run(name, [
      httpEvent(request, routeKey),
      authorizedEvent(request, access, routeKey),
    ]);
    const [withoutKey, withKey] = outcomes.map(({ reply }) => reply);
    if (name !== 'live') {
      expect(withoutKey?.statusCode, log).toBe(401);
      expect(read(withoutKey.body).payload.code).toBe('unauthorized');
    }
    expect(withKey?.statusCode, log).toBe(status);
    expect(read(withKey.body).payload).toMatchObject(payload);
    expect(log).not.toContain('"level":"ERROR"');
    expect(log).not.toContain('left to the relay');
  });

  test.each([
    ['docs', 5],
    ['console', 3],
  ])('%s answers everybody with its page and its %d files, which are in its bundle', async (page, count) => {
    const ask = async (route: string, file?: string) =>
      await service.replyTo(
        page,
        httpEvent({
          ...{ route, headers: { 'accept-encoding': 'gzip' } },
          ...(file === undefined ? {} : { path: { file } }),
        }),
      );
    const { body: compressed } = await ask(`GET /${page}`);
    const html = gunzipSync(Buffer.from(compressed, 'base64')).toString();
    const named = [...html.matchAll(/(?:href|src)="([a-z]+)\/([^"]+)"/g)];
    const names = named.flatMap(([, folder, name]) => (folder === page ? [name] : []));
    expect(names).toHaveLength(count);
    for (const name of names) {
      const { statusCode, body } = await ask(`GET /${page}/{file}`, name);
      expect([name, statusCode]).toEqual([name, 200]);
      expect(gunzipSync(Buffer.from(body, 'base64')).length).toBeGreaterThan(1_000);
    }
  });

  test('describe answers everybody with the description, which is in its bundle', async () => {
    const { outcomes } = await service.run('describe', [
      httpEvent({ route: 'GET /openapi.json' }),
      httpEvent({ route: 'GET /events.json' }),
    ]);
    const [openApi, events] = outcomes.map(({ reply }) => JSON.parse(reply.body));
    expect(openApi.openapi).toBe('3.1.0');
    expect(Object.keys(openApi.paths)).toContain('/wallet');
    expect(Object.keys(events).length).toBeGreaterThan(0);
  });

  test('processor settles the operations of a wake-up, and sends an unreadable message to the dead letters', async () => {
    const client = new SQSClient({ ...LOCAL_CLIENT, endpoint: service.queue.endpoint });
    const { Messages: [message] = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: service.queue.queueUrl,
        MessageSystemAttributeNames: ['All'],
        WaitTimeSeconds: 5,
      }),
    );
    const { MessageGroupId: group = '', MessageDeduplicationId: deduplicationId = '' } =
      message?.Attributes ?? {};
    const id = message?.MessageId ?? '';
    const foreignMessage = { id: 'foreign', body: 'hello', group, deduplicationId: 'x' };
    const event = sqsEvent([{ id, body: message?.Body ?? '', group, deduplicationId }, foreignMessage]);
    expect(await service.replyTo('processor', event)).toEqual({ batchItemFailures: [] });
    const dead = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: service.queue.deadLetterQueueUrl,
        MessageAttributeNames: ['All'],
        WaitTimeSeconds: 5,
      }),
    );
    client.destroy();
    expect(dead.Messages).toMatchObject([
      { Body: 'hello', MessageAttributes: { Reason: { StringValue: 'the body is no JSON' } } },
    ]);
    const { body } = await service.replyTo('getWallet', authorizedEvent(WALLET, access));
    expect(read(body).payload.Balance).toBe(10n);
  });

  test('downloadOperations answers a caller with a key with a file', async () => {
    const { outcomes } = await service.run('downloadOperations', [
      httpEvent(FILE),
      authorizedEvent(FILE, access),
    ]);
    expect(outcomes[0]?.reply.statusCode).toBe(401);
    expect(outcomes[1]?.reply.body).toMatch(/^type,amount,currency,created_at\nin,5,USD,/);
  });

  test('relay, balancer and reconcile run on a scheduled event', async () => {
    expect(await service.replyTo('relay', SCHEDULED_EVENT)).toMatchObject({ woken: 0 });
    expect(await service.replyTo('balancer', SCHEDULED_EVENT)).toMatchObject({ WalletsMoved: 0 });
    expect(await service.replyTo('reconcile', SCHEDULED_EVENT)).toMatchObject({ wallets: 1, isClean: true });
  });

  test('eventLog logs the ids of every event that was published, and nothing else of it', async () => {
    const types = new Set(service.recorder.entries.map(({ DetailType }) => DetailType));
    expect([...types]).toEqual(
      expect.arrayContaining(['WalletCreated', 'TransactionSucceeded', 'HoldChanged']),
    );
    const { outcomes, log } = await service.run('eventLog', service.recorder.entries.map(busEvent));
    expect(outcomes).toEqual(service.recorder.entries.map(() => ({ reply: null })));
    for (const type of types) expect(log).toContain(`"type":"${type}"`);
    const { ids } = logged(log, 'event');
    expect(Object.keys(ids)).toEqual(expect.arrayContaining(['EventId']));
    for (const { Detail } of service.recorder.entries) {
      for (const [name, value] of Object.entries(JSON.parse(Detail)))
        if (['Name', 'City', 'Country'].includes(name)) expect(log).not.toContain(`"${value}"`);
    }
  });

  test('webhookDeliver stages an event, which webhookPost posts nowhere that is not public, and webhookResults notes', async () => {
    const [entry] = service.recorder.entries.map(busEvent);
    await service.replyTo('webhookDeliver', entry);
    const next = async (name: string) => await received(service.queue.endpoint, name);
    const posts = await next(WEBHOOK_POSTS_QUEUE);
    const [post = ''] = posts;
    // A name that is reserved: it never resolves.
    const nowhere = JSON.stringify({ ...JSON.parse(post), address: 'https://receiver.invalid/' });
    expect(await service.replyTo('webhookPost', sqsEvent([standard(nowhere)]))).toEqual({
      batchItemFailures: [],
    });
    const [result = '', ...others] = (await next(WEBHOOK_RESULTS_QUEUE)).filter((body) =>
      body.includes('outcome'),
    );
    expect(others).toEqual([]);
    expect(JSON.parse(result)).toMatchObject({
      outcome: 'failed',
      problem: expect.stringMatching(/resolve|answer/),
    });
    const { outcomes, log } = await service.run('webhookResults', [sqsEvent([standard(result)])]);
    expect(outcomes).toEqual([{ reply: { batchItemFailures: [] } }]);
    expect(log).not.toContain('whsec_');
    expect(await service.replyTo('webhookRelay', SCHEDULED_EVENT)).toMatchObject({ sent: 0 });
  });

  test('downloadOperations stores a file that is too long for a reply, and redirects to it', async () => {
    const sql = openDatabase(service.databaseUrl);
    const [wallet] = await sql<{ id: bigint }[]>`
      INSERT INTO wallets (name, country, city, currency, wallet_group) VALUES ('a', 'b', 'c', 'EUR', 1) RETURNING id`;
    const walletId = String(wallet?.id);
    await addSettledReceipts(sql, BigInt(walletId), LINES, '2026-01-01T00:00:00Z');
    await sql.end();
    const query = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const request = { ...FILE, path: { walletId }, query };
    const reply = await service.replyTo('downloadOperations', authorizedEvent(request, access));
    expect(reply.statusCode).toBe(303);
    const file = await (await fetch(reply.headers.Location)).text();
    expect(file.trimEnd().split('\n')).toHaveLength(LINES + 1);
  });

  test('logs the line of the source, and no password, if the database is down', async () => {
    const { outcomes, log } = await service.run('getWallet', [authorizedEvent(WALLET, access)], NO_DATABASE);
    expect(outcomes[0]?.reply.statusCode).toBe(503);
    expect(outcomes[0]?.reply.body).not.toMatch(/\.ts|\.cjs/);
    const { stack } = logged(log, 'request failed').error;
    expect(stack).not.toMatch(/\.cjs:\d/);
    const [, file = '', line, column] = /\b(lib\/[\w/-]+\.ts):(\d+):(\d+)/.exec(stack) ?? [];
    const source = (await readFile(resolve(file), 'utf8')).split('\n')[Number(line) - 1];
    // A function is called exactly at this position.
    expect(source?.slice(Number(column) - 1)).toMatch(/^\w+\(/);
    expect(log).not.toContain(PASSWORD);
  });

  test('functions without an HTTP reply throw if the database is down, and reveal no password', async () => {
    const failing: [string, unknown][] = [
      ['authorizer', authorizerEvent(WALLET, `Bearer ${generateKey()}`)],
      ['keys', { command: 'list' }],
      ['relay', SCHEDULED_EVENT],
      ['balancer', SCHEDULED_EVENT],
      ['reconcile', SCHEDULED_EVENT],
    ];
    for (const [name, event] of failing) {
      const { outcomes, log } = await service.run(name, [event], NO_DATABASE, TIME_FOR_ONE_TRY_MS);
      expect(outcomes, name).toEqual([{ error: expect.stringContaining('ECONNREFUSED') }]);
      expect(JSON.stringify(outcomes) + log).not.toContain(PASSWORD);
    }
  });

  test('bundles all modules of a first sign-in to Aurora: it gets as far as requesting TLS', async () => {
    const { log } = await service.run(
      'health',
      [authorizedEvent({ route: 'GET /health' }, access)],
      service.aurora,
    );
    expect(logged(log, 'request failed').error.code).toBe('TLS_REFUSED');
  });

  test('makes a bundle for every function, and each was run in these tests', () => {
    expect([...service.driven].sort()).toEqual([...service.functions.keys()].sort());
  });
});
