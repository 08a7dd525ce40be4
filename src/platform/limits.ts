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
  /** Time that traces and metrics which wait may take to be sent when the gateway ends, in milliseconds. */
  telemetry_flush_ms_max: 3000,
  /** Days that a key may keep its prompts and responses. */
  content_days_max: 365,
  /** Length of a model id in characters. */
  model_id_chars_max: 256,
  /** Each rate of a price in picodollars: 1000 USD for a token, a request or an image. */
  price_picodollars_max: 1_000_000_000_000_000,
  price_source_chars_max: 512,
  /** Of one price. */
  price_tiers_max: 8,
  price_variants_max: 64,
  /** Tokens or pieces of each kind in a preview of a cost. */
  preview_count_max: 1_000_000_000_000,
  /** Prices set by one call. */
  prices_per_call_max: 10_000,
  /** Multiplier of a group in millionths: 1000. */
  group_multiplier_millionths_max: 1_000_000_000,
  /** Time between checks of the sign-in that a request from the playground was made with, in milliseconds. */
  caller_check_every_ms: 1000,
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
  /** Parts of a multipart form, and the length of the name of each. */
  form_parts_max: 128,
  form_name_chars_max: 256,
  /** One field of a multipart form, in bytes. */
  form_field_bytes_max: 1_048_576,
  /** A larger file of a multipart form goes to disk. */
  form_file_memory_bytes: 65_536,
  /** Time to measure a sound, in milliseconds. What cannot be measured counts as so many bytes a second. */
  sound_measure_ms_max: 20_000,
  unknown_sound_bytes_per_s: 4000,
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
  /** Keys that one filtered or ordered list looks at. */
  listed_keys_max: 200_000,
  /** Matching records are counted up to this number. There are no pages beyond it. */
  records_counted_max: 100_000,
  /** Request records that a key gets in one response. */
  key_records_max: 1000,
  /** Records that one search may look at before it stops and says so. */
  records_searched_max: 200_000,
  /** Records that one chart of the log may count. */
  records_charted_max: 50_000,
  /** Values of one filter. */
  filter_values_max: 50,
  /** Tries at upstreams that a record names. */
  record_tries_max: 12,
  /** Records that an export reads at a time. */
  export_batch_records: 500,
  /** Of an entry of the audit log: a name, the user agent, and a value before or after, in characters. */
  audit_name_chars_max: 200,
  audit_agent_chars_max: 200,
  audit_value_chars_max: 2000,
  /** Prices set by one call that the audit log names one by one. More leave one entry with their number. */
  audit_prices_max: 100,
  /** Entries of the audit log that one page looks through for those that match. */
  audit_searched_max: 10_000,
  /** Failed sign-ins that a node writes to the audit log in an hour. The rest are counted. */
  audit_failures_max: 500,
  /** Days that one query of hourly usage may cover. */
  data_days_max: 366,
  /** Usage rows in one response. */
  usage_rows_max: 10_000,
  /** Stretches of time in one series of usage, and days that it may cover. */
  usage_buckets_max: 800,
  usage_series_days_max: 1830,
  /** Models, keys and so on that a series keeps apart; the rest is one. */
  usage_top_max: 50,
  /** Points in one response: those of all its series. */
  usage_points_max: 20_000,
  /** Keys with a budget that are looked through for those near its limit, and those of them shown. */
  budgets_read_max: 10_000,
  budgets_near_max: 10,
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
  /** Requests and units before an import, of an account with its keys: far below what a number holds exactly. */
  imported_usage_max: 1_000_000_000_000_000,
  /** Accounts and keys imported in one call. */
  import_items_max: 100,
  imported_value_chars_min: 16,
  imported_value_chars_max: 128,
  /** Digests of changed keys that a node remembers before it reads the imported ones again. */
  changed_digests_max: 10_000,
  /** Imported digests read at a time. */
  imported_digests_page: 10_000,
  /** Digests that a node remembers as written to the tombstone log. */
  tombstones_remembered_max: 50_000,
  /** Tombstones written to the log at a time. */
  tombstones_appended_max: 1000,
  /** Interval in milliseconds between attempts to write tombstones after a failure. */
  tombstone_retry_every_ms: 2000,
  /** Receipts of deleted keys that are signed and written in one step. */
  receipts_at_a_time: 100,
  /** How long a deletion waits for its receipt to be written, in milliseconds. It holds without it. */
  receipt_wait_ms: 1000,
  /** How long a node waits for the answers of others about running requests, in milliseconds. */
  running_answer_ms: 500,
  /** Keys in one question about running requests: their ids fit into the 8 kB of a message. */
  running_keys_at_a_time: 400,
  /** Interval in milliseconds at which receipts are looked for that were left open. */
  receipts_look_every_ms: 30_000,
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
  /** Of the User-Agent header of a session, and the time between two notes of its use, in seconds. */
  user_agent_chars_max: 256,
  session_use_noted_every_s: 60,
  /** Code of the setup link: its length in characters, and its life in seconds. */
  setup_code_chars_max: 64,
  setup_code_life_s: 3600,
  language_tag_chars_max: 35,
  /** Of the name of a conversation, in UTF-16 units; the rest does not tell conversations apart. */
  conversation_chars_max: 16_384,
  /** A shorter request has fewer than the 1,024 tokens from which OpenAI and Anthropic cache a prompt. */
  cacheable_body_bytes_min: 4096,
  /** Tokens reserved for an image, an audio clip or a file in a request. */
  media_tokens: 3000,
  /**
   * Tokens reserved for a picture to be edited: gpt-image-1 takes most, with high fidelity up to 6,240 and those of its
   * tiles.
   */
  image_input_tokens: 8192,
  /** Pictures reserved for a series (Seedream) and for the frames of a GIF, where the request sets no limit. */
  image_series_max: 15,
  gif_frames_max: 16,
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
  /** Output tokens of an earlier stage of a picture (OpenAI's guide to image generation). */
  partial_image_output_tokens: 100,
  /** Calls of a hosted tool that are reserved for where the request sets no limit. */
  hosted_tool_calls: 10,
  /** Decompressed size of a response that is read for its usage, or translated. */
  unpacked_bytes_max: 16_777_216,
  /** Bytes of a JSON answer about a job that are read, and of one that is kept with the job. */
  job_answer_bytes_max: 1_048_576,
  job_answer_kept_bytes_max: 262_144,
  /**
   * Text of a submit in JSON besides data in Base64, in UTF-16 units; a longer value in Base64 is not looked at, and only
   * so much of it is kept to recognize it.
   */
  job_text_chars_max: 1_048_576,
  job_data_chars_min: 4096,
  job_data_kept_chars: 256,
  /** Time for a submit, over all channels that are tried, and for one question about a job. */
  job_submit_ms_max: 300_000,
  job_question_ms_max: 15_000,
  /** How often a node looks for jobs that are due, how many it asks about at a time, and how long it has for that. */
  jobs_look_every_ms: 1000,
  jobs_asked_max: 16,
  job_lease_ms: 60_000,
  /** The least time between two questions to the upstream that a client's fetches cause. */
  job_fetch_every_ms: 2000,
  /** Jobs that one call may name, and that one page of a list has. */
  job_ids_max: 100,
  /** Characters of the id of a stored response, conversation, file or batch, and rows of them that are written at once. */
  object_id_chars_max: 512,
  objects_written_max: 64,
  /** How long a stored response can be used: as long as OpenAI keeps it. */
  stored_responses_kept_ms: 2_592_000_000,
  /** Of a URL that a client wants called. */
  callback_url_chars_max: 2048,
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
  /** The console's built pages with their compressed copies, which the gateway holds in memory. */
  console_bytes_max: 33_554_432,
  /** The built documentation with its compressed copies, in memory from the first request for it. */
  site_bytes_max: 67_108_864,
  /** Sessions of MCP clients on a node, and of one access token; how long one is kept without a request. */
  mcp_sessions_max: 256,
  mcp_sessions_of_token_max: 16,
  mcp_session_idle_ms: 1_800_000,
  /** How long a deletion by MCP waits for its confirmation, in seconds. */
  mcp_confirmation_s: 60,
  /** Header block of an upstream response in bytes. */
  upstream_header_bytes_max: 65_536,
  /** Cooldown of an upstream key after 429 without Retry-After, and the longest with one. */
  upstream_key_busy_ms: 1000,
  upstream_key_busy_ms_max: 60_000,
  /** Cooldown of an upstream key that the upstream refused (401, 403). */
  upstream_key_refused_ms: 60_000,
  /** Cooldown of an upstream key whose account has no credit left. */
  upstream_key_used_up_ms: 600_000,
  /** A message of a WebSocket, from a client or an upstream: 15 MiB of sound in Base64. */
  socket_message_bytes_max: 20_971_520,
  /** Body of a request for a client secret, and the session's configuration that it may carry, in bytes. */
  client_secret_body_bytes_max: 65_536,
  client_secret_session_bytes_max: 6144,
  /** Life of a client secret that the console's playground has made, in seconds. */
  playground_secret_s_max: 60,
  /** Bytes that wait for one side of a WebSocket before reading from the other pauses. */
  socket_waiting_bytes_max: 262_144,
  /** Responses and transcriptions of one session that run at a time. */
  session_charges_max: 16,
  /** API keys whose failures are counted separately, for each model of a channel and kind of operation. */
  circuit_keys_max: 100,
} as const;
