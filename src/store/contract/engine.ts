/** What the contract suites need of a storage engine, and rows to fill it with. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { type BudgetAlert, recordTypes } from '../../domain/accounting/terms.ts';
import type { KeyFields, KeyRow } from '../../domain/key.ts';
import type { ManualClock } from '../../platform/clock.ts';
import type { NewTopup, UsageRecord } from '../ledger-store.ts';
import { emptyDetail } from '../record-detail.ts';
import type { SessionRow } from '../sign-in-store.ts';
import type { AccessChange, AccountRow, ChannelFields, NewAccount, NewKey } from '../store.ts';
import { heardBy, listen } from './heard.ts';

export interface Engine {
  readonly name: string;
  /** Opens an empty database of its own. */
  open(clock: ManualClock): Promise<OpenedEngine>;
}

export interface OpenedEngine {
  readonly store: TestStore;
  /** That the store was opened with. */
  readonly clock: ManualClock;
  /** Whether other nodes follow what is changed, so that a change has a place in a log. */
  readonly isShared: boolean;
  /** Closes the store and opens the same database again. */
  reopen(): Promise<TestStore>;
  /** Closes the store and removes the database. */
  dispose(): Promise<void>;
}

/** Defines tests of one part of the contract; each calls `open` for an empty store of its own. */
export type Suite = (engineName: string, open: () => Promise<OpenedEngine>) => void;

export const keysMax = 100_000;

export function aDigest(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

export function aKey(accountId: number, fields: Partial<NewKey> = {}): NewKey {
  return {
    accountId,
    digest: aDigest(),
    sealed: new Uint8Array(randomBytes(77)),
    hint: 'sk-abcd…wxyz',
    createdAt: 1_800_000_000,
    name: 'a key',
    state: 'enabled',
    expiresAt: -1,
    remainQuota: 0,
    unlimitedQuota: true,
    modelLimitsEnabled: false,
    modelLimits: '',
    allowIps: null,
    group: '',
    crossGroupRetry: false,
    budget: null,
    requestsPerMinute: 0,
    tokensPerMinute: 0,
    concurrentRequests: 0,
    contentDays: 0,
    ...fields,
  };
}

export function anAccount(username: string, fields: Partial<NewAccount> = {}): NewAccount {
  return {
    username,
    displayName: '',
    email: '',
    role: 1,
    state: 'enabled',
    group: 'default',
    quota: 1000,
    unlimitedQuota: false,
    passwordHash: 'hash',
    accessTokenDigest: null,
    budget: null,
    createdAt: 1_800_000_000,
    ...fields,
  };
}

export function aSession(accountId: number, fields: Partial<SessionRow> = {}): SessionRow {
  return {
    digest: aDigest(),
    accountId,
    createdAt: 1,
    expiresAt: 2_000_000_000,
    address: '203.0.113.7',
    userAgent: 'Browser/1.0',
    lastUsedAt: 1,
    ...fields,
  };
}

/** Every field different from those of `aKey`. */
export const otherKeyFields: KeyFields = {
  name: 'ключ 🗝',
  state: 'disabled',
  expiresAt: 1_900_000_000,
  remainQuota: 500_000_000_000_000,
  unlimitedQuota: false,
  modelLimitsEnabled: true,
  modelLimits: 'gpt-4o,o3',
  allowIps: '10.0.0.0/8\n::1',
  group: 'vip',
  crossGroupRetry: true,
  budget: { units: 5000, period: 'weekly', timeZone: 'Europe/Berlin', softPercent: 80 },
  requestsPerMinute: 60,
  tokensPerMinute: 90_000,
  concurrentRequests: 4,
  contentDays: 30,
};

export function aChannel(fields: Partial<ChannelFields> = {}): ChannelFields {
  return {
    name: 'a channel',
    state: 'enabled',
    protocols: ['openai', 'gemini'],
    baseUrl: 'https://upstream.example',
    sealedKeys: new Uint8Array(randomBytes(60)),
    models: ['gpt-4o', 'google/gemini'],
    modelMapping: { 'gpt-4o': 'gpt-4o-2024' },
    groups: ['default'],
    priority: -3,
    weight: 5,
    extraHeaders: { 'x-team': 'blue "and" ключ' },
    connectMs: 100,
    firstByteMs: null,
    idleChunkMs: null,
    proxy: 'http://proxy.example:3128',
    sealedProxyAuth: new Uint8Array(randomBytes(40)),
    streamUsage: true,
    kind: 'custom',
    options: { openai_api: 'chat', signatures_of: ['gemini'] },
    ...fields,
  };
}

/** What a new key and a new account have alike. */
export const nothingUsed = { usedQuota: 0, reserved: 0, budgetUsed: 0, budgetStart: 0 } as const;

let requests = 0;

/** A request id that nothing else has. */
export function aRequestId(): string {
  requests += 1;
  return `req-${requests}`;
}

/** The record of a request that was served. */
export function aRecord(fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    requestId: aRequestId(),
    type: recordTypes.consume,
    createdAt: 1_800_000_000,
    accountId: 1,
    keyId: 1,
    model: 'gpt-4o',
    units: 1,
    detail: emptyDetail,
    ...fields,
  };
}

/** Writes the record of a request that reserved nothing. */
export async function addRecord(
  store: TestStore,
  fields: Partial<UsageRecord>,
): Promise<readonly BudgetAlert[]> {
  return store.settle([{ record: aRecord(fields), reserved: false }], true);
}

export function aTopup(accountId: number, units: number, fields: Partial<NewTopup> = {}): NewTopup {
  return {
    accountId,
    units,
    reason: 'paid by invoice',
    actorId: 1,
    reference: null,
    createdAt: 1_800_000_000,
    requestId: aRequestId(),
    ...fields,
  };
}

/** Asks whether every total is what its records come to. */
export async function assertInvariants(store: TestStore): Promise<void> {
  assert.deepEqual(await store.findLedgerDifferences(100), []);
}

/** Adds an account that must not be refused. */
export async function addAccount(store: TestStore, account: NewAccount): Promise<AccountRow> {
  const row = await store.insertAccount(account);
  if (row === 'username_taken') throw new Error('the user name is taken');
  return row;
}

/** Adds a key that must not be refused. */
export async function addKey(store: TestStore, key: NewKey): Promise<KeyRow> {
  const row = await store.insertKey(key, keysMax, heardBy(store));
  if (typeof row === 'string') throw new Error(`the key was refused: ${row}`);
  return row;
}

/** Everything the store announces from now on. */
export function announcements(store: TestStore): AccessChange[] {
  const heard: AccessChange[] = [];
  listen(store, ({ change }) => heard.push(change));
  return heard;
}

/** Bytes as the plain arrays that they are compared as: engines may return different kinds of them. */
export function plain<Value>(value: Value): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
