/**
 * What can't be missing.
 *
 * @throws Error where it is: a bug, not a refusal
 */
export function known<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`unknown ${what}`);
  return value;
}
