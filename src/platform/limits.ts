/** All fixed limits, with units. Values that an operator may change are settings (settings/schema.ts). */
export const limits = {
  /** Length of a key's name, in Unicode characters (code points). */
  key_name_chars_max: 50,
  /** Quota of a key or an account: 1,000,000,000 USD in units (500,000 units = 1 USD). */
  quota_units_max: 500_000_000_000_000,
  quota_units_per_usd: 500_000,
  /** Lines of an IP allow-list, and its length in characters, empty lines included. */
  allow_ips_lines_max: 1000,
  allow_ips_chars_max: 65_536,
  /** Models in a key's model list. */
  key_models_max: 1000,
  /** Per-minute and concurrency limits of a key. */
  requests_per_minute_max: 1_000_000,
  tokens_per_minute_max: 1_000_000_000,
  concurrent_requests_max: 100_000,
  /** Days that a key may have its prompts and answers kept. */
  content_days_max: 365,
  /** Length of a model id, in characters. */
  model_id_chars_max: 256,
  /** Each rate of a price, in picodollars: 1000 USD for a token, a request or a picture. */
  price_picodollars_max: 1_000_000_000_000_000,
  price_source_chars_max: 512,
  /** Prices set by one call. */
  prices_per_call_max: 10_000,
  /** Multiplier of a group, in millionths: a thousandfold. */
  group_multiplier_millionths_max: 1_000_000_000,
  /** Body of a management request, in bytes. */
  management_body_bytes_max: 1_048_576,
  /** How long a body may arrive at any pace, in milliseconds. */
  body_grace_ms: 10_000,
  /** Bytes of a model request's JSON that are parsed without their structure being counted first. */
  uncounted_json_bytes_max: 16_384,
  /** Structure of a model request's JSON: names of members, values, nesting. */
  model_json_names_max: 100_000,
  model_json_values_max: 1_000_000,
  model_json_depth_max: 256,
  /** A larger body, or one of more parts, is parsed in a thread of its own. */
  inline_json_bytes_max: 1_048_576,
  inline_json_names_max: 5000,
  inline_json_values_max: 50_000,
  /** Bodies that may wait for that thread. */
  bodies_parsed_max: 256,
  /** Models that a request may name to fall back to. */
  fallback_models_max: 100,
  /** Nesting of a management request's JSON, and the names and values in it. */
  json_depth_max: 32,
  json_names_max: 4000,
  json_values_max: 10_000,
  /** The same for a list of prices. */
  price_list_names_max: 100_000,
  price_list_values_max: 150_000,
  /** The same for a request that anyone may send, such as a login. */
  open_body_bytes_max: 4096,
  open_json_depth_max: 4,
  open_json_names_max: 32,
  open_json_values_max: 64,
  page_size_default: 20,
  page_size_max: 100,
  /** Up to here the records that a question means are counted; there are no pages beyond. */
  records_counted_max: 100_000,
  /** Records of a key that it gets in one answer. */
  key_records_max: 1000,
  /** Records that an export reads at a time. */
  export_batch_records: 500,
  /** Days that one question about hourly consumption may be about. */
  data_days_max: 366,
  /** Rows of consumption that are answered at once. */
  usage_rows_max: 10_000,
  /** Keys in the answer to a question about all quota of an account. */
  quota_keys_max: 1000,
  /** Old records, or contents, that are removed at a time. */
  removed_at_a_time: 500,
  topup_reason_chars_max: 500,
  topup_reference_chars_max: 128,
  /** Keys named in one batch call. */
  batch_ids_max: 1000,
  /** Values that no key has, remembered so that a flood of them does not reach the store. */
  unknown_keys_max: 20_000,
  /** Digests that a node remembers to have written to the log of tombstones. */
  tombstones_remembered_max: 50_000,
  /** Tombstones that are written to the log at a time. */
  tombstones_appended_max: 1000,
  /** Between tries to write those that could not be written, in milliseconds. */
  tombstone_retry_every_ms: 2000,
  /** How often a node of a fleet writes what other nodes deleted to its own log, in milliseconds. */
  tombstones_follow_every_ms: 60_000,
  /** Keys that do not exist whose requests are counted between two writes. */
  attempted_keys_max: 10_000,
  /** Between two writes of them, in milliseconds. */
  attempts_written_every_ms: 2000,
  /** Addresses that are kept of the requests with a deleted key. */
  deleted_key_addresses_max: 16,
  /** Header block of a request, in bytes. */
  header_bytes_max: 16_384,
  /** Requests that may wait on a connection behind one being served; those beyond are not served. */
  pipelined_requests_max: 100,
  /** Bytes of bodies of such requests that are taken in before the connection is not read any further. */
  pipelined_body_bytes_max: 65_536,
  /** What is thrown away behind a refused request while earlier ones are served, before the connection is not read any further. */
  held_input_bytes_max: 65_536,
  /** Extensions of all chunks of a request body, in bytes. */
  chunk_extension_bytes_max: 16_384,
  /** Entries of X-Forwarded-For that are looked at, from the right. */
  forwarded_hops_max: 32,
  /** How long a client may take to read the end of an answer whose right was revoked, before its connection is reset. */
  last_words_ms_max: 250,
  /** The same for one whose system takes what is sent, but has not acknowledged it yet. */
  delivery_ms_max: 1000,
  /** Where the system does not tell what a client has taken, so many bytes of answers on a connection count as taken. */
  answer_taken_bytes: 16_384,
  /** Names in Access-Control-Request-Headers that are looked at, and how long browsers keep the answer, in seconds. */
  cors_headers_max: 64,
  cors_max_age_s: 7200,
  /** What a client may go on sending after its connection was ended, and for how long, before it is cut. */
  linger_bytes_max: 67_108_864,
  linger_ms_max: 10_000,
  /** How often the files of the listener's certificate are looked at, and how many days before its end is warned of. */
  certificate_look_ms: 5000,
  certificate_days_warned: 14,
  /** Connections that the system may hold for a process that does not accept them at the moment. */
  listen_backlog: 4096,
  /** How long a turn of the event loop without a new connection is waited for before listening ends. */
  quiet_turn_wait_ms: 250,
  /** How long connections that are open may stay without a request once listening has ended. */
  settle_ms_max: 1000,
  settle_look_ms: 10,
  /** Signals to end that come so soon after the first one are copies of it. */
  signal_copies_ms: 500,
  /** Length of a user name, in characters. */
  username_chars_max: 64,
  display_name_chars_max: 128,
  email_chars_max: 254,
  group_chars_max: 64,
  channel_name_chars_max: 64,
  channel_url_chars_max: 2048,
  /** Models, or keys, or mapped models, of one channel. */
  channel_list_max: 1000,
  channel_key_chars_max: 8192,
  channel_headers_max: 64,
  password_chars_min: 8,
  password_chars_max: 256,
  /** Passwords being hashed at a time, waiting ones included. */
  password_hashes_max: 32,
  /** User names, and networks, whose failed logins are counted at a time. */
  login_counts_max: 20_000,
  /** The window in which failed logins with one user name from unknown networks are counted. */
  login_name_window_ms: 3_600_000,
  /** How many times the failed logins of one network may come through a proxy that is not declared. */
  undeclared_proxy_logins_factor: 10,
  /** Addresses named by such a proxy that tell its clients apart, from the right. */
  login_hops_max: 4,
  /** Reports of leaked keys from one network within the window, and values in one of them. */
  leak_reports_max: 60,
  leak_reports_window_ms: 3_600_000,
  leak_report_values_max: 50,
  /** Reports that are acted on at a time; those beyond are refused. */
  leak_reports_running_max: 16,
  /** How often, and after which time, what a report asks for is tried again when the database fails. */
  leak_report_tries: 5,
  leak_report_retry_ms: 2000,
  /** User names whose networks are remembered, networks for each, and for how many days. */
  known_names_max: 10_000,
  known_networks_of_name_max: 16,
  known_network_days: 30,
  /** What a picture, a sound or a file in a request counts as when room is reserved, in tokens. */
  media_tokens: 3000,
  /** A longer body is not kept to count its tokens where the upstream reports none. */
  counted_body_bytes_max: 262_144,
  /** What is kept of a prompt or an answer where a key asks for that, in bytes each. */
  content_bytes_max: 262_144,
  /** What a tokenizer is given of one text, in UTF-16 units, and how long it may take; the rest goes by bytes. */
  counted_text_chars_max: 1_048_576,
  counting_ms_max: 250,
  /** Texts that may wait to be counted; those beyond go by their bytes. */
  counts_waiting_max: 64,
  /** The longest word that is given to a tokenizer in one piece, in bytes: its time grows with the square. */
  counted_word_bytes_max: 256,
  /** Records that may wait to be written; beyond, requests are refused. */
  records_waiting_max: 10_000,
  /** How long nodes of a fleet may keep to themselves which tokens a request did not use. */
  rate_news_wait_ms: 500,
  /** From the start of one write of records to that of the next, under load. */
  ledger_write_every_ms: 2,
  /** From the end of one write of records to a shared database to the start of the next, under load. */
  ledger_write_rest_ms: 4,
  /** What is kept of an upstream's error to tell what it means, in bytes. */
  error_body_bytes_max: 65_536,
  /** What is looked at of an answer until it is one; an event that is like most is found in fewer bytes. */
  answer_start_bytes_max: 65_536,
  first_event_bytes: 4096,
  /** How long, and through how many pieces, an upstream's keep-alives are kept from a client before any output. */
  keep_alive_held_ms: 5000,
  keep_alives_held_max: 16,
  /** The longest event of a stream that is held until it is whole, in bytes; a longer one passes in parts. */
  event_held_bytes_max: 65_536,
  /** Bytes of an answer that may be kept back from the client while it looks like its end. */
  tail_hold_bytes_max: 1_048_576,
  /** Response bytes that are kept to read the reported usage from. */
  usage_scan_bytes_max: 1_048_576,
  /** What an answer that came packed may unpack to for that. */
  unpacked_bytes_max: 16_777_216,
  /** Notices being sent to the webhook at a time, how long each may take, and what is read of its answer. */
  webhook_sends_max: 8,
  webhook_ms_max: 15_000,
  webhook_answer_bytes_max: 65_536,
  /** For how long a process has a notice to itself that it delivers; longer than an attempt may take. */
  notice_claim_s: 60,
  /** Notices of an earlier run that are said again at the start. */
  notices_start_max: 10_000,
  /** How often notices are looked for that are due to be sent again. */
  notices_poll_ms: 5000,
  /** How often a node of a fleet compares records in memory with the database, and how many. */
  cache_truth_every_ms: 10_000,
  cache_truth_records: 50,
  /** How often what requests of lost nodes have reserved is looked for. */
  lost_reservations_every_ms: 30_000,
  /** How long after a request was sent a reset still counts as that of a connection that was closed while idle. */
  stale_connection_ms: 5000,
  /** Header block of an upstream's answer, in bytes. */
  upstream_header_bytes_max: 65_536,
  /** How long an upstream's key rests after 429 without Retry-After, and at most with one. */
  upstream_key_busy_ms: 1000,
  upstream_key_busy_ms_max: 60_000,
  /** How long an upstream's key rests after the upstream refused it (401, 403). */
  upstream_key_refused_ms: 60_000,
  /** How long an upstream's key rests when the account behind it is used up. */
  upstream_key_used_up_ms: 600_000,
  /** API keys whose failures are counted apart, for each model of a channel and kind of operation. */
  circuit_keys_max: 100,
} as const;
