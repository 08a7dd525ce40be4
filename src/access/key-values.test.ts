import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { digestOf } from '../domain/digest.ts';
import { makeKeyValue } from '../domain/format.ts';
import { limits } from '../platform/limits.ts';
import { systemRandom } from '../platform/random.ts';
import { KeyValues } from './key-values.ts';

const bare = 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0U1v2W3x4';
const whole = 'sk-Zk3_f-9bQx1LmN2pRs4T5u';

/** A store with these imported digests; `reads` counts its pages. */
function rig(...digests: readonly Uint8Array[]) {
  const state = { reads: 0, digests: [...digests], failing: false };
  const values = new KeyValues({
    async importedDigests(after, limit) {
      state.reads += 1;
      if (state.failing) throw new Error('no store');
      const sorted = state.digests.toSorted(Buffer.compare);
      return sorted.filter((each) => Buffer.compare(each, after) > 0).slice(0, limit);
    },
  });
  return { values, state };
}

test('a value of Halley needs no set', () => {
  const { values, state } = rig();
  const { value, body } = makeKeyValue(systemRandom);
  assert.deepEqual(values.digestOf(value), digestOf(body));
  assert.equal(state.reads, 0);
});

test('an imported value is read as the gateway that made it reads it', async () => {
  const { values } = rig(digestOf(bare), digestOf(whole));
  for (const sent of nonEmpty([bare, `sk-${bare}`, `  sk-${bare} `, `sk-${bare}-17`])) {
    assert.deepEqual(await values.digestOf(sent), digestOf(bare), sent);
  }
  assert.deepEqual(values.digestOf(whole), digestOf(whole));
  for (const other of nonEmpty([
    `sk-sk-${bare}`,
    `x${bare}`,
    whole.slice(3),
    `${whole}-1`,
    '',
    '-',
    'sk-',
    'é',
  ])) {
    assert.equal(values.digestOf(other), undefined, other);
  }
});

test('the whole of a value comes before its beginning; a value that was imported in both readings has none', async () => {
  const { values } = rig(...['abc', 'sk-abc-d', 'xyz', 'sk-xyz'].map(digestOf));
  assert.deepEqual(await values.digestOf('sk-abc-d'), digestOf('sk-abc-d'));
  for (const sent of nonEmpty(['sk-abc', 'abc', 'sk-abc-e']))
    assert.deepEqual(values.digestOf(sent), digestOf('abc'));
  for (const sent of nonEmpty(['sk-xyz', 'xyz', 'sk-xyz-1', 'xyz-1']))
    assert.equal(values.digestOf(sent), undefined, sent);
});

test('a value of Halley is not read in a second way, even where its digest was imported', async () => {
  const { value, body } = makeKeyValue(systemRandom);
  const { values } = rig(digestOf(body));
  assert.equal(await values.digestOf(`${value}-17`), undefined);
  assert.deepEqual(values.digestOf(value), digestOf(body));
});

test('any number of texts that are no keys cost one read of the store', async () => {
  const { values, state } = rig(digestOf(bare));
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => values.digestOf(`text ${index}x`)),
  );
  assert.ok(answers.every((answer) => answer === undefined));
  for (let index = 0; index < 1000; index += 1)
    assert.equal(await values.digestOf(`text-${index}`), undefined);
  assert.equal(state.reads, 1);
});

test('a key that is imported later is known as soon as its change is applied', async () => {
  const { values, state } = rig();
  assert.equal(await values.digestOf(bare), undefined);
  state.digests.push(digestOf(bare));
  values.note({ kind: 'key', keyId: 1, digest: digestOf(bare) });
  assert.deepEqual(values.digestOf(bare), digestOf(bare));
  // However many other keys are changed afterwards.
  for (let key = 0; key < 2 * limits.changed_digests_max; key += 1) {
    values.note({ kind: 'key', keyId: key, digest: digestOf(`other ${key}`) });
  }
  assert.deepEqual(await values.digestOf(bare), digestOf(bare));
});

test('a node that may have missed changes reads again, also when a read runs at that moment', async () => {
  const { values, state } = rig();
  assert.equal(await values.digestOf(bare), undefined);
  values.forget();
  const running = values.digestOf(bare);
  state.digests.push(digestOf(bare));
  values.forget();
  assert.deepEqual(await running, digestOf(bare));
});

test('a failed read is an error of its requests, and the next one reads again', async () => {
  const { values, state } = rig(digestOf(bare));
  state.failing = true;
  await assert.rejects(async () => values.digestOf(bare), /no store/);
  state.failing = false;
  assert.deepEqual(await values.digestOf(bare), digestOf(bare));
});

test('more digests than one page are all read', async () => {
  const digests = Array.from({ length: limits.imported_digests_page + 1 }, (_, index) =>
    digestOf(`key${index}`),
  );
  const { values } = rig(...digests);
  assert.deepEqual(await values.digestOf(`sk-key${limits.imported_digests_page}`), digests.at(-1));
  assert.deepEqual(values.digestOf('key0'), digests[0]);
});
