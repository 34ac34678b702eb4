/** How long a client of AWS waits, and how often it tries. */
interface TimeBounds {
  /** Milliseconds to connect. */
  readonly connectMs: number;
  /** Milliseconds for an answer, once connected. */
  readonly requestMs: number;
  readonly attempts: number;
}

/** The settings of an AWS SDK client whose every try ends, with an error, when its time is over. */
export const boundedInTime = ({ connectMs, requestMs, attempts }: TimeBounds) => ({
  maxAttempts: attempts,
  requestHandler: {
    connectionTimeout: connectMs,
    requestTimeout: requestMs,
    // Without it the SDK only logs that the time is over.
    throwOnRequestTimeout: true,
  },
});
