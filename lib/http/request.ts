import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import { MISSING, NOT_ALLOWED } from '../wire/fields.ts';
import { isRawNumber, parseJson } from '../wire/json.ts';
import { currencyNotAllowed, type FieldProblem, ok, type Result, refused } from '../wire/refusal.ts';

/** The largest body of most requests, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

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
  const fields = parsed(text);
  const isObject =
    typeof fields === 'object' && fields !== null && !Array.isArray(fields) && !isRawNumber(fields);
  return isObject ? ok({ text, fields }) : refused('invalid_json', 'the body must be a JSON object');
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Reads a request's parameters: the path's and the query's together. */
export function readParameters(event: APIGatewayProxyEventV2): Result<object> {
  // API Gateway leaves them out if there are none.
  const path = event.pathParameters ?? {};
  const query = event.queryStringParameters ?? {};
  const twice = Object.keys(query).find((name) => Object.hasOwn(path, name));
  if (twice !== undefined) return refused('invalid_field', `${twice} is not a known field`);
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
  const problems = result.error.issues.flatMap(fieldProblems);
  const missing = problems.find(({ error }) => error === MISSING);
  if (missing !== undefined) {
    return refused(
      'fields_missing',
      MISSING_SENTENCES[missing.field] ?? 'all fields should be filled',
      problems,
    );
  }
  const [first] = problems;
  if (first === undefined) throw result.error;
  if (problems.length === 1 && first.error === NOT_ALLOWED) return currencyNotAllowed();
  return refused(
    'invalid_field',
    `${first.field} ${first.error}`,
    problems.length > 1 ? problems : undefined,
  );
}

function fieldProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field: field.slice(0, 40), error: 'is not a known field' }));
  }
  const field = issue.path.join('.');
  return field === '' ? [] : [{ field, error: issue.message }];
}
