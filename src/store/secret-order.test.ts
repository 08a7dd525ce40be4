import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SecretRing, serverSecret } from '../domain/secret-ring.ts';
import { HalleyError } from '../platform/errors.ts';
import { judgeSecrets, type SecretState } from './secret-order.ts';

const secrets = [1, 2, 3, 4].map((filling) => new Uint8Array(32).fill(filling));
const fingerprints = secrets.map((bytes) => serverSecret(bytes).fingerprint);
const which = fc.integer({ min: 0, max: secrets.length - 1 });

const of = (list: readonly Uint8Array[], index: number) => list[index] ?? new Uint8Array();

test('a node that is let in can open everything, and seals only what all others can open', () => {
  fc.assert(
    fc.property(
      which,
      fc.option(which),
      fc.uniqueArray(which),
      which,
      fc.uniqueArray(which),
      (current, previous, retired, own, accepted) => {
        fc.pre(previous !== current && !retired.includes(current) && !retired.includes(previous ?? -1));
        const state: SecretState = {
          current: of(fingerprints, current),
          previous: previous === null ? null : of(fingerprints, previous),
          retired: retired.map((index) => of(fingerprints, index)),
        };
        const ring = new SecretRing(
          of(secrets, own),
          accepted.map((index) => of(secrets, index)),
        );
        const known = new Set([own, ...accepted]);
        let begins: boolean;
        try {
          begins = judgeSecrets(state, ring);
        } catch (error) {
          assert.ok(error instanceof HalleyError);
          // What is refused would be of harm: it cannot open something, or seals under what was given up or is new.
          const cannotOpen = !known.has(current) || (previous !== null && !known.has(previous));
          const isNew = own !== current && own !== previous;
          assert.ok(cannotOpen || retired.includes(own) || (isNew && previous !== null), error.message);
          return;
        }
        assert.ok(known.has(current) && (previous === null || known.has(previous)));
        assert.ok(!retired.includes(own));
        assert.equal(begins, own !== current && own !== previous);
        if (begins) assert.equal(previous, null);
      },
    ),
    { numRuns: 2000 },
  );
});
