-- What upstreams store for clients: responses, conversations, files, batches. Times are milliseconds since 1970 UTC.

-- The upstream's account is shared by everybody, so that this row alone says who may use an object. An upstream's id is
-- unique at its channel: the first to get it keeps it.
CREATE TABLE upstream_objects (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- As ObjectKind of domain/upstream-object.ts.
  kind TEXT NOT NULL,
  -- As its client knows it.
  public_id TEXT NOT NULL,
  upstream_id TEXT NOT NULL,
  protocol TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  -- Of the request that made it, and of its record.
  request_id TEXT NOT NULL,
  group_name TEXT NOT NULL,
  channel_id INTEGER NOT NULL,
  channel_name TEXT NOT NULL,
  -- Tells which of the channel's keys it was made with.
  channel_key TEXT NOT NULL,
  model TEXT NOT NULL,
  upstream_model TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  -- When the upstream forgets it; null = not until it is deleted.
  expires_ms INTEGER,
  -- Facts about it as JSON: nothing that a client has written.
  extra TEXT NOT NULL,
  UNIQUE (kind, public_id, channel_id)
) STRICT;
CREATE INDEX upstream_objects_by_account ON upstream_objects (account_id, kind, id);
CREATE INDEX upstream_objects_by_key ON upstream_objects (key_id, kind, id);
CREATE INDEX upstream_objects_expired ON upstream_objects (expires_ms) WHERE expires_ms IS NOT NULL;
