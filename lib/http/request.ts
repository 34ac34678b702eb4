import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { type ProblemCode, problemOf, SENTENCE_OF, shown, shownValueOf } from '../wire/field.ts';
import { isJsonObject } from '../wire/json.ts';
import { type FieldProblem, ok, type Result, refused } from '../wire/refusal.ts';

/** Characters of an unknown field's name that a reply repeats. */
const MAX_NAME_CHARACTERS = 40;

/** Reads a request's parameters: the path's and the query's together. One that is empty in the query is not given. */
export function readParameters(event: APIGatewayProxyEventV2): Result<object> {
  // API Gateway leaves them out if there are none.
  const path = event.pathParameters ?? {};
  const query = Object.entries(event.queryStringParameters ?? {});
  const twice = query.find(([name]) => Object.hasOwn(path, name));
  if (twice !== undefined) return refused('invalid_field', `${twice[0]} ${SENTENCE_OF.unknown('')}`);
  const given = query.map(([name, value]) => [name, value === '' ? undefined : value]);
  return ok({ ...Object.fromEntries(given), ...path });
}

/** A POST has no query: an amount there would be passed over. */
const NO_QUERY = z.strictObject({});

/** Refuses a query where there is none to give. */
export const refuseQuery = (event: APIGatewayProxyEventV2): Result<object> =>
  validate(NO_QUERY, event.queryStringParameters ?? {});

/** The sentences that callers know for a missing field; every other one is among "all fields". */
const MISSING_SENTENCES: Readonly<Record<string, string>> = {
  Rates: 'rates field must be set',
  walletId: 'wallet id should be filled',
};

/**
 * Checks a request's fields.
 *
 * @returns what the schema makes of them, or a refusal that names every field that is wrong
 */
export function validate<T>(schema: z.ZodType<T>, value: object): Result<T> {
  const result = schema.safeParse(value);
  if (result.success) return ok(result.data);
  const found = findProblems(
    result.error.issues,
    schema instanceof z.ZodObject ? Object.keys(schema.shape) : [],
  );
  const problems = found.map(({ problem }) => problem);
  const missing = found.find(({ code }) => code === 'missing');
  if (missing !== undefined) {
    const sentence = MISSING_SENTENCES[missing.problem.field] ?? 'all fields should be filled';
    return refused('fields_missing', sentence, problems);
  }
  const [first] = found;
  if (first === undefined) throw result.error;
  const details = found.length > 1 ? problems : undefined;
  if (found.every(({ code }) => code === 'not_allowed'))
    return refused('currency_not_allowed', noName(first.value), details);
  return refused('invalid_field', `${first.problem.field} ${first.problem.error}`, details);
}

/**
 * Checks one of a list's things, which has to be an object.
 *
 * @param what the thing, as a refusal calls it
 */
export const validateEntry = <T>(schema: z.ZodType<T>, value: unknown, what: string): Result<T> =>
  isJsonObject(value)
    ? validate(schema, value)
    : refused('invalid_field', `${what} must be an object, not ${shown(value)}`);

/** The sentence that callers know, about a text that no currency can have as its name. */
const noName = (value: string): string =>
  `currency is not allowed: ${value} is no name (3 to 12 of A-Z and 0-9) to which POST /update_currencies gives a rate`;

/** A problem as callers see it, and its code, by which the reply is chosen. */
interface FoundProblem {
  readonly code: ProblemCode;
  readonly problem: FieldProblem;
  /** The field's value, as far as a reply repeats it. */
  readonly value: string;
}

/** A field that is missing because its name was written otherwise is told once, by the name that was written. */
function findProblems(issues: readonly z.core.$ZodIssue[], known: readonly string[]): FoundProblem[] {
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key].join('.')) : [],
  );
  const meant = new Map(unknown.map((name) => [name, known.find((each) => letters(each) === letters(name))]));
  const written = new Set(meant.values());
  const own = issues.flatMap((issue) => problemsOf(issue));
  return [
    ...own.filter(({ code, problem }) => code !== 'missing' || !written.has(problem.field)),
    ...unknown.map((name): FoundProblem => {
      const field = name.slice(0, MAX_NAME_CHARACTERS);
      const problem = { field, error: SENTENCE_OF.unknown(meant.get(name) ?? '') };
      return { code: 'unknown', problem, value: '' };
    }),
  ];
}

/** A name without what writers of names disagree about: `wallet_id` and `WALLETID` are meant as `WalletId`. */
export const letters = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase();

function problemsOf(issue: z.core.$ZodIssue): FoundProblem[] {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return [];
  return [{ code: problemOf(issue), problem: { field, error: issue.message }, value: shownValueOf(issue) }];
}
