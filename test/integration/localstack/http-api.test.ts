import { once } from 'node:events';
import { type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Cors } from '../../../localstack/lambda/cors.ts';
import { createHttpApi } from '../../../localstack/lambda/http-api.ts';
import type { Result, Runtime } from '../../../localstack/lambda/runtime.ts';
import type { FunctionDefinition, Service } from '../../../localstack/lambda/service.ts';

const definition = (name: string, method: string, path: string): FunctionDefinition => ({
  ...{ name, file: name, exported: 'handler', timeoutMs: 1_000, memoryMb: 128, environment: {} },
  events: [{ kind: 'route', method, path, isAuthorized: path !== '/health' }],
});

const SERVICE: Service = {
  functions: [
    definition('echo', 'POST', '/echo/{id}'),
    definition('health', 'GET', '/health'),
    definition('any', 'ANY', '/any'),
    { ...definition('authorizer', 'GET', '/'), events: [] },
  ],
  authorizer: { functionName: 'authorizer' },
};

let server: Server;
let port: number;
let invoked: { readonly name: string; readonly event: any }[];
let answer: (name: string) => Result;

async function listen(isOpen: boolean, cors?: Cors): Promise<void> {
  const runtime: Runtime = {
    invoke: async ({ name }, event) => {
      invoked.push({ name, event });
      return answer(name);
    },
  };
  server = createHttpApi({ ...SERVICE, cors }, runtime, isOpen).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
}

