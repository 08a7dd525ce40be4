/** Circuits that open and probe, with an injected clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { limits } from '../platform/limits.ts';
import { Circuit, keyRestMs } from './health.ts';

const rules = { openAfterFailures: 3, cooldownMs: 1000 };

function failing(now: number): Circuit {
  const health = new Circuit(rules);
  for (let i = 0; i < 3; i += 1) health.fail(now);
  return health;
}

test('opens after the set number of consecutive failures', () => {
  const health = new Circuit(rules);
  health.fail(0);
  health.fail(0);
  health.succeed();
  health.fail(0);
  health.fail(0);
  assert.equal(health.mayTry(0), true);
  assert.equal(health.isOpen, false);
  health.fail(0);
  assert.equal(health.mayTry(999), false);
  assert.equal(health.failures, 3);
});

test('lets one request at a time probe after the cooldown', () => {
  const health = failing(0);
  assert.equal(health.mayTry(1000), true);
  health.begin(1000);
  assert.equal(health.mayTry(1000), false);
  assert.equal(health.mayTry(1999), false);
});

test('a successful probe closes the circuit; a failed one starts another cooldown', () => {
  const health = failing(0);
  health.begin(1000);
  health.fail(1500);
  assert.equal(health.mayTry(2499), false);
  assert.equal(health.mayTry(2500), true);
  health.begin(2500);
  health.succeed();
  assert.equal(health.mayTry(2500), true);
  assert.equal(health.isOpen, false);
  assert.equal(health.failures, 0);
});

test('a probe that is never reported does not keep the circuit open for ever', () => {
  const health = failing(0);
  health.begin(1000);
  assert.equal(health.mayTry(2000), true);
});

test('in any history no two probes begin within one cooldown, and success always closes the circuit', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('ask', 'fail', 'succeed'), fc.nat(700)), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (history) => {
      const health = new Circuit(rules);
      let now = 0;
      let lastTrial = Number.NEGATIVE_INFINITY;
      for (const [step, wait] of maybeEmpty(history)) {
        now += wait;
        if (step === 'fail') health.fail(now);
        if (step === 'succeed') {
          health.succeed();
          assert.equal(health.mayTry(now), true);
          lastTrial = Number.NEGATIVE_INFINITY;
        }
        if (step === 'ask' && health.mayTry(now)) {
          if (health.isOpen) {
            assert.ok(now - lastTrial >= rules.cooldownMs);
            lastTrial = now;
          }
          health.begin(now);
        }
      }
    }),
  );
});

test('the cooldown of a key follows Retry-After within bounds, and is longer for a refused key', () => {
  assert.equal(keyRestMs('ok', 5000), 0);
  assert.equal(keyRestMs('server_error', 5000), 0);
  assert.equal(keyRestMs('busy', undefined), limits.upstream_key_busy_ms);
  assert.equal(keyRestMs('busy', 7000), 7000);
  assert.equal(keyRestMs('busy', 1e12), limits.upstream_key_busy_ms_max);
  assert.equal(keyRestMs('busy', -5), 0);
  assert.equal(keyRestMs('busy', Number.NaN), 0);
  assert.equal(keyRestMs('refused', undefined), limits.upstream_key_refused_ms);
  assert.ok(keyRestMs('used_up', undefined) > limits.upstream_key_refused_ms);
});
