import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Sql } from '../../lib/postgres/database.ts';
import { LOOPBACK, lambdaName, REPORTS_BUCKET } from '../../localstack/addresses.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { TEST_CLIENT } from '../support/aws.ts';
import { HAS_BROWSER, startBrowser } from '../support/browser.ts';
import { contents } from '../support/system/refused.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 50_000 + (process.pid % 5_000);

/** As in local.test.ts, and the browser. */
const START_LIMIT_MS = 300_000;

/** Nothing runs by itself, so that whatever changes is a page's doing. */
const QUIET = { RELAY_RATE: 'rate(1 day)', BALANCER_RATE: 'rate(1 day)', RECONCILE_RATE: 'rate(1 day)' };

/** A reply that a browser would save as a file ends no load: only a server that does not refuse gives one. */
const WAIT_MS = 5_000;

/** What a page sends to one address (web-page.js). */
interface Attempt {
  readonly url: string;
  readonly body: string;
  /** For a fetch that asks first: the browser sends it only where the server says so. */
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
}

let folder: string;
let browser: Browser;
let local: Local;
let sql: Sql;
let pages: Server;
/** Whose pages may call the API (CORS_ORIGINS). */
let allowed: Server;

beforeAll(async () => {
  if (!HAS_BROWSER) return;
  folder = await makeFolder('pages');
  [pages, allowed] = [await servePages(), await servePages()];
  browser = await startBrowser(folder);
  local = await startLocal({
    port: await freeBasePort(FIRST_PORT),
    dataDir: join(folder, 'data'),
    env: { ...QUIET, CORS_ORIGINS: originOf(allowed) },
    log: () => {},
  });
  sql = openDatabase(local.urls.database, 1);
}, START_LIMIT_MS);
afterAll(async () => {
  if (!HAS_BROWSER) return;
  await sql.end();
  await browser.close();
  await local.stop();
  pages.close();
  allowed.close();
  await removeFolder(folder);
});

async function servePages(): Promise<Server> {
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>A page</title>'),
  ).listen(0, LOOPBACK);
  await once(server, 'listening');
  return server;
}

const originOf = (server: Server): string => `http://${LOOPBACK}:${portOf(server)}`;

/** The address of a page of this host, a name of this machine's. */
const pageOf = (host: string): string => `http://${host}:${portOf(pages)}/`;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Has a page try everything, and returns what came back: a status, or how the request failed. */
async function tryAll(
  page: string,
  attempts: readonly Attempt[],
): Promise<Map<string, Set<number | string>>> {
  const outcomes = new Map(attempts.map(({ url }) => [new URL(url).port, new Set<number | string>()]));
  const context = await browser.newContext();
  await context.addInitScript({ path: join(import.meta.dirname, 'web-page.js') });
  const tab = await context.newPage();
  await tab.goto(page);
  tab.on('response', (response) => outcomes.get(new URL(response.url()).port)?.add(response.status()));
  tab.on('requestfailed', (request) =>
    outcomes.get(new URL(request.url()).port)?.add(request.failure()?.errorText ?? 'failed'),
  );
  for (const attempt of attempts)
    await tab.evaluate(`tryAddress(${JSON.stringify({ ...attempt, waitMs: WAIT_MS })})`);
  await context.close();
  return outcomes;
}

function attemptsAt({ urls }: Local, host: string): Attempt[] {
  const at = (url: string, path: string) => {
    const { port } = new URL(url);
    return `http://${host}:${port}${path}`;
  };
  const json = { 'Content-Type': 'application/json' };
  const wallet = JSON.stringify({ Name: 'Page=', Country: 'UK', City: 'London', Currency: 'USD' });
  const key = JSON.stringify({ command: 'create', name: 'page=', scopes: ['admin'] });
  const order = `Action=DeleteQueue&QueueUrl=${encodeURIComponent(urls.queue)}`;
  const event = JSON.stringify({ Entries: [{ Source: 'page=', DetailType: 't', Detail: '{}' }] });
  const publish = { 'X-Amz-Target': 'AWSEvents.PutEvents', 'Content-Type': 'application/x-amz-json-1.1' };
  return [
    { url: at(urls.http, '/wallet'), body: wallet, headers: json, method: 'POST' },
    {
      url: at(urls.lambda, `/2015-03-31/functions/${lambdaName('keys')}/invocations`),
      body: key,
      headers: json,
      method: 'POST',
    },
    { url: at(urls.queue, `/?${order}`), body: order, headers: json, method: 'DELETE' },
    { url: at(urls.queue, `/${REPORTS_BUCKET}/page.html`), body: '<p>=</p>', headers: json, method: 'PUT' },
    { url: at(urls.eventBus, '/'), body: event, headers: publish, method: 'POST' },
    { url: at(urls.database, '/'), body: '=', headers: json, method: 'POST' },
  ];
}

