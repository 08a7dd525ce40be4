-- Tombstones of accounts and access tokens too, with the owner of each and the attempts since its deletion.
-- oldest reader: 3

ALTER TABLE tombstones
  ADD COLUMN kind text NOT NULL DEFAULT 'key' CHECK (kind IN ('key', 'account', 'access_token')),
  -- NULL = deleted by a version that did not note it.
  ADD COLUMN account_id bigint,
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN hint text NOT NULL DEFAULT '',
  -- Requests with the value since it was deleted.
  ADD COLUMN attempts bigint NOT NULL DEFAULT 0,
  ADD COLUMN last_attempt_at bigint NOT NULL DEFAULT 0,
  -- A JSON array of texts, the latest first.
  ADD COLUMN addresses text NOT NULL DEFAULT '[]';
CREATE INDEX tombstones_by_time ON tombstones (deleted_at, digest);
CREATE INDEX tombstones_by_owner ON tombstones (account_id, kind, key_id);
