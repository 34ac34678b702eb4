/** Findings of the two linters that are right about the letter, and not about this stack. Each tells why. */
export interface Exception {
  readonly rule: string;
  /** Logical ids. */
  readonly of: RegExp;
  readonly because: string;
}

export const CFN_LINT: readonly Exception[] = [];

export const CDK_NAG: readonly Exception[] = [];
