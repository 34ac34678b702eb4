import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { vi } from 'vitest';
import type { HttpHandler } from '../../../lib/http/serve.ts';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { parseJson } from '../../../lib/wire/parse-json.ts';
import { PATIENCE } from '../constants.ts';

/** A test's request to a handler; each field that is missing is as small as it can be. */
export interface Asked {
  readonly body?: unknown;
  /** A body that is no JSON, or not what `body` would make. */
  readonly text?: string;
  /** A body that API Gateway takes for binary, and hands over in base64. */
  readonly bytes?: Buffer;
  /** Left out by API Gateway if there are none; null is taken as well. */
  readonly path?: Record<string, string> | null;
  readonly query?: Record<string, string> | null;
  readonly headers?: Record<string, string>;
  readonly route?: string;
  /** Milliseconds until Lambda ends the function, if not the longest of any. */
  readonly remainingMs?: number;
  /** What the authorizer said about the caller; missing if the gateway did not call it. */
  readonly access?: unknown;
}

/** A reply of a handler, or of a running system. */
export interface Answer {
  readonly status: number;
  /** Of JSON: integers as bigints, other numbers as text. Otherwise the text. */
  readonly payload: any;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** As long as the slowest function may take: no test is to meet it that does not mean to. */
const REMAINING_MS = 900_000;

let requests = 0;

/** Calls a handler as API Gateway does. */
export async function call(handler: HttpHandler, asked: Asked = {}): Promise<Answer> {
  requests += 1;
  const [method = 'POST', rawPath = '/'] = (asked.route ?? 'POST /test').split(' ');
  const event = {
    version: '2.0',
    routeKey: asked.route ?? 'POST /test',
    rawPath,
    rawQueryString: '',
    headers: asked.headers ?? {},
    requestContext: {
      http: { method, path: rawPath, sourceIp: '127.0.0.1' },
      ...(asked.access === undefined ? {} : { authorizer: { lambda: asked.access } }),
    },
    isBase64Encoded: asked.bytes !== undefined,
    ...(asked.path === undefined ? {} : { pathParameters: asked.path }),
    ...(asked.query === undefined ? {} : { queryStringParameters: asked.query }),
    body: asked.bytes?.toString('base64') ?? asked.text ?? textOf(asked.body),
  } as unknown as APIGatewayProxyEventV2;
  const awsRequestId = `request-${requests}`;
  const getRemainingTimeInMillis = () => asked.remainingMs ?? REMAINING_MS;
  const reply = await handler(event, { awsRequestId, getRemainingTimeInMillis } as Context);
  return answer(reply.statusCode ?? 0, Object.entries(reply.headers ?? {}), textOfReply(reply));
}

/** A reply's text, which the gateway and a client make of base64 and gzip. */
function textOfReply({ body = '', isBase64Encoded }: APIGatewayProxyStructuredResultV2): string {
  return isBase64Encoded === true ? gunzipSync(Buffer.from(body, 'base64')).toString() : body;
}

/**
 * A client of a running system.
 *
 * @param key an API key, if the system wants one
 */
export function client(url: string, key?: string) {
  const authorization = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const text = typeof body === 'string' ? body : textOf(body);
    const response = await fetch(url + path, {
      method,
      headers: { ...authorization, ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    return answer(response.status, [...response.headers], await response.text());
  }
  return {
    ask,
    get: (path: string) => ask('GET', path),
    post: (path: string, body: unknown, headers?: Record<string, string>) => ask('POST', path, body, headers),
    /** Waits until a transaction has ended, and returns its payload. */
    async ended(id: string): Promise<any> {
      return await vi.waitUntil(async () => {
        const { payload } = await ask('GET', `/transaction/${id}`);
        return ['success', 'decline'].includes(payload.Status) && payload;
      }, PATIENCE);
    },
  };
}

const textOf = (body: unknown): string | undefined => (body === undefined ? undefined : stringifyJson(body));

function answer(status: number, given: readonly [string, unknown][], text: string): Answer {
  const headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value)]));
  const isJson = text !== '' && headers['content-type']?.startsWith('application/json');
  const payload = isJson ? read(text).payload : text;
  return { status, payload, headers, text };
}

/** Reads a reply's JSON: integers as bigints, other numbers as text. */
export function read(text: string): any {
  return withBigints(parseJson(text));
}

function withBigints(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBigints);
  if (typeof value !== 'object' || value === null) return value;
  if ('rawJSON' in value) {
    const number = String(value.rawJSON);
    return /^-?\d+$/.test(number) ? BigInt(number) : number;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBigints(item)]));
}
