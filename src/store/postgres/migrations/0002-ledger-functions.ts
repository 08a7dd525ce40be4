/**
 * The ledger's functions in PostgreSQL. Each is one transaction of one statement, and takes its batch as one JSON
 * array of arrays, whose places `batch.ts` fills. Locks are taken in the one order there is: accounts by id, then
 * keys by id. What is read after the locks were taken is read anew, so that it is what the last writer left.
 */

const safeMax = String(Number.MAX_SAFE_INTEGER);

const lockHolders = `
  PERFORM 1 FROM accounts WHERE id = ANY (account_ids) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM keys WHERE id = ANY (key_ids) ORDER BY id FOR NO KEY UPDATE;
`;

/**
 * Holds a whole batch, or nothing of it where anything is to be judged: a budget, a balance that might not be
 * enough for all, a key or an account that is gone.
 */
const reservePlain = `
CREATE FUNCTION reserve_plain(batch jsonb, node text, process text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  account_ids bigint[];
  key_ids bigint[];
BEGIN
  SELECT array_agg(DISTINCT (e ->> 1)::bigint), array_agg(DISTINCT (e ->> 2)::bigint) INTO account_ids, key_ids
    FROM jsonb_array_elements(batch) AS e;
  ${lockHolders}
  IF EXISTS (
    WITH asked AS MATERIALIZED (
      SELECT (e ->> 1)::bigint AS account_id, (e ->> 2)::bigint AS key_id, (e ->> 3)::bigint AS units
      FROM jsonb_array_elements(batch) AS e
    ), wanted AS (
      SELECT true AS is_key, key_id AS id, sum(greatest(units, 1)) AS needed FROM asked GROUP BY key_id
      UNION ALL
      SELECT false, account_id, sum(greatest(units, 1)) FROM asked GROUP BY account_id
    )
    SELECT FROM wanted
      LEFT JOIN keys AS k ON wanted.is_key AND k.id = wanted.id
      LEFT JOIN accounts AS a ON NOT wanted.is_key AND a.id = wanted.id
    WHERE coalesce(k.id, a.id) IS NULL
      OR coalesce(k.budget_units, a.budget_units) IS NOT NULL
      OR coalesce(k.reserved, a.reserved) + needed > ${safeMax}
      OR (NOT coalesce(k.unlimited_quota, a.unlimited_quota)
        AND coalesce(k.remain_quota, a.quota) - coalesce(k.reserved, a.reserved) < needed)
  ) THEN
    RETURN false;
  END IF;
  INSERT INTO reservations (request_id, account_id, key_id, units, created_at, node_id, process_id)
    SELECT e ->> 0, (e ->> 1)::bigint, (e ->> 2)::bigint, (e ->> 3)::bigint, (e ->> 4)::bigint, node, process
    FROM jsonb_array_elements(batch) AS e;
  UPDATE accounts SET reserved = reserved + held.units
    FROM (SELECT (e ->> 1)::bigint AS id, sum((e ->> 3)::bigint)::bigint AS units
      FROM jsonb_array_elements(batch) AS e GROUP BY 1) AS held
    WHERE accounts.id = held.id AND held.units > 0;
  UPDATE keys SET reserved = reserved + held.units
    FROM (SELECT (e ->> 2)::bigint AS id, sum((e ->> 3)::bigint)::bigint AS units
      FROM jsonb_array_elements(batch) AS e GROUP BY 1) AS held
    WHERE keys.id = held.id AND held.units > 0;
  RETURN true;
END $$;
`;

/** The settlements of a batch that no budget concerns, each with what its key and account are now. */
const settledRows = `
    given AS MATERIALIZED (
      SELECT place, e ->> 0 AS request_id, (e ->> 1)::smallint AS type, (e ->> 2)::bigint AS created_at,
        (e ->> 3)::bigint AS account_id, (e ->> 4)::bigint AS key_id, e ->> 5 AS model,
        (e ->> 6)::bigint AS units, (e ->> 7)::boolean AS reserved, (e ->> 8)::bigint AS input_tokens,
        (e ->> 9)::bigint AS output_tokens, e ->> 10 AS detail, e ->> 11 AS content,
        (e ->> 12)::bigint AS content_expires_at
      FROM jsonb_array_elements(batch) WITH ORDINALITY AS element (e, place)
    ), plain AS MATERIALIZED (
      SELECT given.*, k.id IS NOT NULL AS has_key, given.type = 2 AS is_consumption,
        CASE WHEN given.type = 2 THEN
          CASE WHEN k.unlimited_quota THEN 0 WHEN k.id IS NULL THEN 0 ELSE 1 END
          + CASE WHEN a.unlimited_quota THEN 0 WHEN a.id IS NULL THEN 0 ELSE 2 END
        ELSE 0 END AS drawn
      FROM given LEFT JOIN keys AS k ON k.id = given.key_id LEFT JOIN accounts AS a ON a.id = given.account_id
      WHERE k.budget_units IS NULL AND a.budget_units IS NULL
    ), once AS MATERIALIZED (
      SELECT DISTINCT ON (request_id) * FROM plain ORDER BY request_id, place
    )`;

