-- The audit log: every change that a person or a program made through management or on the machine itself, and every
-- read of a secret. Entries are added in the transaction of the change that they describe.

CREATE TABLE audit_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_ms INTEGER NOT NULL,
  actor_id INTEGER NOT NULL,
  actor_name TEXT NOT NULL,
  credential TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  request_id TEXT NOT NULL,
  action TEXT NOT NULL,
  object_type TEXT NOT NULL,
  object_id INTEGER NOT NULL,
  object_name TEXT NOT NULL,
  owner_id INTEGER NOT NULL,
  -- A JSON array: see domain/audit.ts.
  changes TEXT NOT NULL
) STRICT;

CREATE INDEX audit_events_by_time ON audit_events (created_ms, id);
CREATE INDEX audit_events_by_object ON audit_events (object_type, object_id, created_ms, id);
CREATE INDEX audit_events_by_owner ON audit_events (owner_id, created_ms, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, created_ms, id);
CREATE INDEX audit_events_by_action ON audit_events (action, created_ms, id);
CREATE INDEX audit_events_by_address ON audit_events (address, created_ms, id) WHERE address <> '';

-- One row. Entries from before `deleted_before_ms` may be deleted, addresses from before `erased_before_ms` erased;
-- the triggers refuse everything else. Retention moves both on before it removes anything.
CREATE TABLE audit_horizon (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  deleted_before_ms INTEGER NOT NULL,
  erased_before_ms INTEGER NOT NULL
) STRICT;
INSERT INTO audit_horizon (id, deleted_before_ms, erased_before_ms) VALUES (1, 0, 0);

CREATE TRIGGER audit_events_keep BEFORE DELETE ON audit_events
WHEN old.created_ms >= (SELECT deleted_before_ms FROM audit_horizon)
BEGIN
  SELECT RAISE(ABORT, 'audit_events is append-only: only retention deletes entries');
END;

CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events
WHEN old.created_ms >= (SELECT erased_before_ms FROM audit_horizon)
  OR new.address <> '' OR new.user_agent <> ''
  OR (old.id, old.created_ms, old.actor_id, old.actor_name, old.credential, old.credential_id, old.request_id)
    IS NOT (new.id, new.created_ms, new.actor_id, new.actor_name, new.credential, new.credential_id, new.request_id)
  OR (old.action, old.object_type, old.object_id, old.object_name, old.owner_id, old.changes)
    IS NOT (new.action, new.object_type, new.object_id, new.object_name, new.owner_id, new.changes)
BEGIN
  SELECT RAISE(ABORT, 'audit_events is append-only: only old addresses are erased');
END;
