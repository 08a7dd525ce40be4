-- Fingerprints of the server secrets the database was written under: a secret that is still needed must not be dropped.

-- One row. Fingerprints of server secrets, 32 bytes each.
CREATE TABLE server_secret (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  fingerprint BLOB NOT NULL,
  -- During a rotation: of the one that values are still sealed under.
  previous BLOB,
  -- Of those that nothing is sealed under any more, one after another.
  retired BLOB NOT NULL DEFAULT X''
) STRICT;
