/**
 * Splits loads into groups of nearly equal sums: the largest differencing method of Karmarkar & Karp, "The differencing
 * method of set partitioning" (UCB/CSD 82/113, 1982), for any number k of groups as in Michiels, Korst, Aarts & van
 * Leeuwen, "Performance ratios for the Karmarkar-Karp differencing method" (2003).
 *
 * The method: each load starts as a tuple of k sums, the load and k-1 zeros. Repeatedly, the two tuples with the largest
 * differences (largest sum minus smallest) are joined: the largest sum of one with the smallest of the other, and so on.
 * The sums of the last tuple are the groups.
 *
 * Done literally, this takes n tuples of k sums. Here it takes O(n log n) time and one sum per load, because:
 * - A tuple that still has an empty sum has its largest load as its difference, even after it takes the next load in
 *   descending order. So it takes the next loads until a tuple has a larger difference or all its k sums have a load.
 *   Therefore only single loads, used up in sorted order, and full tuples exist. A full tuple starts as k consecutive
 *   loads, and is stored in their place.
 * - Subtracting a tuple's smallest sum from all its sums, as is usual, changes no difference and no order: left out.
 * - A full tuple is a heap. Joining p single loads changes its p smallest sums: O(p log k). Joining two full tuples takes
 *   O(k log k), but there are at most n/k of them.
 */
import { siftDown, siftUp } from './heap.ts';
import { sortDescending } from './radix-sort.ts';

/** A group's number is stored in 16 bits. */
export const MAX_GROUPS = 2 ** 16;

/** A load's rank, or the number of loads plus a group, is stored in 32 bits. */
const MAX_LOADS = 2 ** 31;

/**
 * Loads by rank, the largest first. k consecutive ranks can hold a full tuple, named by the first of them. Each of its
 * places has a sum in `sums` and, in `links`, the rank that represents all loads of that sum. A load that has joined a
 * sum has in `links` the rank that it follows.
 */
interface Ranked {
  readonly groups: number;
  readonly sums: Float64Array;
  readonly links: Uint32Array;
  readonly scratch: Uint32Array;
}

/** The full tuples as a min-heap of their negative differences: the largest difference comes first. */
interface Tuples {
  size: number;
  readonly keys: Float64Array;
  readonly tuples: Uint32Array;
}

/**
 * Splits loads into groups of nearly equal sums. The same input gives the same output.
 *
 * @param loads integers from 0, in any unit; at most Number.MAX_SAFE_INTEGER in total, so that each sum is exact
 * @param groups how many groups, 1 to MAX_GROUPS
 * @returns the group of each load, from 0 to groups - 1; the numbers have no meaning (see relabelGroups). Loads of 0 are
 *   dealt round-robin
 * @throws RangeError that says what is wrong with the input
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
  nameGroups(ranked, difference(ranked));

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

/** Joins until one tuple is left, and returns it. Fewer loads than groups stay as they are, one sum each. */
function difference(ranked: Ranked): number {
  const { groups, sums } = ranked;
  const tuples = Math.floor(sums.length / groups);
  const full: Tuples = { size: 0, keys: new Float64Array(tuples), tuples: new Uint32Array(tuples) };
  // Each round uses up a load or a tuple. Of equal differences, single loads go first; any order would do.
  for (let next = 0; ; ) {
    const top = full.size > 0 ? -(full.keys[0] as number) : 0;
    const end = Math.min(next + groups, sums.length);
    let run = next;
    while (run < end && (sums[run] as number) >= top) run++;

    if (run === next + groups) {
      enqueue(ranked, full, next);
    } else if (full.size === 0) {
      return 0;
    } else if (run > next) {
      join(ranked, full, next, run - next);
    } else if (next < sums.length && (sums[next] as number) >= secondDifference(full)) {
      join(ranked, full, next, 1);
      run++;
    } else if (full.size > 1) {
      const first = dequeue(full);
      moveSmallest(ranked, first, groups);
      join(ranked, full, first, groups);
    } else {
      return full.tuples[0] as number;
    }
    next = run;
  }
}

function secondDifference({ size, keys }: Tuples): number {
  if (size < 3) return size === 2 ? -(keys[1] as number) : 0;
  return -Math.min(keys[1] as number, keys[2] as number);
}

function enqueue({ groups, sums, links }: Ranked, full: Tuples, first: number) {
  full.keys[full.size] = (sums[first + groups - 1] as number) - (sums[first] as number);
  full.tuples[full.size] = first;
  siftUp(full.keys, full.tuples, 0, full.size++);
  for (let at = groups >> 1; at-- > 0; ) siftDown(sums, links, first, groups, at);
}

function dequeue(full: Tuples): number {
  const first = full.tuples[0] as number;
  full.size--;
  full.keys[0] = full.keys[full.size] as number;
  full.tuples[0] = full.tuples[full.size] as number;
  siftDown(full.keys, full.tuples, 0, full.size, 0);
  return first;
}

/** Joins the `count` sums from `first` on, in descending order, with the smallest sums of the first full tuple. */
function join(ranked: Ranked, full: Tuples, first: number, count: number) {
  const { groups, sums, links, scratch } = ranked;
  const target = full.tuples[0] as number;
  let largest = (sums[target] as number) - (full.keys[0] as number);
  moveSmallest(ranked, target, count);
  // Copied first: the loop below overwrites links, in places anywhere in the tuple that is used up here.
  for (let at = 0; at < count; at++) scratch[at] = links[first + at] as number;
  for (let at = 0; at < count; at++) {
    const place = target + groups - 1 - at;
    const sum = (sums[place] as number) + (sums[first + at] as number);
    sums[place] = sum;
    if (sum > largest) largest = sum;
    links[scratch[at] as number] = links[place] as number;
  }
  for (let at = groups - count; at < groups; at++) siftUp(sums, links, target, at);
  full.keys[0] = (sums[target] as number) - largest;
  siftDown(full.keys, full.tuples, 0, full.size, 0);
}

/** Moves a tuple's `count` smallest sums from its heap to its last places, the smallest last. */
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

/** Replaces each link by its group plus the number of loads, which tells it from a rank. */
function nameGroups({ groups, sums, links, scratch }: Ranked, last: number) {
  const loads = sums.length;
  const count = Math.min(loads, groups);
  for (let group = 0; group < count; group++) scratch[group] = links[last + group] as number;
  for (let group = 0; group < count; group++) links[scratch[group] as number] = loads + group;
  for (let rank = 0; rank < loads; rank++) {
    let group = links[rank] as number;
    while (group < loads) group = links[group] as number;
    // Along the same links again, to replace each of them: no link is followed twice.
    for (let at = rank; at < loads; ) {
      const link = links[at] as number;
      links[at] = group;
      at = link;
    }
  }
}
