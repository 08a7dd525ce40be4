-- Coordination of the nodes of a cluster: the nodes, and the log of access changes. Times are those of the database.
-- oldest reader: 3

-- Of every registration, the only number that no other has.
CREATE SEQUENCE incarnations;

-- One row for each registration of a process of a node. Rows stay for a while after the end: what the process had
-- reserved is released by how long ago that was.
CREATE TABLE nodes (
  incarnation bigint PRIMARY KEY,
  process_id text COLLATE "C" NOT NULL,
  node_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  version text NOT NULL,
  state text NOT NULL CHECK (state IN ('active', 'expelled', 'left')),
  acked bigint NOT NULL,
  renewals bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL,
  renewed_at timestamptz NOT NULL,
  -- When the state became what it is.
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX nodes_by_process ON nodes (process_id);

-- All nodes seal key values under one secret; this is its fingerprint.
CREATE TABLE server_secret (
  id bigint PRIMARY KEY CHECK (id = 1),
  fingerprint bytea NOT NULL
);

-- One row. Its lock is held from counting on to the commit: so the order of seq is the order of the commits.
CREATE TABLE revocation_clock (
  id bigint PRIMARY KEY CHECK (id = 1),
  seq bigint NOT NULL,
  -- That of the last entry.
  nonce text NOT NULL,
  -- Of all nodes that are active: 0 = there were none yet.
  lease_ms bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO revocation_clock (id, seq, nonce) VALUES (1, 0, gen_random_uuid()::text);

CREATE TABLE revocations (
  seq bigint PRIMARY KEY,
  -- Of the last entry of the same transaction: whoever has carried that out has carried out all of them.
  last_seq bigint NOT NULL,
  nonce text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('key', 'account', 'channels', 'prices')),
  key_id bigint,
  account_id bigint,
  digest bytea,
  -- Whether the key or the account is gone by it.
  deleted boolean NOT NULL,
  confirmed boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX revocations_unconfirmed ON revocations (account_id, key_id) WHERE deleted AND NOT confirmed;
CREATE INDEX revocations_to_confirm ON revocations (last_seq) WHERE deleted AND NOT confirmed;
