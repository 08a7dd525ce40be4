-- The ledger: reservations, records, totals, prices. Times are whole seconds since 1970 UTC, amounts are units.

ALTER TABLE accounts ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0);
ALTER TABLE accounts ADD COLUMN budget_units INTEGER;
ALTER TABLE accounts ADD COLUMN budget_period TEXT NOT NULL DEFAULT 'monthly';
ALTER TABLE accounts ADD COLUMN budget_zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE accounts ADD COLUMN budget_soft_percent INTEGER NOT NULL DEFAULT 100;
ALTER TABLE accounts ADD COLUMN budget_used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN budget_start INTEGER NOT NULL DEFAULT 0;
-- Start of the period in which it was last told that the budget is used up.
ALTER TABLE accounts ADD COLUMN budget_told INTEGER NOT NULL DEFAULT 0;

ALTER TABLE keys ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0);
ALTER TABLE keys ADD COLUMN budget_units INTEGER;
ALTER TABLE keys ADD COLUMN budget_period TEXT NOT NULL DEFAULT 'monthly';
ALTER TABLE keys ADD COLUMN budget_zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE keys ADD COLUMN budget_soft_percent INTEGER NOT NULL DEFAULT 100;
ALTER TABLE keys ADD COLUMN budget_used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN budget_start INTEGER NOT NULL DEFAULT 0;
-- Start of the period in which it was last told that the budget is used up.
ALTER TABLE keys ADD COLUMN budget_told INTEGER NOT NULL DEFAULT 0;

ALTER TABLE keys ADD COLUMN requests_per_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN tokens_per_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN concurrent_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN content_days INTEGER NOT NULL DEFAULT 0;

CREATE TABLE reservations (
  request_id TEXT NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  units INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  request_id TEXT NOT NULL UNIQUE,
  type INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  model TEXT NOT NULL,
  units INTEGER NOT NULL,
  -- What of the units was drawn from a balance: 1 = from the key's, 2 = from the account's, 3 = from both.
  drawn INTEGER NOT NULL,
  -- A JSON array: see store/record-detail.ts.
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX records_by_account ON records (account_id, created_at);
CREATE INDEX records_by_key ON records (key_id, created_at);
CREATE INDEX records_by_time ON records (created_at);
-- Of all types but consume (2), which nearly all records have: these cost a request nothing.
CREATE INDEX other_records_by_account ON records (account_id, type, created_at) WHERE type <> 2;
CREATE INDEX other_records_by_time ON records (type, created_at) WHERE type <> 2;

-- What retention removed from the records of type consume, so that totals can still be recomputed.
CREATE TABLE removed_records (
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  units INTEGER NOT NULL,
  key_drawn INTEGER NOT NULL,
  account_drawn INTEGER NOT NULL,
  -- created_at of the newest record that was removed: every hour after it has all its records.
  newest_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE hourly (
  account_id INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  model TEXT NOT NULL,
  requests INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  units INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  PRIMARY KEY (account_id, hour, key_id, model)
) STRICT, WITHOUT ROWID;
CREATE INDEX hourly_by_hour ON hourly (hour);

CREATE TABLE contents (
  request_id TEXT NOT NULL PRIMARY KEY,
  key_id INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contents_by_expiry ON contents (expires_at);
CREATE INDEX contents_by_key ON contents (key_id);

CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('opening', 'topup', 'set')),
  units INTEGER NOT NULL,
  reason TEXT NOT NULL,
  actor_id INTEGER NOT NULL,
  reference TEXT UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_by_account ON journal (account_id, key_id);
CREATE INDEX journal_of_accounts ON journal (kind) WHERE key_id = 0;
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is only ever added to'); END;
CREATE TRIGGER journal_is_never_shortened BEFORE DELETE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is only ever added to'); END;

CREATE TABLE prices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL,
  effective_from INTEGER NOT NULL,
  input INTEGER NOT NULL,
  cached_input INTEGER,
  cache_write INTEGER,
  audio_input INTEGER,
  image_input INTEGER,
  output INTEGER NOT NULL,
  reasoning INTEGER,
  audio_output INTEGER,
  image_output INTEGER,
  request INTEGER NOT NULL,
  image INTEGER NOT NULL,
  source TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Rows stay, since records name them.
  removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX prices_in_force ON prices (model, effective_from) WHERE NOT removed;

CREATE TABLE multipliers (
  group_name TEXT NOT NULL,
  effective_from INTEGER NOT NULL,
  multiplier INTEGER NOT NULL,
  PRIMARY KEY (group_name, effective_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  period TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  used INTEGER NOT NULL,
  budget_units INTEGER NOT NULL,
  threshold_units INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notices_by_attempt ON notices (next_attempt_at);

-- What was there before the ledger: balances as opening entries, use as sums of removed records.
INSERT INTO journal (account_id, key_id, kind, units, reason, actor_id, created_at)
  SELECT id, 0, 'opening', quota, 'carried over', 0, created_at FROM accounts WHERE quota <> 0;
INSERT INTO journal (account_id, key_id, kind, units, reason, actor_id, created_at)
  SELECT account_id, id, 'opening', remain_quota, 'carried over', 0, created_at FROM keys WHERE remain_quota <> 0;
INSERT INTO removed_records (account_id, key_id, requests, units, key_drawn, account_drawn)
  SELECT account_id, id, 0, used_quota, 0, 0 FROM keys WHERE used_quota <> 0;
INSERT INTO removed_records (account_id, key_id, requests, units, key_drawn, account_drawn)
  SELECT id, 0, request_count,
    used_quota - coalesce((SELECT sum(used_quota) FROM keys WHERE account_id = accounts.id), 0), 0, 0
  FROM accounts WHERE request_count <> 0 OR used_quota <> 0;
INSERT INTO hourly (account_id, hour, key_id, model, requests, errors, units, input_tokens, output_tokens)
  SELECT account_id, 0, key_id, '', requests, 0, units, 0, 0 FROM removed_records;
