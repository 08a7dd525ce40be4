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

/** Each breach separately, in the order of the checks. */
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

test('admits a key that passes every check', () => {
  assert.equal(authorize(good, context, now), undefined);
});

test('refuses a key that does not exist', () => {
  assert.equal(authorize(undefined, context, now)?.code, 'invalid_api_key');
});

for (const name of Object.keys(breaches) as (keyof typeof breaches)[]) {
  test(`a key that fails only the ${name} check is refused for that`, () => {
    assert.equal(authorize({ ...good, ...breaches[name] }, context, now)?.code, expected[name]);
  });
}

test('when two checks fail, the earlier one determines the error', () => {
  const names = Object.keys(breaches) as (keyof typeof breaches)[];
  for (const [index, earlier] of names.entries()) {
    for (const later of maybeEmpty(names.slice(index + 1))) {
      const record = { ...good, ...breaches[later], ...breaches[earlier] };
      assert.equal(authorize(record, context, now)?.code, expected[earlier], `${earlier} before ${later}`);
    }
  }
});

test('a fallback model must be allowed too', () => {
  const record = { ...good, models: new Set(['demo-chat']) };
  const withFallback = { ...context, otherModels: ['demo-chat', 'dear-model'] };
  assert.equal(authorize(record, withFallback, now)?.code, 'model_not_allowed');
  assert.equal(authorize(record, { ...context, otherModels: ['demo-chat'] }, now), undefined);
  assert.equal(authorize(good, withFallback, now), undefined);
});

test('an empty model list allows no model', () => {
  assert.equal(authorize({ ...good, models: new Set() }, context, now)?.code, 'model_not_allowed');
});

test('a key expires exactly at its second, not after it', () => {
  assert.equal(authorize({ ...good, expiresAtMs: now + 1 }, context, now), undefined);
  assert.equal(authorize({ ...good, expiresAtMs: now }, context, now)?.code, 'invalid_api_key');
});

test('an in-flight request is aborted when it loses the group that serves it, not another group', () => {
  const moved = { ...good, groups: ['default', 'vip'] };
  assert.equal(authorize(moved, { ...context, groups: ['vip'] }, now), undefined);
  assert.equal(authorize(good, { ...context, groups: ['vip'] }, now)?.code, 'group_not_allowed');
});
