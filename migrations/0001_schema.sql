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
  -- Every row is found by a key. With statistics that lag behind a backlog, or a plan that was kept since the tables were
  -- empty, the planner would read them whole: so it has no other way than the index, one key after the other.
  EXECUTE format('ALTER DATABASE %I SET enable_seqscan = %L', current_database(), 'off');
  EXECUTE format('ALTER DATABASE %I SET enable_bitmapscan = %L', current_database(), 'off');
  EXECUTE format('ALTER DATABASE %I SET enable_hashjoin = %L', current_database(), 'off');
  EXECUTE format('ALTER DATABASE %I SET enable_mergejoin = %L', current_database(), 'off');
  -- Such a plan, if it is all there is, counts as so dear that it would be compiled first.
  EXECUTE format('ALTER DATABASE %I SET jit = %L', current_database(), 'off');
END
$$;

CREATE DOMAIN currency_name AS text CHECK (VALUE ~ '^[A-Z0-9]{3,12}$');

-- A name that was a currency's when the row was made: only its length is checked again, since rows are made by the million.
CREATE DOMAIN currency_code AS text CHECK (octet_length(VALUE) BETWEEN 3 AND 12);

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
-- `chain_length` and `chain_head` are the position and the hash of the wallet's last settled operation, `booked_at` is its
-- time. Of its operations, `unlisted` are about holds alone and in no report.
-- `returnable` is an upper bound of the money that left in transfers and may still come back. Credits leave
-- that much room below the largest balance, so a return always fits.
-- `credit_limit` is how far below zero the balance may go: with the balance and all that may come back it makes an amount, so
-- that what may be spent is one. `is_limited` tells that wallet_limits has a row of further limits, `has_alerts` that wallet_alerts
-- has some.
CREATE TABLE wallets (
  id bigint PRIMARY KEY DEFAULT nextval('wallet_ids'),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  country text NOT NULL CHECK (char_length(country) BETWEEN 1 AND 200),
  city text NOT NULL CHECK (char_length(city) BETWEEN 1 AND 200),
  currency currency_name NOT NULL,
  balance bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
  returnable bigint NOT NULL DEFAULT 0 CHECK (returnable >= 0),
  wallet_group integer NOT NULL CHECK (wallet_group >= 1),
  chain_length bigint NOT NULL DEFAULT 0 CHECK (chain_length >= 0),
  unlisted bigint NOT NULL DEFAULT 0 CHECK (unlisted BETWEEN 0 AND chain_length),
  chain_head bytea NOT NULL DEFAULT '',
  booked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  credit_limit bigint NOT NULL DEFAULT 0 CHECK (credit_limit >= 0),
  frozen_in boolean NOT NULL DEFAULT false,
  frozen_out boolean NOT NULL DEFAULT false,
  is_limited boolean NOT NULL DEFAULT false,
  has_alerts boolean NOT NULL DEFAULT false,
  closed_at timestamptz,
  CONSTRAINT within_credit CHECK (balance >= -credit_limit),
  CONSTRAINT held_is_there CHECK (held - balance <= credit_limit),
  CONSTRAINT closed_is_empty CHECK (closed_at IS NULL OR (balance = 0 AND held = 0)),
  CONSTRAINT room_for_returns CHECK (balance <= 9223372036854775807 - returnable - credit_limit),
  CONSTRAINT booked_is_in_the_chain CHECK ((chain_length = 0) = (booked_at IS NULL))
) WITH (fillfactor = 80);
ALTER SEQUENCE wallet_ids OWNED BY wallets.id;
CREATE INDEX wallets_by_group ON wallets (wallet_group, id);

-- The further limits of a wallet that has any, and what left it on the UTC day `spent_on` and in that day's month: at most the
-- largest amount, which no limit exceeds. Read and written under the wallet's row lock.
CREATE TABLE wallet_limits (
  wallet_id bigint PRIMARY KEY,
  balance_limit bigint CHECK (balance_limit >= 0),
  per_operation bigint CHECK (per_operation >= 0),
  per_day bigint CHECK (per_day >= 0),
  per_month bigint CHECK (per_month >= 0),
  spent_on date NOT NULL,
  spent_day bigint NOT NULL CHECK (spent_day BETWEEN 0 AND spent_month),
  spent_month bigint NOT NULL,
  CONSTRAINT limits_something CHECK (
    balance_limit IS NOT NULL OR per_operation IS NOT NULL OR per_day IS NOT NULL OR per_month IS NOT NULL)
) WITH (fillfactor = 50);

