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

/**
 * Waits for work as long as its function may still run. Work that is late goes on, for nobody.
 *
 * @throws OutOfTimeError shortly before Lambda's timeout, and what the work throws
 */
export async function inTime<T>(lambda: Context, work: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => over.reject(new OutOfTimeError('the function is out of time')),
    lambda.getRemainingTimeInMillis() - MARGIN_MS,
  );
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
