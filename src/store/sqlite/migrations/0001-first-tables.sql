-- The first tables. Times are whole seconds since 1970 UTC, quotas are units, digests are SHA-256.

CREATE TABLE accounts (
  -- AUTOINCREMENT everywhere: what still names a deleted row must never mean a newer one.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  email TEXT NOT NULL,
  role INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled')),
  group_name TEXT NOT NULL,
  quota INTEGER NOT NULL,
  unlimited_quota INTEGER NOT NULL CHECK (unlimited_quota IN (0, 1)),
  used_quota INTEGER NOT NULL DEFAULT 0,
  request_count INTEGER NOT NULL DEFAULT 0,
  password_hash TEXT NOT NULL,
  access_token_digest BLOB UNIQUE CHECK (length(access_token_digest) = 32),
  created_at INTEGER NOT NULL,
  -- Kept in step with the keys table, so that a page of keys need not count them all.
  key_count INTEGER NOT NULL DEFAULT 0 CHECK (key_count >= 0)
) STRICT;

CREATE TABLE keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  sealed BLOB,
  hint TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled')),
  created_at INTEGER NOT NULL,
  accessed_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  remain_quota INTEGER NOT NULL,
  unlimited_quota INTEGER NOT NULL CHECK (unlimited_quota IN (0, 1)),
  used_quota INTEGER NOT NULL DEFAULT 0,
  model_limits_enabled INTEGER NOT NULL CHECK (model_limits_enabled IN (0, 1)),
  model_limits TEXT NOT NULL,
  allow_ips TEXT,
  group_name TEXT NOT NULL,
  cross_group_retry INTEGER NOT NULL CHECK (cross_group_retry IN (0, 1))
) STRICT;

-- Entries of one account are in the order of the row id, which is the id: newest first needs no sorting.
CREATE INDEX keys_by_account ON keys (account_id);

-- Every value that was deleted, for good: it is never accepted or issued again.
CREATE TABLE tombstones (
  digest BLOB NOT NULL PRIMARY KEY,
  key_id INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  digest BLOB NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Lists and maps are JSON texts.
CREATE TABLE channels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled')),
  protocols TEXT NOT NULL,
  base_url TEXT NOT NULL,
  sealed_keys BLOB,
  models TEXT NOT NULL,
  model_mapping TEXT NOT NULL,
  groups TEXT NOT NULL,
  priority INTEGER NOT NULL,
  weight INTEGER NOT NULL,
  extra_headers TEXT NOT NULL,
  connect_ms INTEGER,
  first_byte_ms INTEGER,
  idle_chunk_ms INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

-- One row, written again and again to learn whether writing is possible.
CREATE TABLE write_check (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  checked_at INTEGER NOT NULL
) STRICT;
