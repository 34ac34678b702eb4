import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { HttpHandler } from '../lib/http/serve.ts';

/** As long as an accepting function may take on AWS, in milliseconds. */
const REMAINING_MS = 10_000;

/**
 * Calls a handler with an event as from API Gateway, JSON text included.
 *
 * @throws Error with the reply unless it is a success
 */
export async function post(
  handler: HttpHandler,
  body: object,
  headers: Record<string, string>,
): Promise<void> {
  const sent = { headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) };
  await call(handler, 'POST /bench', sent);
}

/** What a GET asks for; values are text, as in an address. */
export interface Asked {
  /** As in the description, such as `GET /wallet/{walletId}`. */
  readonly route: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * Calls a handler with a GET as from API Gateway.
 *
 * @returns the reply's characters
 * @throws Error with the reply unless it is a success
 */
export async function get(handler: HttpHandler, { route, path, query }: Asked): Promise<number> {
  return await call(handler, route, {
    ...(path === undefined ? {} : { pathParameters: path }),
    ...(query === undefined ? {} : { queryStringParameters: query }),
  });
}

async function call(
  handler: HttpHandler,
  routeKey: string,
  { headers, ...sent }: { readonly headers?: Record<string, string>; readonly [field: string]: unknown },
): Promise<number> {
  const [method, path] = routeKey.split(' ');
  const event = {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: { 'User-Agent': 'bench', ...headers },
    requestContext: { http: { method, path, sourceIp: '127.0.0.1' } },
    isBase64Encoded: false,
    ...sent,
  } as unknown as APIGatewayProxyEventV2;
  const reply = await handler(event, {
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => REMAINING_MS,
  } as Context);
  if (reply.statusCode !== 200 || reply.body?.includes('error')) throw new Error(reply.body);
  return reply.body?.length ?? 0;
}
