import { createServer, type Server, type ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import type { Runtime } from './runtime.ts';
import type { Service } from './service.ts';

/** Lambda's own limit for the event of a synchronous invocation, in bytes. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

const INVOKE_PATH = /^\/2015-03-31\/functions\/([\w.:-]+)\/invocations$/;

/** Makes Lambda's Invoke API for the functions: synchronous, or as an event that nobody waits for. */
export function createInvokeApi(service: Service, runtime: Runtime): Server {
  return createServer((request, response) => {
    const name = request.method === 'POST' ? INVOKE_PATH.exec(request.url ?? '')?.[1] : undefined;
    const definition = service.functions.find((each) => each.name === name);
    if (definition === undefined) {
      request.resume();
      const Message = `Function not found: ${name ?? `${request.method} ${request.url}`}`;
      refuse(response, 404, 'ResourceNotFoundException', Message);
      return;
    }
    const isEvent = request.headers['x-amz-invocation-type'] === 'Event';
    const answer = async (): Promise<void> => {
      const body = await readBody(request, MAX_PAYLOAD_BYTES);
      if (body === undefined)
        return refuse(response, 413, 'RequestTooLargeException', `over ${MAX_PAYLOAD_BYTES} bytes`);
      const event = parsed(body);
      if (event === undefined)
        return refuse(response, 400, 'InvalidRequestContentException', 'the body is no JSON');
      if (isEvent) response.writeHead(202).end();
      const result = await runtime.invoke(definition, event.value);
      if (isEvent) return;
      const json = result.ok ? asJson(result.value) : { ok: false as const, error: result.error };
      if (json.ok) reply(response, 200, json.text);
      // Lambda answers 200 to a function that failed; this header tells.
      else reply(response, 200, JSON.stringify(json.error), { 'x-amz-function-error': 'Unhandled' });
    };
    answer().catch((error: unknown) => {
      if (!response.headersSent) refuse(response, 429, 'TooManyRequestsException', String(error));
    });
  });
}

function parsed(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: body.length === 0 ? {} : JSON.parse(body.toString('utf8')) };
  } catch {
    return undefined;
  }
}

/** What a function returned as Lambda hands it on; what is no JSON makes it one that failed. */
function asJson(value: unknown) {
  try {
    return { ok: true as const, text: JSON.stringify(value) ?? '' };
  } catch (error) {
    const errorMessage = `Unable to stringify response body: ${String(error)}`;
    return { ok: false as const, error: { errorType: 'Runtime.MarshalError', errorMessage, trace: [] } };
  }
}

function refuse(response: ServerResponse, status: number, type: string, Message: string): void {
  reply(response, status, JSON.stringify({ Type: 'User', Message }), { 'x-amzn-errortype': type });
}

function reply(
  response: ServerResponse,
  status: number,
  json: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(json);
}
