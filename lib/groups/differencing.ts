/**
 * Splits loads into groups of nearly equal sums: the largest differencing method of Karmarkar & Karp, "The differencing
 * method of set partitioning" (UCB/CSD 82/113, 1982), for any number k of groups as in Michiels, Korst, Aarts & van
 * Leeuwen, "Performance ratios for the Karmarkar-Karp differencing method" (2003).
 *
 * The method: each load starts as a tuple of k sums, itself and k-1 zeros. Again and again the two tuples with the
 * largest differences (largest sum less smallest) become one, the largest sum of one joining the smallest of the
 * other, and so on, until one tuple is left: its sums are the groups.
 *
 * Written down like that it is n tuples of k sums. Here it takes O(n log n) time and one sum a load, because:
 * - A tuple with a sum that no load has joined yet has its largest load as difference, also after it took the next
 *   load in descending order. So it goes on taking them until a larger tuple is met or all its k sums have a load.
 *   Hence there are ever only single loads, used up in sorted order, and full tuples, each begun as k of them in a
 *   row: it lives in their place.
 * - Subtracting a tuple's smallest sum from all, as is usual, changes no difference and no order. It is left out.
 * - A full tuple is a heap. p single loads concern its p smallest sums: O(p log k). Two full tuples take O(k log k) to
 *   join, but there are at most n/k of them.
 */

/** A group's number is stored in 16 bits. */
export const MAX_GROUPS = 2 ** 16;

/** A load's rank, or the number of loads plus a group, is stored in 32 bits. */
const MAX_LOADS = 2 ** 31;

/** 2,048 buckets a pass of the radix sort: more of them do not fit the first-level cache, fewer take more passes. */
const DIGIT_BITS = 11;

/**
 * Loads by rank, the largest first. k ranks in a row can be a full tuple, named by the first of them. Each of its
 * places has a `sums` entry and the rank, within the tuple, that stands for all loads in that sum, in `links`. A load
 * that has joined a sum keeps in `links` the rank it follows.
 */
interface Ranked {
  readonly groups: number;
  readonly sums: Float64Array;
  readonly links: Uint32Array;
  readonly scratch: Uint32Array;
}

/** Full tuples, the largest difference first: the keys are the differences made negative, in a min-heap. */
interface Tuples {
  size: number;
  readonly keys: Float64Array;
  readonly tuples: Uint32Array;
}

/**
 * Gives each load its group, from 0 to groups - 1; which group gets which number means nothing (see relabelGroups).
 * Loads are integers from 0, in any unit, of at most Number.MAX_SAFE_INTEGER in total, so that each sum is exact.
 * Loads of 0 are dealt in turn: no group gets two more of them than another. The same input gives the same output.
 *
 * Throws a RangeError that says what is wrong with the input.
 */
export function karmarkarKarp(loads: ArrayLike<number>, groups: number): Uint16Array {
  const { positives, largest } = check(loads, groups);
  const result = new Uint16Array(loads.length);
  if (groups === 1) return result;

  const [order, links] = sortDescending(loads, positives, largest);
  const sums = new Float64Array(positives);
  for (let rank = 0; rank < positives; rank++) {
    sums[rank] = loads[order[rank] as number] as number;
    links[rank] = rank;
  }
  const ranked: Ranked = { groups, sums, links, scratch: new Uint32Array(groups) };
  label(ranked, difference(ranked));

  for (let rank = 0; rank < positives; rank++) {
    result[order[rank] as number] = (links[rank] as number) - positives;
  }
  for (let item = 0, turn = positives; item < loads.length; item++) {
    if (loads[item] === 0) result[item] = turn++ % groups;
  }
  return result;
}

