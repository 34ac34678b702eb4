import * as z from 'zod';
import { STATUS_OF } from '../lib/http/status.ts';
import type { RefusalCode } from '../lib/wire/refusal.ts';
import { EXACT } from './field-schemas.ts';

/** A code that a reply may have: of a refusal, or of a failure, after which a request may have been done. */
export type ErrorCode = RefusalCode | 'internal_error' | 'out_of_time';

/** The status of each code. */
export const STATUSES: Readonly<Record<ErrorCode, number>> = {
  ...STATUS_OF,
  internal_error: 500,
  out_of_time: 503,
};

const codes = Object.keys(STATUSES) as [ErrorCode, ...ErrorCode[]];

const problem = z
  .strictObject({ field: z.string(), error: z.string() })
  .meta({ id: 'FieldProblem', description: 'What is wrong with one field.' });

/** What an error says, also that of one operation of a batch. */
export const errorPayload = z
  .strictObject({
    error: z.string().meta({ description: 'A sentence for people.' }),
    code: z
      .enum(codes)
      .meta({ id: 'ErrorCode', description: 'What programs branch on. A code never changes its meaning.' }),
    details: z.array(problem).optional().meta({ description: 'What is wrong with each field, ten at most.' }),
    FirstTransactionId: z
      .uuid()
      .optional()
      .meta({ description: 'Of `reference_taken`: the transaction that has the reference.' }),
    FirstWalletId: z
      .bigint()
      .optional()
      .meta({
        type: 'integer',
        format: 'int64',
        [EXACT]: true,
        description: 'Of `reference_taken`: the wallet that has the reference.',
      }),
  })
  .meta({ id: 'ErrorPayload' });

export const errorReply = z.strictObject({ payload: errorPayload }).meta({
  id: 'ErrorReply',
  description: 'A request that was refused. It changed nothing.',
});

/** The statuses that the gateway answers by itself, too. */
export const GATEWAY_STATUSES: ReadonlySet<number> = new Set([401, 403, 429, 500, 503]);

export const gatewayReply = z
  .strictObject({
    payload: errorPayload.optional(),
    message: z.string().optional().meta({ description: "The gateway's, whose reply has no payload." }),
  })
  .meta({
    id: 'GatewayErrorReply',
    description: 'An error of ours, with a payload, or one of the gateway, with a message.',
  });

/** What any request with a key may meet. */
export const COMMON_CODES = [
  'invalid_field',
  'unauthorized',
  'too_many_requests',
  'internal_error',
  'database_unavailable',
  'out_of_time',
] as const satisfies readonly ErrorCode[];

/** What a POST may meet besides. */
export const POST_CODES = [
  'invalid_json',
  'fields_missing',
  'invalid_idempotency_key',
  'body_too_large',
  'unsupported_encoding',
  'idempotency_key_reused',
] as const satisfies readonly ErrorCode[];
