import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { httpEvent, splitUrl } from './http-event.ts';
import { createRouter, type Target } from './routes.ts';
import type { Runtime } from './runtime.ts';
import type { Service } from './service.ts';

/** API Gateway's own limit for a request's body, in bytes. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** A request that API Gateway answers by itself: the words are API Gateway's. */
class GatewayError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Makes the HTTP API of the service: it answers as API Gateway's HTTP APIs do, from the functions.
 *
 * @param isOpen whether requests pass without the authorizer
 */
export function createHttpApi(service: Service, runtime: Runtime, isOpen: boolean): Server {
  const route = createRouter(service.functions);
  const authorize = createAuthorizer(service, runtime);
  const answer = async (request: IncomingMessage): Promise<APIGatewayProxyStructuredResultV2> => {
    const target = route(request.method ?? 'GET', splitUrl(request.url ?? '/').rawPath);
    if (target === undefined) throw new GatewayError(404, 'Not Found');
    const body = await readBody(request);
    const isAsked = target.isAuthorized && !isOpen;
    const caller = isAsked ? await authorize(request, target) : undefined;
    const result = await runtime.invoke(target.definition, httpEvent(request, body, target, caller));
    if (result.ok) return toReply(result.value);
    throw result.isTimeout
      ? new GatewayError(503, 'Service Unavailable')
      : new GatewayError(500, 'Internal Server Error');
  };
  return createServer((request, response) => {
    answer(request).then(
      (reply) => send(response, reply),
      (error: unknown) => {
        if (!(error instanceof GatewayError)) console.error(error);
        const { status, message } =
          error instanceof GatewayError ? error : new GatewayError(503, 'Service Unavailable');
        const body = JSON.stringify({ message });
        send(response, { statusCode: status, headers: { 'content-type': 'application/json' }, body });
      },
    );
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) throw new GatewayError(413, 'Request Entity Too Large');
  return Buffer.concat(chunks);
}

/** What a function returned, as API Gateway reads it: without a status it is the body of a 200. */
function toReply(value: unknown): APIGatewayProxyStructuredResultV2 {
  if (typeof value === 'object' && value !== null && 'statusCode' in value) {
    return value as APIGatewayProxyStructuredResultV2;
  }
  const body = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
}

function send(response: ServerResponse, reply: APIGatewayProxyStructuredResultV2): void {
  const { statusCode = 200, headers = {}, cookies = [], body = '', isBase64Encoded = false } = reply;
  const content = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  response.setHeader('content-length', content.length);
  response.writeHead(statusCode).end(content);
}

/** Asks the function that says who calls, at each request: here a revoked key is to be out at once. */
function createAuthorizer({ functions, authorizer }: Service, runtime: Runtime) {
  const definition = functions.find(({ name }) => name === authorizer?.functionName);
  return async (request: IncomingMessage, target: Target): Promise<unknown> => {
    const identity = request.headers.authorization;
    if (definition === undefined || !identity) throw new GatewayError(401, 'Unauthorized');
    const event = {
      ...httpEvent(request, Buffer.alloc(0), target, undefined),
      type: 'REQUEST',
      identitySource: [identity],
    };
    const result = await runtime.invoke(definition, event);
    if (!result.ok) throw new GatewayError(500, 'Internal Server Error');
    const { isAuthorized, context = {} } = result.value as { isAuthorized?: boolean; context?: unknown };
    if (isAuthorized !== true) throw new GatewayError(403, 'Forbidden');
    return context;
  };
}
