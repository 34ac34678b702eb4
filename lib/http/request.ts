import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import { type ProblemCode, problemOf, SENTENCE_OF } from '../wire/fields.ts';
import { isRawNumber, parseJson, parseOrUndefined } from '../wire/json.ts';
import { currencyNotAllowed, type FieldProblem, ok, type Result, refused } from '../wire/refusal.ts';

/** The largest body of most requests, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** Characters of an unknown field's name that a reply repeats. */
const MAX_NAME_CHARACTERS = 40;

/** A request's body: its text, and the JSON object that it is, with numbers as text. */
export interface Body {
  readonly text: string;
  readonly fields: object;
}

/** Reads a request's body; none at all is an empty object where the path says what is asked. */
export function readBody(
  event: APIGatewayProxyEventV2,
  maxBytes = MAX_BODY_BYTES,
  isOptional = false,
): Result<Body> {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBytes) {
    return refused('body_too_large', `the body has ${bytes.length} bytes; at most ${maxBytes} are taken`);
  }
  if (!isUtf8(bytes)) return refused('invalid_json', 'the body must be UTF-8');
  const text = isOptional && bytes.length === 0 ? '{}' : bytes.toString('utf8');
  const fields = parseOrUndefined(text, parseJson);
  const isObject =
    typeof fields === 'object' && fields !== null && !Array.isArray(fields) && !isRawNumber(fields);
  return isObject ? ok({ text, fields }) : refused('invalid_json', 'the body must be a JSON object');
}

/** Reads a request's parameters: the path's and the query's together. */
export function readParameters(event: APIGatewayProxyEventV2): Result<object> {
  // API Gateway leaves them out if there are none.
  const path = event.pathParameters ?? {};
  const query = event.queryStringParameters ?? {};
  const twice = Object.keys(query).find((name) => Object.hasOwn(path, name));
  if (twice !== undefined) return refused('invalid_field', `${twice} ${SENTENCE_OF.unknown()}`);
  return ok({ ...query, ...path });
}

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
  const found = result.error.issues.flatMap(problemsOf);
  const problems = found.map(({ problem }) => problem);
  const missing = found.find(({ code }) => code === 'missing');
  if (missing !== undefined) {
    const sentence = MISSING_SENTENCES[missing.problem.field] ?? 'all fields should be filled';
    return refused('fields_missing', sentence, problems);
  }
  const [first] = found;
  if (first === undefined) throw result.error;
  if (found.length === 1 && first.code === 'not_allowed') return currencyNotAllowed();
  return refused(
    'invalid_field',
    `${first.problem.field} ${first.problem.error}`,
    found.length > 1 ? problems : undefined,
  );
}

/** A problem as callers see it, and its code, by which the reply is chosen. */
interface FoundProblem {
  readonly code: ProblemCode;
  readonly problem: FieldProblem;
}

function problemsOf(issue: z.core.$ZodIssue): FoundProblem[] {
  const code = problemOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({
      code,
      problem: { field: name.slice(0, MAX_NAME_CHARACTERS), error: SENTENCE_OF.unknown() },
    }));
  }
  const field = issue.path.join('.');
  return field === '' ? [] : [{ code, problem: { field, error: issue.message } }];
}
