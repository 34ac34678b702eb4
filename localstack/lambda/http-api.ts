import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Foreign, isOwnPage, whyForeign } from '../guard.ts';
import { readBody } from './body.ts';
import { corsHeaders, isAllowedOrigin, isPreflight } from './cors.ts';
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
 * Makes the HTTP API of the service: it answers as API Gateway's HTTP APIs do, from the functions. What comes from a page of
 * a browser that serverless.yml's `cors` does not let in is refused, which API Gateway would let through: here nobody needs
 * a key. The API's own page at `/docs` may send requests.
 *
 * @param isOpen whether requests pass without the authorizer
 */
export function createHttpApi(service: Service, runtime: Runtime, isOpen: boolean): Server {
  const { functions, cors } = service;
  const route = createRouter(functions);
  const authorize = createAuthorizer(service, runtime);
  const answer = async (request: IncomingMessage): Promise<APIGatewayProxyStructuredResultV2> => {
    const { headers } = request;
    const foreign = whyForeign(headers, (origin) => isOwnPage(headers) || isAllowedOrigin(cors, origin));
    if (foreign !== undefined) return { statusCode: 403, headers: JSON_TYPE, body: envelope(foreign) };
    const target = route(request.method ?? 'GET', splitUrl(request.url ?? '/').rawPath);
    const isAsked = target?.isAuthorized === true && !isOpen;
    // The default route takes preflights, too: API Gateway asks its authorizer.
    if (cors !== undefined && !isAsked && isPreflight(request.method, request.headers))
      return { statusCode: 204 };
    if (target === undefined) throw new GatewayError(404, 'Not Found');
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) throw new GatewayError(413, 'Request Entity Too Large');
    const caller = isAsked ? await authorize(request, target) : undefined;
    const result = await runtime.invoke(target.definition, httpEvent(request, body, target, caller));
    if (result.ok) return toReply(result.value);
    throw result.isTimeout
      ? new GatewayError(503, 'Service Unavailable')
      : new GatewayError(500, 'Internal Server Error');
  };
  return createServer((request, response) => {
    answer(request)
      .catch(toGatewayReply)
      .then((reply) => send(response, reply, corsHeaders(cors, request)))
      .catch((error: unknown) => {
        // A status or a header that HTTP does not have.
        console.error(error);
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        send(response, gatewayReply(500, 'Internal Server Error'), {});
      });
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };

const envelope = (foreign: Foreign): string => JSON.stringify({ payload: foreign });

function gatewayReply(statusCode: number, message: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: JSON_TYPE, body: JSON.stringify({ message }) };
}

function toGatewayReply(error: unknown): APIGatewayProxyStructuredResultV2 {
  if (error instanceof GatewayError) return gatewayReply(error.status, error.message);
  console.error(error);
  return gatewayReply(503, 'Service Unavailable');
}

/**
 * What a function returned, as API Gateway reads it: without a status it is the body of a 200.
 *
 * @throws GatewayError for what Lambda can't hand on
 */
function toReply(value: unknown): APIGatewayProxyStructuredResultV2 {
  if (typeof value === 'object' && value !== null && 'statusCode' in value) {
    return value as APIGatewayProxyStructuredResultV2;
  }
  try {
    const body = typeof value === 'string' ? value : JSON.stringify(value ?? null);
    return { statusCode: 200, headers: JSON_TYPE, body };
  } catch (error) {
    console.error(error);
    throw new GatewayError(500, 'Internal Server Error');
  }
}

function send(
  response: ServerResponse,
  reply: APIGatewayProxyStructuredResultV2,
  cors: Readonly<Record<string, string>>,
): void {
  const { statusCode = 200, headers = {}, cookies = [], body = '', isBase64Encoded = false } = reply;
  const content = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  const isOwnWord = Object.keys(cors).length > 0;
  for (const name of response.getHeaderNames()) {
    if (isOwnWord && name.startsWith('access-control-')) response.removeHeader(name);
  }
  for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  if (statusCode !== 204) response.setHeader('content-length', content.length);
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
