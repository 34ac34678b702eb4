/** What is wrong with one field of a request. */
export interface FieldProblem {
  readonly field: string;
  readonly error: string;
}

/** An expected refusal: a value, not a throw. It changed nothing, and the same request would be refused again. */
export interface Refusal {
  readonly code: RefusalCode;
  /** A sentence for the caller. */
  readonly error: string;
  readonly details?: readonly FieldProblem[];
}

/** The HTTP status of every refusal; a new code without one does not compile. */
export const STATUS_OF = {
  invalid_json: 400,
  fields_missing: 400,
  invalid_field: 400,
  invalid_idempotency_key: 400,
  currency_not_allowed: 400,
  amount_out_of_range: 400,
  same_wallet: 400,
  unauthorized: 401,
  forbidden: 403,
  wallet_not_found: 404,
  transaction_not_found: 404,
  hold_not_found: 404,
  route_not_found: 404,
  not_refundable: 409,
  refund_exceeds_transaction: 409,
  hold_not_active: 409,
  capture_exceeds_hold: 409,
  body_too_large: 413,
  report_too_large: 413,
  idempotency_key_reused: 422,
  too_many_requests: 429,
  database_unavailable: 503,
} as const satisfies Record<string, number>;

export type RefusalCode = keyof typeof STATUS_OF;

/** Either what was asked for, or why not. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export function accepted<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A refusal as callers see it. */
export const refusalPayload = ({ error, code, details }: Refusal) => ({ error, code, details });

export function refused(code: RefusalCode, error: string, details?: readonly FieldProblem[]): Result<never> {
  return { ok: false, refusal: details === undefined ? { code, error } : { code, error, details } };
}

export const currencyNotAllowed = (): Result<never> =>
  refused('currency_not_allowed', 'currency is not allowed');

export const noWallet = (id: bigint): Result<never> =>
  refused('wallet_not_found', `no wallet with id: ${id}`);
