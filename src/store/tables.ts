/** The tables that both engines have, column by column. Row types, statements and the transfer derive from these lists. */
import type { BudgetAlert, RecordType } from '../domain/accounting/terms.ts';
import type { FieldChange, Origin } from '../domain/audit.ts';
import type { AuditAction, AuditCredential, AuditObject } from '../domain/audit-terms.ts';
import type { BudgetPeriod } from '../domain/budget.ts';
import type { JobState } from '../domain/job.ts';
import type { KeyState } from '../domain/key.ts';
import type { Preferences } from '../domain/preferences.ts';
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { Tiers, Variants } from '../domain/rates.ts';
import type { ReceiptState } from '../domain/receipt.ts';
import type { TombstoneKind } from '../domain/tombstone.ts';
import type { ObjectExtra, ObjectKind } from '../domain/upstream-object.ts';
import type { Pieces } from '../domain/usage.ts';
import { boolean, bytes, type Column, integer, json, optional, text } from './columns.ts';
import type { BalanceEntry, RecordDetail, RecordSource } from './ledger-store.ts';
import { decodeDetail, encodeDetail } from './record-detail.ts';
import type { AccountRow, ChannelRow, Role } from './store.ts';

export const budget = {
  budgetUnits: optional(integer()),
  budgetPeriod: text<BudgetPeriod>(),
  budgetZone: text(),
  budgetSoftPercent: integer(),
  budgetUsed: integer(),
  budgetStart: integer(),
} as const;

/** Start of the period in which the account was last notified that the budget is used up. */
const notifiedPeriod = integer('budget_told');

export const accounts = {
  id: integer(),
  username: text(),
  displayName: text(),
  email: text(),
  role: integer<Role>(),
  state: text<AccountRow['state']>(),
  group: text('group_name'),
  quota: integer(),
  unlimitedQuota: boolean(),
  usedQuota: integer(),
  reserved: integer(),
  requestCount: integer(),
  passwordHash: text(),
  accessTokenDigest: optional(bytes()),
  createdAt: integer(),
  keyCount: integer(),
  ...budget,
  notifiedPeriod,
} as const;

export const keys = {
  id: integer(),
  accountId: integer(),
  digest: bytes(),
  sealed: optional(bytes()),
  hint: text(),
  name: text(),
  state: text<KeyState>(),
  createdAt: integer(),
  accessedAt: integer(),
  expiresAt: integer(),
  remainQuota: integer(),
  unlimitedQuota: boolean(),
  usedQuota: integer(),
  reserved: integer(),
  modelLimitsEnabled: boolean(),
  modelLimits: text(),
  allowIps: optional(text()),
  group: text('group_name'),
  crossGroupRetry: boolean(),
  requestsPerMinute: integer(),
  tokensPerMinute: integer(),
  concurrentRequests: integer(),
  contentDays: integer(),
  ...budget,
  notifiedPeriod,
} as const;

export const tombstones = {
  digest: bytes(),
  id: integer('key_id'),
  deletedAt: integer(),
  kind: text<TombstoneKind>(),
  accountId: optional(integer()),
  name: text(),
  hint: text(),
  attempts: integer(),
  lastAttemptAt: integer(),
  addresses: json<readonly string[]>(),
} as const;

/** Of imported key values, live and deleted. */
export const importedDigests = {
  digest: bytes(),
} as const;

export const sessions = {
  digest: bytes(),
  accountId: integer(),
  createdAt: integer(),
  expiresAt: integer(),
  address: text(),
  userAgent: text(),
  lastUsedAt: integer(),
} as const;

export const setupCodes = {
  digest: bytes(),
  accountId: integer(),
  expiresAt: integer(),
} as const;

export const preferences = {
  accountId: integer(),
  language: text(),
  theme: text<Preferences['theme']>(),
  timeZone: text(),
  shortcuts: boolean(),
} as const;

export const channels = {
  id: integer(),
  name: text(),
  state: text<ChannelRow['state']>(),
  protocols: json<ChannelRow['protocols']>(),
  baseUrl: text(),
  sealedKeys: optional(bytes()),
  models: json<ChannelRow['models']>(),
  modelMapping: json<ChannelRow['modelMapping']>(),
  groups: json<ChannelRow['groups']>(),
  priority: integer(),
  weight: integer(),
  extraHeaders: json<ChannelRow['extraHeaders']>(),
  connectMs: optional(integer()),
  firstByteMs: optional(integer()),
  idleChunkMs: optional(integer()),
  proxy: optional(text()),
  sealedProxyAuth: optional(bytes()),
  streamUsage: boolean(),
  kind: text(),
  options: json<ChannelRow['options']>(),
  createdAt: integer(),
} as const;

const detail: Column<RecordDetail> = {
  ...text(),
  kind: 'json',
  decode: (stored) => decodeDetail(stored as string),
  encode: encodeDetail,
};

export const records = {
  id: integer(),
  requestId: text(),
  type: integer<RecordType>(),
  createdAt: integer(),
  accountId: integer(),
  keyId: integer(),
  model: text(),
  units: integer(),
  chargedTo: integer('drawn'),
  detail,
} as const;