-- Each change of a wallet's state and limits, with all of them as they are after it: they hold for the operations behind
-- `after_position` of its chain. Inserted once, and never touched again.
CREATE TABLE wallet_changes (
  wallet_id bigint NOT NULL,
  number bigint NOT NULL CHECK (number >= 1),
  after_position bigint NOT NULL CHECK (after_position >= 0),
  changed_at timestamptz NOT NULL,
  credit_limit bigint NOT NULL CHECK (credit_limit >= 0),
  balance_limit bigint CHECK (balance_limit >= 0),
  per_operation bigint CHECK (per_operation >= 0),
  per_day bigint CHECK (per_day >= 0),
  per_month bigint CHECK (per_month >= 0),
  frozen_in boolean NOT NULL,
  frozen_out boolean NOT NULL,
  is_closed boolean NOT NULL,
  PRIMARY KEY (wallet_id, number)
);

CREATE TYPE alert_direction AS ENUM ('below', 'above');

-- The edges of a wallet's balance whose crossing is told, 20 at most: by operations behind `after_position` of its chain. Added and
-- removed under the wallet's row lock.
CREATE TABLE wallet_alerts (
  wallet_id bigint NOT NULL,
  id uuid NOT NULL,
  direction alert_direction NOT NULL,
  threshold bigint NOT NULL,
  after_position bigint NOT NULL CHECK (after_position >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (wallet_id, id),
  CONSTRAINT one_alert_at_an_edge UNIQUE (wallet_id, direction, threshold)
);

CREATE TYPE operation_leg AS ENUM (
  'receipt', 'debit', 'credit', 'return', 'payout', 'capture', 'hold', 'release', 'expiry', 'part_capture', 'payout_hold',
  'payout_cancel', 'linked_debit', 'linked_credit', 'linked_receipt', 'linked_payout'
);
CREATE TYPE operation_type AS ENUM ('in', 'out');
CREATE TYPE operation_status AS ENUM ('new', 'success', 'decline');
CREATE TYPE decline_reason AS ENUM (
  'insufficient_funds', 'balance_limit', 'amount_too_small', 'currency_not_allowed', 'hold_not_active', 'cancelled',
  'capture_exceeds_hold', 'wallet_frozen', 'wallet_closed', 'operation_limit', 'daily_limit', 'monthly_limit',
  'linked_declined'
);
CREATE TYPE hold_status AS ENUM ('new', 'active', 'declined', 'captured', 'released', 'expired');
CREATE TYPE hold_kind AS ENUM ('hold', 'payout');

-- Whether a leg brings money into its wallet or takes it out; null for one that is only about a hold.
CREATE FUNCTION type_of(leg operation_leg) RETURNS operation_type LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN leg IN ('debit', 'payout', 'capture', 'part_capture', 'linked_debit', 'linked_payout') THEN 'out'::operation_type
  WHEN leg IN ('receipt', 'credit', 'return', 'linked_credit', 'linked_receipt') THEN 'in'::operation_type END;

-- The correlation id of an operation. That of a request that brought none is the id of its first transaction, from which the ids of
-- its others differ in the last three digits alone: it follows from each of them, and is stored as null.
CREATE FUNCTION correlation_of(stored text, transaction_id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(stored, left(transaction_id::text, 33) || '000');

-- One order for all operations: in it, those of a wallet are settled. Each value begins a block of ids: the legs of a linked
-- transaction, of which there may be 200, have consecutive ones, so that in each wallet two such transactions come in the
-- same order.
CREATE SEQUENCE operation_ids AS bigint INCREMENT BY 256;

-- What was accepted and not settled yet: small, and busy. A row lives from the statement that accepts it to the
-- transaction that settles it, which deletes it here and inserts it into operations.
-- `wallet_group` is the wallet's group when the row was made: where a processor looks for companions of a named wallet.
-- Each unique key of the tables of legs has the wallet in it, so that they can be spread by wallet. No foreign key to
-- wallets: a credit leg is written by the origin's group, which must not touch the target's row; wallets are never deleted.
-- The legs of a linked transaction are all settled in one transaction: `linked_legs` is how many it has, and `number` the
-- transfer that a leg is of, from 1 on; 0 for operations that are not linked, so that it can be in a key.
CREATE TABLE pending_operations (
  id bigint NOT NULL DEFAULT nextval('operation_ids'),
  wallet_id bigint NOT NULL,
  counterparty_id bigint,
  amount positive_amount NOT NULL,
  origin_amount positive_amount,
  created_at timestamptz NOT NULL DEFAULT now(),
  relayed_at timestamptz,
  wallet_group integer NOT NULL CHECK (wallet_group >= 1),
  leg operation_leg NOT NULL,
  reason decline_reason,
  relay_count smallint NOT NULL DEFAULT 0 CHECK (relay_count >= 0),
  number smallint NOT NULL DEFAULT 0,
  linked_legs smallint,
  transaction_id uuid NOT NULL,
  refund_of uuid,
  hold_id uuid,
  currency currency_code NOT NULL,
  origin_currency currency_code,
  correlation_id text CHECK (octet_length(correlation_id) BETWEEN 1 AND 128),
  has_details boolean NOT NULL DEFAULT false,
  CONSTRAINT counterparty_of_transfers CHECK (
    (leg IN ('debit', 'credit', 'return', 'capture', 'part_capture', 'linked_debit', 'linked_credit')) = (counterparty_id IS NOT NULL)),
  CONSTRAINT two_wallets CHECK (wallet_id <> counterparty_id),
  CONSTRAINT linked_legs_are_numbered CHECK (
    (leg IN ('linked_debit', 'linked_credit', 'linked_receipt', 'linked_payout')) = (linked_legs IS NOT NULL)
    AND CASE WHEN linked_legs IS NULL THEN number = 0 ELSE number BETWEEN 1 AND linked_legs END),
  CONSTRAINT credit_knows_what_was_taken CHECK (
    (leg = 'credit') = (origin_amount IS NOT NULL) AND (leg = 'credit') = (origin_currency IS NOT NULL)),
  CONSTRAINT hold_of_its_legs CHECK (
    leg = 'payout' AND (hold_id IS NULL OR refund_of IS NULL)
    OR (leg IN ('hold', 'capture', 'part_capture', 'release', 'expiry', 'payout_hold', 'payout_cancel')) = (hold_id IS NOT NULL)),
  CONSTRAINT return_has_reason CHECK ((leg = 'return') = (reason IS NOT NULL)),
  PRIMARY KEY (wallet_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER SEQUENCE operation_ids OWNED BY pending_operations.id;
-- An index that has the wallet behind other columns could be read from end to end for a wallet's operations, and is, where the
-- planner believes that the table is empty. So those have a condition that holds for each row: only what is about groups, or
-- about a transaction, says it.
CREATE INDEX pending_by_group ON pending_operations (wallet_group, wallet_id) WHERE wallet_group > 0;
CREATE UNIQUE INDEX one_pending_leg_of_a_kind ON pending_operations (transaction_id, leg, number, wallet_id) WHERE number >= 0;
-- What may still come back to a wallet: the credits of its transfers, and its returns.
CREATE INDEX pending_returnable ON pending_operations ((CASE leg WHEN 'credit' THEN counterparty_id ELSE wallet_id END))
  WHERE leg IN ('credit', 'return');
-- Whether a hold is about to be captured or released.
CREATE INDEX pending_by_hold ON pending_operations (wallet_id, hold_id) WHERE hold_id IS NOT NULL;
-- The transactions of a request that brought a correlation id, by their first operations: the others are found by their own ids. A
-- hash is a third of the size of what it is of.
CREATE INDEX pending_by_correlation ON pending_operations (hashtextextended(correlation_id, 0), id)
  WHERE leg NOT IN ('credit', 'return', 'linked_credit') AND number <= 1 AND correlation_id IS NOT NULL;

-- The journal: one row per leg, inserted when it is settled, and never touched again. A wallet's operations are numbered
-- without a gap, in the order of booking. `unlisted` of them, up to this one, are about holds alone; null for none.
-- `available` is what was left of a limit or of the money when an operation was declined for it, in the wallet's currency.
CREATE TABLE operations (
  wallet_id bigint NOT NULL,
  position bigint NOT NULL CHECK (position >= 1),
  id bigint NOT NULL,
  counterparty_id bigint,
  amount positive_amount NOT NULL,
  origin_amount positive_amount,
  wallet_amount bigint,
  balance_after bigint,
  unlisted bigint CHECK (unlisted BETWEEN 1 AND position),
  created_at timestamptz NOT NULL,
  processed_at timestamptz NOT NULL,
  leg operation_leg NOT NULL,
  status operation_status NOT NULL CHECK (status <> 'new'),
  reason decline_reason,
  transaction_id uuid NOT NULL,
  refund_of uuid,
  hold_id uuid,
  currency currency_code NOT NULL,
  origin_currency currency_code,
  currency_rate usd_rate,
  wallet_rate usd_rate,
  available bigint,
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  correlation_id text,
  has_details boolean NOT NULL DEFAULT false,
  number smallint NOT NULL DEFAULT 0,
  linked_legs smallint,
  CONSTRAINT one_leg_of_a_kind UNIQUE (transaction_id, leg, number, wallet_id),
  CONSTRAINT success_keeps_amounts_and_rates CHECK (
    (status = 'success') = (wallet_amount IS NOT NULL)
    AND (status = 'success') = (balance_after IS NOT NULL)
    AND (status = 'success') = (currency_rate IS NOT NULL)
    AND (status = 'success') = (wallet_rate IS NOT NULL)),
  -- A hold that was captured whole, in parts, has nothing left to give back.
  CONSTRAINT success_moves_something CHECK (wallet_amount > 0 OR wallet_amount = 0 AND leg IN ('release', 'expiry')),
  CONSTRAINT decline_has_reason CHECK ((status = 'decline' OR leg = 'return') = (reason IS NOT NULL)),
  CONSTRAINT available_of_declines CHECK (available IS NULL OR (status = 'decline' AND available >= 0)),
  CONSTRAINT return_succeeds CHECK (NOT (leg = 'return' AND status = 'decline'))
) WITH (fillfactor = 100);
-- Made last: of two indexes that cost the same, as all do while a table is empty, the planner takes the newer.
ALTER TABLE operations ADD PRIMARY KEY (wallet_id, position);
-- Rows are inserted in the order of time: a few bytes of index find a window of it. Ranges of blocks are summarized as they
-- fill up: until then, each look reads them.
CREATE INDEX operations_by_time ON operations USING brin (processed_at) WITH (pages_per_range = 32, autosummarize = on);
-- As that of pending_operations.
CREATE INDEX operations_by_correlation ON operations (hashtextextended(correlation_id, 0), id)
  WHERE leg NOT IN ('credit', 'return', 'linked_credit') AND number <= 1 AND correlation_id IS NOT NULL;

-- The hold's id is that of its transaction. Amount, over-capture and what was captured are in the hold's currency; once it is
-- placed, it keeps the two rates, what it reserved in the wallet's currency, and its place in the wallet's journal. While it
-- is active, it reserves wallet_amount less captured_wallet, if that is anything.
-- A payout that waits for its confirmation is a hold without an end. `answer` is what was requested first, and nothing else is.
CREATE TABLE holds (
  id uuid NOT NULL,
  wallet_id bigint NOT NULL,
  kind hold_kind NOT NULL DEFAULT 'hold',
  amount positive_amount NOT NULL,
  currency currency_code NOT NULL,
  over_capture bigint NOT NULL DEFAULT 0,
  status hold_status NOT NULL DEFAULT 'new',
  position bigint CHECK (position >= 1),
  wallet_amount positive_amount,
  currency_rate usd_rate,
  wallet_rate usd_rate,
  captured bigint NOT NULL DEFAULT 0,
  captured_wallet bigint NOT NULL DEFAULT 0,
  answer operation_leg,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, wallet_id),
  CONSTRAINT over_capture_is_no_more_than_the_hold CHECK (
    over_capture BETWEEN 0 AND amount AND over_capture <= 9223372036854775807 - amount),
  CONSTRAINT captured_is_within CHECK (captured BETWEEN 0 AND amount + over_capture),
  CONSTRAINT captured_is_taken CHECK (captured_wallet >= 0 AND (captured = 0) = (captured_wallet = 0)),
  CONSTRAINT captured_has_captures CHECK (status <> 'captured' OR captured > 0),
  CONSTRAINT placed_has_its_place CHECK ((status = 'new') = (position IS NULL)),
  CONSTRAINT placed_keeps_its_rates CHECK (
    (status IN ('new', 'declined')) = (wallet_amount IS NULL)
    AND (wallet_amount IS NULL) = (currency_rate IS NULL) AND (wallet_amount IS NULL) = (wallet_rate IS NULL)),
  CONSTRAINT payout_waits_for_its_answer CHECK ((kind = 'payout') = (expires_at IS NULL)),
  CONSTRAINT payout_is_paid_whole CHECK (
    kind <> 'payout' OR over_capture = 0 AND captured IN (0, amount) AND status <> 'expired'),
  CONSTRAINT answer_of_a_payout CHECK (answer IS NULL OR kind = 'payout' AND answer IN ('payout', 'payout_cancel'))
);
-- In the order of their ends, for whoever goes on from one. A question about one wallet's holds does not name their kind, lest the
-- planner read those of all wallets here: it would, with statistics of a moment when no hold was active.
CREATE INDEX holds_to_expire ON holds (expires_at, id) WHERE status = 'active' AND kind = 'hold';
CREATE INDEX holds_by_wallet ON holds (wallet_id, expires_at) WHERE status = 'active';
-- In the order of placing, for lists.
CREATE INDEX holds_by_position ON holds (wallet_id, position) WHERE position IS NOT NULL;
CREATE INDEX holds_by_status ON holds (wallet_id, status, position) WHERE position IS NOT NULL;

-- What was given back of a transaction, pending refunds included, in the transaction's own amount and currency. A linked
-- transaction is given back whole or not at all: as 1 of 1.
CREATE TABLE refund_totals (
  transaction_id uuid PRIMARY KEY,
  amount positive_amount NOT NULL,
  refunded bigint NOT NULL CHECK (refunded >= 0),
  latest positive_amount NOT NULL,
  CONSTRAINT no_more_than_was_paid CHECK (refunded <= amount)
);

-- What callers gave transactions and wallets to know them by: a row only if something was given, so that the others cost
-- nothing. `owner` is the API key's, within which a reference is unique; '' where no keys are required. `number` is the order
-- of the rows, dealt under a shared lock (lib/details/record.ts), so that a list by it passes over none. The names in metadata
-- are the callers': as they were written, in their order. Only the tables of legs and of wallets are spread by wallet: their
-- unique keys could not have a reference in them.
CREATE SEQUENCE detail_numbers AS bigint;
CREATE DOMAIN caller_reference AS text CHECK (char_length(VALUE) BETWEEN 1 AND 255);
CREATE DOMAIN caller_description AS text CHECK (char_length(VALUE) BETWEEN 1 AND 500);
CREATE DOMAIN caller_metadata AS json CHECK (octet_length(VALUE::text) <= 4096);
CREATE TABLE transaction_details (
  transaction_id uuid PRIMARY KEY,
  owner text NOT NULL CHECK (char_length(owner) <= 100),
  reference caller_reference,
  description caller_description,
  metadata caller_metadata,
  number bigint NOT NULL DEFAULT nextval('detail_numbers'),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT gives_something CHECK (num_nonnulls(reference, description, metadata) > 0)
) WITH (fillfactor = 100);
ALTER SEQUENCE detail_numbers OWNED BY transaction_details.number;
CREATE UNIQUE INDEX transaction_references ON transaction_details (reference, owner) WHERE reference IS NOT NULL;

-- Apart from wallets, whose rows are written again by each settling transaction.
CREATE TABLE wallet_details (
  wallet_id bigint PRIMARY KEY,
  owner text NOT NULL CHECK (char_length(owner) <= 100),
  owner_id caller_reference,
  reference caller_reference,
  description caller_description,
  metadata caller_metadata,
  CONSTRAINT gives_something CHECK (num_nonnulls(owner_id, reference, description, metadata) > 0)
) WITH (fillfactor = 100);
CREATE UNIQUE INDEX wallet_references ON wallet_details (reference, owner) WHERE reference IS NOT NULL;
CREATE INDEX wallets_by_owner ON wallet_details (owner_id, wallet_id) WHERE owner_id IS NOT NULL;

-- The pairs of names and values in metadata, for whoever searches by one: of each its hash, since a value may be longer than an
-- index takes. What is found by it is compared with the metadata itself.
CREATE FUNCTION metadata_pair(name text, value text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substring(sha256(convert_to(octet_length(name) || ':' || name || value, 'UTF8')) FOR 16);
CREATE TABLE transaction_metadata (
  pair bytea NOT NULL,
  number bigint NOT NULL,
  transaction_id uuid NOT NULL,
  PRIMARY KEY (pair, number)
) WITH (fillfactor = 100);
CREATE TABLE wallet_metadata (
  pair bytea NOT NULL,
  wallet_id bigint NOT NULL,
  PRIMARY KEY (pair, wallet_id)
) WITH (fillfactor = 100);
CREATE FUNCTION keep_transaction_pairs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO transaction_metadata (pair, number, transaction_id)
  SELECT DISTINCT metadata_pair(key, value), NEW.number, NEW.transaction_id FROM json_each_text(NEW.metadata);
  RETURN NULL;
END
$$;
CREATE TRIGGER transaction_pairs_are_kept AFTER INSERT ON transaction_details
  FOR EACH ROW WHEN (NEW.metadata IS NOT NULL) EXECUTE FUNCTION keep_transaction_pairs();
CREATE FUNCTION keep_wallet_pairs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wallet_metadata (pair, wallet_id)
  SELECT DISTINCT metadata_pair(key, value), NEW.wallet_id FROM json_each_text(NEW.metadata);
  RETURN NULL;
END
$$;
CREATE TRIGGER wallet_pairs_are_kept AFTER INSERT ON wallet_details
  FOR EACH ROW WHEN (NEW.metadata IS NOT NULL) EXECUTE FUNCTION keep_wallet_pairs();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % refused: the journal is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER operations_are_final BEFORE UPDATE OR DELETE ON operations
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operations_are_not_truncated BEFORE TRUNCATE ON operations EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transaction_details_are_final BEFORE UPDATE OR DELETE ON transaction_details
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transaction_details_are_not_truncated BEFORE TRUNCATE ON transaction_details
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallet_details_are_final BEFORE UPDATE OR DELETE ON wallet_details
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallet_details_are_not_truncated BEFORE TRUNCATE ON wallet_details EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transaction_metadata_is_final BEFORE UPDATE OR DELETE ON transaction_metadata
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transaction_metadata_is_not_truncated BEFORE TRUNCATE ON transaction_metadata
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallet_metadata_is_final BEFORE UPDATE OR DELETE ON wallet_metadata
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallet_metadata_is_not_truncated BEFORE TRUNCATE ON wallet_metadata EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallet_changes_are_final BEFORE UPDATE OR DELETE ON wallet_changes
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallet_changes_are_not_truncated BEFORE TRUNCATE ON wallet_changes EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallets_are_kept BEFORE DELETE ON wallets
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallets_are_not_truncated BEFORE TRUNCATE ON wallets EXECUTE FUNCTION refuse_change();
-- Who waits for a wallet's row lock must have the right to change one of its columns: it is this one, which nobody can.
CREATE TRIGGER wallets_keep_their_ids BEFORE UPDATE OF id ON wallets EXECUTE FUNCTION refuse_change();

-- What is to be told: staged in the transaction that caused it, deleted once published. A row is one event, written down, or
-- names settled operations by their keys: their events are told again from the journal. An event's id is its row's, or its
-- operation's: so both come from one sequence.
CREATE TABLE outbox (
  id bigint PRIMARY KEY DEFAULT nextval('operation_ids'),
  detail_type text,
  -- Read whole, as it was written: binary JSON would only cost.
  detail json,
  wallet_ids bigint[],
  positions bigint[],
  created_at timestamptz NOT NULL DEFAULT now(),
  claimed_at timestamptz,
  CONSTRAINT event_or_operations CHECK (
    (detail_type IS NULL) = (detail IS NULL) AND (detail IS NULL) = (positions IS NOT NULL)
    AND (wallet_ids IS NULL) = (positions IS NULL)),
  -- A row of a hundred fits on a page as it is.
  CONSTRAINT few_operations CHECK (
    cardinality(positions) BETWEEN 1 AND 100 AND cardinality(wallet_ids) = cardinality(positions))
);

-- The first reply to each Idempotency-Key. A row without a reply lives only inside the transaction that makes it.
-- A key belongs to the API key that used it; the zero id stands for callers without a key, on a system that requires none. No
-- foreign key, for its sake and to spare each request the check.
CREATE TABLE idempotency_keys (
  api_key_id uuid NOT NULL,
  key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL,
  status smallint,
  body text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (api_key_id, key)
);
-- For the oldest keys. Not a block range index: the place of a deleted key is taken by a new one, so after a week each range
-- would hold old and young keys, and each look for old ones would read the whole table.
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);

-- Who may do a thing that only one may do at a time, and until when.
CREATE TABLE leases (
  name text PRIMARY KEY,
  holder uuid NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Every leg, pending and settled, for whoever looks at a transaction as a whole.
CREATE VIEW legs AS
SELECT id, transaction_id, leg, type_of(leg) AS type, wallet_id, counterparty_id, amount, currency, origin_amount,
  origin_currency, refund_of, hold_id, correlation_of(correlation_id, transaction_id) AS correlation_id, created_at, 'new'::operation_status AS status, reason,
  NULL::bigint AS position, NULL::bigint AS wallet_amount, NULL::bigint AS balance_after, NULL::numeric AS currency_rate,
  NULL::numeric AS wallet_rate, NULL::bigint AS available, NULL::timestamptz AS processed_at, NULL::bytea AS hash, has_details,
  number, linked_legs
FROM pending_operations WHERE number >= 0
UNION ALL
SELECT id, transaction_id, leg, type_of(leg), wallet_id, counterparty_id, amount, currency, origin_amount,
  origin_currency, refund_of, hold_id, correlation_of(correlation_id, transaction_id), created_at, status, reason,
  position, wallet_amount, balance_after, currency_rate, wallet_rate, available, processed_at, hash, has_details, number, linked_legs
FROM operations;

-- The journal as double entries: every settled operation moves money between four kinds of account, each currency's
-- entries summing to zero. `exchange` takes in one currency and gives another, rounding included; `transit` has what
-- left its origin and did not arrive yet.
CREATE VIEW ledger_entries AS
SELECT operations.id AS operation_id, operations.wallet_id, entry.account, entry.currency, entry.amount,
  operations.position, operations.transaction_id
FROM operations JOIN wallets ON wallets.id = operations.wallet_id CROSS JOIN LATERAL (
  SELECT 'wallet', wallets.currency, CASE type_of(leg) WHEN 'in' THEN wallet_amount ELSE -wallet_amount END::numeric
    WHERE type_of(leg) IS NOT NULL AND operations.status = 'success'
  UNION ALL
  SELECT CASE WHEN leg IN ('receipt', 'payout', 'linked_receipt', 'linked_payout') THEN 'outside' ELSE 'transit' END, operations.currency,
    CASE type_of(leg) WHEN 'in' THEN -operations.amount ELSE operations.amount END::numeric
    WHERE type_of(leg) IS NOT NULL AND operations.status = 'success'
  UNION ALL
  SELECT 'exchange', operations.currency, CASE type_of(leg) WHEN 'in' THEN operations.amount ELSE -operations.amount END
    WHERE type_of(leg) IS NOT NULL AND operations.status = 'success'
  UNION ALL
  SELECT 'exchange', wallets.currency, CASE type_of(leg) WHEN 'in' THEN -wallet_amount ELSE wallet_amount END
    WHERE type_of(leg) IS NOT NULL AND operations.status = 'success'
  UNION ALL
  SELECT account, declined.currency, amount FROM (VALUES
    ('transit', operations.currency::text, -operations.amount::numeric),
    ('exchange', operations.currency, operations.amount),
    ('exchange', operations.origin_currency, -operations.origin_amount),
    ('transit', operations.origin_currency, operations.origin_amount)
  ) AS declined(account, currency, amount) WHERE leg = 'credit' AND operations.status = 'decline'
) AS entry(account, currency, amount);

-- Who may call the HTTP API, and for what. A key itself is nowhere: only its SHA-256, and its first characters to know
-- it by. Keys are revoked, not deleted: logs name them by their ids.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY CHECK (id <> '00000000-0000-0000-0000-000000000000'),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  shown text NOT NULL CHECK (char_length(shown) = 9),
  hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  scopes text[] NOT NULL,
  requests_per_second integer CHECK (requests_per_second BETWEEN 1 AND 10000),
  -- Within which references are unique: keys are rotated, and their owner stays.
  owner text NOT NULL CHECK (char_length(owner) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT known_scopes CHECK (
    cardinality(scopes) BETWEEN 1 AND 7
    AND scopes <@ ARRAY[
      'currencies:write', 'wallets:read', 'wallets:write', 'operations:write', 'reports:read', 'webhooks', 'admin']),
  CONSTRAINT expires_after_creation CHECK (expires_at > created_at)
) WITH (fillfactor = 80);

-- Where a key with a request limit stands; rewritten by each of its requests, so apart from the key.
CREATE TABLE api_key_limits (
  api_key_id uuid PRIMARY KEY REFERENCES api_keys,
  next_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- A bound for whoever reads all currencies. The row of USD, which is always there, is locked so that one counts at a time.
CREATE FUNCTION refuse_too_many_currencies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM currencies WHERE name = 'USD' FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM currencies) > 1000 THEN
    RAISE EXCEPTION 'there may be at most 1000 currencies' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER currencies_are_bounded AFTER INSERT ON currencies
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_too_many_currencies();

-- Where each wallet was when its books were last found clean: the state after the operation at `position`. The next check
-- goes on from there.
CREATE TABLE book_checks (
  wallet_id bigint PRIMARY KEY,
  position bigint NOT NULL CHECK (position >= 0),
  balance bigint NOT NULL,
  held numeric NOT NULL DEFAULT 0,
  spent_day numeric NOT NULL DEFAULT 0,
  spent_month numeric NOT NULL DEFAULT 0,
  unlisted bigint NOT NULL CHECK (unlisted BETWEEN 0 AND position),
  hash bytea NOT NULL,
  booked_at timestamptz
) WITH (fillfactor = 80);

-- How far each part of the check of the books came: new operations by wallet, pending ones by wallet and id, and those
-- that are checked again, by wallet and position, with the wallet's state there.
CREATE TABLE book_progress (
  part text PRIMARY KEY CHECK (part IN ('new', 'pending', 'again')),
  wallet_id bigint NOT NULL DEFAULT 0,
  position bigint NOT NULL DEFAULT 0,
  balance bigint NOT NULL DEFAULT 0,
  held numeric NOT NULL DEFAULT 0,
  spent_day numeric NOT NULL DEFAULT 0,
  spent_month numeric NOT NULL DEFAULT 0,
  unlisted bigint NOT NULL DEFAULT 0,
  hash bytea NOT NULL DEFAULT '',
  booked_at timestamptz
);
INSERT INTO book_progress (part) VALUES ('new'), ('pending'), ('again');

-- What the check of the books asks for: the legs of a hold, the refunds of a transaction, a rate that a currency had.
CREATE INDEX operations_by_hold ON operations (wallet_id, hold_id) WHERE hold_id IS NOT NULL;
CREATE INDEX operations_by_refund ON operations (refund_of) WHERE refund_of IS NOT NULL;
CREATE INDEX pending_by_refund ON pending_operations (refund_of) WHERE refund_of IS NOT NULL;
CREATE INDEX currency_rates_by_name ON currency_rates (name, rate);
-- The rates that a currency had, in their order.
CREATE INDEX currency_rates_by_time ON currency_rates (name, set_at);

-- Where events are posted to. The secrets are here as they are, since each post is signed with them: `old_secret` signs beside the
-- other until its time is over. `failing_since` is when the first post failed after the last that succeeded.
CREATE TABLE webhooks (
  id uuid PRIMARY KEY,
  address text NOT NULL CHECK (char_length(address) BETWEEN 1 AND 500),
  -- None stands for all.
  event_types text[] NOT NULL CHECK (cardinality(event_types) <= 50),
  description text CHECK (char_length(description) BETWEEN 1 AND 200),
  secret text NOT NULL CHECK (secret LIKE 'whsec\_%' AND octet_length(secret) = 50),
  old_secret text CHECK (old_secret LIKE 'whsec\_%' AND octet_length(old_secret) = 50),
  old_secret_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  failing_since timestamptz,
  is_slow boolean NOT NULL DEFAULT false,
  disabled_at timestamptz,
  disabled_because text CHECK (disabled_because IN ('requested', 'gone', 'failing')),
  CONSTRAINT old_secret_ends CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
  CONSTRAINT disabled_for_a_reason CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
);

-- What is posted, as it is signed: once for all webhooks, deleted with its deliveries after 14 days.
CREATE TABLE webhook_messages (
  id text PRIMARY KEY CHECK (id ~ '^[a-z]+-[0-9a-f-]{1,40}$'),
  type text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_messages_by_time ON webhook_messages (created_at);

-- A message on its way to a webhook. `next_at` is when it is due; while it is being posted, when that counts as lost; null once
-- it is done. `posts` tells one post from the next, so that what came of an earlier one changes nothing.
CREATE TABLE webhook_deliveries (
  message_id text NOT NULL REFERENCES webhook_messages ON DELETE CASCADE,
  webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  number bigint GENERATED ALWAYS AS IDENTITY,
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  posts bigint NOT NULL DEFAULT 0,
  next_at timestamptz DEFAULT now(),
  is_posting boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  attempted_at timestamptz,
  answer_status smallint,
  answer text CHECK (char_length(answer) <= 1024),
  problem text CHECK (char_length(problem) <= 200),
  PRIMARY KEY (message_id, webhook_id),
  CONSTRAINT due_until_done CHECK ((next_at IS NOT NULL) = (status = 'waiting')),
  CONSTRAINT posting_while_waiting CHECK (status = 'waiting' OR NOT is_posting)
) WITH (fillfactor = 80);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at) WHERE next_at IS NOT NULL;
-- A bare `is_posting` would let it be read through for what came of a post.
CREATE INDEX webhook_deliveries_posting ON webhook_deliveries (webhook_id, next_at) WHERE is_posting AND next_at IS NOT NULL;
CREATE UNIQUE INDEX webhook_deliveries_by_number ON webhook_deliveries (webhook_id, number);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (webhook_id, created_at);

-- What was settled, by the minute in which it was booked: kept by the settling transactions themselves. Each connection writes a row
-- of its own, by its server process, so that no two transactions wait for each other; the relay adds up minutes that are over as
-- those of no process (0), and later ten of them as one. Numbers by bucket of settle time (lib/ledger/settle-times.ts), and by decline
-- reason in the order of its type; without the zeros at the end.
CREATE TABLE settled_minutes (
  minute timestamptz NOT NULL CHECK (date_trunc('minute', minute, 'UTC') = minute),
  backend integer NOT NULL CHECK (backend >= 0),
  succeeded integer NOT NULL CHECK (succeeded >= 0),
  declined integer NOT NULL CHECK (declined >= 0),
  settle_times integer[] NOT NULL,
  declines integer[] NOT NULL,
  PRIMARY KEY (minute, backend)
) WITH (fillfactor = 50);

-- What settling changed of the money in all wallets, and of the money that left its origin and did not arrive yet: the accounts
-- `wallet` and `transit` of ledger_entries. What minutes that are over changed, the relay adds to the totals.
CREATE TABLE money_minutes (
  minute timestamptz NOT NULL,
  backend integer NOT NULL,
  currency currency_code NOT NULL,
  in_wallets numeric(40, 0) NOT NULL,
  in_transit numeric(40, 0) NOT NULL,
  PRIMARY KEY (minute, backend, currency)
) WITH (fillfactor = 50);
CREATE TABLE money_totals (
  currency currency_code PRIMARY KEY,
  in_wallets numeric(40, 0) NOT NULL,
  in_transit numeric(40, 0) NOT NULL
) WITH (fillfactor = 50);

-- What the relay's last pass saw of pending operations: one row.
CREATE TABLE relay_passes (
  id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  ended_at timestamptz NOT NULL,
  oldest_seconds float8 NOT NULL CHECK (oldest_seconds >= 0)
) WITH (fillfactor = 50);

-- What the last check of the books found, of those that go on from the previous one and of those of everything.
CREATE TABLE book_results (
  kind text PRIMARY KEY CHECK (kind IN ('onward', 'full')),
  checked_at timestamptz NOT NULL,
  faults bigint NOT NULL CHECK (faults >= 0)
);

-- The balancer's last runs, 100 of them. `groups` is each group's load before and after, as the event GroupsRebalanced tells it.
CREATE TABLE balancer_runs (
  id uuid PRIMARY KEY,
  trigger text NOT NULL CHECK (trigger IN ('schedule', 'request')),
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  has_failed boolean NOT NULL DEFAULT false,
  wallets_moved bigint CHECK (wallets_moved >= 0),
  groups json,
  CONSTRAINT done_tells_what CHECK (
    (wallets_moved IS NULL) = (groups IS NULL) AND (wallets_moved IS NULL) = (finished_at IS NULL OR has_failed)
    AND (NOT has_failed OR finished_at IS NOT NULL))
);
CREATE INDEX balancer_runs_by_time ON balancer_runs (started_at, id);
