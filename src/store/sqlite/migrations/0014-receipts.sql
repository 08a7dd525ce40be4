-- Receipts of deleted keys, and the keys that sign them. Times are milliseconds since 1970 UTC.

-- Ed25519. A retired key has no private part any more: its public part verifies what it has signed.
CREATE TABLE receipt_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  public_key BLOB NOT NULL,
  sealed BLOB,
  created_at INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;
-- Of all keys one signs.
CREATE UNIQUE INDEX receipt_keys_in_use ON receipt_keys (retired_at IS NULL) WHERE retired_at IS NULL;

-- One row for each deleted key, written with the deletion. Only its confirmation fills it in, once.
CREATE TABLE receipts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  digest BLOB NOT NULL,
  -- Who asked, as JSON.
  origin TEXT NOT NULL,
  -- Just before the commit, by the clock of the node that made it.
  recorded_at INTEGER NOT NULL,
  node_id TEXT NOT NULL,
  process_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'partial', 'complete')),
  -- What was signed, as canonical JSON; empty while it is open.
  document TEXT NOT NULL DEFAULT '',
  signature BLOB,
  signed_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX receipts_by_account ON receipts (account_id, id);
CREATE INDEX receipts_by_key ON receipts (key_id);
CREATE INDEX receipts_by_name ON receipts (name, id);
CREATE INDEX receipts_by_state ON receipts (state, id);
