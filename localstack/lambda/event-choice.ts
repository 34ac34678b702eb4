/** Tells whether a value of an event, which is no object and no list, is one of those that a pattern takes. */
export type Choice = (value: unknown) => boolean;

const isText = (value: unknown): value is string => typeof value === 'string';

/** Digits of a number that event-ruler compares as this file does: Node rounds longer ones. */
const MAX_FRACTION_DIGITS = 6;

/** The operators of a choice. What is missing here, such as `cidr`, is refused. */
const OPERATORS: Readonly<Record<string, (operand: unknown) => Choice | undefined>> = {
  prefix: (operand) => edge(operand, (value, part) => value.startsWith(part)),
  suffix: (operand) => edge(operand, (value, part) => value.endsWith(part)),
  'equals-ignore-case': (operand) => ofText(operand, isAscii, folded),
  wildcard: (operand) => ofText(operand, isWildcard, wildcard),
  numeric,
  'anything-but': anythingBut,
  exists: (operand) => (operand === true ? () => true : undefined),
};

/** Whether a name in a pattern is an operator and not a field. */
export const isOperator = (name: string): boolean => Object.hasOwn(OPERATORS, name) || name === 'cidr';

/**
 * Reads one of a field's values in a pattern.
 *
 * @returns undefined for what is no value, or can't be matched exactly as EventBridge does
 */
export function readChoice(choice: unknown): Choice | undefined {
  if (typeof choice === 'number') return isExact(choice) ? (value) => value === choice : undefined;
  if (choice === null || isText(choice) || typeof choice === 'boolean') return (value) => value === choice;
  if (typeof choice !== 'object' || Array.isArray(choice)) return undefined;
  const [[operator, operand] = ['', undefined], ...others] = Object.entries(choice);
  return others.length === 0 && Object.hasOwn(OPERATORS, operator)
    ? OPERATORS[operator]?.(operand)
    : undefined;
}

/** Whether a pattern takes a field that is missing. */
export const isAbsence = (choice: unknown): boolean =>
  typeof choice === 'object' &&
  choice !== null &&
  Object.keys(choice).length === 1 &&
  'exists' in choice &&
  choice.exists === false;

/** An operator of texts; any other value is none of its. */
function ofText(
  operand: unknown,
  isRight: (text: string) => boolean,
  make: (text: string) => (value: string) => boolean,
): Choice | undefined {
  if (!isText(operand) || !isRight(operand)) return undefined;
  const matches = make(operand);
  return (value) => isText(value) && matches(value);
}

function edge(operand: unknown, isAtEdge: (value: string, part: string) => boolean): Choice | undefined {
  const exact = ofText(
    operand,
    () => true,
    (part) => (value) => isAtEdge(value, part),
  );
  if (exact !== undefined || typeof operand !== 'object' || operand === null) return exact;
  const { 'equals-ignore-case': part, ...others } = operand as Record<string, unknown>;
  if (Object.keys(others).length > 0) return undefined;
  return ofText(part, isAscii, (text) => (value) => isAtEdge(fold(value), fold(text)));
}

/** Of other letters, event-ruler and Node know different pairs. */
const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text);

const fold = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const folded = (text: string) => (value: string) => fold(value) === fold(text);

/** A backslash stands before a star or a backslash only, and two stars don't follow each other. */
const isWildcard = (text: string): boolean => /^([^*\\]|\\[*\\]|\*(?!\*))*$/.test(text);

function wildcard(text: string): (value: string) => boolean {
  const parts = text.match(/\\[*\\]|[^\\]/gs) ?? [];
  const source = parts.map((part) => (part === '*' ? '.*' : RegExp.escape(part.at(-1) ?? '')));
  const expression = new RegExp(`^${source.join('')}$`, 's');
  return (value) => expression.test(value);
}

/** Whether Node and event-ruler have the same number, to its last digit. */
function isExact(number: number): boolean {
  return Number.isInteger(number)
    ? Number.isSafeInteger(number)
    : number === Number(number.toFixed(MAX_FRACTION_DIGITS));
}

const COMPARE: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** One comparison, or a lower and then an upper bound. */
function numeric(operand: unknown): Choice | undefined {
  if (!Array.isArray(operand)) return undefined;
  const [first, bottom, second, top] = operand as unknown[];
  const lower = comparison(first, bottom);
  if (operand.length === 2) return lower;
  const upper = comparison(second, top);
  const isRange =
    operand.length === 4 &&
    isText(first) &&
    first.startsWith('>') &&
    isText(second) &&
    second.startsWith('<');
  if (!isRange || lower === undefined || upper === undefined || Number(bottom) >= Number(top))
    return undefined;
  return (value) => lower(value) && upper(value);
}

function comparison(operator: unknown, bound: unknown): Choice | undefined {
  if (!isText(operator) || !Object.hasOwn(COMPARE, operator)) return undefined;
  if (typeof bound !== 'number' || !isExact(bound)) return undefined;
  return (value) => typeof value === 'number' && COMPARE[operator]?.(value, bound) === true;
}

/** Texts or numbers, or one operator of texts with one or several of them. */
function anythingBut(operand: unknown): Choice | undefined {
  const values = asList(operand);
  const isOneKind = values.every(isText) || values.every((each) => typeof each === 'number' && isExact(each));
  const excluded = new Set<unknown>(values);
  if (values.length > 0 && isOneKind) return (value) => !excluded.has(value);
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) return undefined;
  const [[operator, parts] = ['', undefined], ...others] = Object.entries(operand);
  if (others.length > 0 || !['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator))
    return undefined;
  const texts = asList(parts);
  if (!texts.every(isText)) return undefined;
  const isEmptyEdge = texts.includes('') && operator.endsWith('fix');
  if (texts.length === 0 || isEmptyEdge) return undefined;
  const choices = texts.map((text) => OPERATORS[operator]?.(text));
  return choices.includes(undefined) ? undefined : (value) => !choices.some((matches) => matches?.(value));
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
