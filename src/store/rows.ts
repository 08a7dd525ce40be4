/** From rows as the databases give them to rows as the store gives them. Both name their columns alike. */
import type { BudgetPeriod, BudgetState } from '../domain/budget.ts';
import type { KeyRow } from '../domain/key.ts';
import type { DeletedKey, Tombstone, TombstoneKind } from '../domain/tombstone.ts';
import type { AccountRow, ChannelRow, SessionRow } from './store.ts';

/** What either driver gives. */
export type Row = Readonly<Record<string, unknown>>;

const budgetColumns = [
  'budget_units',
  'budget_period',
  'budget_zone',
  'budget_soft_percent',
  'budget_used',
  'budget_start',
] as const;

export const keyColumns = [
  'id',
  'account_id',
  'digest',
  'sealed',
  'hint',
  'name',
  'state',
  'created_at',
  'accessed_at',
  'expires_at',
  'remain_quota',
  'unlimited_quota',
  'used_quota',
  'reserved',
  'model_limits_enabled',
  'model_limits',
  'allow_ips',
  'group_name',
  'cross_group_retry',
  'requests_per_minute',
  'tokens_per_minute',
  'concurrent_requests',
  'content_days',
  ...budgetColumns,
] as const;

export const accountColumns = [
  'id',
  'username',
  'display_name',
  'email',
  'role',
  'state',
  'group_name',
  'quota',
  'unlimited_quota',
  'used_quota',
  'reserved',
  'request_count',
  'password_hash',
  'access_token_digest',
  'created_at',
  ...budgetColumns,
] as const;

/** What the columns of an account are called when they stand beside those of a key. */
export const ownerPrefix = 'owner_';

// The types of the columns are certain: PostgreSQL has no others, and in SQLite the tables are STRICT.

/** SQLite has no booleans. */
function flag(value: unknown): boolean {
  return value === 1 || value === true;
}

export function keyRow(row: Row): KeyRow {
  return {
    id: row.id as number,
    accountId: row.account_id as number,
    digest: row.digest as Uint8Array,
    sealed: row.sealed as Uint8Array | null,
    hint: row.hint as string,
    name: row.name as string,
    state: row.state as KeyRow['state'],
    createdAt: row.created_at as number,
    accessedAt: row.accessed_at as number,
    expiresAt: row.expires_at as number,
    remainQuota: row.remain_quota as number,
    unlimitedQuota: flag(row.unlimited_quota),
    usedQuota: row.used_quota as number,
    reserved: row.reserved as number,
    modelLimitsEnabled: flag(row.model_limits_enabled),
    modelLimits: row.model_limits as string,
    allowIps: row.allow_ips as string | null,
    group: row.group_name as string,
    crossGroupRetry: flag(row.cross_group_retry),
    requestsPerMinute: row.requests_per_minute as number,
    tokensPerMinute: row.tokens_per_minute as number,
    concurrentRequests: row.concurrent_requests as number,
    contentDays: row.content_days as number,
    ...budgetState(row, ''),
  };
}

/** @param prefix what the names of the columns begin with: '' or `ownerPrefix` */
export function accountRow(row: Row, prefix: '' | typeof ownerPrefix = ''): AccountRow {
  return {
    id: row[`${prefix}id`] as number,
    username: row[`${prefix}username`] as string,
    displayName: row[`${prefix}display_name`] as string,
    email: row[`${prefix}email`] as string,
    role: row[`${prefix}role`] as AccountRow['role'],
    state: row[`${prefix}state`] as AccountRow['state'],
    group: row[`${prefix}group_name`] as string,
    quota: row[`${prefix}quota`] as number,
    unlimitedQuota: flag(row[`${prefix}unlimited_quota`]),
    usedQuota: row[`${prefix}used_quota`] as number,
    reserved: row[`${prefix}reserved`] as number,
    requestCount: row[`${prefix}request_count`] as number,
    passwordHash: row[`${prefix}password_hash`] as string,
    accessTokenDigest: row[`${prefix}access_token_digest`] as Uint8Array | null,
    createdAt: row[`${prefix}created_at`] as number,
    ...budgetState(row, prefix),
  };
}

/** The budget of a key or an account, from its columns. */
export function budgetState(row: Row, prefix: '' | typeof ownerPrefix): BudgetState {
  const units = row[`${prefix}budget_units`];
  const budget =
    units === null
      ? null
      : {
          units: units as number,
          period: row[`${prefix}budget_period`] as BudgetPeriod,
          timeZone: row[`${prefix}budget_zone`] as string,
          softPercent: row[`${prefix}budget_soft_percent`] as number,
        };
  return {
    budget,
    budgetUsed: row[`${prefix}budget_used`] as number,
    budgetStart: row[`${prefix}budget_start`] as number,
  };
}

/** The tombstone of a key, from its row as it was. */
export function keyTombstone(row: Row, accountId: number, deletedAt: number): Tombstone {
  return {
    kind: 'key',
    digest: row.digest as Uint8Array,
    id: row.id as number,
    accountId,
    name: row.name as string,
    hint: row.hint as string,
    deletedAt,
  };
}

export function tombstoneRow(row: Row): Tombstone {
  return {
    kind: row.kind as TombstoneKind,
    digest: row.digest as Uint8Array,
    id: row.key_id as number,
    accountId: row.account_id as number | null,
    name: row.name as string,
    hint: row.hint as string,
    deletedAt: row.deleted_at as number,
  };
}

export function deletedKeyRow(row: Row): DeletedKey {
  return {
    ...tombstoneRow(row),
    attempts: row.attempts as number,
    lastAttemptAt: row.last_attempt_at as number,
    addresses: JSON.parse(row.addresses as string) as string[],
  };
}

export function sessionRow(row: Row): SessionRow {
  return {
    digest: row.digest as Uint8Array,
    accountId: row.account_id as number,
    createdAt: row.created_at as number,
    expiresAt: row.expires_at as number,
  };
}

export function channelRow(row: Row): ChannelRow {
  return {
    id: row.id as number,
    name: row.name as string,
    state: row.state as ChannelRow['state'],
    protocols: JSON.parse(row.protocols as string) as ChannelRow['protocols'],
    baseUrl: row.base_url as string,
    sealedKeys: row.sealed_keys as Uint8Array | null,
    models: JSON.parse(row.models as string) as ChannelRow['models'],
    modelMapping: JSON.parse(row.model_mapping as string) as ChannelRow['modelMapping'],
    groups: JSON.parse(row.groups as string) as ChannelRow['groups'],
    priority: row.priority as number,
    weight: row.weight as number,
    extraHeaders: JSON.parse(row.extra_headers as string) as ChannelRow['extraHeaders'],
    connectMs: row.connect_ms as number | null,
    firstByteMs: row.first_byte_ms as number | null,
    idleChunkMs: row.idle_chunk_ms as number | null,
    proxy: row.proxy as string | null,
    sealedProxyAuth: row.sealed_proxy_auth as Uint8Array | null,
    streamUsage: flag(row.stream_usage),
    createdAt: row.created_at as number,
  };
}
