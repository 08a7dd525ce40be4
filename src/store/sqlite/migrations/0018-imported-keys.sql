-- Digests of the values that were imported from other gateways, of live and of deleted keys. Their values have no checksum
-- of Halley: this list tells them from any other text.

CREATE TABLE imported_digests (
  digest BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
