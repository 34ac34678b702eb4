/*
 * How long operations took to be settled, as numbers of operations by bucket: small enough to be kept for every minute, and
 * added up for hours. The bounds of the buckets grow by a factor, so that the error is the same for milliseconds and minutes.
 */

/** How much longer each bucket reaches than the one before it. */
const FACTOR = 1.2;

/** The last bucket: it reaches up to 1.2^83 milliseconds, over an hour, and takes what is longer, too. */
export const LAST_BUCKET = 83;

/**
 * The most by which a percentile may be off, as a share of it: what is in a bucket is told as the middle of its bounds. From a
 * millisecond to an hour; what is shorter or longer counts as that.
 */
export const PERCENTILE_ERROR = Math.sqrt(FACTOR) - 1;

const LOG_FACTOR = Math.log(FACTOR);

/**
 * The bucket of a settle time: 0 up to a millisecond, n above 1.2^(n - 1) and up to 1.2^n milliseconds.
 *
 * @param ms milliseconds; negative ones, by a clock that went back, count as 0
 */
export const bucketOf = (ms: number): number =>
  ms <= 1 ? 0 : Math.min(Math.ceil(Math.log(ms) / LOG_FACTOR), LAST_BUCKET);

/** Adds numbers to others, place by place. */
export function addEach(sums: number[], numbers: readonly number[]): void {
  for (const [place, number] of numbers.entries()) sums[place] = (sums[place] ?? 0) + number;
}

/** Adds one at a place of numbers, which grow up to there. */
export function countAt(numbers: number[], place: number): void {
  while (numbers.length <= place) numbers.push(0);
  numbers[place] = (numbers[place] ?? 0) + 1;
}

/** Digits of a percentile: more than its error is worth. */
const DIGITS = 3;

/**
 * The settle time within which a share of the operations was settled.
 *
 * @param counts of operations by bucket
 * @param share above 0, up to 1
 * @returns milliseconds, off by {@link PERCENTILE_ERROR} at most; null without operations
 */
export function percentile(counts: readonly number[], share: number): number | null {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const [bucket, count] of counts.entries()) {
    sum += count;
    if (count > 0 && sum >= wanted) return middleOf(bucket);
  }
  return null;
}

const middleOf = (bucket: number): number =>
  bucket === 0 ? 1 : Number((FACTOR ** (bucket - 0.5)).toPrecision(DIGITS));
