import * as z from 'zod';
import { ANY_KEY } from '../lib/access/caller.ts';
import type { Described } from './described.ts';
import { COMMON_CODES, type ErrorCode, POST_CODES, STATUSES } from './errors.ts';

/** Which of its codes a route may answer, by status, in the order of {@link STATUSES}. */
export function codesOf({
  method,
  scope,
  refusals,
  input,
  pathInput,
}: Described): ReadonlyMap<number, readonly ErrorCode[]> {
  const isOpen = scope === undefined;
  const common = COMMON_CODES.filter(
    (code) => !isOpen || code === 'invalid_field' || code === 'internal_error' || code === 'out_of_time',
  );
  const hasFields = pathInput !== undefined || !isEmpty(input);
  const needsScope = !isOpen && scope !== ANY_KEY;
  const codes = new Set<ErrorCode>([
    ...common,
    ...(needsScope ? (['forbidden'] as const) : []),
    ...(method === 'post' ? POST_CODES.filter((code) => code !== 'fields_missing' || hasFields) : []),
    ...refusals,
  ]);
  return Map.groupBy(
    (Object.keys(STATUSES) as ErrorCode[]).filter((code) => codes.has(code)),
    (code) => STATUSES[code],
  );
}

const isEmpty = (input: z.ZodType): boolean =>
  input instanceof z.ZodObject && Object.keys(input.shape).length === 0;