function check(loads: ArrayLike<number>, groups: number) {
  if (!Number.isInteger(groups) || groups < 1 || groups > MAX_GROUPS) {
    throw new RangeError(`groups must be an integer from 1 to ${MAX_GROUPS}, not ${groups}`);
  }
  if (loads.length > MAX_LOADS) throw new RangeError(`at most ${MAX_LOADS} loads, not ${loads.length}`);
  let total = 0;
  let largest = 0;
  let positives = 0;
  for (let item = 0; item < loads.length; item++) {
    const load = loads[item] as number;
    if (!Number.isSafeInteger(load) || load < 0) {
      throw new RangeError(
        `load ${item} must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}, not ${load}`,
      );
    }
    if (load > 0) positives++;
    if (load > largest) largest = load;
    total += load;
    if (total > Number.MAX_SAFE_INTEGER) {
      throw new RangeError(`the loads up to ${item} come to more than ${Number.MAX_SAFE_INTEGER}`);
    }
  }
  return { positives, largest };
}

/** The items whose load is not 0, the largest first, by a radix sort; and a second array as long, free to use. */
function sortDescending(loads: ArrayLike<number>, positives: number, largest: number) {
  let order = new Uint32Array(positives);
  let spare = new Uint32Array(positives);
  for (let item = 0, rank = 0; item < loads.length; item++) {
    if ((loads[item] as number) > 0) order[rank++] = item;
  }
  const places = new Uint32Array(2 ** DIGIT_BITS);
  const mask = places.length - 1;
  for (let unit = 1; unit <= largest; unit *= places.length) {
    places.fill(0);
    // Items in their own order are read faster than by rank. Loads of 0 count among the last, where they shift none.
    for (let item = 0; item < loads.length; item++) {
      const digit = ((loads[item] as number) / unit) & mask;
      places[digit] = (places[digit] as number) + 1;
    }
    for (let digit = mask, place = 0; digit >= 0; digit--) {
      const count = places[digit] as number;
      places[digit] = place;
      place += count;
    }
    for (let rank = 0; rank < positives; rank++) {
      const item = order[rank] as number;
      const digit = ((loads[item] as number) / unit) & mask;
      const place = places[digit] as number;
      places[digit] = place + 1;
      spare[place] = item;
    }
    [order, spare] = [spare, order];
  }
  return [order, spare] as const;
}

/** Joins until one tuple is left, and returns it; loads too few to fill one stay a sum each, as they are. */
function difference(ranked: Ranked): number {
  const { groups, sums } = ranked;
  const tuples = Math.floor(sums.length / groups);
  const queue: Tuples = { size: 0, keys: new Float64Array(tuples), tuples: new Uint32Array(tuples) };
  // Each round uses up a load or a tuple. Equal differences may be taken in any order: single loads go first.
  for (let next = 0; ; ) {
    const top = queue.size > 0 ? -(queue.keys[0] as number) : 0;
    const end = Math.min(next + groups, sums.length);
    let run = next;
    while (run < end && (sums[run] as number) >= top) run++;

    if (run === next + groups) {
      enqueue(ranked, queue, next);
    } else if (queue.size === 0) {
      return 0;
    } else if (run > next) {
      join(ranked, queue, next, run - next);
    } else if (next < sums.length && (sums[next] as number) >= secondDifference(queue)) {
      join(ranked, queue, next, 1);
      run++;
    } else if (queue.size > 1) {
      const first = dequeue(queue);
      moveSmallest(ranked, first, groups);
      join(ranked, queue, first, groups);
    } else {
      return queue.tuples[0] as number;
    }
    next = run;
  }
}

function secondDifference({ size, keys }: Tuples): number {
  if (size < 3) return size === 2 ? -(keys[1] as number) : 0;
  return -Math.min(keys[1] as number, keys[2] as number);
}

function enqueue({ groups, sums, links }: Ranked, queue: Tuples, first: number) {
  queue.keys[queue.size] = (sums[first + groups - 1] as number) - (sums[first] as number);
  queue.tuples[queue.size] = first;
  siftUp(queue.keys, queue.tuples, 0, queue.size++);
  for (let at = groups >> 1; at-- > 0; ) siftDown(sums, links, first, groups, at);
}

