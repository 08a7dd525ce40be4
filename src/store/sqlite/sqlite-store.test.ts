import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addAccount, addKey, aKey, anAccount, announcements, aTopup, plain } from '../contract/engine.ts';
import { heardBy } from '../contract/heard.ts';
import { Connection } from './connection.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

/** Adds keys in one transaction, past the store: many single commits would take long. */
function addKeysInBulk({ connection }: TestDatabase, accountId: number, count: number): void {
  connection.transaction(() => {
    for (let index = 0; index < count; index += 1) {
      connection.run(
        `INSERT INTO keys (account_id, digest, sealed, hint, name, state, created_at, accessed_at, expires_at,
          remain_quota, unlimited_quota, model_limits_enabled, model_limits, group_name, cross_group_retry)
        VALUES (?, ?, ?, 'hint', 'bulk', 'enabled', 0, 0, -1, 0, 1, 0, '', '', 0)`,
        accountId,
        randomBytes(32),
        randomBytes(77),
      );
    }
    connection.run('UPDATE accounts SET key_count = key_count + ? WHERE id = ?', count, accountId);
  });
}

test('listeners have been called by the time a write returns its promise, before anything is awaited', async (t) => {
  const { store } = testDatabase(t);
  const account = await addAccount(store, anAccount('owner'));
  const key = await addKey(store, aKey(account.id));
  const heard = announcements(store);
  const kinds: string[][] = [];
  const note = () => kinds.push(heard.splice(0).map((change) => change.kind));
  const writes: Promise<unknown>[] = [];
  const write = (promise: Promise<unknown>) => {
    writes.push(promise);
    note();
  };
  write(store.insertKey(aKey(account.id), 10, heardBy(store)));
  write(store.updateKey(account.id, key.id, { state: 'disabled' }, heardBy(store)));
  write(store.deleteKeys(account.id, [key.id], heardBy(store)));
  write(store.updateAccount(account.id, { quota: 1 }, 0, heardBy(store)));
  write(store.deleteAccount(account.id, heardBy(store)));
  assert.deepEqual(kinds, [['key'], ['key'], ['key'], ['account'], ['key', 'account']]);
  await Promise.all(writes);
});

test('an account with 10,000 keys is deleted in one transaction', async (t) => {
  const database = testDatabase(t);
  const { store, connection } = database;
  const account = await addAccount(store, anAccount('owner'));
  addKeysInBulk(database, account.id, 10_000);
  const heard = announcements(store);
  assert.equal(await store.deleteAccount(account.id, heardBy(store)), true);
  assert.equal(heard.length, 10_001);
  assert.equal(connection.get("SELECT count(*) AS n FROM tombstones WHERE kind = 'key'")?.n, 10_000);
  assert.equal(connection.get('SELECT count(*) AS n FROM keys')?.n, 0);
});

test('a database with no room left leaves keys that were to be deleted wholly alive, and announces nothing', async (t) => {
  const database = testDatabase(t);
  const { store, connection } = database;
  const account = await addAccount(store, anAccount('owner'));
  addKeysInBulk(database, account.id, 500);
  const before = await store.listKeys(account.id, { offset: 0, limit: 500 });
  const heard = announcements(store);
  const pages = Number(connection.get('PRAGMA page_count')?.page_count);
  connection.exec(`PRAGMA max_page_count = ${pages}`);
  const ids = before.items.map((key) => key.id);
  await assert.rejects(store.deleteKeys(account.id, ids, heardBy(store)), {
    code: 'store_unavailable',
    log: /full/,
  });
  await assert.rejects(store.deleteAccount(account.id, heardBy(store)), {
    code: 'store_unavailable',
    log: /full/,
  });
  assert.deepEqual(heard, []);
  assert.deepEqual(plain(await store.listKeys(account.id, { offset: 0, limit: 500 })), plain(before));
  const [first] = before.items;
  assert.ok(first && (await store.findKeyByDigest(first.digest)));
  connection.exec('PRAGMA max_page_count = 1000000');
  assert.equal((await store.deleteKeys(account.id, ids, heardBy(store))).length, 500);
  assert.equal(heard.length, 500);
});

test('while another program holds the write lock every write is refused, reads are answered, nothing is announced', async (t) => {
  const { store, path } = testDatabase(t);
  const account = await addAccount(store, anAccount('owner'));
  const key = await addKey(store, aKey(account.id));
  const heard = announcements(store);
  const other = new Connection(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  for (const write of [
    () => store.deleteKeys(account.id, [key.id], heardBy(store)),
    () => store.updateKey(account.id, key.id, { state: 'disabled' }, heardBy(store)),
    () => store.insertKey(aKey(account.id), 10, heardBy(store)),
    () => store.updateAccount(account.id, { state: 'disabled' }, 0, heardBy(store)),
    () => store.deleteAccount(account.id, heardBy(store)),
    () => store.topUp(aTopup(account.id, 1), heardBy(store)),
    () => store.checkWritable(),
  ]) {
    await assert.rejects(write, { code: 'store_unavailable' });
  }
  assert.deepEqual(plain(await store.findKeyByDigest(key.digest)), plain({ key, account }));
  other.exec('COMMIT');
  assert.deepEqual(heard, []);
  assert.deepEqual(await store.deleteKeys(account.id, [key.id], heardBy(store)), [key.id]);
  assert.equal(heard.length, 1);
});

test('a deleted key leaves its digest in the tombstone and its sealed value nowhere in the files', async (t) => {
  const { store, connection, dir } = testDatabase(t);
  const account = await addAccount(store, anAccount('owner'));
  const key = await addKey(store, aKey(account.id));
  const sealed = Buffer.from(key.sealed ?? []);
  const holders = () => readdirSync(dir).filter((file) => readFileSync(join(dir, file)).includes(sealed));
  assert.notDeepEqual(holders(), []);
  await store.deleteKeys(account.id, [key.id], heardBy(store));
  assert.deepEqual(
    plain(connection.all('SELECT digest, key_id, deleted_at FROM tombstones')),
    plain([{ digest: key.digest, key_id: key.id, deleted_at: 1_800_000_000 }]),
  );
  await store.close();
  assert.deepEqual(holders(), []);
});
