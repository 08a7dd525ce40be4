-- Settlements that are durable, but not yet in the records and totals. They are applied many at a time, which costs a
-- fraction of what each costs alone. Each row holds the settlements of one commit, as deferred-settlements.ts writes them.

CREATE TABLE deferred_settlements (
  id INTEGER PRIMARY KEY,
  settlements TEXT NOT NULL
) STRICT;