function dequeue(queue: Tuples): number {
  const first = queue.tuples[0] as number;
  queue.size--;
  queue.keys[0] = queue.keys[queue.size] as number;
  queue.tuples[0] = queue.tuples[queue.size] as number;
  siftDown(queue.keys, queue.tuples, 0, queue.size, 0);
  return first;
}

/** Joins the `count` sums from `first` on, in descending order, with the smallest ones of the queue's first tuple. */
function join(ranked: Ranked, queue: Tuples, first: number, count: number) {
  const { groups, sums, links, scratch } = ranked;
  const target = queue.tuples[0] as number;
  let largest = (sums[target] as number) - (queue.keys[0] as number);
  moveSmallest(ranked, target, count);
  // Copied, as a link's own place may be anywhere in the tuple that ends here.
  for (let at = 0; at < count; at++) scratch[at] = links[first + at] as number;
  for (let at = 0; at < count; at++) {
    const place = target + groups - 1 - at;
    const sum = (sums[place] as number) + (sums[first + at] as number);
    sums[place] = sum;
    if (sum > largest) largest = sum;
    links[scratch[at] as number] = links[place] as number;
  }
  for (let at = groups - count; at < groups; at++) siftUp(sums, links, target, at);
  queue.keys[0] = (sums[target] as number) - largest;
  siftDown(queue.keys, queue.tuples, 0, queue.size, 0);
}

/** Moves a tuple's `count` smallest sums out of its heap, to the places behind it, the smallest last. */
function moveSmallest({ groups, sums, links }: Ranked, first: number, count: number) {
  for (let size = groups - 1; size >= groups - count; size--) {
    const sum = sums[first] as number;
    const link = links[first] as number;
    sums[first] = sums[first + size] as number;
    links[first] = links[first + size] as number;
    sums[first + size] = sum;
    links[first + size] = link;
    siftDown(sums, links, first, size, 0);
  }
}

/** Turns each link into its group, which is told from a rank by having the number of loads added. */
function label({ groups, sums, links, scratch }: Ranked, last: number) {
  const loads = sums.length;
  const count = Math.min(loads, groups);
  for (let group = 0; group < count; group++) scratch[group] = links[last + group] as number;
  for (let group = 0; group < count; group++) links[scratch[group] as number] = loads + group;
  for (let rank = 0; rank < loads; rank++) {
    let group = links[rank] as number;
    while (group < loads) group = links[group] as number;
    // Once more along the same way, so that no step of it is ever taken again.
    for (let at = rank; at < loads; ) {
      const link = links[at] as number;
      links[at] = group;
      at = link;
    }
  }
}

/** Lets the key at `at` sink in a binary min-heap of `size` keys from `first` on, each with its value beside it. */
function siftDown(keys: Float64Array, values: Uint32Array, first: number, size: number, at: number) {
  const key = keys[first + at] as number;
  const value = values[first + at] as number;
  let hole = at;
  for (let child = 2 * at + 1; child < size; child = 2 * hole + 1) {
    if (child + 1 < size && (keys[first + child + 1] as number) < (keys[first + child] as number)) child++;
    const least = keys[first + child] as number;
    if (least >= key) break;
    keys[first + hole] = least;
    values[first + hole] = values[first + child] as number;
    hole = child;
  }
  keys[first + hole] = key;
  values[first + hole] = value;
}

/** Lets the key at `at` rise in such a heap. */
function siftUp(keys: Float64Array, values: Uint32Array, first: number, at: number) {
  const key = keys[first + at] as number;
  const value = values[first + at] as number;
  let hole = at;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = keys[first + parent] as number;
    if (above <= key) break;
    keys[first + hole] = above;
    values[first + hole] = values[first + parent] as number;
    hole = parent;
  }
  keys[first + hole] = key;
  values[first + hole] = value;
}
