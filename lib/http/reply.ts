import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { RETRY_AFTER_SECONDS } from '../access/rate-limit.ts';
import { FileStoreError } from '../aws/file-store-error.ts';
import { isUnavailable } from '../postgres/errors.ts';
import type { StoredReply } from '../postgres/idempotency.ts';
import { describeError, logger } from '../runtime/log.ts';
import { stringifyJson } from '../wire/json.ts';
import { type Refusal, type RefusalCode, type Result, refusalPayload } from '../wire/refusal.ts';
import { OutOfTimeError } from './deadline.ts';
import { STATUS_OF } from './status.ts';

/** What a refusal's status asks for besides the body. */
const HEADERS_OF: Readonly<Partial<Record<RefusalCode, Record<string, string>>>> = {
  unauthorized: { 'WWW-Authenticate': 'Bearer' },
  unsupported_encoding: { 'Accept-Encoding': 'identity' },
  too_many_requests: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
};

/** Names the preferences that a reply follows (RFC 7240). */
export const PREFERENCE_APPLIED = 'Preference-Applied';

/** No refusal: the work may have been done. */
const OUT_OF_TIME = {
  error:
    'the request ran out of time, and may have been done: try again, with the same Idempotency-Key if it is a POST',
  code: 'out_of_time',
};

/** An outage or a bug: logged whole, told to the caller in a sentence. */
export function failureReply(error: unknown): APIGatewayProxyStructuredResultV2 {
  const unavailable = isUnavailable(error);
  logger.error('request failed', { error: describeError(error) });
  if (unavailable) {
    return refusalReply({
      code: 'database_unavailable',
      error: 'the database does not answer: try again later',
    });
  }
  if (error instanceof FileStoreError) {
    return refusalReply({
      code: 'files_unavailable',
      error: 'the store of files does not answer: try again later',
    });
  }
  if (error instanceof OutOfTimeError)
    return jsonReply({ status: 503, body: stringifyJson({ payload: OUT_OF_TIME }) });
  const payload = { error: 'something went wrong on our side', code: 'internal_error' };
  return jsonReply({ status: 500, body: stringifyJson({ payload }) });
}

/**
 * A result as the reply that is kept with an idempotency key.
 *
 * @param secretField a field of the payload that is told once, and not kept
 */
export function toStored<T>(
  result: Result<T>,
  payload: (value: T) => unknown,
  secretField?: string,
): StoredReply {
  if (result.ok) {
    const told = payload(result.value);
    const reply = { status: 200, body: stringifyJson({ payload: told }) };
    if (secretField === undefined) return reply;
    return { ...reply, kept: stringifyJson({ payload: { ...(told as object), [secretField]: undefined } }) };
  }
  return { status: STATUS_OF[result.refusal.code], body: refusalBody(result.refusal) };
}

const refusalBody = (refusal: Refusal): string => stringifyJson({ payload: refusalPayload(refusal) });

/** The reply to a request that is refused, with headers besides those that its code brings. */
export const refusalReply = (
  refusal: Refusal,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 =>
  jsonReply(
    { status: STATUS_OF[refusal.code], body: refusalBody(refusal) },
    { ...HEADERS_OF[refusal.code], ...headers },
  );

/** The reply to a request that succeeded. */
export const payloadReply = (payload: unknown): APIGatewayProxyStructuredResultV2 =>
  jsonReply({ status: 200, body: stringifyJson({ payload }) });

/** A reply as API Gateway takes it. */
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
