/** The largest supported number of groups k: the assignment takes O(k³) time and k² cells, here seconds and megabytes. */
export const MAX_RELABEL_GROUPS = 1_000;

/**
 * Names subsets so that the fewest items move: a maximum-weight assignment in the matrix of how many items each subset
 * and each group share. Each item counts one, whatever its load.
 *
 * @param current the current group of each item. If it is not one of 0 to groups - 1, because the group was removed, the
 *   item moves in any case and does not count
 * @param subsets the new subset of each item, from 0 to groups - 1
 * @returns the group of each subset: a permutation of 0 to groups - 1
 * @throws RangeError if the lengths differ, a subset is out of range, or there are too many groups
 */
export function relabelGroups(
  current: ArrayLike<number>,
  subsets: ArrayLike<number>,
  groups: number,
): Uint16Array {
  if (!Number.isInteger(groups) || groups < 1 || groups > MAX_RELABEL_GROUPS) {
    throw new RangeError(`groups must be an integer from 1 to ${MAX_RELABEL_GROUPS}, not ${groups}`);
  }
  if (current.length !== subsets.length) {
    throw new RangeError(`${current.length} current groups for ${subsets.length} subsets`);
  }
  const shared = new Float64Array(groups * groups);
  for (let item = 0; item < subsets.length; item++) {
    const subset = subsets[item] as number;
    const group = current[item] as number;
    if (!Number.isInteger(subset) || subset < 0 || subset >= groups) {
      throw new RangeError(
        `subset of item ${item} must be an integer from 0 to ${groups - 1}, not ${subset}`,
      );
    }
    if (!Number.isInteger(group) || group < 0 || group >= groups) continue;
    const cell = subset * groups + group;
    shared[cell] = (shared[cell] as number) + 1;
  }
  return maximumAssignment(shared, groups);
}

/**
 * Chooses a column for each row of a square matrix so that the sum of the cells is largest: shortest augmenting paths,
 * after Jonker & Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
 * (Computing 38, 1987), in the form of Crouse, "On implementing 2D rectangular assignment algorithms" (IEEE TAES 52,
 * 2016). Rows are added one by one; the cost of a cell is minus its weight, minus the prices of its row and column.
 */
function maximumAssignment(weights: Float64Array, size: number): Uint16Array {
  const none = size;
  const rowOf = new Uint16Array(size).fill(none);
  const columnOf = new Uint16Array(size).fill(none);
  const rowPrices = new Float64Array(size);
  const columnPrices = new Float64Array(size);
  const before = new Uint16Array(size);
  const distances = new Float64Array(size);
  const open = new Uint16Array(size);

  for (let start = 0; start < size; start++) {
    distances.fill(Infinity);
    for (let column = 0; column < size; column++) open[column] = column;
    let left = size;
    let distance = 0;
    for (let row = start; row !== none; ) {
      const offset = distance - (rowPrices[row] as number);
      let nearest = 0;
      distance = Infinity;
      for (let at = 0; at < left; at++) {
        const column = open[at] as number;
        const through = offset - (weights[row * size + column] as number) - (columnPrices[column] as number);
        if (through < (distances[column] as number)) {
          distances[column] = through;
          before[column] = row;
        }
        const found = distances[column] as number;
        // Of equally near columns, a free one ends the search.
        if (found < distance || (found === distance && rowOf[column] === none)) {
          distance = found;
          nearest = at;
        }
      }
      const column = open[nearest] as number;
      left--;
      open[nearest] = open[left] as number;
      open[left] = column;
      row = rowOf[column] as number;
    }
    // Columns from `left` on were reached; the one at `left`, reached last, is free.
    for (let at = left; at < size; at++) {
      const column = open[at] as number;
      const gain = distance - (distances[column] as number);
      columnPrices[column] = (columnPrices[column] as number) - gain;
      const row = rowOf[column] as number;
      if (row !== none) rowPrices[row] = (rowPrices[row] as number) + gain;
    }
    rowPrices[start] = (rowPrices[start] as number) + distance;
    let column = open[left] as number;
    for (let row = none; row !== start; ) {
      row = before[column] as number;
      rowOf[column] = row;
      const previous = columnOf[row] as number;
      columnOf[row] = column;
      column = previous;
    }
  }
  return columnOf;
}

/**
 * Swaps items of equal load between groups so that as many as possible stay in their current group. Each group keeps as
 * many items of each load as it was to get, so its sum is the same. Takes O(n) time.
 *
 * @param current the current group of each item; items whose current group no longer exists may move freely
 * @param wished the new group of each item, from 0 to groups - 1
 * @returns the group of each item after the swaps
 * @throws RangeError if the lengths differ
 */
export function swapEqualLoads(
  loads: ArrayLike<number>,
  current: ArrayLike<number>,
  wished: ArrayLike<number>,
  groups: number,
): Uint16Array {
  const count = loads.length;
  if (current.length !== count || wished.length !== count) {
    throw new RangeError(`${count} loads for ${current.length} current and ${wished.length} wished groups`);
  }
  const result = Uint16Array.from(wished);
  const order = byLoad(loads);
  /** For items of the current load: the free places of each group. */
  const places = new Uint32Array(groups);
  for (let start = 0, end = 0; start < count; start = end) {
    const load = loads[order[start] as number];
    for (; end < count && loads[order[end] as number] === load; end++) {
      const group = wished[order[end] as number] as number;
      places[group] = (places[group] as number) + 1;
    }
    fillPlaces(order.subarray(start, end), current, places, result);
  }
  return result;
}

/** All items, with items of equal load next to each other. */
function byLoad(loads: ArrayLike<number>): Uint32Array {
  const counts = new Map<number, number>();
  for (let item = 0; item < loads.length; item++) {
    const load = loads[item] as number;
    counts.set(load, (counts.get(load) ?? 0) + 1);
  }
  const nextOf = new Map<number, number>();
  let next = 0;
  for (const [load, count] of counts) {
    nextOf.set(load, next);
    next += count;
  }
  const order = new Uint32Array(loads.length);
  for (let item = 0; item < loads.length; item++) {
    const load = loads[item] as number;
    const at = nextOf.get(load) as number;
    order[at] = item;
    nextOf.set(load, at + 1);
  }
  return order;
}

/** Gives the items of one load all the places, first to items with a place in their current group. */
function fillPlaces(
  items: Uint32Array,
  current: ArrayLike<number>,
  places: Uint32Array,
  result: Uint16Array,
): void {
  let moving = 0;
  for (const item of items) {
    const group = current[item] as number;
    const free = places[group] ?? 0;
    if (free > 0) {
      places[group] = free - 1;
      result[item] = group;
    } else {
      // Collected at the front of the same array, over items that are done.
      items[moving++] = item;
    }
  }
  for (let at = 0, group = 0; at < moving; at++) {
    while (places[group] === 0) group++;
    places[group] = (places[group] as number) - 1;
    result[items[at] as number] = group;
  }
}
