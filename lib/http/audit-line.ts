import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { withoutKeys } from '../access/api-key.ts';
import type { Caller } from '../access/caller.ts';
import { logger } from '../runtime/log.ts';

/** Characters of what a caller wrote that go into a log line. */
const MAX_CHARACTERS = 200;

/**
 * Logs who asked for a write, from where, and what came of it: one line for every POST, refused ones too, with the
 * correlation id that all lines have. The path has the ids; headers and bodies stay out, and so does whatever looks
 * like a key.
 *
 * @param durationMs how long the reply took
 */
export function logAuditLine(
  event: APIGatewayProxyEventV2,
  caller: Caller | undefined,
  reply: APIGatewayProxyStructuredResultV2,
  durationMs: number,
): void {
  const { method, sourceIp, userAgent } = event.requestContext.http;
  if (method !== 'POST') return;
  logger.info('audit', {
    apiKeyId: caller?.id,
    apiKeyName: caller?.name ?? 'unauthenticated',
    method,
    route: event.routeKey,
    path: shortened(event.rawPath),
    sourceIp,
    userAgent: shortened(userAgent ?? ''),
    status: reply.statusCode,
    outcome: outcomeOf(reply),
    durationMs,
  });
}

const shortened = (text: string): string => withoutKeys(text.slice(0, MAX_CHARACTERS));

function outcomeOf({ statusCode = 500, headers }: APIGatewayProxyStructuredResultV2): string {
  if (headers?.['Idempotency-Replayed'] !== undefined) return 'replayed';
  if (statusCode < 400) return 'done';
  return statusCode < 500 ? 'refused' : 'failed';
}
