/**
 * A value that can't be missing.
 *
 * @throws Error if it is missing: a bug, not a refusal
 */
export function known<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`unknown ${what}`);
  return value;
}
