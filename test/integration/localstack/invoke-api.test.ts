import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { createInvokeApi } from '../../../localstack/lambda/invoke-api.ts';
import type { Result } from '../../../localstack/lambda/runtime.ts';

let server: Server;
let answer: () => Promise<Result>;
let events: unknown[];

beforeEach(async () => {
  events = [];
  answer = async () => ({ ok: true, value: 'well' });
  const definition = { name: 'echo', file: 'echo', exported: 'handler', timeoutMs: 1_000, memoryMb: 128 };
  const service = { functions: [{ ...definition, environment: {}, events: [] }], authorizer: undefined };
  const invoke = (_definition: unknown, event: unknown) => {
    events.push(event);
    return answer();
  };
  server = createInvokeApi(service, { invoke }).listen(0, LOOPBACK);
  await once(server, 'listening');
});
afterEach(async () => {
  await once(server.close(), 'close');
});

async function ask(body: string, name = 'echo', headers: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo;
  const url = `http://${LOOPBACK}:${port}/2015-03-31/functions/${name}/invocations`;
  const response = await fetch(url, { method: 'POST', body, headers: { ...headers, Connection: 'close' } });
  const error = response.headers.get('x-amz-function-error') ?? response.headers.get('x-amzn-errortype');
  return [response.status, error, await response.text()];
}

test('answers with what the function returned, as JSON', async () => {
  expect(await ask('{"a":1}')).toEqual([200, null, '"well"']);
  answer = async () => ({ ok: true, value: undefined });
  expect(await ask('')).toEqual([200, null, '']);
  expect(events).toEqual([{ a: 1 }, {}]);
});

test('tells of a function that failed by a header', async () => {
  const error = { errorType: 'Error', errorMessage: 'no', trace: [] };
  answer = async () => ({ ok: false, error, isTimeout: false });
  expect(await ask('{}')).toEqual([200, 'Unhandled', JSON.stringify(error)]);
});

test('a function whose value is no JSON has failed', async () => {
  answer = async () => ({ ok: true, value: { amount: 1n } });
  const [status, error, body] = await ask('{}');
  expect([status, error]).toEqual([200, 'Unhandled']);
  expect(body).toContain('"errorType":"Runtime.MarshalError"');
});

test('does not wait for an event', async () => {
  answer = () => new Promise(() => {});
  expect(await ask('{}', 'echo', { 'X-Amz-Invocation-Type': 'Event' })).toEqual([202, null, '']);
});

test('refuses an unknown function, a body that is no JSON or too large, and more than can wait', async () => {
  expect(await ask('{}', 'other')).toEqual([
    404,
    'ResourceNotFoundException',
    expect.stringContaining('other'),
  ]);
  expect(await ask('{')).toEqual([400, 'InvalidRequestContentException', expect.stringContaining('no JSON')]);
  const large = `"${'x'.repeat(6 * 1024 * 1024)}"`;
  expect(await ask(large)).toEqual([413, 'RequestTooLargeException', expect.any(String)]);
  expect(events).toEqual([]);
  answer = () => Promise.reject(new Error('1000 events wait already'));
  expect(await ask('{}')).toEqual([429, 'TooManyRequestsException', expect.stringContaining('wait already')]);
});
