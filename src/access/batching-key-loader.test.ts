import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { digestOf } from '../domain/digest.ts';
import { systemClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { aKey, anAccount, nothingUsed } from '../store/contract/engine.ts';
import type { KeyWithAccount } from '../store/store.ts';
import { BatchingKeyLoader } from './batching-key-loader.ts';

const digests = ['a', 'b', 'c'].map((letter) => digestOf(letter.repeat(48)));
const [a, b, c] = digests as [Uint8Array, Uint8Array, Uint8Array];

/** Creates a store that knows only `a`. */
function rig() {
  const statements: (readonly Uint8Array[])[] = [];
  const row: KeyWithAccount = {
    key: { ...aKey(1, { digest: a }), ...nothingUsed, id: 1, accessedAt: 1 },
    account: { ...anAccount('owner'), ...nothingUsed, id: 1, requestCount: 0 },
  };
  const fault = { on: false };
  const reader = new BatchingKeyLoader(
    {
      async findKeysByDigests(asked) {
        statements.push(asked);
        if (fault.on) throw new HalleyError('store_unavailable');
        return asked.map((digest) => (Buffer.from(digest).equals(a) ? row : undefined));
      },
    },
    systemClock,
  );
  return { reader, statements, fault };
}

test('lookups of one turn are one statement, with equal lookups once', async () => {
  const { reader, statements } = rig();
  const found = await Promise.all([a, b, a, c].map((digest) => reader.findKeyByDigest(digest)));
  assert.deepEqual(
    found.map((row) => row?.key.id),
    [1, undefined, 1, undefined],
  );
  assert.deepEqual(statements, [[a, b, c]]);
});

test('a lookup after a statement was sent is a separate statement', async () => {
  const { reader, statements } = rig();
  const first = reader.findKeyByDigest(a);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(statements.length, 1, 'sent');
  const second = reader.findKeyByDigest(a);
  await Promise.all([first, second]);
  assert.equal(statements.length, 2);
});

test('a failure rejects all callers of its statement, and no later ones', async () => {
  const { reader, fault } = rig();
  fault.on = true;
  const outcomes = await Promise.allSettled([reader.findKeyByDigest(a), reader.findKeyByDigest(b)]);
  assert.ok(nonEmpty(outcomes).every(({ status }) => status === 'rejected'));
  fault.on = false;
  assert.equal((await reader.findKeyByDigest(a))?.key.id, 1);
});

test('splits many lookups into several statements', async () => {
  const { reader, statements } = rig();
  const many = Array.from({ length: 1200 }, (_, index) => digestOf(String(index).padStart(48, 'x')));
  await Promise.all(many.map((digest) => reader.findKeyByDigest(digest)));
  assert.deepEqual(
    statements.map(({ length }) => length),
    [500, 500, 200],
  );
});
