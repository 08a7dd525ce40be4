/** Circuits of a channel over histories of many keys, models and operation kinds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../platform/limits.ts';
import { ChannelCircuits, type Use } from './circuits.ts';
import type { AttemptOutcome } from './upstreams.ts';

const rules = { openAfterFailures: 3, cooldownMs: 1000 };
const use = (keyId: number, model = 'm', kind: string | undefined = 'generate'): Use => ({
  keyId,
  model,
  kind,
});

test('however often one key fails, another is served', () => {
  const outcomes = fc.array(
    fc.constantFrom<AttemptOutcome>('server_error', 'timeout', 'broken', 'ok', 'busy'),
  );
  fc.assert(
    fc.property(outcomes, (history) => {
      const circuits = new ChannelCircuits(rules);
      for (const outcome of history) circuits.report(use(1), outcome, 0);
      assert.equal(circuits.mayTry(use(2), 0), true);
    }),
  );
});

test('whatever fails elsewhere, a model and kind without a failure is served', () => {
  const uses = fc.record({
    keyId: fc.nat(3),
    model: fc.constantFrom('a', 'b'),
    kind: fc.constantFrom('generate', 'embed', undefined),
  });
  fc.assert(
    fc.property(fc.array(uses), (history) => {
      const circuits = new ChannelCircuits(rules);
      for (const each of history) circuits.report(each, 'server_error', 0);
      assert.equal(circuits.mayTry(use(1, 'c'), 0), true);
      assert.equal(circuits.mayTry(use(1, 'a', 'images'), 0), true);
      assert.equal(circuits.mayTry({ keyId: 1, model: 'a', kind: undefined }, 0), true);
    }),
  );
});

test('a success of anybody ends the rest of everybody, but not that of another key alone', () => {
  const circuits = new ChannelCircuits(rules);
  for (const keyId of [1, 1, 1, 2]) circuits.report(use(keyId), 'server_error', 0);
  assert.equal(circuits.mayTry(use(3), 0), false);
  circuits.report(use(3), 'ok', 1000);
  assert.equal(circuits.mayTry(use(3), 0), true);
  assert.equal(circuits.mayTry(use(1), 0), false);
  assert.deepEqual(circuits.openModels(), [{ model: 'm', forAll: false }]);
  circuits.report(use(1), 'ok', 1000);
  circuits.report(use(2), 'ok', 1000);
  assert.equal(circuits.isBlank, true);
});

test('keys beyond a limit are forgotten, those that failed longest ago first', () => {
  const circuits = new ChannelCircuits(rules);
  // Each success keeps the row of everybody from filling, while each key goes on failing.
  for (let keyId = 1; keyId <= limits.circuit_keys_max + 1; keyId += 1) {
    for (let i = 0; i < 3; i += 1) circuits.report(use(keyId), 'server_error', 0);
    circuits.report(use(0), 'ok', 0);
  }
  assert.equal(circuits.mayTry(use(limits.circuit_keys_max + 1), 0), false);
  assert.equal(circuits.mayTry(use(2), 0), false);
  assert.equal(circuits.mayTry(use(1), 0), true);
});
