import { readPayload, writeBody } from './payload.ts';

/** A reading request that takes longer is not worth waiting for: the database's own limit is 9 s. */
const READ_LIMIT_MS = 12_000;

/** The gateway gives up after 30 s; a request may wait for settling most of that. */
const WRITE_LIMIT_MS = 35_000;

/** How often a reading request is tried again. A writing one is never: its sender sees what happened, and decides. */
const MAX_RETRIES = 2;

/** Before the first retry; twice as long before the next. */
const FIRST_PAUSE_MS = 400;

/** What is worth another try: the system is busy, or a part of it just ended. */
const RETRIED: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** How long the reply to a payment waits for what becomes of it. */
const WAIT_SECONDS = 10;

/** What a query's fields may be; those that are undefined or empty are left out. */
type Query = Readonly<Record<string, string | bigint | number | undefined>>;

/** A request that was refused, failed or got no answer, with a sentence for whoever made it. */
export class ApiError extends Error {
  /** 0 if there was no answer. */
  readonly status: number;
  readonly code: string;

  constructor(message: string, status: number, code: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether the system may have done what was asked nevertheless. */
  get isUnknown(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/** The code of a connection that failed. A request that took too long is not tried again: somebody waits. */
const CUT_OFF = 'no_connection';

const TOO_SLOW = 'The system takes too long to answer. Try again.';
const UNREADABLE = 'The answer can’t be read: it was cut, or is not the system’s. Try again.';
const TOO_LONG = 'The statement is too long for this page. Choose a shorter period.';
const NO_ANSWER = 'The system does not answer. Check the connection, and try again.';

const WITHOUT_SENTENCE: Readonly<Record<number, string>> = {
  401: 'This key is not valid.',
  403: 'This key may not do that.',
  404: 'There is no such thing.',
  429: 'Too many requests at once. Wait a moment, and try again.',
  503: 'The system is busy. Wait a moment, and try again.',
};

/** A request as fetch takes it, with its own headers as fields. */
type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

/** The API, as one key may use it. */
export interface Api {
  /** @throws ApiError, or the signal's reason */
  get<Reply>(path: string, query?: Query, signal?: AbortSignal): Promise<Reply>;
  /**
   * Sends a request once.
   *
   * @param idempotencyKey a repeat with it does nothing again
   * @throws ApiError
   */
  post<Reply>(path: string, body: unknown, idempotencyKey: string): Promise<Reply>;
  /** @throws ApiError */
  download(path: string, query?: Query): Promise<Blob>;
}

/**
 * Makes requests to the system that served the page.
 *
 * @param root the address that paths are appended to, without a slash at its end
 * @param key none where the system asks for none
 * @param onSignedOut is called if the key is not, or no longer, valid
 */
export function openApi(root: string, key: string | undefined, onSignedOut: () => void): Api {
  const authorization: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  const send = async (path: string, { headers: own, ...init }: Init, limitMs: number): Promise<Response> => {
    const signals = [AbortSignal.timeout(limitMs), ...(init.signal ? [init.signal] : [])];
    const headers = { Accept: 'application/json', ...authorization, ...own };
    const response = await fetch(root + path, { ...init, headers, signal: AbortSignal.any(signals) });
    if (response.status === 401) onSignedOut();
    return response;
  };
  const get = async (
    path: string,
    query: Query,
    signal?: AbortSignal,
    redirect: RequestRedirect = 'follow',
  ): Promise<Response> => {
    const init = { redirect, ...(signal === undefined ? {} : { signal }) };
    for (let tries = 0; ; tries++) {
      const answered = await answerOf(() => send(path + searchOf(query), init, READ_LIMIT_MS), signal);
      if (!(answered instanceof ApiError)) return answered;
      const isWorthIt = answered.code === CUT_OFF || RETRIED.has(answered.status);
      if (!isWorthIt || tries >= MAX_RETRIES) throw answered;
      await pause(FIRST_PAUSE_MS * 2 ** tries, signal);
    }
  };
  return {
    get: async <Reply>(path: string, query: Query = {}, signal?: AbortSignal) =>
      (await payloadOf(await get(path, query, signal))) as Reply,
    post: async <Reply>(path: string, body: unknown, idempotencyKey: string) => {
      const headers = {
        'Content-Type': 'application/json',
        'Idempotency-Key': idempotencyKey,
        Prefer: `wait=${WAIT_SECONDS}`,
      };
      const init = { method: 'POST', headers, body: writeBody(body) };
      const answered = await answerOf(() => send(path, init, WRITE_LIMIT_MS));
      if (answered instanceof ApiError) throw answered;
      return (await payloadOf(answered)) as Reply;
    },
    download: async (path, query = {}) => {
      const response = await get(path, query, undefined, 'manual');
      return await response.blob();
    },
  };
}

/** A response of success, or what went wrong. */
async function answerOf(ask: () => Promise<Response>, signal?: AbortSignal): Promise<Response | ApiError> {
  try {
    const response = await ask();
    // A long file is elsewhere, from where no page may read it.
    if (response.type === 'opaqueredirect') return new ApiError(TOO_LONG, 413, 'report_too_large');
    return response.ok ? response : await errorOf(response);
  } catch (error) {
    if (signal?.aborted) throw error;
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
    return isTimeout ? new ApiError(TOO_SLOW, 0, 'timeout') : new ApiError(NO_ANSWER, 0, CUT_OFF);
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const payload = readPayload(await response.text().catch(() => ''));
  const { error, code } = (payload ?? {}) as { readonly error?: unknown; readonly code?: unknown };
  const sentence = typeof error === 'string' ? sentenceOf(error) : WITHOUT_SENTENCE[status];
  return new ApiError(
    sentence ?? `The system failed (status ${status}). Try again.`,
    status,
    typeof code === 'string' ? code : '',
  );
}

/** The API's sentences begin small and have no point at their end. */
const sentenceOf = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

async function payloadOf(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => '');
  const payload = readPayload(text);
  if (payload === undefined) throw new ApiError(UNREADABLE, 0, '');
  return payload;
}

function searchOf(query: Query): string {
  const filled = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return filled.length === 0 ? '' : `?${new URLSearchParams(filled)}`;
}

/** @throws the signal's reason */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
  signal?.throwIfAborted();
}
