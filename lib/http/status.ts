import type { RefusalCode } from '../wire/refusal.ts';

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
  too_many_currencies: 409,
  body_too_large: 413,
  report_too_large: 413,
  idempotency_key_reused: 422,
  too_many_requests: 429,
  database_unavailable: 503,
  files_unavailable: 503,
} as const satisfies Record<RefusalCode, number>;
