import type { FieldProblem, RefusalCode } from '../generated/api.ts';

/** What is known of the reply that an error is about, and of its request. */
export interface ErrorFacts {
  /** The HTTP status; undefined if there was no reply. */
  readonly status?: number | undefined;
  /** `X-Correlation-Id` of the reply, by which operators find the request in their logs. */
  readonly correlationId?: string | undefined;
  /** The gateway's id of the request, if it can be read. */
  readonly requestId?: string | undefined;
  /** The key of a POST. Repeat the request with it if the outcome is unknown: it can't be done twice. */
  readonly idempotencyKey?: string | undefined;
  readonly cause?: unknown;
}

/** Every error that this client makes. What an AbortSignal throws is the signal's own reason. */
export class MyLittlePsError extends Error {
  override readonly name: string = 'MyLittlePsError';
  readonly status: number | undefined;
  readonly correlationId: string | undefined;
  readonly requestId: string | undefined;
  readonly idempotencyKey: string | undefined;

  constructor(message: string, { cause, ...facts }: ErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = facts.status;
    this.correlationId = facts.correlationId;
    this.requestId = facts.requestId;
    this.idempotencyKey = facts.idempotencyKey;
  }
}

/** What a refusal says. */
export interface RefusalFacts<Code extends RefusalCode = RefusalCode> extends ErrorFacts {
  readonly code: Code;
  readonly status: number;
  readonly details?: readonly FieldProblem[] | undefined;
  readonly firstTransactionId?: string | undefined;
  readonly firstWalletId?: bigint | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** A 4xx: the request was refused and changed nothing. The same request would be refused again. */
export class RefusalError<Code extends RefusalCode = RefusalCode> extends MyLittlePsError {
  override readonly name = 'RefusalError';
  override readonly status: number;
  /** Why; branch on it, for the sentence may change. */
  readonly code: Code;
  /** The fields that are wrong, if one sentence is not enough. */
  readonly details: readonly FieldProblem[];
  /** Of `reference_taken`: the transaction or the wallet that has the reference. */
  readonly firstTransactionId: string | undefined;
  readonly firstWalletId: bigint | undefined;
  /** Of `too_many_requests`: how long to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: RefusalFacts<Code>) {
    super(message, facts);
    this.status = facts.status;
    this.code = facts.code;
    this.details = facts.details ?? [];
    this.firstTransactionId = facts.firstTransactionId;
    this.firstWalletId = facts.firstWalletId;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/**
 * A 5xx after all tries, or a refusal of the caller (401, 403, 429) after a try that may have been done: its `cause`. A POST may
 * have been done: its `idempotencyKey` tells.
 */
export class UnavailableError extends MyLittlePsError {
  override readonly name = 'UnavailableError';
  /** Undefined if the gateway answered by itself. */
  readonly code: RefusalCode | undefined;

  constructor(message: string, { code, ...facts }: ErrorFacts & { readonly code?: RefusalCode | undefined }) {
    super(message, facts);
    this.code = code;
  }
}

/** No reply after all tries: the connection failed, or was cut. A POST may have been done: its `idempotencyKey` tells. */
export class ConnectionError extends MyLittlePsError {
  override readonly name = 'ConnectionError';
}

/** The time limit (`timeoutMs`) was over, pauses included. A POST may have been done: its `idempotencyKey` tells. */
export class TimeoutError extends MyLittlePsError {
  override readonly name = 'TimeoutError';
}

/** A reply that this system does not give: another service answers at this address, or its version is another one. */
export class UnexpectedReplyError extends MyLittlePsError {
  override readonly name = 'UnexpectedReplyError';
}

/**
 * Whether an error is a refusal, and with one of these codes if any is given.
 *
 * @example if (isRefusal(error, 'wallet_not_found')) error.details
 */
export function isRefusal<Code extends RefusalCode = RefusalCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is RefusalError<Code> {
  return error instanceof RefusalError && (codes.length === 0 || codes.some((code) => code === error.code));
}
