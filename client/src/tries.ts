import { ConnectionError, isRefusal, TimeoutError, UnavailableError } from './errors.ts';
import { pause, startTimeLimit } from './time-limit.ts';

/** The gateway gives up after 30 s; what takes longer is a connection that hangs. */
export const TRY_LIMIT_MS = 35_000;

/** Enough for two tries that hang and the pauses between them; a person waits no longer. */
export const DEFAULT_TIMEOUT_MS = 80_000;

/** With the pauses below, the last try starts 6 s after the first one on average, 13 s at most. */
export const DEFAULT_MAX_RETRIES = 6;

/** The first pause is up to this long, and each may be twice as long as the one before. */
export const FIRST_PAUSE_MS = 200;

/** The longest pause: a server that is back is not left waiting. */
export const MAX_PAUSE_MS = 10_000;

/** A server that wants a longer pause gets none: the refusal is the caller's, with `retryAfterMs`. */
export const MAX_RETRY_AFTER_MS = 30_000;

/** setTimeout takes no more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** How one request is made; each field overrides that of the client. */
export interface RequestOptions {
  /** Ends the request and its pauses; what is thrown is its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The time limit of the whole, all tries and pauses included. */
  readonly timeoutMs?: number | undefined;
  /** How often it is tried again after a try that failed; 0 for never. */
  readonly maxRetries?: number | undefined;
  /** Copied into the system's logs, messages and events. */
  readonly correlationId?: string | undefined;
}

/** What the tries are for. */
interface Tried {
  readonly name: string;
  readonly idempotencyKey: string | undefined;
}

/** What holds if a request's options do not say otherwise. */
interface Defaults {
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly random: () => number;
}

/** A try that failed in a way that another one may mend. */
export class Retriable extends Error {
  readonly error: Error;
  /** How long the server wants us to wait at least, in milliseconds. */
  readonly afterMs: number;

  constructor(error: Error, afterMs = 0) {
    super(error.message);
    this.error = error;
    this.afterMs = afterMs;
  }
}

/**
 * Runs what needs the connection. Whatever breaks there is the connection: fetch tells no causes apart that are the same
 * wherever it runs.
 *
 * @throws Retriable with a ConnectionError
 */
export async function connected<Result>(
  { name, idempotencyKey }: Tried,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new Retriable(
      new ConnectionError(`${name}: no connection, or it was cut`, { idempotencyKey, cause }),
    );
  }
}

/**
 * Runs a try, and after each failure that another one may mend a next one, within the limits.
 *
 * @param attempt throws {@link Retriable} for such a failure
 */
export async function trying<Result>(
  defaults: Defaults,
  { name, idempotencyKey }: Tried,
  options: RequestOptions,
  attempt: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { timeoutMs = defaults.timeoutMs, maxRetries = defaults.maxRetries, signal } = options;
  checkLimits(timeoutMs, maxRetries);
  signal?.throwIfAborted();
  const whole = startTimeLimit(timeoutMs, signal);
  let last: Error | undefined;
  let isUnknown = false;
  try {
    for (let tries = 0; ; tries++) {
      const tried = await tryOnce(attempt, whole.signal, { name, idempotencyKey });
      if ('value' in tried) return tried.value;
      last = tried.retriable.error;
      isUnknown ||= idempotencyKey !== undefined && !isRefusal(last);
      const nextMs = tried.retriable.afterMs + pauseMs(tries, defaults.random());
      // If there is no time for another try, the caller need not wait for that.
      if (tries >= maxRetries || nextMs >= whole.remainingMs()) throw last;
      await pause(nextMs, whole.signal);
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (!whole.isOver() || error === last) throw isUnknown ? notRefused(error) : error;
    const cause = last ?? error;
    throw new TimeoutError(`${name}: no final reply within ${timeoutMs} ms`, { idempotencyKey, cause });
  } finally {
    whole.end();
  }
}

/**
 * After a try that may have been done, a refusal of the caller says nothing of the request: the system did not look at its key.
 * Whoever took it for a refusal of a payment would pay again. Any other refusal was made with the key.
 */
function notRefused(error: unknown): unknown {
  if (!isRefusal(error, 'unauthorized', 'forbidden', 'too_many_requests', 'route_not_found')) return error;
  const { status, correlationId, requestId, idempotencyKey, code } = error;
  const facts = { status, correlationId, requestId, idempotencyKey, code, cause: error };
  return new UnavailableError(`${error.message} (an earlier try may have been done)`, facts);
}

async function tryOnce<Result>(
  attempt: (signal: AbortSignal) => Promise<Result>,
  above: AbortSignal,
  { name, idempotencyKey }: Tried,
): Promise<{ readonly value: Result } | { readonly retriable: Retriable }> {
  const limit = startTimeLimit(TRY_LIMIT_MS, above);
  try {
    return { value: await attempt(limit.signal) };
  } catch (error) {
    if (error instanceof Retriable) return { retriable: error };
    if (above.aborted || !limit.isOver()) throw error;
    const facts = { idempotencyKey, cause: error };
    const timeout = new TimeoutError(`${name}: no reply within ${TRY_LIMIT_MS} ms`, facts);
    return { retriable: new Retriable(timeout) };
  } finally {
    limit.end();
  }
}

/**
 * Full jitter: anything up to a bound that grows, so that clients that failed together do not come back together.
 *
 * @param tries that failed before this one
 * @param random from 0 up to 1
 */
export function pauseMs(tries: number, random: number): number {
  return random * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
}

/** @throws RangeError */
export function checkLimits(timeoutMs: number, maxRetries: number): void {
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS))
    throw new RangeError(`timeoutMs must be from 1 to ${MAX_TIMEOUT_MS}`);
  if (!(Number.isInteger(maxRetries) && maxRetries >= 0))
    throw new RangeError('maxRetries must be a whole number from 0 up');
}
