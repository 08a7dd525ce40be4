/** The keys of a simulation: their values, and their rows as the store returns them. */
import { digestOf, digestText } from '../../src/domain/digest.ts';
import { makeKeyValue } from '../../src/domain/format.ts';
import type { AccountRow, KeyWithAccount } from '../../src/store/store.ts';

/** Upper bound for all schedules. */
const keysMax = 8;

export interface SimulatedKey {
  /** As clients send it. */
  readonly value: string;
  readonly digest: Uint8Array;
}

/** The same in every schedule, since hashing them each time would cost more than the rest. */
export const simulatedKeys: readonly SimulatedKey[] = Array.from({ length: keysMax }, (_, key) => {
  const { value, body } = makeKeyValue((bytes) => new Uint8Array(bytes).fill(key));
  return { value, digest: digestOf(body) };
});

const indexes = new Map(simulatedKeys.map(({ digest }, key) => [digestText(digest), key]));

export const keyOf = (digest: Uint8Array): number => indexes.get(digestText(digest)) ?? -1;

export const modelName = (model: number) => `m${model}`;

export interface KeyFlags {
  readonly enabled: boolean;
  /** Whether the key may be used for every model, or only for the first. */
  readonly wide: boolean;
  readonly accountEnabled: boolean;
}

const rows: (KeyWithAccount | undefined)[] = [];

/** Returns the same object for equal arguments. */
export function rowOf(key: number, account: number, flags: KeyFlags): KeyWithAccount {
  const bits = (flags.enabled ? 1 : 0) + (flags.wide ? 2 : 0) + (flags.accountEnabled ? 4 : 0);
  const place = (key * keysMax + account) * 8 + bits;
  rows[place] ??= makeRow(key, account, flags);
  return rows[place];
}

const noBudget = { budget: null, budgetUsed: 0, budgetStart: 0 } as const;

function makeRow(key: number, account: number, { enabled, wide, accountEnabled }: KeyFlags): KeyWithAccount {
  return {
    key: {
      id: key,
      accountId: account,
      digest: simulatedKeys[key]?.digest ?? new Uint8Array(),
      sealed: null,
      hint: '',
      name: `key ${key}`,
      state: enabled ? 'enabled' : 'disabled',
      createdAt: 0,
      accessedAt: 0,
      expiresAt: -1,
      remainQuota: 0,
      unlimitedQuota: true,
      usedQuota: 0,
      reserved: 0,
      modelLimitsEnabled: !wide,
      modelLimits: modelName(0),
      allowIps: null,
      group: '',
      crossGroupRetry: false,
      requestsPerMinute: 0,
      tokensPerMinute: 0,
      concurrentRequests: 0,
      contentDays: 0,
      ...noBudget,
    },
    account: makeAccount(account, accountEnabled),
  };
}

const makeAccount = (id: number, isEnabled: boolean): AccountRow => ({
  id,
  username: `account ${id}`,
  displayName: '',
  email: '',
  role: 1,
  state: isEnabled ? 'enabled' : 'disabled',
  group: 'default',
  quota: 0,
  unlimitedQuota: true,
  usedQuota: 0,
  reserved: 0,
  requestCount: 0,
  passwordHash: '',
  accessTokenDigest: null,
  createdAt: 0,
  ...noBudget,
});
