import * as z from 'zod';
import type { Described } from './described.ts';
import type { Amounts } from './openapi.ts';

const correlationId = z
  .string()
  .optional()
  .meta({
    param: { id: 'CorrelationId' },
    description:
      '1 to 128 visible ASCII characters, copied into logs, messages and events; any other is replaced by a new one. Every reply has it.',
  });

const idempotencyKey = z
  .string()
  .optional()
  .meta({
    param: { id: 'IdempotencyKey' },
    // Visible characters but the comma; a quote stands at no end.
    pattern: String.raw`^[!#-+\--~]([!-+\--~]{0,253}[!#-+\--~])?$`,
    description:
      '1 to 255 visible ASCII characters, no comma. The same key with the same method, path and body gives the first reply again, and ' +
      'does nothing. Keys are kept for 7 days.',
  });

const DIGITS = '`amounts=string` has amounts and ids as strings of digits.';
const WAIT =
  '`wait=N` answers once it is settled, or after N seconds, 20 at most. A key without the scope `wallets:read` is answered at once.';

/** What a request may say of the reply that it would like, by whether the route waits. */
const PREFER = {
  number: {
    true: z
      .string()
      .optional()
      .meta({ param: { id: 'PreferWait' }, description: WAIT, example: 'wait=5' }),
    // What the reply to amounts=string is, the other description says.
    false: undefined,
  },
  string: {
    true: z
      .enum(['amounts=string', 'amounts=string, wait=20'])
      .meta({ param: { id: 'PreferStringsWait' }, description: `${DIGITS} ${WAIT}` }),
    false: z.enum(['amounts=string']).meta({ param: { id: 'PreferStrings' }, description: DIGITS }),
  },
} as const;

/** The headers that a request takes. */
export function requestHeaders(route: Described, amounts: Amounts) {
  const prefer = hasAmounts(route) ? PREFER[amounts][`${route.waits}`] : undefined;
  return z.object({
    'X-Correlation-Id': correlationId,
    ...(prefer === undefined ? {} : { Prefer: prefer }),
    ...(route.method === 'post' ? { 'Idempotency-Key': idempotencyKey } : {}),
  });
}

/** A file has amounts as text already, and what is about no wallet has none. */
const hasAmounts = ({ reply, tag }: Described): boolean => reply !== null && tag !== 'Service';

/** A header of a reply; each stands once in a description. */
const header = (id: string, description: string) =>
  z.string().optional().meta({ header: { id }, description });

const CORRELATION_ID = header('CorrelationId', "The request's, or a new one. Every reply has it.");
const REPLAYED = header('IdempotencyReplayed', '`true`: this is the first reply to the key again.');
const APPLIED = header('PreferenceApplied', 'The preferences of `Prefer` that the reply follows.');
const LOCATION = header('Location', 'The address of the file.');
const AUTHENTICATE = header(
  'WwwAuthenticate',
  '`Bearer`. The gateway may rename it to `x-amzn-remapped-www-authenticate`.',
);
const RETRY_AFTER = header('RetryAfter', 'Seconds to wait.');

/** The headers of a route's replies. */
export function replyHeaders(route: Described) {
  const common = { 'X-Correlation-Id': CORRELATION_ID };
  const ofPost = route.method === 'post' ? { 'Idempotency-Replayed': REPLAYED } : {};
  const preferred = hasAmounts(route) ? { 'Preference-Applied': APPLIED } : {};
  return {
    success: z.object({ ...common, ...ofPost, ...preferred }),
    redirect: z.object({ ...common, Location: LOCATION }),
    of: (status: number) =>
      z.object({
        ...common,
        ...(status < 500 ? ofPost : {}),
        ...(status === 401 ? { 'WWW-Authenticate': AUTHENTICATE } : {}),
        ...(status === 429 ? { 'Retry-After': RETRY_AFTER } : {}),
      }),
  };
}
