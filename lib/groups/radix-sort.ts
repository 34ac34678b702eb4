/** 2,048 buckets a pass: more do not fit the first-level cache, fewer take more passes. */
const DIGIT_BITS = 11;

/**
 * Sorts the items whose load is not 0 by a radix sort, the largest load first.
 *
 * @param positives how many loads are not 0
 * @param largest the largest load
 * @returns the items, and a second array of that length for the caller to use
 */
export function sortDescending(loads: ArrayLike<number>, positives: number, largest: number) {
  let order = new Uint32Array(positives);
  let spare = new Uint32Array(positives);
  for (let item = 0, rank = 0; item < loads.length; item++) {
    if ((loads[item] as number) > 0) order[rank++] = item;
  }
  const places = new Uint32Array(2 ** DIGIT_BITS);
  const mask = places.length - 1;
  for (let unit = 1; unit <= largest; unit *= places.length) {
    places.fill(0);
    // Loads are read faster in their own order than by rank. Loads of 0 are counted in the last bucket, where they
    // shift no other.
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
