import type { Api } from '../generated/api.ts';
import { UnexpectedReplyError } from './errors.ts';
import { writeJson } from './json.ts';
import { newKey } from './new-key.ts';
import { errorOf, factsOf, payloadOf, type Reply, type RequestName, retryAfterOf } from './reply.ts';
import { connected, MAX_RETRY_AFTER_MS, type RequestOptions, Retriable, trying } from './tries.ts';

/** What is worth another try: the server says that it is busy or broken, and asks for it. */
const RETRIED: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** How a POST is made. */
export interface PostOptions extends RequestOptions {
  /**
   * Who repeats a request with its key can't have it done twice, also after a restart. Without one, each call makes its own,
   * which all of its tries share.
   */
  readonly idempotencyKey?: string | undefined;
}

/** Where requests go, and how. */
export interface Transport {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly fetch: typeof fetch;
  /** From 0 up to 1: how much of a pause to make. */
  readonly random: () => number;
}

/** A request of the description. */
export interface Sent<Name extends RequestName> {
  readonly name: Name;
  readonly path?: Readonly<Record<string, string | bigint>>;
  readonly query?: Readonly<Record<string, string | bigint | number | undefined>>;
  readonly body?: unknown;
  /** Preferences beside that for strings of digits. */
  readonly prefer?: string | undefined;
}

/**
 * Sends a request until there is a final reply, with the same Idempotency-Key each time.
 *
 * @throws RefusalError, UnavailableError, ConnectionError, TimeoutError, UnexpectedReplyError, the signal's reason
 */
export async function send<Name extends RequestName>(
  transport: Transport,
  sent: Sent<Name>,
  options: PostOptions = {},
): Promise<Api[Name]['reply']> {
  const request = requestOf(transport, sent, options);
  return await trying(transport, request, options, async (signal) => {
    const reply = await exchange(transport, request, signal);
    if (reply.status !== 200) throw failureOf(request, reply);
    return readPayload(sent.name, request, reply);
  });
}

/** A request as fetch takes it, the same for each try. */
export interface PreparedRequest {
  readonly name: RequestName;
  readonly url: string;
  readonly init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
  };
  readonly idempotencyKey: string | undefined;
}

export function requestOf<Name extends RequestName>(
  { url, apiKey }: Transport,
  { name, path = {}, query = {}, body, prefer }: Sent<Name>,
  { idempotencyKey, correlationId }: PostOptions,
): PreparedRequest {
  const [method = '', template = ''] = name.split(' ');
  const filled = template.replace(/\{(\w+)\}/g, (_all, field: string) => pathPart(field, path[field]));
  const parameters = new URLSearchParams();
  for (const [field, value] of Object.entries(query))
    if (value !== undefined) parameters.append(field, String(value));
  const search = parameters.size === 0 ? '' : `?${parameters}`;
  const key = method === 'POST' ? (idempotencyKey ?? newKey()) : undefined;
  const headers = {
    Accept: 'application/json',
    Prefer: prefer === undefined ? 'amounts=string' : `amounts=string, ${prefer}`,
    ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
    ...(key === undefined ? {} : { 'Idempotency-Key': key }),
    ...(correlationId === undefined ? {} : { 'X-Correlation-Id': correlationId }),
    ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}),
  };
  // A key that no header can have is the caller's mistake, and no failed connection; one that is empty gets lost on some ways.
  new Headers(headers);
  if (key?.trim() === '') throw new TypeError('idempotencyKey must be filled');
  const init = { method, headers, ...(method === 'POST' ? { body: writeJson(body ?? {}) } : {}) };
  return { name, url: url + filled + search, init, idempotencyKey: key };
}

/** An empty part would be another path. */
function pathPart(field: string, value: string | bigint | undefined): string {
  const text = String(value ?? '');
  if (text === '' || text === '.' || text === '..') throw new TypeError(`${field} must be filled`);
  return encodeURIComponent(text);
}

/** The error of a reply without success, as {@link Retriable} if another try may mend it. */
export function failureOf(request: PreparedRequest, reply: Reply): Error {
  const error = errorOf(request.name, reply, request.idempotencyKey);
  const afterMs = retryAfterOf(reply.headers) ?? 0;
  return RETRIED.has(reply.status) && afterMs <= MAX_RETRY_AFTER_MS ? new Retriable(error, afterMs) : error;
}

/** A 200 that is no JSON was cut on its way, or comes from something in between: the next may be whole. */
function readPayload<Name extends RequestName>(
  name: Name,
  { idempotencyKey }: PreparedRequest,
  reply: Reply,
): Api[Name]['reply'] {
  try {
    return payloadOf(name, reply, idempotencyKey);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const facts = { ...factsOf(reply.status, reply.headers), idempotencyKey, cause: error };
    throw new Retriable(new UnexpectedReplyError(`${name}: the reply is ${error.message}`, facts));
  }
}

async function exchange(transport: Transport, request: PreparedRequest, signal: AbortSignal): Promise<Reply> {
  return await connected(request, signal, async () => {
    const response = await open(transport, request, signal);
    return { status: response.status, headers: response.headers, text: await response.text() };
  });
}

/** Sends a request, whose reply is not read yet. A redirect could lead the key to another host, so none is followed. */
export async function open(
  { fetch: fetchWith }: Transport,
  { url, init }: PreparedRequest,
  signal: AbortSignal,
): Promise<Response> {
  return await fetchWith(url, { ...init, signal, redirect: 'manual' });
}
