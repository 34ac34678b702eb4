import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { printFirstKey } from '../../../deployment/first-key.ts';
import type { Serverless } from '../../../deployment/serverless.ts';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { TEST_CLIENT } from '../../support/aws.ts';

const KEY = 'mlps_0123456789abcdefghijkl_secret';
const PATH = '/2015-03-31/functions/my-little-ps-dev-keys/invocations';

let lambda: Server;

/** As Lambda answers where a function threw. */
const FAILED = { 'X-Amz-Function-Error': 'Unhandled' };

beforeEach(() => vi.stubEnv('CI', ''));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  lambda.closeAllConnections();
  lambda.close();
});

/** Lambda's Invoke with one reply, and what the deployment's last step printed. */
async function printed(reply: string, status = 200, headers: Record<string, string> = {}, failures = 0) {
  const asked: string[] = [];
  let left = failures;
  lambda = createServer((request, response) => {
    request.on('data', (chunk) => asked.push(`${request.method} ${request.url} ${chunk}`));
    request.on('end', () => {
      left -= 1;
      if (left < 0) response.writeHead(status, headers).end(reply);
      else response.writeHead(200, FAILED).end('{"errorMessage":"the database resumes"}');
    });
  });
  lambda.listen({ port: 0, host: LOOPBACK });
  await once(lambda, 'listening');
  const address = lambda.address();
  const endpoint = `http://${LOOPBACK}:${typeof address === 'object' ? address?.port : ''}`;
  const out = vi.spyOn(console, 'log').mockImplementation(() => {});
  const problems = vi.spyOn(console, 'error').mockImplementation(() => {});
  await printFirstKey(deployed(endpoint), 1);
  return { asked, out: out.mock.calls.flat().join('\n'), problems: problems.mock.calls.flat().join('\n') };
}

function deployed(endpoint: string): Serverless {
  const config = {
    endpoint,
    ...TEST_CLIENT,
    maxAttempts: 1,
  };
  return {
    service: { functions: { keys: { name: 'my-little-ps-dev-keys' } } },
    getProvider: () => ({ getStage: () => 'dev', getAwsSdkV3Config: () => Promise.resolve(config) }),
  } as unknown as Serverless;
}

test('a deployment ends with the first key, once', async () => {
  const { asked, out, problems } = await printed(JSON.stringify({ key: KEY, record: { name: 'first' } }));
  expect(asked).toEqual([`POST ${PATH} {"command":"first"}`]);
  expect(out.split(KEY)).toHaveLength(2);
  expect(problems).toBe('');
});

test('a database that resumes is waited for', async () => {
  const { asked, out } = await printed(JSON.stringify({ key: KEY }), 200, {}, 3);
  expect(asked).toHaveLength(4);
  expect(out).toContain(KEY);
});

test('in CI no key is made for a log to keep', async () => {
  vi.stubEnv('CI', 'true');
  const { asked, out } = await printed(JSON.stringify({ key: KEY }));
  expect(asked).toEqual([]);
  expect(out).toContain(`--function keys --data '{"command":"first"}'`);
});

test('where there are keys already, nothing is printed', async () => {
  expect(await printed('{"refused":"there are keys already"}')).toMatchObject({ out: '', problems: '' });
});

test.each<[string, string, number, Record<string, string>]>([
  ['that throws', `{"errorMessage":"${KEY}"}`, 200, FAILED],
  ['that does not answer in JSON', '<html>', 200, {}],
  ['that is not there', '{"Message":"Function not found"}', 404, {}],
])('a function %s fails no deployment: it is told how to ask again', async (_, reply, status, headers) => {
  const { out, problems } = await printed(reply, status, headers);
  expect(out).toBe('');
  expect(problems).toContain('The first API key could not be asked for: ');
  expect(problems).toContain(
    `npx serverless invoke --stage dev --function keys --data '{"command":"first"}'`,
  );
  expect(problems).not.toContain(KEY);
});
