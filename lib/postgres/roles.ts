/**
 * The number of the rights below and of lib/postgres/grant-roles.ts: 1, 2, 3 … A deployment tells by it, and by the number
 * of the newest migration, whether it goes on or back. A test demands a higher one whenever either file changes.
 */
export const RIGHTS_VERSION = 6;

/** What the names of the functions' roles begin with. */
export const ROLE_PREFIX = 'my_little_ps';

/** What a function is to the database, by what it does there. */
export const ROLES = [
  'read',
  'accept',
  'change',
  'settle',
  'pay',
  'groups',
  'rates',
  'keys',
  'authorize',
  'books',
  'webhooks',
  'deliver',
] as const;

export type Role = (typeof ROLES)[number];

/** Counts a request against the limit of its API key; whatever answers requests does. */
const LIMITS = 'SELECT, INSERT, UPDATE (next_at)';

/** Of a pending operation, what a request says: without the columns of credits and returns, which follow from what was settled. */
const REQUESTED =
  'id, wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency, refund_of, hold_id, correlation_id, ' +
  'has_details, number, linked_legs';

/** Of a wallet, what settling reads and writes: not whose it is. */
const SETTLED_WALLET =
  'SELECT (id, currency, balance, held, returnable, wallet_group, chain_length, unlisted, chain_head, booked_at, ' +
  'credit_limit, frozen_in, frozen_out, closed_at, is_limited, has_alerts), ' +
  'UPDATE (balance, held, returnable, chain_length, chain_head, unlisted, booked_at)';

/** What a request gives its transaction to know it by. */
const NOTES = 'SELECT, INSERT (transaction_id, owner, reference, description, metadata)';

/** Of a hold, what settling writes. */
const SETTLED_HOLD = 'status, position, wallet_amount, currency_rate, wallet_rate, captured, captured_wallet';

/** Counts what is spent, and changes no limit. */
const SETTLED_LIMITS = 'SELECT, UPDATE (spent_on, spent_day, spent_month)';

/** Compares balances with alerts. */
const SETTLED_ALERTS = 'SELECT (wallet_id, id, direction, threshold)';

/** Adds to the roll-ups of its own connection. */
const ROLL_UPS = 'SELECT, INSERT, UPDATE';

/** Keeps the first reply to a key. */
const REPLIES = 'SELECT, INSERT (api_key_id, key, fingerprint, status, body), UPDATE (status, body)';

/**
 * What each role may do with each table, where several share one by its columns. None owns anything, so none can drop,
 * truncate or alter anything, nor disable a trigger. A table that no role may use is missing: a test names it.
 */
