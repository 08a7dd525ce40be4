/** Composes the notes that writes leave in the audit log. Pure. */
import {
  type AuditedFields,
  type AuditNote,
  credentialIdOf,
  type FieldChange,
  fieldChanges,
} from '../domain/audit.ts';
import type { KeyFields, KeyRow } from '../domain/key.ts';
import { type Preferences, preferencesDefault } from '../domain/preferences.ts';
import type { ModelRates } from '../domain/rates.ts';
import type { Tombstone } from '../domain/tombstone.ts';
import { limits } from '../platform/limits.ts';
import type { BalanceEntry, MultiplierRow, NewPrice, PriceRow } from './ledger-store.ts';
import type { SessionRow } from './sign-in-store.ts';
import type { AccountFields, AccountRow, ChannelFields, ChannelRow, RevokedCredentials } from './store.ts';

const keyFields: AuditedFields<KeyFields> = {
  name: { name: 'name' },
  state: { name: 'status' },
  expiresAt: { name: 'expired_time' },
  remainQuota: { name: 'remain_quota' },
  unlimitedQuota: { name: 'unlimited_quota' },
  modelLimitsEnabled: { name: 'model_limits_enabled' },
  modelLimits: { name: 'model_limits' },
  allowIps: { name: 'allow_ips' },
  group: { name: 'group' },
  crossGroupRetry: { name: 'cross_group_retry' },
  budget: { name: 'budget' },
  requestsPerMinute: { name: 'requests_per_minute' },
  tokensPerMinute: { name: 'tokens_per_minute' },
  concurrentRequests: { name: 'concurrent_requests' },
  contentDays: { name: 'content_days' },
};

const accountFields: AuditedFields<AccountFields> = {
  username: { name: 'username' },
  displayName: { name: 'display_name' },
  email: { name: 'email' },
  role: { name: 'role' },
  state: { name: 'status' },
  group: { name: 'group' },
  quota: { name: 'quota' },
  unlimitedQuota: { name: 'unlimited_quota' },
  passwordHash: { name: 'password', isSecret: true },
  accessTokenDigest: { name: 'access_token', isSecret: true },
  budget: { name: 'budget' },
};

const channelFields: AuditedFields<ChannelFields> = {
  name: { name: 'name' },
  state: { name: 'status' },
  protocols: { name: 'protocols' },
  baseUrl: { name: 'base_url' },
  sealedKeys: { name: 'keys', isSecret: true },
  models: { name: 'models' },
  modelMapping: { name: 'model_mapping' },
  groups: { name: 'groups' },
  priority: { name: 'priority' },
  weight: { name: 'weight' },
  // Operators put credentials of upstreams into headers.
  extraHeaders: { name: 'extra_headers', isSecret: true },
  connectMs: { name: 'connect_ms' },
  firstByteMs: { name: 'first_byte_ms' },
  idleChunkMs: { name: 'idle_chunk_ms' },
  proxy: { name: 'proxy' },
  sealedProxyAuth: { name: 'proxy_password', isSecret: true },
  streamUsage: { name: 'stream_usage' },
  kind: { name: 'kind' },
  options: { name: 'options' },
};

const priceFields: AuditedFields<Pick<NewPrice, keyof ModelRates | 'effectiveFrom' | 'source'>> = {
  effectiveFrom: { name: 'effective_from' },
  input: { name: 'input' },
  cachedInput: { name: 'cached_input' },
  cacheWrite: { name: 'cache_write' },
  longCacheWrite: { name: 'long_cache_write' },
  audioInput: { name: 'audio_input' },
  imageInput: { name: 'image_input' },
  output: { name: 'output' },
  reasoning: { name: 'reasoning' },
  audioOutput: { name: 'audio_output' },
  imageOutput: { name: 'image_output' },
  request: { name: 'request' },
  image: { name: 'image' },
  character: { name: 'character' },
  audioSecond: { name: 'audio_second' },
  searchUnit: { name: 'search_unit' },
  videoSecond: { name: 'video_second' },
  webSearch: { name: 'web_search' },
  fileSearch: { name: 'file_search' },
  codeSession: { name: 'code_session' },
  tiers: { name: 'tiers' },
  variants: { name: 'variants' },
  source: { name: 'source' },
};

const preferenceFields: AuditedFields<Preferences> = {
  language: { name: 'language' },
  theme: { name: 'theme' },
  timeZone: { name: 'time_zone' },
  shortcuts: { name: 'shortcuts' },
};

/** Notes nothing when no field differs. */
function updated(note: Omit<AuditNote, 'action'>): readonly AuditNote[] {
  return note.changes.length === 0 ? [] : [{ action: 'updated', ...note }];
}

const ofKey = ({ id, name, accountId }: Pick<KeyRow, 'id' | 'name' | 'accountId'>) =>
  ({ object: 'key', objectId: id, objectName: name, ownerId: accountId }) as const;

