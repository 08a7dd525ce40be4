/** All fixed limits, with units. Values that an operator may change are settings (settings/schema.ts). */
export const limits = {
  /** Length of a key's name in Unicode code points. */
  key_name_chars_max: 50,
  /** Quota of a key or an account: 1,000,000,000 USD in units (500,000 units = 1 USD). */
  quota_units_max: 500_000_000_000_000,
  quota_units_per_usd: 500_000,
  /** Lines of an IP allow-list, and its length in characters, including empty lines. */
  allow_ips_lines_max: 1000,
  allow_ips_chars_max: 65_536,
  /** Models in a key's model list. */
  key_models_max: 1000,
  /** Per-minute and concurrency limits of a key. */
  requests_per_minute_max: 1_000_000,
  tokens_per_minute_max: 1_000_000_000,
  concurrent_requests_max: 100_000,
  /** Days that a key may keep its prompts and responses. */
  content_days_max: 365,
  /** Length of a model id in characters. */
  model_id_chars_max: 256,
  /** Each rate of a price in picodollars: 1000 USD for a token, a request or an image. */
  price_picodollars_max: 1_000_000_000_000_000,
  price_source_chars_max: 512,
  /** Of one price. */
  price_tiers_max: 8,
  /** Prices set by one call. */
  prices_per_call_max: 10_000,
  /** Multiplier of a group in millionths: 1000. */
  group_multiplier_millionths_max: 1_000_000_000,
  /** Body of a management request, in bytes. */
  management_body_bytes_max: 1_048_576,
  /** Time in milliseconds before a body must arrive at a minimum rate. */
  body_grace_ms: 10_000,
  /** Size of a model request's JSON in bytes that is parsed without counting its structure first. */
  uncounted_json_bytes_max: 16_384,
  /** Structure of a model request's JSON: member names, values, nesting depth. */
  model_json_names_max: 100_000,
  model_json_values_max: 1_000_000,
  model_json_depth_max: 256,
  /** A larger or more complex body is parsed in a worker thread. */
  inline_json_bytes_max: 1_048_576,
  inline_json_names_max: 5000,
  inline_json_values_max: 50_000,
  /** Bodies that may wait for that thread. */
  bodies_parsed_max: 256,
  /** A response that is translated, in bytes if it is whole, and in characters of its texts if it is a stream. */
  translated_bytes_max: 33_554_432,
  /** The longest signature or encrypted reasoning that a client carries for a provider, in characters. */
  carried_chars_max: 1_048_576,
  /** Stop sequences that the gateway cuts a response at, and the length of each in characters. */
  cut_stops_max: 16,
  cut_stop_chars_max: 256,
  /** Fallback models that a request may name. */
  fallback_models_max: 100,
  /** Nesting depth, member names and values of a management request's JSON. */
  json_depth_max: 32,
  json_names_max: 4000,
  json_values_max: 10_000,
  /** The same for a list of prices. */
  price_list_names_max: 100_000,
  price_list_values_max: 150_000,
  /** The same for an unauthenticated request, such as a login. */
  open_body_bytes_max: 4096,
  open_json_depth_max: 4,
  open_json_names_max: 32,
  open_json_values_max: 64,
  page_size_default: 20,
  page_size_max: 100,
  /** Matching records are counted up to this number. There are no pages beyond it. */
  records_counted_max: 100_000,
  /** Request records that a key gets in one response. */
  key_records_max: 1000,
  /** Records that an export reads at a time. */
  export_batch_records: 500,
  /** Days that one query of hourly usage may cover. */
  data_days_max: 366,
  /** Usage rows in one response. */
  usage_rows_max: 10_000,
  /** Keys in one response about the quota of an account. */
  quota_keys_max: 1000,
  /** Old records, or contents, that one statement removes. */
  removed_at_a_time: 500,
  topup_reason_chars_max: 500,
  topup_reference_chars_max: 128,
  /** Keys named in one batch call. */
  batch_ids_max: 1000,
  /** Values without a key that are cached, so that a flood of them does not reach the store. */
  unknown_keys_max: 20_000,
  /** Digests that a node remembers as written to the tombstone log. */
  tombstones_remembered_max: 50_000,
  /** Tombstones written to the log at a time. */
  tombstones_appended_max: 1000,
  /** Interval in milliseconds between attempts to write tombstones after a failure. */
  tombstone_retry_every_ms: 2000,
  /** Interval in milliseconds at which a cluster node copies other nodes' tombstones to its own log. */
  tombstones_follow_every_ms: 60_000,
  /** Unknown keys whose requests are counted between two writes. */
  attempted_keys_max: 10_000,
  /** Interval in milliseconds between these writes. */
  attempts_written_every_ms: 2000,
  /** Client addresses stored for requests with one deleted key. */
  deleted_key_addresses_max: 16,
  /** Header block of a request, in bytes. */
  header_bytes_max: 16_384,
  /** Requests that may be queued on a connection behind the current one. Further ones are not served. */
  pipelined_requests_max: 100,
  /** Body bytes of queued requests that are buffered before reading from the connection pauses. */
  pipelined_body_bytes_max: 65_536,
  /**
   * Bytes discarded behind a refused request while earlier requests are served, before reading from the connection
   * pauses.
   */
  held_input_bytes_max: 65_536,
  /** Total size of the chunk extensions of a request body in bytes. */
  chunk_extension_bytes_max: 16_384,
  /** Entries of X-Forwarded-For that are evaluated, from the right. */
  forwarded_hops_max: 32,
  /** Time in milliseconds for a client to read the end of an aborted response before its connection is reset. */
  last_words_ms_max: 250,
  /** The same while data in the system's send buffer is not acknowledged. */
  delivery_ms_max: 1000,
  /**
   * Where the system does not report acknowledged bytes, this many response bytes on a connection count as
   * received.
   */
  answer_taken_bytes: 16_384,
  /**
   * Names in Access-Control-Request-Headers that are evaluated, and how long browsers cache the response, in
   * seconds.
   */
  cors_headers_max: 64,
  cors_max_age_s: 7200,
  /** Bytes that a client may still send after the gateway closed its side, and for how long, before a reset. */
  linger_bytes_max: 67_108_864,
  linger_ms_max: 10_000,
  /**
   * Interval at which the listener's certificate files are checked, and days before expiry at which a warning
   * starts.
   */
  certificate_look_ms: 5000,
  certificate_days_warned: 14,
  /** Connections that the system may queue while the process does not accept them. */
  listen_backlog: 4096,
  /** Time to wait for an event loop turn without a new connection before listening ends. */
  quiet_turn_wait_ms: 250,
  /** Time that open connections without a request may stay after listening has ended. */
  settle_ms_max: 1000,
  settle_look_ms: 10,
  /** Signals to end within this time after the first are copies of it. */
  signal_copies_ms: 500,
  /** Length of a user name, in characters. */
  username_chars_max: 64,
  display_name_chars_max: 128,
  email_chars_max: 254,
  group_chars_max: 64,
  channel_name_chars_max: 64,
  channel_url_chars_max: 2048,
  /** Models, keys or mapped models of one channel. */
  channel_list_max: 1000,
  /** An upstream's own list of models: bytes of a page, pages, milliseconds for all of them. */
  model_list_bytes_max: 4_194_304,
  model_list_pages_max: 20,
  model_list_ms: 30_000,
  channel_key_chars_max: 8192,
  channel_headers_max: 64,
  password_chars_min: 8,
  password_chars_max: 256,
  /** Passwords being hashed or waiting for it. */
  password_hashes_max: 32,
  /** User names, and networks, whose failed logins are counted at a time. */
  login_counts_max: 20_000,
  /** The window in which failed logins with one user name from unknown networks are counted. */
  login_name_window_ms: 3_600_000,
  /** Failed logins through an undeclared proxy, as a multiple of those of one network. */
  undeclared_proxy_logins_factor: 10,
  /** Forwarded addresses of such a proxy that distinguish its clients, from the right. */
  login_hops_max: 4,
  /** Leaked-key reports of one network within the window, and values in one report. */
  leak_reports_max: 60,
  leak_reports_window_ms: 3_600_000,
  leak_report_values_max: 50,
  /** Reports that are processed at a time. Further ones are refused. */
  leak_reports_running_max: 16,
  /** Attempts to process a report when the database fails, and the time between them. */
  leak_report_tries: 5,
  leak_report_retry_ms: 2000,
  /** User names whose networks are remembered, networks of each name, and days. */
  known_names_max: 10_000,
  known_networks_of_name_max: 16,
  known_network_days: 30,
  /** Of the name of a conversation, in UTF-16 units; the rest does not tell conversations apart. */
  conversation_chars_max: 16_384,
  /** A shorter request has fewer than the 1,024 tokens from which OpenAI and Anthropic cache a prompt. */
  cacheable_body_bytes_min: 4096,
  /** Tokens reserved for an image, an audio clip or a file in a request. */
  media_tokens: 3000,
  /** A larger body is not kept for counting its tokens when the upstream reports none. */
  counted_body_bytes_max: 262_144,
  /** Bytes of a prompt, and of a response, stored for a key with content logging. */
  content_bytes_max: 262_144,
  /**
   * Length of text given to a tokenizer in UTF-16 units, and the time for it. The rest is estimated from its bytes.
   */
  counted_text_chars_max: 1_048_576,
  counting_ms_max: 250,
  /** Texts that may wait for the tokenizer. Further ones are estimated from their bytes. */
  counts_waiting_max: 64,
  /** The longest word given to a tokenizer in one piece, in bytes. Its time grows with the square of the length. */
  counted_word_bytes_max: 256,
  /** Request records that may wait to be written. When there are more, requests are refused. */
  records_waiting_max: 10_000,
  /** How long a cluster node may delay reporting tokens that a request reserved but did not use. */
  rate_news_wait_ms: 500,
  /** Time from the start of one write of records to the start of the next under load. */
  ledger_write_every_ms: 2,
  /** Time from the end of one write of records to a shared database to the start of the next under load. */
  ledger_write_rest_ms: 4,
  /** Bytes of an upstream's error response that are kept to classify it. */
  error_body_bytes_max: 65_536,
  /** Bytes of a response that are examined to recognize its start. A typical event needs fewer. */
  response_start_bytes_max: 65_536,
  first_event_bytes: 4096,
  /** How long, and how many, keep-alives of an upstream are held back before any output. */
  keep_alive_held_ms: 5000,
  keep_alives_held_max: 16,
  /** The longest event of a stream that is held until it is whole. A longer event passes in parts. */
  event_held_bytes_max: 65_536,
  /** A message of AWS's event streams in bytes; a chunk of Bedrock's has a few hundred. */
  aws_message_bytes_max: 1_048_576,
  /** Bytes of a response in the tail hold. */
  tail_hold_bytes_max: 1_048_576,
  /** Response bytes that are kept to read the reported usage. */
  usage_scan_bytes_max: 4_194_304,
  /** Output tokens that an image counts as where its tokens are not reported: those of Gemini's images. */
  image_output_tokens: 1290,
  /** Calls of a hosted tool that are reserved for where the request sets no limit. */
  hosted_tool_calls: 10,
  /** Decompressed size of a response that is read for its usage, or translated. */
  unpacked_bytes_max: 16_777_216,
  /** Concurrent webhook deliveries, the time for each, and the bytes read of a webhook response. */
  webhook_sends_max: 8,
  webhook_ms_max: 15_000,
  webhook_response_bytes_max: 65_536,
  /** Time that a process has to deliver a budget alert that it claimed. Longer than an attempt may take. */
  notice_claim_s: 60,
  /** Budget alerts of an earlier run that are logged again at the start. */
  notices_start_max: 10_000,
  /** Interval of the check for budget alerts that are due for another attempt. */
  notices_poll_ms: 5000,
  /** Interval of the cache consistency check of a cluster node, and the entries checked each time. */
  cache_truth_every_ms: 10_000,
  cache_truth_records: 50,
  /** Interval of the check for reservations of lost nodes. */
  lost_reservations_every_ms: 30_000,
  /** Time after sending a request in which a reset counts as that of an idle connection. */
  stale_connection_ms: 5000,
  /** Header block of an upstream response in bytes. */
  upstream_header_bytes_max: 65_536,
  /** Cooldown of an upstream key after 429 without Retry-After, and the longest with one. */
  upstream_key_busy_ms: 1000,
  upstream_key_busy_ms_max: 60_000,
  /** Cooldown of an upstream key that the upstream refused (401, 403). */
  upstream_key_refused_ms: 60_000,
  /** Cooldown of an upstream key whose account has no credit left. */
  upstream_key_used_up_ms: 600_000,
  /** API keys whose failures are counted separately, for each model of a channel and kind of operation. */
  circuit_keys_max: 100,
} as const;
