import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { invokeLambda } from '../../../localstack/lambda/invoke.ts';

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('the event is posted to the function, and its reply comes back', async () => {
  const asked: string[] = [];
  const endpoint = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.on('data', (chunk) => asked.push(String(chunk)));
    request.on('end', () => response.end('{"batchItemFailures":[]}'));
  });
  expect(await invokeLambda(endpoint, 'processor')({ Records: [] })).toEqual({ batchItemFailures: [] });
  expect(asked).toEqual(['POST /2015-03-31/functions/processor/invocations', '{"Records":[]}']);
});

test('no reply is null', async () => {
  const endpoint = await serve((_, response) => response.writeHead(204).end());
  expect(await invokeLambda(endpoint, 'processor')({})).toBeNull();
});

test('a function that threw is a failure, although the status is 200', async () => {
  const endpoint = await serve((_, response) => {
    response.writeHead(200, { 'X-Amz-Function-Error': 'Unhandled' }).end('{"errorMessage":"no database"}');
  });
  await expect(invokeLambda(endpoint, 'processor')({})).rejects.toThrow(
    'processor failed (HTTP 200): {"errorMessage":"no database"}',
  );
});

test('a function that does not exist is a failure', async () => {
  const endpoint = await serve((_, response) =>
    response.writeHead(404).end('{"Message":"Function not found"}'),
  );
  await expect(invokeLambda(endpoint, 'processor')({})).rejects.toThrow('HTTP 404');
});

test('a reply that is no JSON is a failure', async () => {
  const endpoint = await serve((_, response) => response.end('<html>'));
  await expect(invokeLambda(endpoint, 'processor')({})).rejects.toThrow('JSON');
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  server.listen({ port: 0, host: LOOPBACK });
  await once(server, 'listening');
  const address = server.address();
  return `http://${LOOPBACK}:${typeof address === 'object' ? address?.port : ''}`;
}
