-- Tombstones of accounts and access tokens too, with the owner of each and the attempts since its deletion.

ALTER TABLE tombstones ADD COLUMN kind TEXT NOT NULL DEFAULT 'key' CHECK (kind IN ('key', 'account', 'access_token'));
-- NULL = deleted by a version that did not note it.
ALTER TABLE tombstones ADD COLUMN account_id INTEGER;
ALTER TABLE tombstones ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE tombstones ADD COLUMN hint TEXT NOT NULL DEFAULT '';
-- Requests with the value since it was deleted.
ALTER TABLE tombstones ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tombstones ADD COLUMN last_attempt_at INTEGER NOT NULL DEFAULT 0;
-- A JSON array of texts, the latest first.
ALTER TABLE tombstones ADD COLUMN addresses TEXT NOT NULL DEFAULT '[]';
CREATE INDEX tombstones_by_time ON tombstones (deleted_at, digest);
CREATE INDEX tombstones_by_owner ON tombstones (account_id, kind, key_id);
