-- Shared counts of the last minute, and the function that admits by them. See docs/limits-and-budgets.md.
-- The tables are not logged: a crash of the database empties them, and the limits of a minute begin anew.
-- No deadlocks: a process locks its own row, then keys by rising id, then only what nobody else has locked.
-- The time of a decision is read once the row is locked: the times of a row never go back, unless the clock does.
-- oldest reader: 3

CREATE UNLOGGED TABLE key_rates (
  key_id bigint PRIMARY KEY,
  -- One element each for every second in which a request was admitted, rising.
  seconds bigint[] NOT NULL DEFAULT '{}',
  requests bigint[] NOT NULL DEFAULT '{}',
  tokens bigint[] NOT NULL DEFAULT '{}',
  -- Which processes have requests running, and how many.
  processes text[] COLLATE "C" NOT NULL DEFAULT '{}',
  running bigint[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);

CREATE UNLOGGED TABLE rate_exchanges (
  process_id text COLLATE "C" PRIMARY KEY,
  -- Of the last one that was carried out.
  number bigint NOT NULL,
  -- The last key at which was looked whether it is still counted.
  swept bigint NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION exchange_rates(
  process text, exchange bigint,
  touched_keys bigint[], touched_running bigint[],
  ask_keys bigint[], ask_requests bigint[], ask_tokens bigint[], ask_concurrent bigint[], ask_estimates bigint[],
  freed_keys bigint[], freed_seconds bigint[], freed_tokens bigint[], freed_exchanges bigint[],
  -- The time for tests to turn; null = that of the clock.
  at_ms bigint
) RETURNS TABLE (
  key bigint, now_ms bigint,
  seconds_counted bigint[], requests_counted bigint[], tokens_counted bigint[],
  running_counted bigint, admitted boolean[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  window_seconds CONSTANT bigint := 61;
  last_exchange bigint;
  swept_to bigint;
  asked record;
  held key_rates%ROWTYPE;
  before key_rates%ROWTYPE;
  this_second bigint;
  sum_requests bigint;
  sum_tokens bigint;
  elsewhere bigint;
  here bigint;
  granted_requests bigint;
  granted_tokens bigint;
  fits boolean;
  newest int;
  looks int := least(2 * cardinality(ask_keys), 100);
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  -- What a process admits that is not in the fleet would not count.
  PERFORM 1 FROM nodes WHERE process_id = process AND state = 'active';
  IF NOT FOUND THEN RETURN; END IF;
  LOOP
    SELECT number, swept INTO last_exchange, swept_to
      FROM rate_exchanges WHERE process_id = process FOR UPDATE;
    EXIT WHEN FOUND;
    -- The first of a process: those of processes that are long gone make room.
    DELETE FROM rate_exchanges WHERE process_id NOT IN (SELECT process_id FROM nodes);
    INSERT INTO rate_exchanges (process_id, number, swept) VALUES (process, 0, 0) ON CONFLICT DO NOTHING;
  END LOOP;
  IF exchange <= last_exchange THEN RETURN; END IF;

  FOR asked IN
    SELECT touched.key_id, touched.running, asks.requests, asks.tokens, asks.concurrent, asks.estimates,
      freed.seconds AS freed_in, freed.tokens AS freed
    FROM unnest(touched_keys, touched_running) AS touched (key_id, running)
    LEFT JOIN (
      SELECT key_id, array_agg(requests ORDER BY place) AS requests, array_agg(tokens ORDER BY place) AS tokens,
        array_agg(concurrent ORDER BY place) AS concurrent, array_agg(estimate ORDER BY place) AS estimates
      FROM unnest(ask_keys, ask_requests, ask_tokens, ask_concurrent, ask_estimates)
        WITH ORDINALITY AS ask (key_id, requests, tokens, concurrent, estimate, place)
      GROUP BY key_id
    ) AS asks ON asks.key_id = touched.key_id
    LEFT JOIN (
      SELECT key_id, array_agg(second) AS seconds, array_agg(tokens) AS tokens
      FROM unnest(freed_keys, freed_seconds, freed_tokens, freed_exchanges)
        AS each (key_id, second, tokens, exchange_number)
      -- Where nothing is known of the process, what it corrects is not known either.
      WHERE last_exchange > 0 AND exchange_number > last_exchange
      GROUP BY key_id
    ) AS freed ON freed.key_id = touched.key_id
    ORDER BY touched.key_id
  LOOP
    LOOP
      SELECT * INTO held FROM key_rates WHERE key_id = asked.key_id FOR UPDATE;
      EXIT WHEN FOUND;
      INSERT INTO key_rates (key_id) VALUES (asked.key_id) ON CONFLICT DO NOTHING;
    END LOOP;
    before := held;
    key := asked.key_id;
    now_ms := coalesce(at_ms, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
    this_second := now_ms / 1000;

    -- What was counted ahead of the clock, before that was set back, counts as of now.
    SELECT coalesce(array_agg(second ORDER BY second), '{}'), coalesce(array_agg(requests ORDER BY second), '{}'),
      coalesce(array_agg(tokens ORDER BY second), '{}'), coalesce(sum(requests), 0), coalesce(sum(tokens), 0)
    INTO held.seconds, held.requests, held.tokens, sum_requests, sum_tokens
    FROM (
      SELECT least(second, this_second) AS second, sum(requests)::bigint AS requests, sum(tokens)::bigint AS tokens
      FROM (
        SELECT second, requests, tokens FROM unnest(held.seconds, held.requests, held.tokens)
          AS counted (second, requests, tokens)
        UNION ALL
        SELECT second, 0, tokens FROM unnest(asked.freed_in, asked.freed) AS freed (second, tokens)
          WHERE second = ANY (held.seconds)
      ) AS each
      WHERE second > this_second - window_seconds
      GROUP BY 1
    ) AS kept;

    -- Processes that are gone have nothing running. This one tells what it has.
    elsewhere := 0;
    IF held.processes <> '{}' THEN
      SELECT coalesce(array_agg(each.process_id), '{}'), coalesce(array_agg(each.running), '{}'),
        coalesce(sum(each.running), 0)
      INTO held.processes, held.running, elsewhere
      FROM unnest(held.processes, held.running) AS each (process_id, running)
      WHERE each.process_id <> process
        AND EXISTS (SELECT 1 FROM nodes WHERE nodes.process_id = each.process_id AND state = 'active');
    END IF;
    here := asked.running;

    admitted := '{}';
    granted_requests := 0;
    granted_tokens := 0;
    FOR place IN 1 .. coalesce(cardinality(asked.estimates), 0) LOOP
      fits := (asked.requests[place] = 0 OR sum_requests + granted_requests < asked.requests[place])
        AND (asked.tokens[place] = 0
          OR sum_tokens + granted_tokens + asked.estimates[place] <= asked.tokens[place])
        AND (asked.concurrent[place] = 0 OR elsewhere + here < asked.concurrent[place]);
      admitted := admitted || fits;
      IF fits THEN
        granted_requests := granted_requests + 1;
        granted_tokens := granted_tokens + asked.estimates[place];
        here := here + 1;
      END IF;
    END LOOP;

    IF granted_requests > 0 THEN
      newest := cardinality(held.seconds);
      IF newest > 0 AND held.seconds[newest] = this_second THEN
        held.requests[newest] := held.requests[newest] + granted_requests;
        held.tokens[newest] := held.tokens[newest] + granted_tokens;
      ELSE
        held.seconds := held.seconds || this_second;
        held.requests := held.requests || granted_requests;
        held.tokens := held.tokens || granted_tokens;
      END IF;
    END IF;
    IF here > 0 THEN
      held.processes := held.processes || process;
      held.running := held.running || here;
    END IF;
    IF held IS DISTINCT FROM before THEN
      UPDATE key_rates SET seconds = held.seconds, requests = held.requests, tokens = held.tokens,
        processes = held.processes, running = held.running WHERE key_id = asked.key_id;
    END IF;
    seconds_counted := held.seconds;
    requests_counted := held.requests;
    tokens_counted := held.tokens;
    running_counted := elsewhere + here;
    RETURN NEXT;
  END LOOP;

  -- A few at a time, round and round, so that no exchange ever waits for all of them.
  WITH looked AS (
    SELECT key_id FROM key_rates WHERE key_id > swept_to ORDER BY key_id LIMIT looks
  ), unused AS (
    SELECT key_id FROM key_rates
    WHERE key_id IN (SELECT key_id FROM looked)
      AND coalesce(seconds[cardinality(seconds)], 0)
        <= coalesce(at_ms / 1000, floor(extract(epoch FROM clock_timestamp()))::bigint) - window_seconds
      AND NOT EXISTS (SELECT 1 FROM nodes WHERE state = 'active' AND process_id = ANY (processes))
    FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM key_rates WHERE key_id IN (SELECT key_id FROM unused)
  )
  SELECT CASE WHEN count(*) < looks THEN 0 ELSE coalesce(max(key_id), 0) END INTO swept_to FROM looked;
  UPDATE rate_exchanges SET number = exchange, swept = swept_to WHERE process_id = process;
END
$$;
