-- Jobs: work that an upstream accepts with an id and finishes minutes later. Times are milliseconds since 1970 UTC.

-- The row is written before the submit is sent. Its settlement ends it, in one transaction.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- As its client knows it.
  public_id TEXT NOT NULL UNIQUE,
  -- Of the submit, and of its record.
  request_id TEXT NOT NULL UNIQUE,
  vendor TEXT NOT NULL,
  action TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  username TEXT NOT NULL,
  key_name TEXT NOT NULL,
  group_name TEXT NOT NULL,
  channel_id INTEGER NOT NULL,
  channel_name TEXT NOT NULL,
  -- Tells which of the channel's keys it was submitted with.
  channel_key TEXT NOT NULL,
  model TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  -- Of its submit.
  price_id INTEGER NOT NULL,
  multiplier INTEGER NOT NULL,
  variant TEXT NOT NULL,
  -- The most that it may use, as JSON.
  pieces TEXT NOT NULL,
  -- Whether it has a reservation.
  reserved INTEGER NOT NULL DEFAULT 0,
  client_address TEXT NOT NULL,
  path TEXT NOT NULL,
  source TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  -- As JobState of domain/job.ts.
  state TEXT NOT NULL,
  progress INTEGER NOT NULL DEFAULT 0,
  failure TEXT NOT NULL DEFAULT '',
  -- Empty until the upstream gives it.
  upstream_id TEXT NOT NULL DEFAULT '',
  upstream_path TEXT NOT NULL DEFAULT '',
  origin_id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  deadline_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  polls INTEGER NOT NULL DEFAULT 0,
  next_poll_ms INTEGER NOT NULL DEFAULT 0,
  -- Until then only this process works on it.
  lease_until_ms INTEGER NOT NULL,
  leased_by TEXT NOT NULL,
  cancelled INTEGER NOT NULL DEFAULT 0,
  hidden INTEGER NOT NULL DEFAULT 0,
  has_callback INTEGER NOT NULL,
  -- When the client's URL is called next.
  callback_ms INTEGER,
  callback_attempts INTEGER NOT NULL DEFAULT 0,
  charged INTEGER NOT NULL DEFAULT 0,
  -- The upstream's last answer and the client's URL for callbacks.
  sealed BLOB
) STRICT;
CREATE INDEX jobs_open ON jobs (next_poll_ms) WHERE state IN ('submitting', 'running', 'held');
CREATE INDEX jobs_by_account ON jobs (account_id, id);
CREATE INDEX jobs_by_key ON jobs (key_id, id);
CREATE INDEX jobs_to_call ON jobs (callback_ms) WHERE callback_ms IS NOT NULL;
CREATE INDEX jobs_ended ON jobs (ended_ms) WHERE ended_ms IS NOT NULL;
