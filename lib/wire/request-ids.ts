/*
 * The ids that a request's transactions get if it brought no correlation id: they differ in their last digits alone. So all of
 * them are found by the first, which is the request's correlation id, along the index of transactions.
 */

/** Digits, of an id's 32 hexadecimal ones, in which they differ: a request makes at most 500 transactions. What stays random has 62 bits. */
const COUNTER_DIGITS = 3;

const MAX_COUNT = 16 ** COUNTER_DIGITS;

/** The ids of one request. */
export interface RequestIds {
  /** Its correlation id, and the first of its ids. */
  readonly first: string;
  /** @returns the ids in their order, from the first on; beyond the last, 4,096 of them, ids of their own */
  readonly next: () => string;
}

/**
 * Makes the ids of a request.
 *
 * @param newId makes ids: UUIDs in lower case
 */
export function requestIds(newId: () => string): RequestIds {
  const common = newId().slice(0, -COUNTER_DIGITS);
  let count = 0;
  return {
    first: numbered(common, 0),
    next: () => (count < MAX_COUNT ? numbered(common, count++) : newId()),
  };
}

/**
 * Between which ids, both included, those of a request are.
 *
 * @param first its correlation id, a UUID
 */
export function requestIdBounds(first: string): readonly [from: string, to: string] {
  const common = first.slice(0, -COUNTER_DIGITS);
  return [numbered(common, 0), numbered(common, MAX_COUNT - 1)];
}

const numbered = (common: string, number: number): string =>
  `${common}${number.toString(16).padStart(COUNTER_DIGITS, '0')}`;
