import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTierName, serviceTierOf } from './service-tier.ts';

test('a tier has one name, whichever provider reports it', () => {
  for (const [reported, tier] of [
    ['default', ''],
    ['standard', ''],
    ['auto', ''],
    ['ON_DEMAND', ''],
    ['unspecified', ''],
    ['priority', 'priority'],
    ['ON_DEMAND_PRIORITY', 'priority'],
    ['PRIORITY', 'priority'],
    ['flex', 'flex'],
    ['ON_DEMAND_FLEX', 'flex'],
    ['PROVISIONED_THROUGHPUT', 'provisioned_throughput'],
    ['batch', 'batch'],
  ] as const) {
    assert.equal(serviceTierOf(reported), tier, reported);
  }
});

test('what is no name of a tier is none', () => {
  for (const reported of [undefined, null, '', 7, {}, 'two words', 'x'.repeat(33), 'é', '__proto__']) {
    assert.equal(serviceTierOf(reported), undefined, String(reported));
  }
});

test('prices have tiers by these names, and none that the standard service has', () => {
  for (const name of ['priority', 'flex', 'ultrafast', 'a-b_9']) assert.ok(isTierName(name), name);
  for (const name of ['default', 'standard', 'on_demand_flex', 'Priority', '9', '', 'x'.repeat(33)]) {
    assert.ok(!isTierName(name), name);
  }
});
