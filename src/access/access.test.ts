import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKeyValue } from '../keys/format.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import type { KeyWithAccount } from '../store/store.ts';
import { Access } from './access.ts';

/** Every value is the key of this row. */
const row: KeyWithAccount = {
  key: {
    id: 1,
    accountId: 1,
    digest: new Uint8Array(32),
    sealed: null,
    hint: '',
    name: 'k',
    state: 'enabled',
    createdAt: 1,
    accessedAt: 1,
    expiresAt: -1,
    remainQuota: 5,
    unlimitedQuota: false,
    usedQuota: 0,
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
    reserved: 0,
    budgetUsed: 0,
    budgetStart: 0,
  },
  account: {
    id: 1,
    username: 'owner',
    displayName: '',
    email: '',
    role: 1,
    state: 'enabled',
    group: 'default',
    quota: 5,
    unlimitedQuota: false,
    usedQuota: 0,
    requestCount: 0,
    passwordHash: '',
    accessTokenDigest: null,
    createdAt: 1,
    reserved: 0,
    budget: null,
    budgetUsed: 0,
    budgetStart: 0,
  },
};

test('more keys at once than memory holds are all found', async () => {
  let reads = 0;
  const access = new Access({
    store: {
      async findKeyByDigest() {
        reads += 1;
        if (reads > 100_000) throw new Error('read again and again');
        return row;
      },
      findKeyById: async () => row,
    },
    clock: systemClock,
    recordsMax: 100,
    selectableGroups: [],
    inFlight: 'cut',
  });
  const find = async (): Promise<number> => {
    let found = access.find(makeKeyValue(systemRandom).value, {});
    while (found instanceof Promise) found = access.refresh(await found);
    return found.record.keyId;
  };
  const found = await Promise.all(Array.from({ length: 1000 }, find));
  assert.ok(found.every((id) => id === 1));
});
