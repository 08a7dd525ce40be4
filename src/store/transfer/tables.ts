/** Tables and columns that a migration between engines copies, in the order of their references. */

/** `json` = a text that holds JSON. */
export type ColumnKind = 'whole' | 'truth' | 'text' | 'json' | 'bytes';

export interface TransferTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** Whether it gives ids to its rows, none twice. */
  readonly hasIds: boolean;
  /** Where rows that become the same by a replaced text are added together: what tells them apart. */
  readonly addedBy?: readonly string[];
}

const budget = {
  budget_units: 'whole',
  budget_period: 'text',
  budget_zone: 'text',
  budget_soft_percent: 'whole',
  budget_used: 'whole',
  budget_start: 'whole',
  budget_told: 'whole',
} as const;

/** Units that are reserved are not moved, nor are reservations: no request outlives its gateway. */
export const transferTables: readonly TransferTable[] = [
  {
    name: 'accounts',
    hasIds: true,
    columns: {
      id: 'whole',
      username: 'text',
      display_name: 'text',
      email: 'text',
      role: 'whole',
      state: 'text',
      group_name: 'text',
      quota: 'whole',
      unlimited_quota: 'truth',
      used_quota: 'whole',
      request_count: 'whole',
      password_hash: 'text',
      access_token_digest: 'bytes',
      created_at: 'whole',
      key_count: 'whole',
      ...budget,
    },
  },
  {
    name: 'keys',
    hasIds: true,
    columns: {
      id: 'whole',
      account_id: 'whole',
      digest: 'bytes',
      sealed: 'bytes',
      hint: 'text',
      name: 'text',
      state: 'text',
      created_at: 'whole',
      accessed_at: 'whole',
      expires_at: 'whole',
      remain_quota: 'whole',
      unlimited_quota: 'truth',
      used_quota: 'whole',
      model_limits_enabled: 'truth',
      model_limits: 'text',
      allow_ips: 'text',
      group_name: 'text',
      cross_group_retry: 'truth',
      requests_per_minute: 'whole',
      tokens_per_minute: 'whole',
      concurrent_requests: 'whole',
      content_days: 'whole',
      ...budget,
    },
  },
  {
    name: 'tombstones',
    hasIds: false,
    columns: {
      digest: 'bytes',
      key_id: 'whole',
      deleted_at: 'whole',
      kind: 'text',
      account_id: 'whole',
      name: 'text',
      hint: 'text',
      attempts: 'whole',
      last_attempt_at: 'whole',
      addresses: 'text',
    },
  },
  {
    name: 'sessions',
    hasIds: false,
    columns: { digest: 'bytes', account_id: 'whole', created_at: 'whole', expires_at: 'whole' },
  },
  {
    name: 'channels',
    hasIds: true,
    columns: {
      id: 'whole',
      name: 'text',
      state: 'text',
      protocols: 'json',
      base_url: 'text',
      sealed_keys: 'bytes',
      models: 'json',
      model_mapping: 'json',
      groups: 'json',
      priority: 'whole',
      weight: 'whole',
      extra_headers: 'json',
      connect_ms: 'whole',
      first_byte_ms: 'whole',
      idle_chunk_ms: 'whole',
      proxy: 'text',
      sealed_proxy_auth: 'bytes',
      stream_usage: 'truth',
      created_at: 'whole',
    },
  },
  {
    name: 'records',
    hasIds: true,
    columns: {
      id: 'whole',
      request_id: 'text',
      type: 'whole',
      created_at: 'whole',
      account_id: 'whole',
      key_id: 'whole',
      model: 'text',
      units: 'whole',
      drawn: 'whole',
      detail: 'json',
    },
  },
  {
    name: 'removed_records',
    hasIds: false,
    columns: {
      account_id: 'whole',
      key_id: 'whole',
      requests: 'whole',
      units: 'whole',
      key_drawn: 'whole',
      account_drawn: 'whole',
      newest_at: 'whole',
    },
  },
  {
    name: 'hourly',
    hasIds: false,
    addedBy: ['account_id', 'hour', 'key_id', 'model'],
    columns: {
      account_id: 'whole',
      hour: 'whole',
      key_id: 'whole',
      model: 'text',
      requests: 'whole',
      errors: 'whole',
      units: 'whole',
      input_tokens: 'whole',
      output_tokens: 'whole',
    },
  },
  {
    name: 'contents',
    hasIds: false,
    columns: { request_id: 'text', key_id: 'whole', sealed: 'bytes', expires_at: 'whole' },
  },
  {
    name: 'journal',
    hasIds: true,
    columns: {
      id: 'whole',
      account_id: 'whole',
      key_id: 'whole',
      kind: 'text',
      units: 'whole',
      reason: 'text',
      actor_id: 'whole',
      reference: 'text',
      created_at: 'whole',
    },
  },
  {
    name: 'prices',
    hasIds: true,
    columns: {
      id: 'whole',
      model: 'text',
      effective_from: 'whole',
      input: 'whole',
      cached_input: 'whole',
      cache_write: 'whole',
      audio_input: 'whole',
      image_input: 'whole',
      output: 'whole',
      reasoning: 'whole',
      audio_output: 'whole',
      image_output: 'whole',
      request: 'whole',
      image: 'whole',
      source: 'text',
      created_at: 'whole',
      removed: 'truth',
    },
  },
  {
    name: 'multipliers',
    hasIds: false,
    columns: { group_name: 'text', effective_from: 'whole', multiplier: 'whole' },
  },
  {
    name: 'notices',
    hasIds: true,
    columns: {
      id: 'whole',
      kind: 'text',
      account_id: 'whole',
      key_id: 'whole',
      name: 'text',
      period: 'text',
      period_start: 'whole',
      period_end: 'whole',
      used: 'whole',
      budget_units: 'whole',
      threshold_units: 'whole',
      created_at: 'whole',
      attempts: 'whole',
      next_attempt_at: 'whole',
    },
  },
];

/** What is compared of a table on both sides, by name: its rows, and of each column how many it has and their sum. */
export type Figures = ReadonlyMap<string, string>;

/** Names of figures that a replaced text changes. */
export function changedByTexts({ columns, addedBy }: TransferTable): ReadonlySet<string> {
  const names = Object.entries(columns).flatMap(([name, kind]) => [
    ...(kind === 'text' || kind === 'json' ? [`sum of ${name}`] : []),
    ...(addedBy ? [`count of ${name}`] : []),
    ...(addedBy?.includes(name) ? [`sum of ${name}`] : []),
  ]);
  return new Set(addedBy ? [...names, 'rows'] : names);
}
