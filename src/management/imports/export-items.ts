/** Converts what is stored to items that an import takes. */
import type { KeyRow } from '../../domain/key.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import type { AccountRow, ChannelRow, KeyWithAccount } from '../../store/store.ts';
import { openChannelKeys, openProxyAuth } from '../channels/sealed-keys.ts';
import type { Services } from '../services.ts';
import { revealedValue } from '../tokens/record.ts';

const stateNumber = { enabled: 1, disabled: 2 } as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function budgetFields({ budget }: Pick<KeyRow, 'budget'>): object {
  if (!budget) return {};
  return {
    budget_quota: budget.units,
    budget_period: budget.period,
    budget_time_zone: budget.timeZone,
    budget_soft_percent: budget.softPercent,
  };
}

export function exportedAccount(row: AccountRow): object {
  return {
    type: 'account',
    username: row.username,
    display_name: row.displayName,
    email: row.email,
    role: row.role,
    status: stateNumber[row.state],
    group: row.group,
    quota: row.quota,
    unlimited_quota: row.unlimitedQuota,
    ...budgetFields(row),
    ...(row.passwordHash !== '' && { password_hash: row.passwordHash }),
    used_quota: row.usedQuota,
    request_count: row.requestCount,
    created_time: row.createdAt,
  };
}

/** @param withValue whether to show the value, where it can be shown; otherwise its digest stands for it */
export function exportedKey(
  services: Services,
  { key, account }: KeyWithAccount,
  withValue: boolean,
): object {
  const value = withValue ? revealedValue(services, key) : undefined;
  return {
    type: 'key',
    username: account.username,
    ...(value === undefined ? { digest: hex(key.digest), hint: key.hint } : { value }),
    name: key.name,
    status: stateNumber[key.state],
    expired_time: key.expiresAt,
    remain_quota: key.remainQuota,
    unlimited_quota: key.unlimitedQuota,
    model_limits_enabled: key.modelLimitsEnabled,
    model_limits: key.modelLimits,
    allow_ips: key.allowIps ?? '',
    group: key.group,
    cross_group_retry: key.crossGroupRetry,
    ...budgetFields(key),
    rpm_limit: key.requestsPerMinute,
    tpm_limit: key.tokensPerMinute,
    concurrency_limit: key.concurrentRequests,
    content_log_days: key.contentDays,
    used_quota: key.usedQuota,
    created_time: key.createdAt,
  };
}

/** @param owner undefined = the account is deleted too */
export function exportedDeletedKey({ digest, hint, name }: Tombstone, owner: AccountRow | undefined): object {
  const username = owner?.username ?? 'root';
  return { type: 'key', username, digest: hex(digest), hint, name, deleted: true };
}

export function exportedChannel({ secrets }: Services, row: ChannelRow, withSecrets: boolean): object {
  const auth = withSecrets ? openProxyAuth(secrets, row.sealedProxyAuth) : undefined;
  return {
    type: 'channel',
    name: row.name,
    kind: row.kind,
    protocols: row.protocols,
    base_url: row.baseUrl,
    has_keys: row.sealedKeys !== null,
    ...(withSecrets && row.sealedKeys !== null && { keys: openChannelKeys(secrets, row.sealedKeys) }),
    models: row.models,
    model_mapping: row.modelMapping,
    groups: row.groups,
    priority: row.priority,
    weight: row.weight,
    extra_headers: row.extraHeaders,
    connect_ms: row.connectMs,
    first_byte_ms: row.firstByteMs,
    idle_chunk_ms: row.idleChunkMs,
    proxy: proxyWith(row.proxy, auth),
    stream_usage: row.streamUsage,
    options: row.options,
    status: stateNumber[row.state],
  };
}

/** @param auth user name and password, joined by a colon */
function proxyWith(proxy: string | null, auth: string | undefined): string | null {
  if (proxy === null || auth === undefined) return proxy;
  const url = new URL(proxy);
  const [user = '', ...rest] = auth.split(':');
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(rest.join(':'));
  return url.href.replace(/\/$/, '');
}
