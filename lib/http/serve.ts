import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { withoutKeys } from '../access/api-key.ts';
import {
  type Access,
  type ApiKeys,
  accessRefusal,
  type Caller,
  callerOf,
  NO_KEY_ID,
} from '../access/caller.ts';
import { TOO_MANY, takeTurn } from '../access/rate-limit.ts';
import type { Sql } from '../postgres/database.ts';
import { countColdStart } from '../runtime/cold-start.ts';
import { logger } from '../runtime/log.ts';
import { newId } from '../runtime/new-id.ts';
import { CORRELATION_ID } from '../wire/correlation-id.ts';
import { withDigitsAsText } from '../wire/digits.ts';
import type { Refusal } from '../wire/refusal.ts';
import { requestIds } from '../wire/request-ids.ts';
import { logAuditLine } from './audit-line.ts';
import { untilTimeoutMs, within } from './deadline.ts';
import { NO_PREFERENCES, type Preferences, readPreferences } from './preferences.ts';
import { failureReply, PREFERENCE_APPLIED, refusalReply } from './reply.ts';

/**
 * What every reply has besides its content, unless it says otherwise itself: money belongs in no cache, a browser that was here
 * once by TLS comes back by it, and JSON is no script. What else pages are given says nothing to a client of an API.
 */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
} as const;

const AMOUNTS_AS_TEXT = 'amounts=string';

/** What a request brings besides its input. Ids come from here, so that a test can replay them. */
export interface RequestContext {
  readonly correlationId: string;
  readonly newId: () => string;
  /** Whose idempotency keys these are. */
  readonly apiKeyId: string;
  /** Within whose requests a Reference is unique; empty if no keys are required. */
  readonly owner: string;
  readonly preferences: Preferences;
  /** Whether its key is good for something else, too. */
  readonly mayAlso: (needed: Access) => boolean;
  /** When it came, and when it has to be answered: milliseconds of performance.now(). */
  readonly startedMs: number;
  readonly endsMs: number;
}

/** What every handler needs to let nobody in who should not be. */
export interface Guard {
  readonly sql: Sql;
  readonly apiKeys: ApiKeys;
}

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Answers a request that was let in. */
export type Answer = (
  event: APIGatewayProxyEventV2,
  context: RequestContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Nobody is answered without {@link admit}: neither the body is read nor the database touched before.
 *
 * @param workMsOf milliseconds that a request with such preferences may take, if that is less than its function may
 */
export function serve(
  needed: Access,
  guard: Guard,
  answer: Answer,
  workMsOf?: (preferences: Preferences) => number,
): HttpHandler {
  return serveCallers(
    guard.apiKeys,
    (caller) => admit(caller, needed, guard.sql),
    answer,
    workMsOf ? { workMsOf } : {},
  );
}

/**
 * The same for a route that is open to everyone, and has no database. It has no amounts, either: whatever is preferred, caches get
 * one reply.
 */
export function serveEveryone(apiKeys: ApiKeys, answer: Answer): HttpHandler {
  return serveCallers(apiKeys, () => Promise.resolve(undefined), answer, {
    preferencesOf: () => NO_PREFERENCES,
  });
}

/** How preferences are read, and how long a request with them may take. */
interface Preferring {
  readonly preferencesOf?: typeof readPreferences;
  readonly workMsOf?: (preferences: Preferences) => number;
}

function serveCallers(
  apiKeys: ApiKeys,
  admitted: (caller: Caller | undefined) => Promise<Refusal | undefined>,
  answer: Answer,
  { preferencesOf = readPreferences, workMsOf = () => Number.POSITIVE_INFINITY }: Preferring,
): HttpHandler {
  const handler = async (event: APIGatewayProxyEventV2, lambda: Context) => {
    const started = performance.now();
    countColdStart();
    const ids = idsOf(event);
    logger.setCorrelationId(ids.correlationId);
    logger.appendKeys({ lambdaRequestId: lambda.awsRequestId });
    const caller = callerOf(event, apiKeys);
    const preferences = preferencesOf(event.headers);
    const timeMs = Math.min(untilTimeoutMs(lambda), workMsOf(preferences));
    const context = {
      ...{ ...ids, apiKeyId: caller?.id ?? NO_KEY_ID },
      ...{ owner: caller?.owner ?? '', preferences },
      ...{ startedMs: started, endsMs: started + timeMs },
      mayAlso: (other: Access) => accessRefusal(caller, other) === undefined,
    };
    const answered = admitted(caller).then((refusal) =>
      refusal === undefined ? answer(event, context) : refusalReply(refusal),
    );
    const reply = asPreferred(preferences, await within(timeMs, answered).catch(failureReply));
    const durationMs = Math.round(performance.now() - started);
    logAuditLine(event, caller, reply, durationMs);
    // The gateway's access log has the same, and the audit line of a POST.
    logger.debug('request', { route: event.routeKey, status: reply.statusCode, durationMs });
    const headers = { ...HEADERS, ...reply.headers, 'X-Correlation-Id': ids.correlationId };
    // The gateway hands a HEAD's body on as it gets it.
    return event.requestContext.http.method === 'HEAD'
      ? { ...reply, headers, body: '' }
      : { ...reply, headers };
  };
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpHeaderNormalizer())
    .handler(handler) as unknown as HttpHandler;
}

/**
 * Writes amounts and ids as the request prefers them. This comes last, so that replies which are kept or repeated have but one
 * form.
 */
function asPreferred(
  { amountsAsText }: Preferences,
  reply: APIGatewayProxyStructuredResultV2,
): APIGatewayProxyStructuredResultV2 {
  if (!amountsAsText || !isJson(reply)) return reply;
  const applied = [AMOUNTS_AS_TEXT, reply.headers?.[PREFERENCE_APPLIED] ?? []].flat().join(', ');
  return {
    ...reply,
    headers: { ...reply.headers, [PREFERENCE_APPLIED]: applied },
    body: withDigitsAsText(reply.body ?? ''),
  };
}

/** Whether a reply is an answer in JSON, and no file. */
const isJson = ({ headers = {} }: APIGatewayProxyStructuredResultV2): boolean =>
  String(headers['Content-Type']).startsWith('application/json');

/** Why a request is not answered: no key, a key that is not for this, or one that was used too often just now. */
async function admit(caller: Caller | undefined, needed: Access, sql: Sql): Promise<Refusal | undefined> {
  const refusal = accessRefusal(caller, needed);
  if (refusal !== undefined || caller?.limit === undefined) return refusal;
  return (await takeTurn(sql, caller.id, caller.limit)) ? undefined : TOO_MANY;
}

/** A request's correlation id, and what makes ids for it. One that brought none has the first of these itself. */
function idsOf(event: APIGatewayProxyEventV2): Pick<RequestContext, 'correlationId' | 'newId'> {
  const given = event.headers['x-correlation-id'];
  const isUsable = given !== undefined && CORRELATION_ID.test(given) && withoutKeys(given) === given;
  if (isUsable) return { correlationId: given, newId };
  const { first, next } = requestIds(newId);
  return { correlationId: first, newId: next };
}
