-- Digests of the values that were imported from other gateways, of live and of deleted keys. Their values have no checksum
-- of Halley: this list tells them from any other text.
-- oldest reader: 3

CREATE TABLE imported_digests (
  digest bytea PRIMARY KEY
);
