-- Totals of consumption by quarter hour, so that days are exact in every time zone. They are written with each record.

CREATE TABLE usage_quarters (
  quarter INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  model TEXT NOT NULL,
  channel_id INTEGER NOT NULL,
  group_name TEXT NOT NULL,
  requests INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  units INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  first_byte_ms INTEGER NOT NULL,
  stream_ms INTEGER NOT NULL,
  stream_tokens INTEGER NOT NULL,
  first_byte_0 INTEGER NOT NULL,
  first_byte_1 INTEGER NOT NULL,
  first_byte_2 INTEGER NOT NULL,
  first_byte_3 INTEGER NOT NULL,
  first_byte_4 INTEGER NOT NULL,
  first_byte_5 INTEGER NOT NULL,
  first_byte_6 INTEGER NOT NULL,
  first_byte_7 INTEGER NOT NULL,
  first_byte_8 INTEGER NOT NULL,
  PRIMARY KEY (quarter, account_id, key_id, model, channel_id, group_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_quarters_by_account ON usage_quarters (account_id, quarter);
CREATE INDEX usage_quarters_by_key ON usage_quarters (key_id, quarter);

-- The first quarter hour whose totals are complete; without a row all are. What was before it stands in `hourly`.
CREATE TABLE usage_quarters_from (quarter INTEGER NOT NULL) STRICT;
INSERT INTO usage_quarters_from
  SELECT (unixepoch() / 3600 + 1) * 3600 WHERE EXISTS (SELECT 1 FROM hourly);

-- Accounts whose usage is hidden from administrators below them.
CREATE INDEX accounts_with_powers ON accounts (role) WHERE role > 1;
-- Keys whose budget may be near its limit.
CREATE INDEX keys_with_budget ON keys (account_id) WHERE budget_units IS NOT NULL;
