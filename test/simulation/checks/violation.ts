/** A rule that the system broke: what the simulator looks for. */
export class Violation extends Error {
  /** The rule, in a few words: a shorter story must break the same one. */
  readonly rule: string;

  constructor(rule: string, details: string) {
    super(`${rule}: ${details}`);
    this.name = 'Violation';
    this.rule = rule;
  }
}

/** Insists on a rule. */
export function must(holds: boolean, rule: string, details: () => string): asserts holds {
  if (!holds) throw new Violation(rule, details());
}
