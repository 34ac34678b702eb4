import { type Choice, isAbsence, isOperator, readChoice } from './event-choice.ts';

/*
 * Event patterns as EventBridge matches them. AWS publishes its matcher, event-ruler; test/fixtures/event-patterns.jsonl has what
 * it answered. What can't be matched exactly here is refused when the system starts.
 */

/** Tells whether an event is for a subscriber. */
export type Matcher = (event: unknown) => boolean;

/** Ways through the `$or`s of one pattern: EventBridge takes no more. */
const MAX_WAYS = 1_000;

/** What a pattern asks of one field, which is named by its path. */
interface Field {
  readonly path: string;
  readonly choices: readonly Choice[];
  /** Whether it may be missing. */
  readonly isOptional: boolean;
}

/** A value of an event, and its place in each list that it is in. */
interface Leaf {
  readonly value: unknown;
  readonly places: ReadonlyMap<unknown, number>;
}

type Leaves = ReadonlyMap<string, readonly Leaf[]>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads an event pattern ("Creating Amazon EventBridge event patterns", EventBridge User Guide).
 *
 * @throws Error with a sentence for one that EventBridge refuses, or that the local bus can't match exactly
 */
export function readPattern(pattern: Readonly<Record<string, unknown>>): Matcher {
  const ways = readWays(pattern, []);
  for (const fields of ways) {
    const paths = fields.map(({ path }) => path);
    const twice = paths.find((path, index) => paths.indexOf(path) < index);
    if (twice !== undefined)
      throw new Error(`the event pattern has ${twice} twice, which the local bus does not know`);
  }
  return (event) => {
    const leaves = leavesOf(event);
    return ways.some((fields) => areMet(fields, leaves));
  };
}

/** The pattern's fields, once for each way through its `$or`s. */
function readWays(pattern: Readonly<Record<string, unknown>>, parents: readonly string[]): Field[][] {
  const entries = Object.entries(pattern);
  const where = parents.length === 0 ? 'the event pattern' : `${parents.join('.')} in the event pattern`;
  if (entries.length === 0) throw new Error(`${where} is empty`);
  let ways: Field[][] = [[]];
  for (const [name, wanted] of entries) {
    const found = isOr(name, wanted)
      ? wanted.flatMap((each) => readWays(each, parents))
      : readField(name, wanted, parents);
    if (ways.length * found.length > MAX_WAYS)
      throw new Error(`the event pattern has over ${MAX_WAYS} ways through its $or`);
    ways = ways.flatMap((way) => found.map((fields) => [...way, ...fields]));
  }
  return ways;
}

/** A list of two objects or more that have fields; any other `$or` is a field of that name. */
function isOr(name: string, wanted: unknown): wanted is readonly Readonly<Record<string, unknown>>[] {
  if (name !== '$or' || !Array.isArray(wanted) || wanted.length < 2) return false;
  return wanted.every(
    (each) => isObject(each) && Object.keys(each).length > 0 && !Object.keys(each).some(isOperator),
  );
}

function readField(name: string, wanted: unknown, parents: readonly string[]): Field[][] {
  const path = [...parents, name];
  if (isObject(wanted)) return readWays(wanted, path);
  if (!Array.isArray(wanted) || wanted.length === 0)
    throw new Error(`the event pattern has no list of values for ${name}`);
  const choices = wanted
    .filter((choice) => !isAbsence(choice))
    .map((choice: unknown) => {
      const read = readChoice(choice);
      if (read !== undefined) return read;
      throw new Error(`the local bus does not know the operator ${JSON.stringify(choice)} for ${name}`);
    });
  return [[{ path: path.join('.'), choices, isOptional: wanted.some(isAbsence) }]];
}

/** Every value by its path. Lists are no part of a path; a list or an object without values leaves nothing. */
function leavesOf(event: unknown): Leaves {
  const leaves = new Map<string, Leaf[]>();
  const visit = (value: unknown, path: string, places: Leaf['places']): void => {
    if (Array.isArray(value)) {
      for (const [index, each] of value.entries()) visit(each, path, new Map([...places, [value, index]]));
    } else if (isObject(value)) {
      for (const [name, each] of Object.entries(value))
        visit(each, path === '' ? name : `${path}.${name}`, places);
    } else {
      leaves.set(path, [...(leaves.get(path) ?? []), { value, places }]);
    }
  };
  visit(event, '', new Map());
  return leaves;
}

/** Whether each field has a value that it takes, all of them in the same object of each list that they share. */
function areMet(fields: readonly Field[], leaves: Leaves): boolean {
  const taken: (readonly Leaf[])[] = [];
  for (const { path, choices, isOptional } of fields) {
    const found = leaves.get(path);
    if (found === undefined && isOptional) continue;
    const fitting = (found ?? []).filter(({ value }) => choices.some((matches) => matches(value)));
    if (fitting.length === 0) return false;
    taken.push(fitting);
  }
  return areTogether(taken, new Map());
}

function areTogether([leaves, ...others]: readonly (readonly Leaf[])[], places: Leaf['places']): boolean {
  if (leaves === undefined) return true;
  return leaves.some(
    (leaf) => isAtOnce(leaf.places, places) && areTogether(others, new Map([...places, ...leaf.places])),
  );
}

function isAtOnce(some: Leaf['places'], others: Leaf['places']): boolean {
  for (const [list, index] of some) {
    if (others.has(list) && others.get(list) !== index) return false;
  }
  return true;
}
