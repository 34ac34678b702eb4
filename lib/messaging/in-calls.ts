import { inBatches } from '../aws/in-batches.ts';

/** The most entries that one batch call to SQS or EventBridge takes. */
export const ENTRIES_PER_CALL = 10;

/** Calls in progress at once: enough to hide their latency, few enough for one instance's sockets. */
const CALLS_AT_ONCE = 8;

/** Sends entries in as few calls as possible; see {@link inBatches}. */
export async function inCalls<T, R>(
  entries: readonly T[],
  call: (batch: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  return await inBatches(entries, ENTRIES_PER_CALL, CALLS_AT_ONCE, call);
}
