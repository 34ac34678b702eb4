import { inBatches } from '../aws/in-batches.ts';

/** The most entries that one call takes, of SQS and of EventBridge. */
export const ENTRIES_PER_CALL = 10;

/** Calls under way at once: enough to hide the latency, few enough for one instance's sockets. */
const CALLS_AT_ONCE = 8;

/** Hands entries over in as few calls as they fit in; see {@link inBatches}. */
export async function inCalls<T, R>(
  entries: readonly T[],
  call: (batch: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  return await inBatches(entries, ENTRIES_PER_CALL, CALLS_AT_ONCE, call);
}
