/**
 * The largest differencing method, literally, for comparison: each load is a tuple of `groups` sums, and the two tuples
 * with the largest differences are merged until one is left. Its time and memory grow with loads times groups.
 *
 * @returns the largest sum minus the smallest
 */
export function plainDifferencing(loads: Float64Array, groups: number): number {
  const heap: Float64Array[] = [];
  for (const load of loads) {
    // Sums in descending order, minus the smallest, so the first is the difference.
    const tuple = new Float64Array(groups);
    tuple[0] = load;
    push(heap, tuple);
  }
  while (heap.length > 1) {
    const [first, second] = [pop(heap), pop(heap)];
    const joined = first
      .map((sum, at) => sum + difference(second, groups - 1 - at))
      .sort()
      .reverse();
    const smallest = difference(joined, groups - 1);
    push(
      heap,
      joined.map((sum) => sum - smallest),
    );
  }
  return difference(heap[0] ?? new Float64Array(1));
}

const difference = (tuple: Float64Array | undefined, at = 0): number => tuple?.[at] ?? 0;

function push(heap: Float64Array[], tuple: Float64Array): void {
  let at = heap.push(tuple) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (difference(heap[parent]) >= difference(tuple)) break;
    swap(heap, at, parent);
    at = parent;
  }
}

function pop(heap: Float64Array[]): Float64Array {
  swap(heap, 0, heap.length - 1);
  const top = heap.pop() ?? new Float64Array(1);
  for (let at = 0; ; ) {
    let largest = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && difference(heap[child]) > difference(heap[largest])) largest = child;
    }
    if (largest === at) return top;
    swap(heap, at, largest);
    at = largest;
  }
}

function swap(heap: Float64Array[], a: number, b: number): void {
  const [first, second] = [heap[a], heap[b]];
  if (first === undefined || second === undefined) return;
  heap[a] = second;
  heap[b] = first;
}