/** A request with headers and body exactly as given. */
async function ask(method: string, path: string, headers: readonly string[] = [], body?: Buffer) {
  const request = send({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: headers.includes('Host') ? headers : ['Host', 'localhost', ...headers],
    agent: false,
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

beforeEach(() => {
  invoked = [];
  answer = () => ({ ok: true, value: { statusCode: 200, body: 'well' } });
});
afterEach(async () => {
  await once(server.close(), 'close');
});

describe('the local HTTP API', () => {
  beforeEach(() => listen(true));

  test('makes of a request the event that API Gateway makes', async () => {
    const headers = ['X-A', '1', 'x-a', '2', 'Content-Type', 'application/json', 'Cookie', 'a=1; b=2'];
    await ask('POST', '/echo/a%2Fb?x=1&y=%20&x=2', headers, Buffer.from('{"é":1}'));
    const [{ event } = { event: undefined }] = invoked;
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /echo/{id}',
      rawPath: '/echo/a%2Fb',
      rawQueryString: 'x=1&y=%20&x=2',
      cookies: ['a=1', 'b=2'],
      headers: { 'x-a': '1,2', 'content-type': 'application/json' },
      queryStringParameters: { x: '1,2', y: ' ' },
      pathParameters: { id: 'a/b' },
      body: '{"é":1}',
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST', sourceIp: '127.0.0.1' }, stage: '$default' },
    });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  test.each([
    ['a form', 'application/x-www-form-urlencoded', Buffer.from('{}')],
    ['a body that is not UTF-8', 'application/json', Buffer.from([0x7b, 0xe9, 0x7d])],
  ])('hands %s on in base64', async (_what, type, body) => {
    await ask('POST', '/echo/1', ['Content-Type', type], body);
    expect(invoked[0]?.event).toMatchObject({ body: body.toString('base64'), isBase64Encoded: true });
  });

  test('leaves out what a request does not have', async () => {
    await ask('GET', '/health');
    for (const name of ['body', 'cookies', 'pathParameters', 'queryStringParameters'])
      expect(invoked[0]?.event).not.toHaveProperty(name);
  });

  test('answers with what the function returned', async () => {
    const body = Buffer.from('bytes').toString('base64');
    const value = {
      statusCode: 303,
      headers: { Location: '/x' },
      cookies: ['a=1'],
      body,
      isBase64Encoded: true,
    };
    answer = () => ({ ok: true, value });
    const reply = await ask('GET', '/health');
    expect(reply).toMatchObject({
      status: 303,
      text: 'bytes',
      headers: { location: '/x', 'set-cookie': ['a=1'] },
    });
  });

  test('answers 500 for a function that threw and 503 for one out of time, never with a stack trace', async () => {
    const error = { errorType: 'Error', errorMessage: 'secret', trace: ['at secret.ts'] };
    answer = () => ({ ok: false, error, isTimeout: false });
    expect(await ask('GET', '/health')).toMatchObject({
      status: 500,
      text: '{"message":"Internal Server Error"}',
    });
    answer = () => ({ ok: false, error, isTimeout: true });
    expect(await ask('GET', '/health')).toMatchObject({
      status: 503,
      text: '{"message":"Service Unavailable"}',
    });
  });

  test.each([
    ['a status that HTTP does not have', { statusCode: 99, body: '' }],
    ['a header that HTTP does not have', { statusCode: 200, headers: { 'X-A': 'a\nb' }, body: 'well' }],
    ['a value that is no JSON', { amount: 1n }],
    ['a body that is no text', { statusCode: 200, body: 5 }],
  ])('answers 500 for %s', async (_what, value) => {
    answer = () => ({ ok: true, value });
    expect(await ask('GET', '/health')).toMatchObject({
      status: 500,
      text: '{"message":"Internal Server Error"}',
    });
  });

  test('does not look at cookies: the function gets them as they are', async () => {
    expect((await ask('GET', '/health', ['Cookie', 'a="; b=\u00e9; ;=;c'])).status).toBe(200);
    expect(invoked[0]?.event.cookies).toEqual(['a="', 'b=\u00e9', '', '=', 'c']);
  });

  test('answers HEAD with the headers of the reply and no body', async () => {
    answer = () => ({ ok: true, value: { statusCode: 200, headers: { 'X-A': '1' }, body: 'well' } });
    const reply = await ask('HEAD', '/health');
    expect(reply).toMatchObject({ status: 404, text: '' });
    expect(await ask('HEAD', '/any')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'x-a': '1', 'content-length': '4' },
    });
    expect(
      invoked.map(({ name, event }) => [name, event.routeKey, event.requestContext.http.method]),
    ).toEqual([['any', 'ANY /any', 'HEAD']]);
  });

  test('says nothing to browsers, who ask before they send, where no CORS is configured', async () => {
    const asked = ['Access-Control-Request-Method', 'POST', 'Access-Control-Request-Headers', 'content-type'];
    for (const reply of [await ask('OPTIONS', '/any', asked), await ask('POST', '/any')]) {
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect(invoked.map(({ event }) => event.requestContext.http.method)).toEqual(['OPTIONS', 'POST']);
  });

  test.each([
    ['an origin', ['Origin', 'http://localhost:3000'], 'foreign_origin'],
    ['an origin that is none', ['Origin', 'null'], 'foreign_origin'],
    ['a picture of a page', ['Sec-Fetch-Site', 'cross-site'], 'foreign_origin'],
    ['a page beside it', ['Sec-Fetch-Site', 'same-site'], 'foreign_origin'],
    ['another name for this machine', ['Host', 'rebound.example:80'], 'foreign_host'],
  ])('refuses what %s brings, and no function hears of it', async (_what, headers, code) => {
    const body = Buffer.from('{}');
    const given = headers[0] === 'Host' ? headers : ['Host', 'localhost', ...headers];
    const reply = await ask('POST', '/any', [...given, 'Content-Type', 'text/plain'], body);
    expect(reply.status).toBe(403);
    expect(JSON.parse(reply.text)).toEqual({
      payload: { code, error: expect.stringContaining('local system') },
    });
    expect(invoked).toEqual([]);
  });

  test.each(['127.0.0.1', 'localhost:4567', '[::1]:4567', 'LOCALHOST', 'api.localhost'])(
    'answers to its name %s: to an address typed into a browser, and to its own page',
    async (host) => {
      expect((await ask('GET', '/health', ['Host', host, 'Sec-Fetch-Site', 'none'])).status).toBe(200);
      const own = ['Host', host, 'Origin', `http://${host}`, 'Sec-Fetch-Site', 'same-origin'];
      expect((await ask('POST', '/any', own, Buffer.from('{}'))).status).toBe(200);
    },
  );

  test('answers 404 where no route takes the request, and 413 for a body over 10 MB', async () => {
    expect(await ask('GET', '/nothing')).toMatchObject({ status: 404, text: '{"message":"Not Found"}' });
    const large = await ask('POST', '/echo/1', [], Buffer.alloc(10 * 1024 * 1024 + 1));
    expect(large).toMatchObject({ status: 413, text: '{"message":"Request Entity Too Large"}' });
    expect(invoked).toEqual([]);
  });
});

describe('the local HTTP API with API keys', () => {
  beforeEach(() => listen(false));

  const context = { access: 'granted' };
  const authorized =
    (isAuthorized: boolean) =>
    (name: string): Result => ({
      ok: true,
      value: name === 'authorizer' ? { isAuthorized, context } : { statusCode: 200, body: 'well' },
    });

  test('tells the function what the authorizer says, and asks it at each request', async () => {
    answer = authorized(true);
    expect((await ask('POST', '/echo/1', ['Authorization', 'Bearer a'])).text).toBe('well');
    await ask('POST', '/echo/1', ['Authorization', 'Bearer b']);
    expect(
      invoked.filter(({ name }) => name === 'authorizer').map(({ event }) => event.identitySource),
    ).toEqual([['Bearer a'], ['Bearer b']]);
    expect(invoked.at(-1)?.event.requestContext.authorizer).toEqual({ lambda: context });
  });

  test('refuses by itself where the header is missing or the authorizer says no, and not on an open route', async () => {
    answer = authorized(false);
    expect(await ask('POST', '/echo/1')).toMatchObject({ status: 401, text: '{"message":"Unauthorized"}' });
    expect(await ask('POST', '/echo/1', ['Authorization', 'x'])).toMatchObject({
      status: 403,
      text: '{"message":"Forbidden"}',
    });
    expect((await ask('GET', '/health')).status).toBe(200);
  });

  test('answers 500 where the authorizer fails', async () => {
    const error = { errorType: 'Error', errorMessage: '', trace: [] };
    answer = () => ({ ok: false, error, isTimeout: false });
    expect((await ask('POST', '/echo/1', ['Authorization', 'x'])).status).toBe(500);
    answer = authorized(true);
    expect((await ask('POST', '/echo/1', ['Authorization', 'x'])).status).toBe(200);
  });
});

describe('the local HTTP API with CORS', () => {
  const cors: Cors = {
    allowedOrigins: ['https://shop.example', 'http://*'],
    allowedHeaders: ['Content-Type', 'Authorization'],
    allowedMethods: ['OPTIONS', 'POST'],
    exposedHeaders: ['X-Correlation-Id'],
    allowCredentials: false,
    maxAge: 60,
  };
  const preflight = ['Origin', 'https://shop.example', 'Access-Control-Request-Method', 'POST'];

  test('answers a preflight by itself, and adds its headers to what the function says in place of those', async () => {
    await listen(true, cors);
    const first = await ask('OPTIONS', '/echo/1', preflight);
    expect(first).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-methods': 'OPTIONS,POST',
        'access-control-allow-headers': 'Content-Type,Authorization',
        'access-control-max-age': '60',
      },
    });
    expect(invoked).toEqual([]);
    const own = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Max-Age': '5' };
    answer = () => ({ ok: true, value: { statusCode: 200, headers: own, body: 'well' } });
    const { headers } = await ask('POST', '/echo/1', ['Origin', 'http://localhost:3000']);
    expect(Object.entries(headers).filter(([name]) => name.startsWith('access-control-'))).toEqual([
      ['access-control-allow-origin', 'http://localhost:3000'],
      ['access-control-expose-headers', 'X-Correlation-Id'],
    ]);
  });

  test('refuses pages of origins that are not in the list', async () => {
    await listen(true, cors);
    expect((await ask('POST', '/echo/1', ['Origin', 'https://other.example'])).status).toBe(403);
    expect(invoked).toEqual([]);
  });

  test('lets the authorizer refuse the preflight of a route that needs a key', async () => {
    await listen(false, cors);
    expect((await ask('OPTIONS', '/any', preflight)).status).toBe(401);
  });
});
