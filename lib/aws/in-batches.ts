/**
 * Does work on items batch by batch, several batches at once.
 *
 * @param size items in a batch, 1 or more
 * @param atOnce batches under way at once, 1 or more
 * @param work answers one result per item of its batch, in order
 * @returns the results in the order of the items
 * @throws what work throws first, once the batches under way with it have ended
 */
export async function inBatches<T, R>(
  items: readonly T[],
  size: number,
  atOnce: number,
  work: (batch: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const results: R[] = [];
  const stride = size * atOnce;
  for (let start = 0; start < items.length; start += stride) {
    const batches: Promise<readonly R[]>[] = [];
    for (let at = start; at < Math.min(start + stride, items.length); at += size) {
      batches.push(work(items.slice(at, at + size)));
    }
    const settled = await Promise.allSettled(batches);
    for (const batch of settled) {
      if (batch.status === 'rejected') throw batch.reason;
      results.push(...batch.value);
    }
  }
  return results;
}