const ofAccount = ({ id, username }: Pick<AccountRow, 'id' | 'username'>) =>
  ({ object: 'account', objectId: id, objectName: username, ownerId: id }) as const;

const ofChannel = ({ id, name }: Pick<ChannelRow, 'id' | 'name'>) =>
  ({ object: 'channel', objectId: id, objectName: name, ownerId: 0 }) as const;

/** A name that is the whole identity of its object. */
const named = (object: 'price' | 'price_group', objectName: string) =>
  ({ object, objectId: 0, objectName, ownerId: 0 }) as const;

export function keyCreated(key: KeyRow): readonly AuditNote[] {
  return [{ action: 'created', ...ofKey(key), changes: fieldChanges(keyFields, undefined, key) }];
}

export function keyUpdated(before: KeyRow, after: KeyRow): readonly AuditNote[] {
  return updated({ ...ofKey(after), changes: fieldChanges(keyFields, before, after) });
}

export function keysDeleted(tombstones: readonly Tombstone[]): readonly AuditNote[] {
  return tombstones.map(({ id, name, accountId }) => ({
    action: 'deleted',
    ...ofKey({ id, name, accountId: accountId ?? 0 }),
    changes: [],
  }));
}

/** The reading of the values of keys. */
export function keysRevealed(keys: readonly KeyRow[]): readonly AuditNote[] {
  return keys.map((key) => ({ action: 'revealed', ...ofKey(key), changes: [] }));
}

/** The reading of password hashes. */
export function accountsExported(accounts: readonly AccountRow[]): readonly AuditNote[] {
  const changes = [{ field: accountFields.passwordHash.name }];
  return accounts.map((account) => ({ action: 'revealed', ...ofAccount(account), changes }));
}

/** The reading of the keys and proxy passwords of channels. */
export function channelsExported(channels: readonly ChannelRow[]): readonly AuditNote[] {
  return channels.map((channel) => ({
    action: 'revealed',
    ...ofChannel(channel),
    changes: [
      ...(channel.sealedKeys ? [{ field: channelFields.sealedKeys.name }] : []),
      ...(channel.sealedProxyAuth ? [{ field: channelFields.sealedProxyAuth.name }] : []),
    ],
  }));
}

/** The reading of a kept prompt and response. */
export function contentRevealed(requestId: string, ownerId: number): readonly AuditNote[] {
  return [
    { action: 'revealed', object: 'content', objectId: 0, objectName: requestId, ownerId, changes: [] },
  ];
}

/** A held job, of which an operator says what became of it. @param state what it is from now on */
export function jobResolved(
  { id, publicId, accountId }: { readonly id: number; readonly publicId: string; readonly accountId: number },
  state: string,
): AuditNote {
  const changes = [{ field: 'state', before: 'held', after: state }];
  return {
    action: 'updated',
    object: 'job',
    objectId: id,
    objectName: publicId,
    ownerId: accountId,
    changes,
  };
}

export function accountCreated(account: AccountRow): readonly AuditNote[] {
  const changes = fieldChanges(accountFields, undefined, account);
  return [{ action: 'created', ...ofAccount(account), changes }];
}

export function accountUpdated(before: AccountRow, after: AccountRow): readonly AuditNote[] {
  return updated({ ...ofAccount(after), changes: fieldChanges(accountFields, before, after) });
}

/** A note for each of its keys, so that an auditor who asks for one finds its end, and one for the account. */
export function accountDeleted({ id, name }: Tombstone, keys: readonly Tombstone[]): readonly AuditNote[] {
  const changes = [{ field: 'keys', before: keys.length, after: 0 }];
  return [...keysDeleted(keys), { action: 'deleted', ...ofAccount({ id, username: name }), changes }];
}

export function credentialsRevoked(
  account: AccountRow,
  { keyIds, accessToken, sessions }: RevokedCredentials,
  keys: readonly Tombstone[],
): readonly AuditNote[] {
  const changes: FieldChange[] = [
    { field: 'keys', before: keyIds.length, after: 0 },
    ...(accessToken ? [{ field: 'access_token' }] : []),
    { field: 'sessions', before: sessions, after: 0 },
  ];
  return [...keysDeleted(keys), { action: 'revoked', ...ofAccount(account), changes }];
}

/** @param quota of the account before, in units */
export function toppedUp(entry: BalanceEntry, username: string, quota: number): readonly AuditNote[] {
  const changes: FieldChange[] = [
    { field: 'quota', before: quota, after: quota + entry.units },
    { field: 'reason', after: entry.reason },
    ...(entry.reference === null ? [] : [{ field: 'trade_no', after: entry.reference }]),
  ];
  return [{ action: 'topped_up', ...ofAccount({ id: entry.accountId, username }), changes }];
}

