import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { expect } from 'vitest';
import type { HttpHandler } from '../../../lib/http/route.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { parseJson, stringifyJson } from '../../../lib/wire/json.ts';

/** What a test asks: what is left out is as small as it can be. */
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
  /** What the authorizer told of the caller; left out where the gateway did not ask it. */
  readonly access?: unknown;
}

/** A reply with every number kept as a bigint, or as text where it is no integer. */
export interface Answer {
  readonly status: number;
  readonly payload: any;
  readonly headers: Record<string, string>;
  readonly text: string;
}

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
    body:
      asked.bytes?.toString('base64') ??
      asked.text ??
      (asked.body === undefined ? undefined : stringifyJson(asked.body)),
  } as unknown as APIGatewayProxyEventV2;
  const reply = await handler(event, { awsRequestId: `request-${requests}` } as Context);
  const text = reply.body ?? '';
  const headers = Object.fromEntries(
    Object.entries(reply.headers ?? {}).map(([k, v]) => [k.toLowerCase(), String(v)]),
  );
  const payload = headers['content-type']?.startsWith('application/json') ? read(text).payload : text;
  return { status: reply.statusCode ?? 0, payload, headers, text };
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

/** A refusal's payload, and its status. */
export interface Refused {
  readonly status: number;
  readonly error: string;
  readonly code: string;
  readonly details?: readonly { readonly field: string; readonly error: string }[];
}

const SENTENCE = /^[A-Za-z_].{5,}/s;

/** What only a stack trace, a statement or the database says. */
const INTERNALS =
  /\n\s+at |node_modules|\.ts:\d|PostgresError|\b(SELECT|INSERT INTO|UPDATE|WITH) \w+ .*(FROM|SET|AS)\b|relation "|syntax/;

/** Calls a handler that is to refuse, and checks that it did so in the envelope and changed nothing in the database. */
export async function refused(sql: Sql, handler: HttpHandler, asked: Asked): Promise<Refused> {
  const before = await contents(sql);
  const { status, payload, text, headers } = await call(handler, asked);
  expect(await contents(sql)).toEqual(before);
  expect(status, text).toBeGreaterThanOrEqual(400);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(Object.keys(read(text))).toEqual(['payload']);
  expect(Object.keys(payload).filter((key) => key !== 'details')).toEqual(['error', 'code']);
  expect(payload.error).toMatch(SENTENCE);
  expect(payload.code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(text).not.toMatch(INTERNALS);
  return { status, ...payload };
}

/** How many rows every table has, and a hash of them. */
async function contents(sql: Sql) {
  const tables = await sql<{ name: string }[]>`
    SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`;
  const counts = tables.map(
    ({ name }) => `SELECT '${name}' AS name, count(*)::int AS rows,
      md5(string_agg(line::text, ' ' ORDER BY line::text)) AS hash FROM ${name} AS line`,
  );
  return [...(await sql.unsafe(counts.join(' UNION ALL ')))];
}
