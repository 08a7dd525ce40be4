/** Circuits of a channel over histories of many keys, models and kinds of operation. */
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

test('failures of one key do not affect another', () => {
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

test('failures elsewhere do not affect a model and kind without a failure', () => {
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

test('a success closes the shared circuit, but not the circuit of another key', () => {
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

test('evicts keys beyond the limit, least recently failed first', () => {
  const circuits = new ChannelCircuits(rules);
  // Each success resets the shared circuit, while each key continues to fail.
  for (let keyId = 1; keyId <= limits.circuit_keys_max + 1; keyId += 1) {
    for (let i = 0; i < 3; i += 1) circuits.report(use(keyId), 'server_error', 0);
    circuits.report(use(0), 'ok', 0);
  }
  assert.equal(circuits.mayTry(use(limits.circuit_keys_max + 1), 0), false);
  assert.equal(circuits.mayTry(use(2), 0), false);
  assert.equal(circuits.mayTry(use(1), 0), true);
});
