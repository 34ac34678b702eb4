/** Tells whether an event is for a subscriber. */
export type Matcher = (event: unknown) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads an event pattern: fields with a list of values of which one must be there, `prefix`, `suffix`, `exists`,
 * `anything-but` and `equals-ignore-case` ("Creating Amazon EventBridge event patterns", EventBridge User Guide).
 *
 * @throws Error with a sentence for an operator that the local bus does not know
 */
export function readPattern(pattern: Readonly<Record<string, unknown>>): Matcher {
  const fields = Object.entries(pattern).map(([name, wanted]) => {
    if (isObject(wanted)) {
      const matches = readPattern(wanted);
      return (event: unknown) => matches(isObject(event) ? event[name] : undefined);
    }
    if (!Array.isArray(wanted)) throw new Error(`the event pattern has no list of values for ${name}`);
    const choices = wanted.map((choice) => readChoice(name, choice));
    return (event: unknown) => {
      const value = isObject(event) ? event[name] : undefined;
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      return choices.some((matches) => values.some(matches));
    };
  });
  return (event) => fields.every((matches) => matches(event));
}

function readChoice(name: string, choice: unknown): (value: unknown) => boolean {
  if (!isObject(choice)) return (value) => value === choice;
  const [[operator, operand] = []] = Object.entries(choice);
  const text = typeof operand === 'string' ? operand : undefined;
  if (operator === 'exists') return (value) => (value !== undefined) === operand;
  if (operator === 'prefix' && text !== undefined)
    return (value) => typeof value === 'string' && value.startsWith(text);
  if (operator === 'suffix' && text !== undefined)
    return (value) => typeof value === 'string' && value.endsWith(text);
  if (operator === 'equals-ignore-case' && text !== undefined)
    return (value) => typeof value === 'string' && value.toLowerCase() === text.toLowerCase();
  if (operator === 'anything-but' && !isObject(operand)) {
    const others: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
    return (value) => value !== undefined && !others.includes(value);
  }
  throw new Error(`the local bus does not know the operator ${JSON.stringify(choice)} for ${name}`);
}
