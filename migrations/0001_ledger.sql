-- Up Migration

-- Every statement and transaction has a limit, kept by the server, so that it holds for each client and needs
-- no session state (which a connection proxy could not share). Longer work raises it with SET LOCAL.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'UTC');
  EXECUTE format('ALTER DATABASE %I SET statement_timeout = %L', current_database(), '8s');
  EXECUTE format('ALTER DATABASE %I SET lock_timeout = %L', current_database(), '5s');
  EXECUTE format('ALTER DATABASE %I SET transaction_timeout = %L', current_database(), '9s');
  EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '5s');
END
$$;

CREATE DOMAIN currency_name AS text CHECK (VALUE ~ '^[A-Z0-9]{3,12}$');

-- USD per unit, as an integer of 10^-12: from 10^-12 to 10^9, which is more than a bigint holds.
CREATE DOMAIN usd_rate AS numeric(22, 0) CHECK (VALUE BETWEEN 1 AND 1000000000000000000000);

-- A positive number of millionths of a unit.
CREATE DOMAIN positive_amount AS bigint CHECK (VALUE > 0);

CREATE TABLE currencies (
  name currency_name PRIMARY KEY,
  rate usd_rate NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  withdrawn_at timestamptz,
  CONSTRAINT usd_is_one CHECK (name <> 'USD' OR (rate = 1000000000000 AND withdrawn_at IS NULL))
);
INSERT INTO currencies (name, rate) VALUES ('USD', 1000000000000);

CREATE TABLE currency_rates (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name currency_name NOT NULL,
  rate usd_rate NOT NULL,
  set_at timestamptz NOT NULL DEFAULT now()
);

CREATE SEQUENCE wallet_ids AS bigint;

-- `held` is what active holds reserve: the rest of the balance is available.
-- `chain_length` and `chain_head` are the position and the hash of the wallet's last settled operation.
-- `returnable` is an upper bound of the money that left in transfers and may still come back. Credits leave
-- that much room below the largest balance, so a return always fits.
CREATE TABLE wallets (
  id bigint PRIMARY KEY DEFAULT nextval('wallet_ids'),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  country text NOT NULL CHECK (char_length(country) BETWEEN 1 AND 200),
  city text NOT NULL CHECK (char_length(city) BETWEEN 1 AND 200),
  currency currency_name NOT NULL,
  balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0),
  held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
  returnable bigint NOT NULL DEFAULT 0 CHECK (returnable >= 0),
  wallet_group integer NOT NULL CHECK (wallet_group >= 1),
  chain_length bigint NOT NULL DEFAULT 0 CHECK (chain_length >= 0),
  chain_head bytea NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT held_is_there CHECK (held <= balance),
  CONSTRAINT room_for_returns CHECK (balance <= 9223372036854775807 - returnable)
) WITH (fillfactor = 80);
ALTER SEQUENCE wallet_ids OWNED BY wallets.id;
CREATE INDEX wallets_by_group ON wallets (wallet_group, id);

CREATE TYPE operation_leg AS ENUM (
  'receipt', 'debit', 'credit', 'return', 'payout', 'capture', 'hold', 'release', 'expiry'
);
CREATE TYPE operation_type AS ENUM ('in', 'out');
CREATE TYPE operation_status AS ENUM ('new', 'success', 'decline');
CREATE TYPE decline_reason AS ENUM (
  'insufficient_funds', 'balance_limit', 'amount_too_small', 'currency_not_allowed', 'hold_not_active'
);
CREATE TYPE hold_status AS ENUM ('new', 'active', 'declined', 'captured', 'released', 'expired');

-- The journal: one row per leg. No foreign key to wallets: a credit leg is written by the origin's group, which
-- must not touch the target's row; wallets are never deleted, and each leg is inserted from an existing one.
CREATE TABLE operations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction_id uuid NOT NULL,
  wallet_id bigint NOT NULL,
  counterparty_id bigint,
  amount positive_amount NOT NULL,
  origin_amount positive_amount,
  wallet_amount positive_amount,
  balance_after bigint CHECK (balance_after >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  processed_at timestamptz,
  relayed_at timestamptz,
  leg operation_leg NOT NULL,
  type operation_type GENERATED ALWAYS AS (
    CASE WHEN leg IN ('debit', 'payout', 'capture') THEN 'out'::operation_type
      WHEN leg IN ('receipt', 'credit', 'return') THEN 'in'::operation_type END) STORED,
  status operation_status NOT NULL DEFAULT 'new',
  reason decline_reason,
  relay_count smallint NOT NULL DEFAULT 0 CHECK (relay_count >= 0),
  currency currency_name NOT NULL,
  origin_currency currency_name,
  currency_rate usd_rate,
  wallet_rate usd_rate,
  refund_of uuid,
  hold_id uuid,
  position bigint CHECK (position >= 1),
  hash bytea CHECK (octet_length(hash) = 32),
  correlation_id text NOT NULL CHECK (char_length(correlation_id) BETWEEN 1 AND 128),
  CONSTRAINT one_leg_of_a_kind UNIQUE (transaction_id, leg),
  CONSTRAINT counterparty_of_transfers CHECK (
    (leg IN ('debit', 'credit', 'return', 'capture')) = (counterparty_id IS NOT NULL)),
  CONSTRAINT two_wallets CHECK (wallet_id <> counterparty_id),
  CONSTRAINT credit_knows_what_was_taken CHECK (
    (leg = 'credit') = (origin_amount IS NOT NULL) AND (leg = 'credit') = (origin_currency IS NOT NULL)),
  CONSTRAINT hold_of_its_legs CHECK (
    (leg IN ('hold', 'capture', 'release', 'expiry')) = (hold_id IS NOT NULL)),
  CONSTRAINT payout_is_a_refund CHECK (leg <> 'payout' OR refund_of IS NOT NULL),
  CONSTRAINT settled_is_in_the_chain CHECK (
    (status = 'new') = (processed_at IS NULL)
    AND (status = 'new') = (position IS NULL)
    AND (status = 'new') = (hash IS NULL)),
  CONSTRAINT success_keeps_amounts_and_rates CHECK (
    (status = 'success') = (wallet_amount IS NOT NULL)
    AND (status = 'success') = (balance_after IS NOT NULL)
    AND (status = 'success') = (currency_rate IS NOT NULL)
    AND (status = 'success') = (wallet_rate IS NOT NULL)),
  CONSTRAINT decline_has_reason CHECK ((status = 'decline' OR leg = 'return') = (reason IS NOT NULL)),
  CONSTRAINT return_succeeds CHECK (NOT (leg = 'return' AND status = 'decline'))
);
CREATE UNIQUE INDEX operations_chain ON operations (wallet_id, position) WHERE position IS NOT NULL;
CREATE INDEX operations_pending ON operations (wallet_id, id) WHERE status = 'new';
-- Reports read it alone: totals and files never touch the rows, nor does passing over pages.
CREATE INDEX operations_by_wallet ON operations (wallet_id, created_at, id) INCLUDE (type, amount, currency, status);
CREATE INDEX operations_by_time ON operations USING brin (created_at);

