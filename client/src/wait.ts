import type { Api, Transaction } from '../generated/api.ts';
import { TimeoutError, UnavailableError } from './errors.ts';
import { newKey } from './new-key.ts';
import type { RequestName } from './reply.ts';
import { pause, startTimeLimit } from './time-limit.ts';
import { type PostOptions, type Sent, send, type Transport } from './transport.ts';
import { checkLimits, type RequestOptions } from './tries.ts';

/** Most transactions are settled within this time. */
const FIRST_LOOK_MS = 50;

/** Each pause is that much longer than the one before. */
const GROWTH = 1.5;

/** The longest pause: a client looks twice a minute more than it has to, and learns of an end two seconds late at most. */
const MAX_LOOK_PAUSE_MS = 2_000;

/** What `waitFor` waits by itself. After an outage a transaction ends, too, but not while a caller sits there. */
const DEFAULT_WAIT_MS = 120_000;

/** The longest time that the server waits, in seconds: its gateway answers no later than after 30. */
const MAX_WAIT_SECONDS = 20;

/** Whether a transaction has ended, in `success` or `decline`. */
export const hasEnded = ({ Status }: Pick<Transaction, 'Status'>): boolean =>
  Status === 'success' || Status === 'decline';

/**
 * Looks at a transaction with growing pauses until it has ended.
 *
 * @returns the transaction that ended; a decline is no error
 * @throws TimeoutError when the time is over: the transaction goes on. What {@link send} throws
 */
export async function waitFor(
  transport: Transport,
  transactionId: string,
  { timeoutMs = DEFAULT_WAIT_MS, signal, ...options }: RequestOptions = {},
): Promise<Transaction> {
  const last = await lookUntilEnded(transport, transactionId, { ...options, timeoutMs, signal });
  if (last !== undefined && hasEnded(last)) return last;
  const status = last?.Status ?? 'unknown';
  throw new TimeoutError(`transaction ${transactionId} is ${status} after ${timeoutMs} ms`, {});
}

/** @returns what was last seen; undefined if the time was over before */
async function lookUntilEnded(
  transport: Transport,
  transactionId: string,
  { timeoutMs, signal, ...options }: RequestOptions & { readonly timeoutMs: number },
): Promise<Transaction | undefined> {
  checkLimits(timeoutMs, 0);
  signal?.throwIfAborted();
  const limit = startTimeLimit(timeoutMs, signal);
  let last: Transaction | undefined;
  try {
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(MAX_LOOK_PAUSE_MS, pauseMs * GROWTH)) {
      await pause(pauseMs, limit.signal);
      const path = { transactionId };
      const looking = { ...options, signal: limit.signal, timeoutMs };
      last = await send(transport, { name: 'GET /transaction/{transactionId}', path }, looking);
      if (hasEnded(last)) return last;
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (!limit.isOver()) throw error;
    return last;
  } finally {
    limit.end();
  }
}

/** How a POST that moves money is made. */
export interface MoveOptions extends PostOptions {
  /** Answers once the money is moved, or after so many seconds, 0 to 20, with what became of it until then. */
  readonly wait?: number | undefined;
}

/** The reply of a POST: the transaction's id, or the hold's. */
export type Accepted<Reply> = Pick<
  Reply,
  Extract<keyof Reply, Reply extends { HoldId: string } ? 'HoldId' : 'TransactionId'>
>;

/** The reply of a POST with `wait`: what became of it. */
export type Waited<Reply> = Accepted<Reply> & Transaction;

/** The requests that move money. */
type MoveName = Extract<
  RequestName,
  | 'POST /receive_amount'
  | 'POST /transfer_amount'
  | 'POST /refund'
  | 'POST /transaction'
  | `POST /send_amount${string}`
  | 'POST /hold'
  | 'POST /hold/{holdId}/capture'
  | 'POST /hold/{holdId}/release'
>;

/**
 * Sends a request that moves money, and waits if the options say so: by the server, or by looking if it is one that can't.
 *
 * @throws RangeError for a `wait` out of range; UnavailableError if it was accepted and nobody could look; what {@link send}
 *   throws
 */
export async function sendMove<Name extends MoveName>(
  transport: Transport,
  sent: Sent<Name>,
  { wait, ...options }: MoveOptions = {},
): Promise<Api[Name]['reply'] | Waited<Api[Name]['reply']>> {
  if (wait === undefined) return await send(transport, sent, options);
  if (!(Number.isInteger(wait) && wait >= 0 && wait <= MAX_WAIT_SECONDS))
    throw new RangeError(`wait must be a whole number of seconds from 0 to ${MAX_WAIT_SECONDS}`);
  const idempotencyKey = options.idempotencyKey ?? newKey();
  const startedMs = performance.now();
  const accepted = await send(transport, { ...sent, prefer: `wait=${wait}` }, { ...options, idempotencyKey });
  if ('Status' in accepted) return accepted;
  const id = 'HoldId' in accepted ? accepted.HoldId : accepted.TransactionId;
  const { timeoutMs = transport.timeoutMs } = options;
  const leftMs = (limitMs: number) => limitMs - (performance.now() - startedMs);
  const lookMs = leftMs(Math.min(wait * 1000, timeoutMs));
  try {
    const seen = await lookFor(transport, id, lookMs, () => leftMs(timeoutMs), options);
    return { ...seen, ...accepted };
  } catch (cause) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    // The payment is accepted: whatever the look was answered, a refusal too, is none of the payment.
    const message = `${sent.name}: ${id} was accepted, and how it stands can't be read`;
    throw new UnavailableError(message, { idempotencyKey, cause });
  }
}

/**
 * What became of a transaction within so many milliseconds, or how it stands after them.
 *
 * @param leftMs milliseconds that are left of the whole, by then
 */
async function lookFor(
  transport: Transport,
  transactionId: string,
  milliseconds: number,
  leftMs: () => number,
  options: RequestOptions,
): Promise<Transaction> {
  const seen =
    milliseconds < 1
      ? undefined
      : await lookUntilEnded(transport, transactionId, { ...options, timeoutMs: milliseconds });
  if (seen !== undefined) return seen;
  const timeoutMs = leftMs();
  if (timeoutMs < 1) throw new TimeoutError(`transaction ${transactionId} was not seen in time`, {});
  const name = 'GET /transaction/{transactionId}';
  return await send(transport, { name, path: { transactionId } }, { ...options, timeoutMs });
}
