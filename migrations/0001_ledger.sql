-- Up Migration

-- Every statement and transaction has a limit, kept by the server, so that it holds for each client and needs
-- no session state (which a connection proxy could not share). Longer work raises it with SET LOCAL.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'UTC');
  EXECUTE format('ALTER DATABASE %I SET statement_timeout = %L', current_database(), '8s');
  EXECUTE format('ALTER DATABASE %I SET lock_timeout = %L', current_database(), '5s');
  EXECUTE format('ALTER DATABASE %I SET transaction_timeout = %L', current_database(), '20s');
  EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '10s');
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

-- `returnable` is an upper bound of the money that left in transfers and may still come back. Credits leave
-- that much room below the largest balance, so a return always fits.
CREATE TABLE wallets (
  id bigint PRIMARY KEY DEFAULT nextval('wallet_ids'),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  country text NOT NULL CHECK (char_length(country) BETWEEN 1 AND 200),
  city text NOT NULL CHECK (char_length(city) BETWEEN 1 AND 200),
  currency currency_name NOT NULL,
  balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0),
  returnable bigint NOT NULL DEFAULT 0 CHECK (returnable >= 0),
  wallet_group integer NOT NULL CHECK (wallet_group >= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT room_for_returns CHECK (balance <= 9223372036854775807 - returnable)
) WITH (fillfactor = 80);
ALTER SEQUENCE wallet_ids OWNED BY wallets.id;
CREATE INDEX wallets_by_group ON wallets (wallet_group, id);

CREATE TYPE operation_leg AS ENUM ('receipt', 'debit', 'credit', 'return');
CREATE TYPE operation_type AS ENUM ('in', 'out');
CREATE TYPE operation_status AS ENUM ('new', 'success', 'decline');
CREATE TYPE decline_reason AS ENUM (
  'insufficient_funds', 'balance_limit', 'amount_too_small', 'currency_not_allowed'
);

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
  type operation_type NOT NULL GENERATED ALWAYS AS
    (CASE WHEN leg = 'debit' THEN 'out'::operation_type ELSE 'in'::operation_type END) STORED,
  status operation_status NOT NULL DEFAULT 'new',
  reason decline_reason,
  relay_count smallint NOT NULL DEFAULT 0 CHECK (relay_count >= 0),
  currency currency_name NOT NULL,
  origin_currency currency_name,
  currency_rate usd_rate,
  wallet_rate usd_rate,
  correlation_id text NOT NULL CHECK (char_length(correlation_id) BETWEEN 1 AND 128),
  CONSTRAINT one_leg_of_a_kind UNIQUE (transaction_id, leg),
  CONSTRAINT counterparty_of_transfers CHECK ((leg = 'receipt') = (counterparty_id IS NULL)),
  CONSTRAINT two_wallets CHECK (wallet_id <> counterparty_id),
  CONSTRAINT credit_knows_what_was_taken CHECK (
    (leg = 'credit') = (origin_amount IS NOT NULL) AND (leg = 'credit') = (origin_currency IS NOT NULL)),
  CONSTRAINT settled_has_time CHECK ((status = 'new') = (processed_at IS NULL)),
  CONSTRAINT success_keeps_amounts_and_rates CHECK (
    (status = 'success') = (wallet_amount IS NOT NULL)
    AND (status = 'success') = (balance_after IS NOT NULL)
    AND (status = 'success') = (currency_rate IS NOT NULL)
    AND (status = 'success') = (wallet_rate IS NOT NULL)),
  CONSTRAINT decline_has_reason CHECK ((status = 'decline' OR leg = 'return') = (reason IS NOT NULL)),
  CONSTRAINT return_succeeds CHECK (NOT (leg = 'return' AND status = 'decline'))
);
CREATE INDEX operations_pending ON operations (wallet_id, id) WHERE status = 'new';
CREATE INDEX operations_by_wallet ON operations (wallet_id, created_at, id);
CREATE INDEX operations_by_time ON operations USING brin (created_at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % refused: the journal is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER settled_operations_are_final BEFORE UPDATE ON operations
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
  detail jsonb NOT NULL,
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
