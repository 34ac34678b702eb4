import { field, isEmpty, malformed, Problem, shown } from './field.ts';

/** What a correlation id may be. */
export const CORRELATION_ID = /^[\x21-\x7e]{1,128}$/;

/** A correlation id in a query. */
export const correlationId = field({ type: 'string', pattern: CORRELATION_ID.source }, (value) => {
  if (isEmpty(value)) return new Problem('missing');
  if (typeof value === 'string' && CORRELATION_ID.test(value)) return value;
  return malformed(`must be 1 to 128 visible ASCII characters, not ${shown(value)}`);
});
