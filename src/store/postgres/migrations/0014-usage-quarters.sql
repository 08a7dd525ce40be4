-- Totals of consumption by quarter hour, so that days are exact in every time zone. A trigger writes them with each
-- record, also for nodes whose code does not know them.
-- oldest reader: 3

CREATE TABLE usage_quarters (
  quarter bigint NOT NULL,
  account_id bigint NOT NULL,
  key_id bigint NOT NULL,
  model text COLLATE "C" NOT NULL,
  channel_id bigint NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  units bigint NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cached_tokens bigint NOT NULL,
  first_byte_ms bigint NOT NULL,
  stream_ms bigint NOT NULL,
  stream_tokens bigint NOT NULL,
  first_byte_0 bigint NOT NULL,
  first_byte_1 bigint NOT NULL,
  first_byte_2 bigint NOT NULL,
  first_byte_3 bigint NOT NULL,
  first_byte_4 bigint NOT NULL,
  first_byte_5 bigint NOT NULL,
  first_byte_6 bigint NOT NULL,
  first_byte_7 bigint NOT NULL,
  first_byte_8 bigint NOT NULL,
  PRIMARY KEY (quarter, account_id, key_id, model, channel_id, group_name)
);
CREATE INDEX usage_quarters_by_account ON usage_quarters (account_id, quarter);
CREATE INDEX usage_quarters_by_key ON usage_quarters (key_id, quarter);

-- The first quarter hour whose totals are complete; without a row all are. What was before it stands in `hourly`.
CREATE TABLE usage_quarters_from (quarter bigint NOT NULL);
-- An hour more, since the clocks of nodes differ.
INSERT INTO usage_quarters_from
  SELECT (extract(epoch FROM now())::bigint / 3600 + 2) * 3600 WHERE EXISTS (SELECT FROM hourly);

-- Accounts whose usage is hidden from administrators below them.
CREATE INDEX accounts_with_powers ON accounts (role) WHERE role > 1;
-- Keys whose budget may be near its limit.
CREATE INDEX keys_with_budget ON keys (account_id) WHERE budget_units IS NOT NULL;

-- The numbers are the places of the members in `detail`: see store/record-detail.ts.
CREATE FUNCTION count_quarters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Materialized, so that each detail is parsed once and not for each figure.
  WITH parsed AS MATERIALIZED (
    SELECT created_at, account_id, key_id, model, units, type = 2 AS consumed, detail::jsonb AS d
    FROM added WHERE type IN (2, 5)
  ), read AS MATERIALIZED (
    SELECT created_at - created_at % 900 AS quarter, account_id, key_id, model, units, consumed,
      (d ->> 3)::bigint AS channel_id, d ->> 4 AS group_name, (d ->> 12)::bigint AS input_tokens,
      (d ->> 13)::bigint AS cached_tokens, (d ->> 17)::bigint AS output_tokens, consumed AND (d ->> 8)::boolean AS stream,
      CASE WHEN consumed THEN (d ->> 23)::bigint ELSE -1 END AS first_byte, (d ->> 24)::bigint AS total
    FROM parsed
  ), counted AS MATERIALIZED (
    SELECT *, stream AND output_tokens > 0 AND first_byte >= 0 AND total > first_byte AS streamed FROM read
  )
  INSERT INTO usage_quarters (quarter, account_id, key_id, model, channel_id, group_name,
    requests, errors, units, input_tokens, output_tokens, cached_tokens, first_byte_ms, stream_ms, stream_tokens,
    first_byte_0, first_byte_1, first_byte_2, first_byte_3, first_byte_4, first_byte_5, first_byte_6, first_byte_7,
    first_byte_8)
  SELECT quarter, account_id, key_id, model, channel_id, group_name,
    count(*) FILTER (WHERE consumed), count(*) FILTER (WHERE NOT consumed),
    least(coalesce(sum(units) FILTER (WHERE consumed), 0), 9007199254740991),
    coalesce(sum(input_tokens) FILTER (WHERE consumed), 0), coalesce(sum(output_tokens) FILTER (WHERE consumed), 0),
    coalesce(sum(cached_tokens) FILTER (WHERE consumed), 0), coalesce(sum(first_byte) FILTER (WHERE first_byte >= 0), 0),
    coalesce(sum(total - first_byte) FILTER (WHERE streamed), 0), coalesce(sum(output_tokens) FILTER (WHERE streamed), 0),
    count(*) FILTER (WHERE first_byte BETWEEN 0 AND 100),
    count(*) FILTER (WHERE first_byte > 100 AND first_byte <= 250),
    count(*) FILTER (WHERE first_byte > 250 AND first_byte <= 500),
    count(*) FILTER (WHERE first_byte > 500 AND first_byte <= 1000),
    count(*) FILTER (WHERE first_byte > 1000 AND first_byte <= 2000),
    count(*) FILTER (WHERE first_byte > 2000 AND first_byte <= 4000),
    count(*) FILTER (WHERE first_byte > 4000 AND first_byte <= 8000),
    count(*) FILTER (WHERE first_byte > 8000 AND first_byte <= 16000),
    count(*) FILTER (WHERE first_byte > 16000)
  FROM counted
  GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (quarter, account_id, key_id, model, channel_id, group_name) DO UPDATE SET
    requests = usage_quarters.requests + excluded.requests,
    errors = usage_quarters.errors + excluded.errors,
    units = least(usage_quarters.units + excluded.units, 9007199254740991),
    input_tokens = usage_quarters.input_tokens + excluded.input_tokens,
    output_tokens = usage_quarters.output_tokens + excluded.output_tokens,
    cached_tokens = usage_quarters.cached_tokens + excluded.cached_tokens,
    first_byte_ms = usage_quarters.first_byte_ms + excluded.first_byte_ms,
    stream_ms = usage_quarters.stream_ms + excluded.stream_ms,
    stream_tokens = usage_quarters.stream_tokens + excluded.stream_tokens,
    first_byte_0 = usage_quarters.first_byte_0 + excluded.first_byte_0,
    first_byte_1 = usage_quarters.first_byte_1 + excluded.first_byte_1,
    first_byte_2 = usage_quarters.first_byte_2 + excluded.first_byte_2,
    first_byte_3 = usage_quarters.first_byte_3 + excluded.first_byte_3,
    first_byte_4 = usage_quarters.first_byte_4 + excluded.first_byte_4,
    first_byte_5 = usage_quarters.first_byte_5 + excluded.first_byte_5,
    first_byte_6 = usage_quarters.first_byte_6 + excluded.first_byte_6,
    first_byte_7 = usage_quarters.first_byte_7 + excluded.first_byte_7,
    first_byte_8 = usage_quarters.first_byte_8 + excluded.first_byte_8;
  RETURN NULL;
END $$;
CREATE TRIGGER records_are_counted AFTER INSERT ON records REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_quarters();
