import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** A request's route: its key, such as `GET /wallet/{walletId}`, and the parameters of its path. */
export interface Matched {
  readonly routeKey: string;
  readonly parameters: Readonly<Record<string, string>> | undefined;
}

/** Content types whose bodies API Gateway hands on as text; any other is base64. */
const TEXT_TYPE = /^(text\/|application\/(json|javascript|xml)\b)/i;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The API's id, as an account's number and an API's name stand in an event. */
const ACCOUNT_ID = '000000000000';
const API_ID = 'local';

/**
 * The event that API Gateway makes of a request to an HTTP API, in payload format 2.0: "Create AWS Lambda proxy
 * integrations for HTTP APIs", API Gateway Developer Guide.
 *
 * @param authorizer what the authorizer says of the caller; undefined when it was not asked
 */
export function httpEvent(
  request: IncomingMessage,
  body: Buffer,
  { routeKey, parameters }: Matched,
  authorizer: unknown,
): APIGatewayProxyEventV2 {
  const { rawPath, rawQueryString } = splitUrl(request.url ?? '/');
  const { headers, cookies } = readHeaders(request.rawHeaders);
  const isText = TEXT_TYPE.test(headers['content-type'] ?? '') && isUtf8(body);
  const now = new Date();
  const host = headers['host'] ?? '';
  const context = {
    accountId: ACCOUNT_ID,
    apiId: API_ID,
    ...(authorizer === undefined ? {} : { authorizer: { lambda: authorizer } }),
    domainName: host,
    domainPrefix: API_ID,
    http: {
      method: request.method ?? 'GET',
      path: rawPath,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    routeKey,
    stage: '$default',
    time: clfTime(now),
    timeEpoch: now.getTime(),
  };
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(rawQueryString === '' ? {} : { queryStringParameters: readQuery(rawQueryString) }),
    ...(parameters === undefined ? {} : { pathParameters: parameters }),
    requestContext: context,
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  } as APIGatewayProxyEventV2;
}

/** The path as it was sent, and the query without its question mark. */
export function splitUrl(url: string): { readonly rawPath: string; readonly rawQueryString: string } {
  const mark = url.indexOf('?');
  return mark < 0
    ? { rawPath: url, rawQueryString: '' }
    : { rawPath: url.slice(0, mark), rawQueryString: url.slice(mark + 1) };
}

/** Names in lower case, values of one name joined by commas, cookies apart. */
function readHeaders(raw: readonly string[]) {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(/; */));
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return { headers, cookies };
}

/** Decoded, with the values of one name joined by commas. */
function readQuery(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  }
  return query;
}

/** Such as `12/Mar/2026:19:03:58 +0000`. */
function clfTime(time: Date): string {
  const [date = '', clock = ''] = time.toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock.slice(0, 8)} +0000`;
}
