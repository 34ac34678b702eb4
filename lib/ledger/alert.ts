/** Which way a balance passes the edge: to less than the threshold, or to more. */
export const ALERT_DIRECTIONS = ['below', 'above'] as const;

export type AlertDirection = (typeof ALERT_DIRECTIONS)[number];

/** The edge that an alert watches. */
export interface Edge {
  readonly direction: AlertDirection;
  /** In millionths of a unit of the wallet's currency; it may be negative. */
  readonly threshold: bigint;
}

/**
 * Whether an operation takes a balance over an edge, in its direction. What stays on its side crosses nothing, so an alert fires
 * again only after the balance came back; a balance that equals the threshold is on the quiet side.
 *
 * @param before the balance before the operation
 * @param after the balance after it
 */
export const isCrossed = ({ direction, threshold }: Edge, before: bigint, after: bigint): boolean =>
  direction === 'below' ? before >= threshold && after < threshold : before <= threshold && after > threshold;
