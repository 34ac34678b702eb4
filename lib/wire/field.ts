import * as z from 'zod';
import { isRawNumber } from './json.ts';

/** Characters of a value that a reply repeats. */
const MAX_SHOWN_CHARACTERS = 40;

/** What is wrong with a field: some of it callers know by a sentence of the whole reply. */
export type ProblemCode = 'missing' | 'not_allowed' | 'unknown' | 'malformed';

/** What is said of a field, after its name: with the known name that an unknown one resembles, or what is malformed. */
export const SENTENCE_OF = {
  missing: () => 'is missing',
  not_allowed: () => 'is not allowed',
  unknown: (meant: string) => `is not a known field${meant === '' ? '' : `: did you mean ${meant}?`}`,
  malformed: (detail: string) => detail,
} as const satisfies Record<ProblemCode, (detail: string) => string>;

/** What is wrong with a field, in `params` of zod's issue. */
interface ProblemParams {
  readonly problem: ProblemCode;
  /** The value, as far as a reply repeats it. */
  readonly value: string;
}

const paramsOf = (issue: z.core.$ZodIssue): ProblemParams | undefined =>
  issue.code === 'custom' ? (issue.params as ProblemParams | undefined) : undefined;

/** The code of an issue that zod found; one without a code of ours is malformed. */
export function problemOf(issue: z.core.$ZodIssue): ProblemCode {
  if (issue.code === 'unrecognized_keys') return 'unknown';
  return paramsOf(issue)?.problem ?? 'malformed';
}

/** The value that an issue is about, as far as a reply repeats it; empty if the issue is none of a field of ours. */
export const shownValueOf = (issue: z.core.$ZodIssue): string => paramsOf(issue)?.value ?? '';

/** The JSON Schema of a field, of which the description of the API is made. It says what the field's function takes. */
export interface FieldSchema {
  readonly type: 'string' | 'boolean' | 'integer' | 'array' | 'object';
  /** Whether the field may be left out, besides one with a default. */
  readonly isOptional?: boolean;
  readonly [keyword: string]: unknown;
}

/**
 * A field read by a function that answers the value, or what is wrong with it.
 *
 * @param schema what the function takes, for the description of the API
 */
export function field<T>(schema: FieldSchema, read: (value: unknown) => T | Problem) {
  return z
    .unknown()
    .optional()
    .transform((value, context): T => {
      const result = read(value);
      if (!(result instanceof Problem)) return result;
      const params: ProblemParams = { problem: result.code, value: shown(value) };
      context.addIssue({ code: 'custom', message: result.message, params });
      return z.NEVER;
    })
    .meta(schema);
}

/** A problem in place of a field's value: it is returned, never thrown. */
export class Problem extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail = '') {
    super(SENTENCE_OF[code](detail));
    this.code = code;
  }
}

/** A problem that says itself what is wrong. */
export const malformed = (detail: string): Problem => new Problem('malformed', detail);

/** Whether a value counts as not given. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** A value as a reply repeats it: the start of a text or a number, and of anything else its type alone. */
export function shown(value: unknown): string {
  if (isRawNumber(value)) return value.rawJSON.slice(0, MAX_SHOWN_CHARACTERS);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_SHOWN_CHARACTERS));
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
