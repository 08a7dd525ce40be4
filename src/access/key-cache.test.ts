import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type TestStore, withChanges } from '../../tests/support/test-store.ts';
import { digestOf, digestText } from '../domain/digest.ts';
import { systemClock } from '../platform/clock.ts';
import { addAccount, addKey, aKey, anAccount } from '../store/contract/engine.ts';
import { heardBy, listen } from '../store/contract/heard.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import type { KeyWithAccount } from '../store/store.ts';
import { KeyCache } from './key-cache.ts';

const digest = digestOf('a'.repeat(48));
const digestKey = digestText(digest);
let dir: string;
let store: TestStore;
let accountId: number;
let keyId: number;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'halley-test-'));
  store = withChanges(openSqliteStore({ dir, clock: systemClock }));
  accountId = (await addAccount(store, anAccount('owner'))).id;
  keyId = (await addKey(store, aKey(accountId, { digest }))).id;
});

afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

function memoryOver(findKeyByDigest: TestStore['findKeyByDigest']): KeyCache {
  return new KeyCache({
    store: { findKeyByDigest },
    recordsMax: 100,
    selectableGroups: ['default'],
  });
}

/** Wraps the real store and holds back its results, after the row has been read, until they are released. */
function heldBack(): { find: TestStore['findKeyByDigest']; letGo: () => void; reads: () => number } {
  const waiting: (() => void)[] = [];
  let reads = 0;
  return {
    reads: () => reads,
    letGo: () => {
      for (const go of waiting.splice(0)) go();
    },
    async find(wanted) {
      reads += 1;
      const row: KeyWithAccount | undefined = await store.findKeyByDigest(wanted);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return row;
    },
  };
}

test('a read that began before a delete is not cached after it', async () => {
  const { find, letGo, reads } = heldBack();
  const memory = memoryOver(find);
  listen(store, ({ change }) => memory.evict(change, digestText));
  const filling = memory.fill(digestKey, digest);
  while (reads() === 0) await Promise.resolve();
  await new Promise(setImmediate);
  await store.deleteKeys(accountId, [keyId], heardBy(store));
  letGo();
  await filling;
  assert.equal(memory.get(digestKey), undefined);
});

test('a lookup after a change does not join a read that began before it', async () => {
  const { find, letGo, reads } = heldBack();
  const memory = memoryOver(find);
  listen(store, ({ change }) => memory.evict(change, digestText));
  const before = memory.fill(digestKey, digest);
  await new Promise(setImmediate);
  await store.deleteKeys(accountId, [keyId], heardBy(store));
  const after = memory.fill(digestKey, digest);
  await new Promise(setImmediate);
  assert.equal(reads(), 2);
  letGo();
  await Promise.all([before, after]);
  assert.equal(memory.get(digestKey), 'unknown');
});

test('an account change makes all pending reads stale', async () => {
  const { find, letGo } = heldBack();
  const memory = memoryOver(find);
  listen(store, ({ change }) => memory.evict(change, digestText));
  const filling = memory.fill(digestKey, digest);
  await new Promise(setImmediate);
  await store.updateAccount(accountId, { state: 'disabled' }, 0, heardBy(store));
  letGo();
  await filling;
  assert.equal(memory.get(digestKey), undefined);
});

test('concurrent equal lookups read the store once', async () => {
  const { find, letGo, reads } = heldBack();
  const memory = memoryOver(find);
  const fills = Promise.all([1, 2, 3].map(() => memory.fill(digestKey, digest)));
  await new Promise(setImmediate);
  letGo();
  await fills;
  assert.equal(reads(), 1);
  assert.equal(typeof memory.get(digestKey), 'object');
});

test('a change of a key, or of its account, evicts its policy', async () => {
  const memory = memoryOver((wanted) => store.findKeyByDigest(wanted));
  listen(store, ({ change }) => memory.evict(change, digestText));
  await memory.fill(digestKey, digest);
  await store.updateKey(accountId, keyId, { state: 'disabled' }, heardBy(store));
  assert.equal(memory.get(digestKey), undefined);
  await memory.fill(digestKey, digest);
  await store.updateAccount(accountId, { quota: 5 }, 0, heardBy(store));
  assert.equal(memory.get(digestKey), undefined);
});

test('a value cached as unknown is accepted as soon as a key with it exists', async () => {
  const other = digestOf('b'.repeat(48));
  const memory = memoryOver((wanted) => store.findKeyByDigest(wanted));
  listen(store, ({ change }) => memory.evict(change, digestText));
  await memory.fill(digestText(other), other);
  assert.equal(memory.get(digestText(other)), 'unknown');
  const row = await store.getKey(accountId, keyId);
  assert.ok(row);
  await store.insertKey({ ...row, digest: other }, 10, heardBy(store));
  await memory.fill(digestText(other), other);
  assert.equal(typeof memory.get(digestText(other)), 'object');
});

test('a failed read caches nothing and the next lookup reads again', async () => {
  let fail = true;
  const memory = memoryOver((wanted) =>
    fail ? Promise.reject(new Error('no database')) : store.findKeyByDigest(wanted),
  );
  await assert.rejects(memory.fill(digestKey, digest));
  fail = false;
  await memory.fill(digestKey, digest);
  assert.equal(typeof memory.get(digestKey), 'object');
});

test('an account change evicts all cached keys of the account, and no others', async () => {
  const row = await store.getKey(accountId, keyId);
  assert.ok(row);
  const other = digestOf('c'.repeat(48));
  await store.insertKey({ ...row, digest: other }, 10, heardBy(store));
  const memory = memoryOver((wanted) => store.findKeyByDigest(wanted));
  await memory.fill(digestKey, digest);
  await memory.fill(digestText(other), other);
  memory.evict({ kind: 'account', accountId: accountId + 1 }, digestText);
  assert.equal(memory.size, 2);
  memory.evict({ kind: 'account', accountId }, digestText);
  assert.equal(memory.size, 0);
});
