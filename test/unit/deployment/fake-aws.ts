import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach } from 'vitest';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { TEST_CLIENT } from '../../support/aws.ts';

/** What a service answers; the status is 200 unless it says otherwise. */
export interface Answer {
  readonly status?: number;
  readonly body: string;
}

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/**
 * Starts an HTTP server in place of AWS's services; it stops after the test.
 *
 * @param answer gets the method, the path, the operation if a header names it, and the body, as one text
 * @returns the requests so far, and the SDK's configuration that leads to the server
 */
export async function fakeAws(answer: (request: string) => Answer) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const target = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
      const text = [request.method, request.url, target, body].filter(Boolean).join(' ');
      asked.push(text);
      const reply = answer(text);
      response.writeHead(reply.status ?? 200).end(reply.body);
    });
  });
  servers.push(server);
  server.listen({ port: 0, host: LOOPBACK });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  const config = { ...TEST_CLIENT, endpoint: `http://${LOOPBACK}:${port}`, maxAttempts: 1 };
  return { asked, config };
}

/** The framework's objects of a stage whose stack has these resources, by their ids. */
export function stageOf(
  config: Record<string, unknown>,
  resources: Readonly<Record<string, string>> = {},
  stage = 'prod',
) {
  const listed = Object.entries(resources).map(([LogicalResourceId, PhysicalResourceId]) => ({
    LogicalResourceId,
    PhysicalResourceId,
  }));
  return {
    classes: { Error },
    getProvider: () => ({
      getStage: () => stage,
      getRegion: () => TEST_CLIENT.region,
      getStackResources: () => Promise.resolve(listed),
      getAwsSdkV3Config: () => Promise.resolve(config),
    }),
  };
}