/** A session is known by the start of its digest, which its later changes carry. */
export function sessionNote(
  action: 'signed_in' | 'signed_out',
  { digest, accountId }: Pick<SessionRow, 'digest' | 'accountId'>,
): readonly AuditNote[] {
  const objectName = credentialIdOf(digest);
  return [{ action, object: 'session', objectId: 0, objectName, ownerId: accountId, changes: [] }];
}

/** @param account undefined = no account has the name, which is not noted: it may be a mistyped password */
export function signInFailed(account: AccountRow | undefined, skipped: number): readonly AuditNote[] {
  const changes = skipped === 0 ? [] : [{ field: 'failures_not_listed', after: skipped }];
  return [{ action: 'sign_in_failed', ...ofAccount(account ?? { id: 0, username: '' }), changes }];
}

/** Several sessions that the account ended together. @param kept how many it kept */
export function sessionsEnded(accountId: number, count: number, kept: number): readonly AuditNote[] {
  const changes = [{ field: 'sessions', before: count + kept, after: kept }];
  const ofSessions = { object: 'session', objectId: 0, objectName: '', ownerId: accountId } as const;
  return count === 0 ? [] : [{ action: 'revoked', ...ofSessions, changes }];
}

/** @param before undefined = it had none */
export function preferencesSet(
  account: Pick<AccountRow, 'id' | 'username'>,
  before: Preferences | undefined,
  after: Preferences,
): readonly AuditNote[] {
  const changes = fieldChanges(preferenceFields, before ?? preferencesDefault, after);
  return updated({ ...ofAccount(account), changes });
}

/** A database that a command filled. @param name what it was filled from */
export function databaseNote(action: 'created' | 'restored', name: string): AuditNote {
  return { action, object: 'database', objectId: 0, objectName: name, ownerId: 0, changes: [] };
}

/** A server secret that a command replaced or removed. */
export function secretNote(action: 'updated' | 'deleted', name: string): AuditNote {
  return { action, object: 'setting', objectId: 0, objectName: name, ownerId: 0, changes: [{ field: name }] };
}

/** The key that signs receipts, by the ids that signatures name. */
export function receiptKeyReplaced(before: string, after: string): readonly AuditNote[] {
  const changes = [{ field: 'key_id', before, after }];
  return [
    { action: 'updated', object: 'setting', objectId: 0, objectName: 'receipt key', ownerId: 0, changes },
  ];
}

export function channelCreated(channel: ChannelRow): readonly AuditNote[] {
  const changes = fieldChanges(channelFields, undefined, channel);
  return [{ action: 'created', ...ofChannel(channel), changes }];
}

export function channelUpdated(before: ChannelRow, after: ChannelRow): readonly AuditNote[] {
  return updated({ ...ofChannel(after), changes: fieldChanges(channelFields, before, after) });
}

export function channelDeleted(channel: ChannelRow): readonly AuditNote[] {
  return [{ action: 'deleted', ...ofChannel(channel), changes: [] }];
}

/** A request that an administrator sends through a channel, which costs something. */
export function channelTested(channel: ChannelRow): readonly AuditNote[] {
  return [{ action: 'tested', ...ofChannel(channel), changes: [] }];
}

/** @param before the prices that were in force for the same models */
export function pricesSet(before: readonly PriceRow[], after: readonly NewPrice[]): readonly AuditNote[] {
  if (after.length > limits.audit_prices_max) {
    return [
      { action: 'updated', ...named('price', ''), changes: [{ field: 'prices', after: after.length }] },
    ];
  }
  return after.map((price) => {
    const former = before
      .filter(({ model, effectiveFrom }) => model === price.model && effectiveFrom <= price.effectiveFrom)
      .at(-1);
    const changes = fieldChanges(priceFields, former, price);
    return { action: former ? 'updated' : 'created', ...named('price', price.model), changes };
  });
}

/** @param count how many prices the model had */
export function pricesRemoved(model: string, count: number): readonly AuditNote[] {
  const changes = [{ field: 'prices', before: count, after: 0 }];
  return count === 0 ? [] : [{ action: 'deleted', ...named('price', model), changes }];
}

export function multiplierSet(
  before: readonly MultiplierRow[],
  { group, multiplier, effectiveFrom }: MultiplierRow,
): readonly AuditNote[] {
  const former = before.filter((row) => row.group === group && row.effectiveFrom <= effectiveFrom).at(-1);
  const changes: FieldChange[] = [
    { field: 'multiplier', ...(former && { before: former.multiplier }), after: multiplier },
    { field: 'effective_from', ...(former && { before: former.effectiveFrom }), after: effectiveFrom },
  ];
  return [{ action: former ? 'updated' : 'created', ...named('price_group', group), changes }];
}

/** @param count how many multipliers the group had */
export function multipliersRemoved(group: string, count: number): readonly AuditNote[] {
  const changes = [{ field: 'multipliers', before: count, after: 0 }];
  return count === 0 ? [] : [{ action: 'deleted', ...named('price_group', group), changes }];
}