/** Carries out what no budget concerns. Returns the places (from 1) of the rest, of which nothing was done. */
const settlePlain = `
CREATE FUNCTION settle_plain(batch jsonb, durable boolean) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  account_ids bigint[];
  key_ids bigint[];
  judged integer[];
BEGIN
  IF NOT durable THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  SELECT array_agg(DISTINCT (e ->> 3)::bigint), array_agg(DISTINCT (e ->> 4)::bigint) INTO account_ids, key_ids
    FROM jsonb_array_elements(batch) AS e;
  ${lockHolders}
  WITH ${settledRows}, ended AS (
      DELETE FROM reservations WHERE request_id IN (SELECT request_id FROM plain WHERE reserved)
      RETURNING account_id, key_id, units
    ), written AS (
      INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
      SELECT request_id, type, created_at, account_id, key_id, model, units, drawn, detail FROM once ORDER BY place
      ON CONFLICT (request_id) DO NOTHING RETURNING request_id
    ), fresh AS MATERIALIZED (
      SELECT once.* FROM once JOIN written USING (request_id)
    ), kept AS (
      INSERT INTO contents (request_id, key_id, sealed, expires_at)
      SELECT request_id, key_id, decode(content, 'base64'), content_expires_at FROM fresh
      WHERE content IS NOT NULL AND has_key
      ON CONFLICT (request_id) DO NOTHING
    ), counted AS (
      INSERT INTO hourly (account_id, hour, key_id, model, requests, errors, units, input_tokens, output_tokens)
      SELECT account_id, created_at - created_at % 3600, key_id, model, count(*) FILTER (WHERE is_consumption),
        count(*) FILTER (WHERE type = 5),
        least(coalesce(sum(units) FILTER (WHERE is_consumption), 0), ${safeMax}),
        coalesce(sum(input_tokens) FILTER (WHERE is_consumption), 0),
        coalesce(sum(output_tokens) FILTER (WHERE is_consumption), 0)
      FROM fresh GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (account_id, hour, key_id, model) DO UPDATE SET
        requests = hourly.requests + excluded.requests, errors = hourly.errors + excluded.errors,
        units = least(hourly.units + excluded.units, ${safeMax}),
        input_tokens = hourly.input_tokens + excluded.input_tokens,
        output_tokens = hourly.output_tokens + excluded.output_tokens
    ), changes AS MATERIALIZED (
      SELECT account_id, key_id, units, 0::bigint AS released, 1 AS requests, created_at FROM fresh
        WHERE is_consumption
      UNION ALL SELECT account_id, key_id, 0, units, 0, 0 FROM ended
    ), of_accounts AS (
      UPDATE accounts SET used_quota = least(used_quota + units, ${safeMax}),
        quota = CASE WHEN unlimited_quota THEN quota ELSE greatest(quota - units, -${safeMax}) END,
        request_count = request_count + requests, reserved = reserved - released
      FROM (SELECT account_id, sum(units) AS units, sum(released) AS released, sum(requests) AS requests
        FROM changes GROUP BY 1) AS sums
      WHERE accounts.id = sums.account_id
    ), of_keys AS (
      UPDATE keys SET used_quota = least(used_quota + units, ${safeMax}),
        remain_quota = CASE WHEN unlimited_quota THEN remain_quota
          ELSE greatest(remain_quota - units, -${safeMax}) END,
        accessed_at = greatest(accessed_at, last_at), reserved = reserved - released
      FROM (SELECT key_id, sum(units) AS units, sum(released) AS released, max(created_at) AS last_at
        FROM changes GROUP BY 1) AS sums
      WHERE keys.id = sums.key_id
    )
  SELECT coalesce(array_agg(place::integer ORDER BY place), '{}') INTO judged FROM given
    WHERE place NOT IN (SELECT place FROM plain);
  RETURN judged;
END $$;
`;

/** Ends reservations without a record. Returns how many there were, and their units. */
const endReservations = `
CREATE FUNCTION end_reservations(ids text[], OUT requests bigint, OUT units numeric) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  account_ids bigint[];
  key_ids bigint[];
BEGIN
  SELECT array_agg(DISTINCT account_id), array_agg(DISTINCT key_id) INTO account_ids, key_ids
    FROM reservations WHERE request_id = ANY (ids);
  ${lockHolders}
  WITH ended AS (
      DELETE FROM reservations WHERE request_id = ANY (ids) RETURNING account_id, key_id, units
    ), of_accounts AS (
      UPDATE accounts SET reserved = reserved - sums.units
      FROM (SELECT account_id, sum(units) AS units FROM ended GROUP BY 1) AS sums
      WHERE accounts.id = sums.account_id
    ), of_keys AS (
      UPDATE keys SET reserved = reserved - sums.units
      FROM (SELECT key_id, sum(units) AS units FROM ended GROUP BY 1) AS sums
      WHERE keys.id = sums.key_id
    )
  SELECT count(*), coalesce(sum(ended.units), 0) INTO requests, units FROM ended;
END $$;
`;

export const ledgerFunctions = `${reservePlain}${settlePlain}${endReservations}`;
