import { once } from 'node:events';
import { type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
    { ...definition('authorizer', 'GET', '/'), events: [] },
  ],
  authorizer: { functionName: 'authorizer' },
};

let server: Server;
let port: number;
let invoked: { readonly name: string; readonly event: any }[];
let answer: (name: string) => Result;

async function listen(isOpen: boolean): Promise<void> {
  const runtime: Runtime = {
    invoke: async ({ name }, event) => {
      invoked.push({ name, event });
      return answer(name);
    },
  };
  server = createHttpApi(SERVICE, runtime, isOpen).listen(0, '127.0.0.1');
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
    headers: ['Host', 'localhost', ...headers],
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
