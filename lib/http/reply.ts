import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { RETRY_AFTER_SECONDS } from '../access/rate-limit.ts';
import type { StoredReply } from '../postgres/idempotency.ts';
import { stringifyJson } from '../wire/json.ts';
import { type Refusal, type RefusalCode, type Result, refusalPayload } from '../wire/refusal.ts';
import { STATUS_OF } from './status.ts';

/** What a refusal's status asks for besides the body. */
const HEADERS_OF: Readonly<Partial<Record<RefusalCode, Record<string, string>>>> = {
  unauthorized: { 'WWW-Authenticate': 'Bearer' },
  too_many_requests: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
};

export function toStored<T>(result: Result<T>, payload: (value: T) => unknown): StoredReply {
  if (result.ok) return { status: 200, body: stringifyJson({ payload: payload(result.value) }) };
  return { status: STATUS_OF[result.refusal.code], body: refusalBody(result.refusal) };
}

const refusalBody = (refusal: Refusal): string => stringifyJson({ payload: refusalPayload(refusal) });

export const refusalReply = (refusal: Refusal): APIGatewayProxyStructuredResultV2 =>
  jsonReply({ status: STATUS_OF[refusal.code], body: refusalBody(refusal) }, HEADERS_OF[refusal.code]);

export const payloadReply = (payload: unknown): APIGatewayProxyStructuredResultV2 =>
  jsonReply({ status: 200, body: stringifyJson({ payload }) });

export function jsonReply(
  reply: StoredReply,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: reply.status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: reply.body,
  };
}
