/** A period, in milliseconds since 1970. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The shortest period that a chart shows: within ten seconds, the table of operations tells more. */
const MIN_MS = 10_000;

/** A period within bounds, not too short to be drawn. */
export function within(range: Range, bounds: Range): Range {
  const length = Math.min(Math.max(range.to - range.from, MIN_MS), Math.max(bounds.to - bounds.from, MIN_MS));
  const middle = (range.from + range.to) / 2;
  const latest = Math.max(bounds.to - length, bounds.from);
  const from = Math.round(Math.min(Math.max(middle - length / 2, bounds.from), latest));
  return { from, to: Math.round(from + length) };
}

/** The same middle, and so many times the length: a half zooms in, two zooms out. */
export function zoomed({ from, to }: Range, times: number, bounds: Range): Range {
  const middle = (from + to) / 2;
  const half = ((to - from) * times) / 2;
  return within({ from: middle - half, to: middle + half }, bounds);
}

/** The same length, moved by a share of it: -0.5 goes back by a half. */
export function moved({ from, to }: Range, share: number, bounds: Range): Range {
  const by = (to - from) * share;
  return within({ from: from + by, to: to + by }, bounds);
}

/** Whether nothing can be looked at closer. */
export const isShortest = ({ from, to }: Range): boolean => to - from <= MIN_MS;
