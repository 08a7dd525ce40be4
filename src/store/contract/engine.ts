/** What the contract suites need of a storage engine, and rows to fill it with. */
import { randomBytes } from 'node:crypto';
import type { KeyFields, KeyRow } from '../../keys/key.ts';
import type { ManualClock } from '../../platform/clock.ts';
import type { AccountRow, ChannelFields, NewAccount, NewKey, RightsChange, Store } from '../store.ts';

export interface Engine {
  readonly name: string;
  /** Opens an empty database of its own. */
  open(clock: ManualClock): Promise<OpenedEngine>;
}

export interface OpenedEngine {
  readonly store: Store;
  /** Closes the store and opens the same database again. */
  reopen(): Promise<Store>;
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
    ...fields,
  };
}

/** Adds an account that must not be refused. */
export async function addAccount(store: Store, account: NewAccount): Promise<AccountRow> {
  const row = await store.insertAccount(account);
  if (row === 'username_taken') throw new Error('the user name is taken');
  return row;
}

/** Adds a key that must not be refused. */
export async function addKey(store: Store, key: NewKey): Promise<KeyRow> {
  const row = await store.insertKey(key, keysMax);
  if (typeof row === 'string') throw new Error(`the key was refused: ${row}`);
  return row;
}

/** Everything the store announces from now on. */
export function announcements(store: Store): RightsChange[] {
  const heard: RightsChange[] = [];
  store.onRightsChange((change) => heard.push(change));
  return heard;
}

/** Bytes as the plain arrays that they are compared as: engines may return different kinds of them. */
export function plain<Value>(value: Value): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