export const RIGHTS: Readonly<Record<Role, Readonly<Record<string, string>>>> = {
  read: {
    api_key_limits: LIMITS,
    balancer_runs: 'SELECT',
    book_results: 'SELECT',
    currencies: 'SELECT',
    currency_rates: 'SELECT (name, rate, set_at)',
    holds: 'SELECT',
    legs: 'SELECT',
    money_minutes: 'SELECT',
    money_totals: 'SELECT',
    operations: 'SELECT',
    pending_operations: 'SELECT',
    relay_passes: 'SELECT',
    settled_minutes: 'SELECT',
    transaction_details: 'SELECT',
    transaction_metadata: 'SELECT',
    wallet_details: 'SELECT',
    wallet_metadata: 'SELECT',
    // A report waits for a wallet's row lock, which takes the right to change a column: a trigger keeps this one as it is.
    wallets: 'SELECT, UPDATE (id)',
    wallet_limits: 'SELECT',
    // How many fail: not where they are, nor their secrets.
    webhooks: 'SELECT (failing_since, disabled_at)',
    // What became of the events of a transaction: neither bodies nor answers.
    webhook_messages: 'SELECT (id, type)',
    webhook_deliveries: 'SELECT (message_id, webhook_id, status, attempts, attempted_at, answer_status)',
  },
  accept: {
    api_key_limits: LIMITS,
    currencies: 'SELECT',
    idempotency_keys: REPLIES,
    // The event of a new wallet, which is deleted once it is published.
    outbox: 'SELECT, INSERT (detail_type, detail), DELETE',
    pending_operations: `SELECT, INSERT (${REQUESTED})`,
    transaction_details: NOTES,
    // By triggers of the details.
    transaction_metadata: 'INSERT',
    wallet_details: 'SELECT, INSERT (wallet_id, owner, owner_id, reference, description, metadata)',
    wallet_metadata: 'INSERT',
    // A wallet begins with nothing.
    wallets: 'SELECT (id, currency, wallet_group), INSERT (id, name, country, city, currency, wallet_group)',
  },
  // Changes a wallet's name, state, limits and alerts.
  change: {
    api_key_limits: LIMITS,
    holds: 'SELECT (wallet_id, status)',
    idempotency_keys: REPLIES,
    // What was spent before there was a limit.
    operations: 'SELECT',
    outbox: 'SELECT, INSERT (detail_type, detail), DELETE',
    pending_operations: 'SELECT',
    wallet_alerts: 'SELECT, INSERT (wallet_id, id, direction, threshold, after_position), DELETE',
    wallet_changes: 'SELECT (wallet_id, number), INSERT',
    wallet_limits: 'SELECT, INSERT, UPDATE, DELETE',
    wallets:
      'SELECT (id, name, balance, held, returnable, chain_length, booked_at, credit_limit, frozen_in, frozen_out, closed_at, is_limited), ' +
      'UPDATE (name, credit_limit, frozen_in, frozen_out, closed_at, is_limited, has_alerts, returnable)',
  },
  // Accepts one operation, and settles its wallets at once if the caller waits.
  pay: {
    api_key_limits: LIMITS,
    currencies: 'SELECT',
    // Settles, extends, and notes the answer to a payout.
    holds: `SELECT, INSERT (id, wallet_id, kind, amount, currency, over_capture, expires_at), UPDATE (${SETTLED_HOLD}, answer, expires_at)`,
    idempotency_keys: REPLIES,
    legs: 'SELECT',
    money_minutes: ROLL_UPS,
    operations: 'SELECT, INSERT',
    // The keys of what was settled, and that a hold was extended; deleted once the events are published.
    outbox: 'SELECT, INSERT (detail_type, detail, wallet_ids, positions), DELETE',
    pending_operations: 'SELECT, INSERT, DELETE',
    refund_totals: 'SELECT, INSERT, UPDATE (refunded, latest)',
    settled_minutes: ROLL_UPS,
    transaction_details: NOTES,
    transaction_metadata: 'INSERT',
    wallet_alerts: SETTLED_ALERTS,
    wallet_limits: SETTLED_LIMITS,
    wallets: SETTLED_WALLET,
  },
  settle: {
    currencies: 'SELECT',
    holds: `SELECT, UPDATE (${SETTLED_HOLD})`,
    idempotency_keys: 'SELECT (created_at), DELETE',
    // Those of minutes that are over it adds to the totals.
    money_minutes: `${ROLL_UPS}, DELETE`,
    money_totals: ROLL_UPS,
    operations: 'SELECT, INSERT',
    outbox: 'SELECT, INSERT, UPDATE (claimed_at), DELETE',
    pending_operations: 'SELECT, INSERT, UPDATE (relayed_at, relay_count), DELETE',
    refund_totals: 'SELECT, UPDATE (refunded)',
    relay_passes: 'SELECT, INSERT, UPDATE',
    settled_minutes: `${ROLL_UPS}, DELETE`,
    transaction_details: 'SELECT',
    wallet_alerts: SETTLED_ALERTS,
    wallet_limits: SETTLED_LIMITS,
    wallets: SETTLED_WALLET,
  },
  // Moves wallets between groups, by its schedule or at a request.
  groups: {
    api_key_limits: LIMITS,
    balancer_runs:
      'SELECT, INSERT (id, trigger), UPDATE (finished_at, has_failed, wallets_moved, groups), DELETE',
    idempotency_keys: REPLIES,
    leases: 'SELECT, INSERT, UPDATE, DELETE',
    operations: 'SELECT (wallet_id, processed_at)',
    outbox: 'SELECT, INSERT (detail_type, detail), DELETE',
    pending_operations: 'SELECT (wallet_id)',
    wallets: 'SELECT (id, wallet_group), UPDATE (wallet_group)',
  },
  rates: {
    api_key_limits: LIMITS,
    currencies: 'SELECT, INSERT (name, rate), UPDATE (rate, updated_at, withdrawn_at)',
    currency_rates: 'INSERT (name, rate)',
    idempotency_keys: REPLIES,
  },
  keys: {
    api_key_limits: LIMITS,
    // MAINTAIN, for a lock of the table while the first key is made.
    api_keys:
      'SELECT, INSERT (id, name, shown, hash, scopes, expires_at, requests_per_second, owner), ' +
      'UPDATE (requests_per_second, revoked_at), MAINTAIN',
    idempotency_keys: REPLIES,
  },
  authorize: {
    api_keys:
      'SELECT (id, name, owner, hash, scopes, requests_per_second, expires_at, last_used_at, revoked_at), UPDATE (last_used_at)',
  },
  books: {
    book_checks: 'SELECT, INSERT, UPDATE',
    book_progress: 'SELECT, UPDATE',
    book_results: 'SELECT, INSERT, UPDATE',
    currencies: 'SELECT',
    currency_rates: 'SELECT',
    holds: 'SELECT',
    ledger_entries: 'SELECT',
    legs: 'SELECT',
    money_minutes: 'SELECT',
    money_totals: 'SELECT',
    operations: 'SELECT',
    pending_operations: 'SELECT',
    refund_totals: 'SELECT',
    transaction_details: 'SELECT',
    wallet_changes: 'SELECT',
    wallet_limits: 'SELECT',
    wallets: 'SELECT',
  },
  // Keeps webhooks with their secrets, which no other role but the next may read, and has messages posted again.
  webhooks: {
    api_key_limits: LIMITS,
    idempotency_keys: REPLIES,
    webhooks:
      'SELECT, INSERT (id, address, event_types, description, secret), ' +
      'UPDATE (secret, old_secret, old_secret_until, failing_since, disabled_at, disabled_because)',
    webhook_messages: 'SELECT (id, type), INSERT (id, type, body)',
    webhook_deliveries:
      'SELECT, INSERT (message_id, webhook_id), UPDATE (status, attempts, posts, next_at, is_posting)',
  },
  // Stages events for webhooks, signs what is due, and notes what came of it.
  deliver: {
    outbox: 'SELECT, INSERT (detail_type, detail), DELETE',
    webhooks:
      'SELECT, UPDATE (old_secret, old_secret_until, failing_since, is_slow, disabled_at, disabled_because), DELETE',
    webhook_messages: 'SELECT, INSERT (id, type, body), DELETE',
    webhook_deliveries:
      'SELECT, INSERT (message_id, webhook_id), ' +
      'UPDATE (status, attempts, posts, next_at, is_posting, attempted_at, answer_status, answer, problem)',
  },
};

/** Whose ids a role gives. */
export const SEQUENCES: Readonly<Partial<Record<Role, readonly string[]>>> = {
  accept: ['operation_ids', 'wallet_ids', 'detail_numbers'],
  change: ['operation_ids'],
  pay: ['operation_ids', 'detail_numbers'],
  settle: ['operation_ids'],
  groups: ['operation_ids'],
  deliver: ['operation_ids'],
};

/** The name of a role in the database, such as `my_little_ps_read`. */
export const roleName = (role: Role, prefix = ROLE_PREFIX): string => `${prefix}_${role}`;