/** Everything that a page could have changed. */
async function state() {
  const client = { ...TEST_CLIENT, endpoint: local.urls.queueEndpoint };
  const [sqs, s3] = [new SQSClient(client), new S3Client({ ...client, forcePathStyle: true })];
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: local.urls.queue,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: REPORTS_BUCKET }));
  for (const each of [sqs, s3]) each.destroy();
  return { Attributes, files: Contents.map(({ Key }) => Key), tables: await contents(sql) };
}

describe.runIf(HAS_BROWSER)('a page in a browser on this machine', () => {
  test('sends all of it to a server that does not refuse', async () => {
    const seen: string[] = [];
    const open = createServer((request, response) => {
      void text(request).then((body) => {
        seen.push(
          `${request.method} ${request.headers['content-type']?.split(';')[0] ?? '-'} ${body.slice(0, 9)}`,
        );
        response.end('{}');
      });
    }).listen(0, LOOPBACK);
    await once(open, 'listening');
    const url = `http://${LOOPBACK}:${portOf(open)}/`;
    const attempt = { url, body: '{"Name":"=', headers: {}, method: 'POST' };
    await tryAll(pageOf('page.example'), [attempt]);
    open.close();
    open.closeAllConnections();
    for (const line of [
      'GET - ',
      'POST text/plain {"Name":"',
      'POST application/x-www-form-urlencoded %7B%22Nam',
    ])
      expect(seen).toContain(line);
  });

  test.each([
    ['of another site', 'page.example'],
    ['of another port of this machine', LOOPBACK],
    ['of another port of localhost', 'localhost'],
  ])('%s is refused at every port, and nothing changes', async (_whose, host) => {
    const before = await state();
    const page = pageOf(host);
    for (const own of [LOOPBACK, 'localhost']) {
      const outcomes = await tryAll(page, attemptsAt(local, own));
      expectRefused(outcomes);
    }
    expect(await state()).toEqual(before);
  });

  test('whose own name was made to point here is refused at every port, and nothing changes', async () => {
    const before = await state();
    for (const attempt of attemptsAt(local, 'rebound.example')) {
      // The refusal is the page: its origin is that of what it asks for.
      const { origin, port } = new URL(attempt.url);
      const isHttp = port !== new URL(local.urls.database).port;
      expectRefused(await tryAll(isHttp ? `${origin}/page` : pageOf('page.example'), [attempt]));
    }
    expect(await state()).toEqual(before);
  });
});

describe.runIf(HAS_BROWSER)('a page whose origin CORS_ORIGINS names', () => {
  test('opens a wallet once, sends its headers and reads those of the replies', async () => {
    const tab = await browser.newPage();
    await tab.goto(originOf(allowed));
    const send = async (url: string) =>
      await tab.evaluate(`sendTwice(${JSON.stringify(url)})`).catch((error: unknown) => String(error));
    await tab.addScriptTag({ content: SEND_TWICE });
    const replies = await send(`${local.urls.http}/wallet`);
    const payload = { WalletID: expect.any(Number) };
    expect(replies).toEqual([
      { status: 200, correlationId: 'page-1', replayed: null, payload },
      { status: 200, correlationId: 'page-1', replayed: 'true', payload },
    ]);
    expect(await send(`${local.urls.queueEndpoint}/`)).toMatch(/Failed to fetch/);
    await tab.close();
  });
});

/** Runs in the page. */
const SEND_TWICE = `
  async function sendTwice(url) {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'page-1', 'X-Correlation-Id': 'page-1', Prefer: 'return=representation' };
    const body = JSON.stringify({ Name: 'Page', Country: 'UK', City: 'London', Currency: 'USD' });
    const replies = [];
    for (let time = 0; time < 2; time += 1) {
      const reply = await fetch(url, { method: 'POST', headers, body });
      const { payload } = await reply.json();
      const { status } = reply;
      replies.push({ status, payload, correlationId: reply.headers.get('X-Correlation-Id'), replayed: reply.headers.get('Idempotency-Replayed') });
    }
    return replies;
  }`;

/** HTTP answers 403 and nothing else, but for requests that the browser itself held back; PostgreSQL hangs up. */
function expectRefused(outcomes: ReadonlyMap<string, ReadonlySet<number | string>>): void {
  const postgres = new URL(local.urls.database).port;
  for (const [port, outcome] of outcomes) {
    const statuses = [...outcome].filter((each) => typeof each === 'number');
    expect([port, statuses]).toEqual([port, port === postgres ? [] : [403]]);
    if (port === postgres) expect(outcome.size).toBeGreaterThan(0);
  }
}
