-- Rotation of the server secret: the secrets the database was written under, and those each node knows.
-- oldest reader: 3

ALTER TABLE server_secret
  -- During a rotation: the fingerprint of the secret that values are still sealed under.
  ADD COLUMN previous bytea,
  -- Of those that nothing is sealed under any more, 32 bytes each.
  ADD COLUMN retired bytea NOT NULL DEFAULT '';

-- Fingerprints of the secrets that the process knows; first the one that it seals under.
ALTER TABLE nodes ADD COLUMN secrets bytea[] NOT NULL DEFAULT '{}';
