import type { Context } from 'aws-lambda';

/**
 * Milliseconds before Lambda's timeout that are left for the reply and its log lines. A function that meets the timeout is
 * ended without a word, and API Gateway answers in words of its own.
 */
const MARGIN_MS = 250;

/** A request whose time was over before its work was. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

/** Milliseconds that a request's work may still take before Lambda's timeout. */
export const untilTimeoutMs = (lambda: Context): number => lambda.getRemainingTimeInMillis() - MARGIN_MS;

/**
 * Waits for work for a time. Work that is late goes on, for nobody.
 *
 * @throws OutOfTimeError once the time is over, and what the work throws
 */
export async function within<T>(timeMs: number, work: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(new OutOfTimeError('the function is out of time')), timeMs);
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
