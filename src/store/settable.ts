/** Columns of keys, accounts and channels that callers may set. */
import type { Budget } from '../domain/budget.ts';
import type { KeyFields } from '../domain/key.ts';
import type { AccountFields, ChannelFields } from './store.ts';

const budgetSettableColumns = [
  'budget_units',
  'budget_period',
  'budget_zone',
  'budget_soft_percent',
] as const;

/** Without a budget only its units tell. */
function budgetValues(budget: Budget | null): readonly [number | null, string, string, number] {
  if (!budget) return [null, 'monthly', 'UTC', 100];
  return [budget.units, budget.period, budget.timeZone, budget.softPercent];
}

export const settableKeyColumns = [
  'name',
  'state',
  'expires_at',
  'remain_quota',
  'unlimited_quota',
  'model_limits_enabled',
  'model_limits',
  'allow_ips',
  'group_name',
  'cross_group_retry',
  'requests_per_minute',
  'tokens_per_minute',
  'concurrent_requests',
  'content_days',
  ...budgetSettableColumns,
] as const;

export function settableKeyValues(key: KeyFields) {
  return [
    key.name,
    key.state,
    key.expiresAt,
    key.remainQuota,
    key.unlimitedQuota,
    key.modelLimitsEnabled,
    key.modelLimits,
    key.allowIps,
    key.group,
    key.crossGroupRetry,
    key.requestsPerMinute,
    key.tokensPerMinute,
    key.concurrentRequests,
    key.contentDays,
    ...budgetValues(key.budget),
  ] as const;
}

export const settableAccountColumns = [
  'username',
  'display_name',
  'email',
  'role',
  'state',
  'group_name',
  'quota',
  'unlimited_quota',
  'password_hash',
  'access_token_digest',
  ...budgetSettableColumns,
] as const;

export function settableAccountValues(account: AccountFields) {
  return [
    account.username,
    account.displayName,
    account.email,
    account.role,
    account.state,
    account.group,
    account.quota,
    account.unlimitedQuota,
    account.passwordHash,
    account.accessTokenDigest,
    ...budgetValues(account.budget),
  ] as const;
}

export const settableChannelColumns = [
  'name',
  'state',
  'protocols',
  'base_url',
  'sealed_keys',
  'models',
  'model_mapping',
  'groups',
  'priority',
  'weight',
  'extra_headers',
  'connect_ms',
  'first_byte_ms',
  'idle_chunk_ms',
  'proxy',
  'sealed_proxy_auth',
  'stream_usage',
] as const;

export function settableChannelValues(channel: ChannelFields) {
  return [
    channel.name,
    channel.state,
    JSON.stringify(channel.protocols),
    channel.baseUrl,
    channel.sealedKeys,
    JSON.stringify(channel.models),
    JSON.stringify(channel.modelMapping),
    JSON.stringify(channel.groups),
    channel.priority,
    channel.weight,
    JSON.stringify(channel.extraHeaders),
    channel.connectMs,
    channel.firstByteMs,
    channel.idleChunkMs,
    channel.proxy,
    channel.sealedProxyAuth,
    channel.streamUsage,
  ] as const;
}
