/** What is wrong with one field of a request. */
export interface FieldProblem {
  readonly field: string;
  readonly error: string;
}

/** The most fields that a refusal names: enough to mend a request by, few enough that no request makes a long reply. */
const MAX_DETAILS = 10;

/** An expected refusal: a value, not a throw. It changed nothing, and the same request would be refused again. */
export interface Refusal {
  readonly code: RefusalCode;
  /** A sentence for the caller. */
  readonly error: string;
  readonly details?: readonly FieldProblem[];
  /** What has the reference already. */
  readonly first?: First;
}

/**
 * The transaction or the wallet that was given a reference first. The names are not those of what was accepted: whoever looks for a
 * TransactionId in a result of a batch must not take a refusal for a success.
 */
export type First = { readonly FirstTransactionId: string } | { readonly FirstWalletId: bigint };

/** Why a request is refused. Callers branch on it, so a code never changes its meaning. */
export type RefusalCode =
  | 'invalid_json'
  | 'fields_missing'
  | 'invalid_field'
  | 'invalid_idempotency_key'
  | 'currency_not_allowed'
  | 'filter_missing'
  | 'amount_out_of_range'
  | 'same_wallet'
  | 'unauthorized'
  | 'forbidden'
  | 'wallet_not_found'
  | 'transaction_not_found'
  | 'hold_not_found'
  | 'alert_not_found'
  | 'webhook_not_found'
  | 'message_not_found'
  | 'key_not_found'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'not_refundable'
  | 'refund_exceeds_transaction'
  | 'hold_not_active'
  | 'capture_exceeds_hold'
  | 'reference_taken'
  | 'payout_not_pending'
  | 'too_many_currencies'
  | 'too_many_alerts'
  | 'too_many_webhooks'
  | 'webhook_disabled'
  | 'too_many_keys'
  | 'key_revoked'
  | 'last_admin_key'
  | 'wallet_closed'
  | 'wallet_not_empty'
  | 'credit_in_use'
  | 'rebalance_in_progress'
  | 'body_too_large'
  | 'report_too_large'
  | 'unsupported_encoding'
  | 'idempotency_key_reused'
  | 'too_many_requests'
  | 'database_unavailable'
  | 'files_unavailable';

/** Either what was asked for, or why not. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A refusal as callers see it. */
export const refusalPayload = ({ error, code, details, first }: Refusal) => ({
  ...{ error, code, details },
  ...first,
});

/** @param details what is wrong with each field; only the first {@link MAX_DETAILS} are kept */
export function refused(code: RefusalCode, error: string, details?: readonly FieldProblem[]): Result<never> {
  const refusal =
    details === undefined ? { code, error } : { code, error, details: details.slice(0, MAX_DETAILS) };
  return { ok: false, refusal };
}

/** @param name in the form that a currency's name has */
export const currencyNotAllowed = (name: string): Result<never> =>
  refused(
    'currency_not_allowed',
    `currency is not allowed: ${name} has no rate, which POST /update_currencies sets`,
  );

export const noWallet = (id: bigint): Result<never> =>
  refused('wallet_not_found', `no wallet with id: ${id}`);

/** That a reference was given before, and to what. */
export function referenceTaken(first: First): Result<never> {
  const which =
    'FirstWalletId' in first ? `wallet ${first.FirstWalletId}` : `transaction ${first.FirstTransactionId}`;
  const error = `Reference was given before, to the ${which}: give another one, or leave it out`;
  return { ok: false, refusal: { code: 'reference_taken', error, first } };
}

export const noHold = (id: string): Result<never> => refused('hold_not_found', `no hold with id: ${id}`);

export const noAlert = (walletId: bigint, id: string): Result<never> =>
  refused('alert_not_found', `wallet ${walletId} has no alert with id: ${id}`);
