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
  const event = {
    version: '2.0',
    routeKey: 'POST /bench',
    rawPath: '/bench',
    rawQueryString: '',
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'bench', ...headers },
    requestContext: { http: { method: 'POST', path: '/bench', sourceIp: '127.0.0.1' } },
    isBase64Encoded: false,
    body: JSON.stringify(body),
  } as unknown as APIGatewayProxyEventV2;
  const reply = await handler(event, {
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => REMAINING_MS,
  } as Context);
  if (reply.statusCode !== 200 || reply.body?.includes('error')) throw new Error(reply.body);
}