CREATE TABLE holds (
  id uuid PRIMARY KEY,
  wallet_id bigint NOT NULL,
  amount positive_amount NOT NULL,
  status hold_status NOT NULL DEFAULT 'new',
  expires_at timestamptz NOT NULL,
  expiry_recorded boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX holds_to_expire ON holds (expires_at) WHERE status = 'active' AND NOT expiry_recorded;
CREATE INDEX holds_by_wallet ON holds (wallet_id) WHERE status = 'active';

-- What was given back of a transaction, pending refunds included, in the transaction's own amount and currency.
CREATE TABLE refund_totals (
  transaction_id uuid PRIMARY KEY,
  amount positive_amount NOT NULL,
  refunded bigint NOT NULL CHECK (refunded >= 0),
  latest positive_amount NOT NULL,
  CONSTRAINT no_more_than_was_paid CHECK (refunded <= amount)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % refused: the journal is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;
-- After the update, which is undone as well then: before it, each row would be locked by itself once more, and the
-- generated column be computed anew.
CREATE TRIGGER settled_operations_are_final AFTER UPDATE ON operations
  FOR EACH ROW WHEN (OLD.status <> 'new') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operations_are_kept BEFORE DELETE ON operations
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operations_are_not_truncated BEFORE TRUNCATE ON operations EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallets_are_kept BEFORE DELETE ON wallets
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallets_are_not_truncated BEFORE TRUNCATE ON wallets EXECUTE FUNCTION refuse_change();

-- Events staged in the transaction that caused them; a published one is deleted.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  detail_type text NOT NULL,
  -- Read whole, as it was written: binary JSON would only cost.
  detail json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  claimed_at timestamptz
);

-- The first reply to each Idempotency-Key. A row without a reply lives only inside the transaction that makes it.
CREATE TABLE idempotency_keys (
  key text PRIMARY KEY CHECK (char_length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL,
  status smallint,
  body text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys USING brin (created_at);

-- Who may do a thing that only one may do at a time, and until when.
CREATE TABLE leases (
  name text PRIMARY KEY,
  holder uuid NOT NULL,
  expires_at timestamptz NOT NULL
);

-- The journal as double entries: every settled operation moves money between four kinds of account, each currency's
-- entries summing to zero. `exchange` takes in one currency and gives another, rounding included; `transit` has what
-- left its origin and did not arrive yet.
CREATE VIEW ledger_entries AS
SELECT operations.id AS operation_id, operations.wallet_id, entry.account, entry.currency, entry.amount
FROM operations JOIN wallets ON wallets.id = operations.wallet_id CROSS JOIN LATERAL (
  SELECT 'wallet', wallets.currency, CASE type WHEN 'in' THEN wallet_amount ELSE -wallet_amount END::numeric
    WHERE type IS NOT NULL AND status = 'success'
  UNION ALL
  SELECT CASE WHEN leg IN ('receipt', 'payout') THEN 'outside' ELSE 'transit' END, operations.currency,
    CASE type WHEN 'in' THEN -operations.amount ELSE operations.amount END::numeric
    WHERE type IS NOT NULL AND status = 'success'
  UNION ALL
  SELECT 'exchange', operations.currency, CASE type WHEN 'in' THEN operations.amount ELSE -operations.amount END
    WHERE type IS NOT NULL AND status = 'success'
  UNION ALL
  SELECT 'exchange', wallets.currency, CASE type WHEN 'in' THEN -wallet_amount ELSE wallet_amount END
    WHERE type IS NOT NULL AND status = 'success'
  UNION ALL
  SELECT account, declined.currency, amount FROM (VALUES
    ('transit', operations.currency::text, -operations.amount::numeric),
    ('exchange', operations.currency, operations.amount),
    ('exchange', operations.origin_currency, -operations.origin_amount),
    ('transit', operations.origin_currency, operations.origin_amount)
  ) AS declined(account, currency, amount) WHERE leg = 'credit' AND status = 'decline'
) AS entry(account, currency, amount);