export const contents = {
  requestId: text(),
  keyId: integer(),
  sealed: bytes(),
  expiresAt: integer(),
} as const;

export const balanceEntries = {
  id: integer(),
  accountId: integer(),
  keyId: integer(),
  kind: text<BalanceEntry['kind']>(),
  units: integer(),
  reason: text(),
  actorId: integer(),
  reference: optional(text()),
  createdAt: integer(),
} as const;

export const prices = {
  id: integer(),
  model: text(),
  effectiveFrom: integer(),
  input: integer(),
  cachedInput: optional(integer()),
  cacheWrite: optional(integer()),
  longCacheWrite: optional(integer()),
  audioInput: optional(integer()),
  imageInput: optional(integer()),
  output: integer(),
  reasoning: optional(integer()),
  audioOutput: optional(integer()),
  imageOutput: optional(integer()),
  request: integer(),
  image: integer(),
  character: integer('piece_character'),
  audioSecond: integer(),
  searchUnit: integer(),
  videoSecond: integer(),
  webSearch: optional(integer()),
  fileSearch: optional(integer()),
  codeSession: optional(integer()),
  tiers: json<Tiers>(),
  variants: json<Variants>(),
  source: text(),
  createdAt: integer(),
  removed: boolean(),
} as const;

export const multipliers = {
  group: text('group_name'),
  effectiveFrom: integer(),
  multiplier: integer(),
} as const;

export const auditEvents = {
  id: integer(),
  createdMs: integer(),
  actorId: integer(),
  actorName: text(),
  credential: text<AuditCredential>(),
  credentialId: text(),
  address: text(),
  userAgent: text(),
  requestId: text(),
  action: text<AuditAction>(),
  object: text<AuditObject>('object_type'),
  objectId: integer(),
  objectName: text(),
  ownerId: integer(),
  changes: json<readonly FieldChange[]>(),
} as const;

export const alerts = {
  id: integer(),
  kind: text<BudgetAlert['kind']>(),
  accountId: integer(),
  keyId: integer(),
  name: text(),
  period: text<BudgetPeriod>(),
  periodStart: integer(),
  periodEnd: integer(),
  used: integer(),
  budgetUnits: integer(),
  thresholdUnits: integer(),
  createdAt: integer(),
  attempts: integer(),
  nextAttemptAt: integer(),
} as const;

/** Keys that sign receipts. Times in milliseconds since 1970 UTC. */
export const receiptKeys = {
  id: integer(),
  name: text(),
  publicKey: bytes(),
  sealed: optional(bytes()),
  createdAt: integer(),
  retiredAt: optional(integer()),
} as const;

/** Receipts of deleted keys. Times in milliseconds since 1970 UTC. */
export const receipts = {
  id: integer(),
  keyId: integer(),
  accountId: integer(),
  name: text(),
  hint: text(),
  digest: bytes(),
  origin: json<Origin>(),
  recordedAt: integer(),
  nodeId: text(),
  processId: text(),
  state: text<ReceiptState>(),
  document: text(),
  signature: optional(bytes()),
  signedBy: text(),
} as const;

/** Times in milliseconds since 1970 UTC. */
export const jobs = {
  id: integer(),
  publicId: text(),
  requestId: text(),
  vendor: text(),
  action: text(),
  accountId: integer(),
  keyId: integer(),
  username: text(),
  keyName: text(),
  group: text('group_name'),
  channelId: integer(),
  channelName: text(),
  channelKey: text(),
  model: text(),
  upstreamModel: text(),
  priceId: integer(),
  multiplier: integer(),
  variant: text(),
  pieces: json<Pieces>(),
  reserved: boolean(),
  clientAddress: text(),
  path: text(),
  source: text<RecordSource>(),
  attempts: integer(),
  state: text<JobState>(),
  progress: integer(),
  failure: text(),
  upstreamId: text(),
  upstreamPath: text(),
  originId: text(),
  createdMs: integer(),
  deadlineMs: integer(),
  endedMs: optional(integer()),
  polls: integer(),
  nextPollMs: integer(),
  leaseUntilMs: integer(),
  leasedBy: text(),
  cancelled: boolean(),
  hidden: boolean(),
  hasCallback: boolean(),
  callbackMs: optional(integer()),
  callbackAttempts: integer(),
  charged: integer(),
  sealed: optional(bytes()),
} as const;

/** Times in milliseconds since 1970 UTC. */
export const upstreamObjects = {
  id: integer(),
  kind: text<ObjectKind>(),
  publicId: text(),
  upstreamId: text(),
  protocol: text<ProtocolName>(),
  accountId: integer(),
  keyId: integer(),
  requestId: text(),
  group: text('group_name'),
  channelId: integer(),
  channelName: text(),
  channelKey: text(),
  model: text(),
  upstreamModel: text(),
  createdMs: integer(),
  expiresMs: optional(integer()),
  extra: json<ObjectExtra>(),
} as const;
