import { createServer, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Runtime } from './runtime.ts';
import type { Service } from './service.ts';

const INVOKE_PATH = /^\/2015-03-31\/functions\/([\w.:-]+)\/invocations$/;

/** Makes Lambda's Invoke API for the functions: synchronous, or as an event that nobody waits for. */
export function createInvokeApi(service: Service, runtime: Runtime): Server {
  return createServer((request, response) => {
    const name = request.method === 'POST' ? INVOKE_PATH.exec(request.url ?? '')?.[1] : undefined;
    const definition = service.functions.find((each) => each.name === name);
    if (definition === undefined) {
      request.resume();
      const Message = `Function not found: ${name ?? `${request.method} ${request.url}`}`;
      reply(response, 404, { Type: 'User', Message }, { 'x-amzn-errortype': 'ResourceNotFoundException' });
      return;
    }
    const isEvent = request.headers['x-amz-invocation-type'] === 'Event';
    const answer = async (): Promise<void> => {
      const body = await text(request);
      const event = body === '' ? {} : (JSON.parse(body) as unknown);
      if (isEvent) response.writeHead(202).end();
      const result = await runtime.invoke(definition, event);
      if (isEvent) return;
      if (result.ok) reply(response, 200, result.value);
      // Lambda answers 200 to a function that failed; this header tells.
      else reply(response, 200, result.error, { 'x-amz-function-error': 'Unhandled' });
    };
    answer().catch((error: unknown) => {
      const isJson = !(error instanceof SyntaxError);
      const Message = String(error);
      if (!response.headersSent) reply(response, isJson ? 429 : 400, { Type: 'User', Message });
    });
  });
}

function reply(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(value === undefined ? '' : JSON.stringify(value));
}
