import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { parseIpList } from '../domain/ip-list.ts';
import { authorize } from './authorize.ts';
import type { KeyPolicy } from './key-policy.ts';

const now = 1_800_000_000_000;
const context = { clientAddress: '203.0.113.7', model: 'demo-chat' };
const good: KeyPolicy = {
  keyId: 1,
  keyName: 'k',
  holders: [],
  accountId: 1,
  username: 'owner',
  state: 'enabled',
  accountState: 'enabled',
  expiresAtMs: Number.POSITIVE_INFINITY,
  ips: undefined,
  models: undefined,
  groups: ['default'],
  crossGroups: false,
  reserves: false,
  rateLimits: { requestsPerMinute: 0, tokensPerMinute: 0, concurrentRequests: 0 },
  contentDays: 0,
};

/** Each breach alone, in the order in which the checks run. */
const breaches = {
  disabled: { state: 'disabled' },
  expired: { expiresAtMs: now },
  address: { ips: parseIpList('10.0.0.0/8') },
  account: { accountState: 'disabled' },
  group: { groups: [] },
  model: { models: new Set(['other']) },
} as const satisfies Record<string, Partial<KeyPolicy>>;

const expected = {
  disabled: 'invalid_api_key',
  expired: 'invalid_api_key',
  address: 'ip_not_allowed',
  account: 'account_disabled',
  group: 'group_not_allowed',
  model: 'model_not_allowed',
} as const;

test('a key that satisfies every check is admitted', () => {
  assert.equal(authorize(good, context, now), undefined);
});

test('a key that does not exist is refused', () => {
  assert.equal(authorize(undefined, context, now)?.code, 'invalid_api_key');
});

for (const name of Object.keys(breaches) as (keyof typeof breaches)[]) {
  test(`a key that fails only the ${name} check is refused for that`, () => {
    assert.equal(authorize({ ...good, ...breaches[name] }, context, now)?.code, expected[name]);
  });
}

test('the earlier check decides when two fail: the order is fixed', () => {
  const names = Object.keys(breaches) as (keyof typeof breaches)[];
  for (const [index, earlier] of names.entries()) {
    for (const later of maybeEmpty(names.slice(index + 1))) {
      const record = { ...good, ...breaches[later], ...breaches[earlier] };
      assert.equal(authorize(record, context, now)?.code, expected[earlier], `${earlier} before ${later}`);
    }
  }
});

test('a model that is only named as a fallback must be allowed too', () => {
  const record = { ...good, models: new Set(['demo-chat']) };
  const withFallback = { ...context, otherModels: ['demo-chat', 'dear-model'] };
  assert.equal(authorize(record, withFallback, now)?.code, 'model_not_allowed');
  assert.equal(authorize(record, { ...context, otherModels: ['demo-chat'] }, now), undefined);
  assert.equal(authorize(good, withFallback, now), undefined);
});

test('a model list that is empty allows no model at all', () => {
  assert.equal(authorize({ ...good, models: new Set() }, context, now)?.code, 'model_not_allowed');
});

test('a key expires at the very second it names, not after it', () => {
  assert.equal(authorize({ ...good, expiresAtMs: now + 1 }, context, now), undefined);
  assert.equal(authorize({ ...good, expiresAtMs: now }, context, now)?.code, 'invalid_api_key');
});

test('a running request ends with its right to the group that serves it, not with another', () => {
  const moved = { ...good, groups: ['default', 'vip'] };
  assert.equal(authorize(moved, { ...context, groups: ['vip'] }, now), undefined);
  assert.equal(authorize(good, { ...context, groups: ['vip'] }, now)?.code, 'group_not_allowed');
});
