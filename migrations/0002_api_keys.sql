-- Up Migration

-- Who may call the HTTP API, and for what. A key itself is nowhere: only its SHA-256, and its first characters to know
-- it by. Keys are revoked, not deleted: logs name them by their ids.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY CHECK (id <> '00000000-0000-0000-0000-000000000000'),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  shown text NOT NULL CHECK (char_length(shown) = 9),
  hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  scopes text[] NOT NULL,
  requests_per_second integer CHECK (requests_per_second BETWEEN 1 AND 10000),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT known_scopes CHECK (
    cardinality(scopes) BETWEEN 1 AND 6
    AND scopes <@ ARRAY[
      'currencies:write', 'wallets:read', 'wallets:write', 'operations:write', 'reports:read', 'admin']),
  CONSTRAINT expires_after_creation CHECK (expires_at > created_at)
) WITH (fillfactor = 80);

-- Where a key with a request limit stands; rewritten by each of its requests, so apart from the key.
CREATE TABLE api_key_limits (
  api_key_id uuid PRIMARY KEY REFERENCES api_keys,
  next_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- An Idempotency-Key belongs to the API key that used it; the zero id stands for callers without a key, on a system
-- that asks for none. No foreign key, for its sake and to spare each request the check.
-- The version before this one asks for a unique `key`: it must not run beside this. None was ever released.
ALTER TABLE idempotency_keys
  ADD COLUMN api_key_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  DROP CONSTRAINT idempotency_keys_pkey,
  ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (api_key_id, key);
