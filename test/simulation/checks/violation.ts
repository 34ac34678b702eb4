/** A rule that the system broke; finding these is the simulator's purpose. */
export class Violation extends Error {
  /** The rule, in a few words: a shorter story must break the same one. */
  readonly rule: string;

  constructor(rule: string, details: string) {
    super(`${rule}: ${details}`);
    this.name = 'Violation';
    this.rule = rule;
  }
}

/** Throws a Violation of the rule unless it holds. */
export function must(holds: boolean, rule: string, details: () => string): asserts holds {
  if (!holds) throw new Violation(rule, details());
}
