import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any function may take, so that the function's own timeout comes first. */
const ATTEMPT_LIMIT_MS = 12_000;

/** The time limit of one request with all its attempts. */
const REQUEST_LIMIT_MS = 180_000;

/** The pause between two attempts. */
const RETRY_PAUSE_MS = 200;

/** A final answer to a request: a 200 or a refusal. */
export interface Answer {
  readonly status: number;
  readonly payload: unknown;
}

/** The number of attempts by their answer: a status, or the reason if there was none. */
type Answers = Map<string, number>;

export interface Client {
  /** Sends a request, `times` times at once, each until it has a final answer. Throws after the time limit. */
  readonly send: (path: string, body: string, key: string, times?: number) => Promise<Answer[]>;
  readonly answers: Answers;
}

/** A caller that retries requests without an answer, with the same Idempotency-Key. */
export function retryingClient(url: string, signal: AbortSignal): Client {
  const answers: Answers = new Map();
  const count = (what: string) => answers.set(what, (answers.get(what) ?? 0) + 1);

  const attempt = async (path: string, body: string, key: string): Promise<Answer | undefined> => {
    const headers = { 'Idempotency-Key': key, 'X-Correlation-Id': key };
    try {
      const limit = AbortSignal.timeout(ATTEMPT_LIMIT_MS);
      const response = await fetch(url + path, { method: 'POST', body, headers, signal: limit });
      const { payload, reason } = read(await response.text());
      count([response.status, reason].join(' ').trim());
      return response.status < 500 && payload !== undefined
        ? { status: response.status, payload }
        : undefined;
    } catch (error) {
      count(causeOf(error));
      return undefined;
    }
  };
  const retryUntilAnswered = async (path: string, body: string, key: string): Promise<Answer> => {
    const limit = Date.now() + REQUEST_LIMIT_MS;
    while (Date.now() < limit) {
      const answer = await attempt(path, body, key);
      if (answer !== undefined) return answer;
      signal.throwIfAborted();
      await sleep(RETRY_PAUSE_MS);
    }
    throw new Error(`${key} had no answer in ${REQUEST_LIMIT_MS / 1000} s`);
  };
  return {
    answers,
    send: (path, body, key, times = 1) =>
      Promise.all(Array.from({ length: times }, () => retryUntilAnswered(path, body, key))),
  };
}

/** The payload of an answer that must be a 200. */
export function payloadOf<T>(answer: Answer | undefined): T {
  if (answer?.status !== 200)
    throw new Error(`refused: ${answer?.status} ${JSON.stringify(answer?.payload)}`);
  return answer.payload as T;
}

/**
 * A reply's payload, and the reason if it is no success. A function that threw or timed out has no payload.
 */
function read(text: string): { payload?: unknown; reason: string } {
  try {
    const reply = JSON.parse(text) as {
      payload?: { code?: string };
      errorMessage?: string;
      message?: string;
    };
    const { payload, errorMessage, message } = reply;
    if (payload === undefined)
      return { reason: `with no payload: ${errorMessage ?? message ?? text.slice(0, 80)}` };
    return { payload, reason: payload.code ?? '' };
  } catch {
    return { reason: `with no JSON: ${text.slice(0, 80)}` };
  }
}

/** An error's system code, such as ECONNRESET, or else its name, such as TimeoutError. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
