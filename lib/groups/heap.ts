/** Lets the key at `at` sink in a binary min-heap: `size` keys from `first` on, and a value for each. */
export function siftDown(keys: Float64Array, values: Uint32Array, first: number, size: number, at: number) {
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

/** Lets the key at `at` rise in a binary min-heap: keys from `first` on, and a value for each. */
export function siftUp(keys: Float64Array, values: Uint32Array, first: number, at: number) {
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
