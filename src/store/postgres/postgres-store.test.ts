/** What several processes on one database do to each other; what one does is in the contract of the store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { startPostgres } from '../../../tests/support/postgres.ts';
import { databaseIn, freshDatabase } from '../../../tests/support/postgres-database.ts';
import { openTestStore, testStore, testStoreAt } from '../../../tests/support/postgres-store.ts';
import { until } from '../../../tests/support/until.ts';
import { HalleyError } from '../../platform/errors.ts';
import {
  aChannel,
  aDigest,
  addAccount,
  addKey,
  aKey,
  anAccount,
  aSession,
  assertInvariants,
  aTopup,
  keysMax,
} from '../contract/engine.ts';
import { heardBy, listen } from '../contract/heard.ts';
import type { AccessChange } from '../store.ts';
import type { PostgresStore } from './postgres-store.ts';

type Ending = { after(run: () => Promise<void>): void };

/** Two processes on one database. */
async function pair(t: Ending, options: { readonly confirms?: boolean } = {}) {
  const one = await testStore(t, options);
  return { one, two: await testStoreAt(t, one.url, options) };
}

/** What a store announces from now on, with the places in the log. */
function placesOf(store: PostgresStore): [AccessChange['kind'], number | undefined][] {
  const heard: [AccessChange['kind'], number | undefined][] = [];
  listen(store, ({ change, seq }) => heard.push([change.kind, seq]));
  return heard;
}

test('a deletion that is not confirmed is joined by its repetition, on any node, until it is', async (t) => {
  const { one, two } = await pair(t, { confirms: true });
  const owner = await addAccount(one.store, anAccount('owner'));
  const other = await addAccount(one.store, anAccount('other'));
  const [key, second] = [await addKey(one.store, aKey(owner.id)), await addKey(one.store, aKey(owner.id))];
  const [heard, there] = [placesOf(one.store), placesOf(two.store)];
  assert.deepEqual(await one.store.deleteKeys(owner.id, [key.id], heardBy(one.store)), [key.id]);
  const [[, seq]] = heard as [[string, number]];
  assert.ok(seq > 0);
  assert.deepEqual(await two.store.deleteKeys(owner.id, [key.id, 999], heardBy(two.store)), [key.id]);
  assert.deepEqual(there, [['key', seq]]);
  // Together with one that is new, and never for another account.
  assert.deepEqual(await two.store.deleteKeys(owner.id, [second.id, key.id], heardBy(two.store)), [
    key.id,
    second.id,
  ]);
  assert.deepEqual(await two.store.deleteKeys(other.id, [key.id], heardBy(two.store)), []);
  const last = there.at(-1)?.[1] ?? 0;
  assert.deepEqual(there.slice(1), [
    ['key', seq],
    ['key', last],
  ]);
  // Only what was waited for is confirmed: nobody has answered for the other yet.
  const { server } = await one.coordination.readLog(undefined);
  await one.coordination.confirm(last, 'another run');
  await one.coordination.confirm(last, server);
  assert.deepEqual(await two.store.deleteKeys(owner.id, [key.id, second.id], heardBy(two.store)), [key.id]);
  await one.coordination.confirm(seq, server);
  for (const { store } of [one, two])
    assert.deepEqual(await store.deleteKeys(owner.id, [key.id], heardBy(store)), []);
  assert.deepEqual(there.slice(3), [['key', seq]]);
});

test('a key of revoked credentials that are not confirmed is joined by its deletion, and a repetition waits behind them', async (t) => {
  const { one, two } = await pair(t, { confirms: true });
  const owner = await addAccount(one.store, anAccount('owner'));
  const key = await addKey(one.store, aKey(owner.id));
  const [heard, there] = [placesOf(one.store), placesOf(two.store)];
  assert.deepEqual((await one.store.revokeCredentials(owner.id, heardBy(one.store)))?.keyIds, [key.id]);
  const place = heard[0]?.[1] ?? assert.fail();
  assert.deepEqual(heard, [
    ['key', place],
    ['account', place],
  ]);
  assert.deepEqual(await two.store.deleteKeys(owner.id, [key.id], heardBy(two.store)), [key.id]);
  assert.deepEqual(there.splice(0), [['key', place]]);
  assert.deepEqual((await two.store.revokeCredentials(owner.id, heardBy(two.store)))?.keyIds, []);
  assert.equal(there.length, 1);
  assert.ok((there[0]?.[1] ?? 0) > place);
  const { server } = await two.coordination.readLog(undefined);
  await two.coordination.confirm(place, server);
  assert.deepEqual(await one.store.deleteKeys(owner.id, [key.id], heardBy(one.store)), []);
});

test('the deletion of an account is joined likewise, with its keys', async (t) => {
  const { one, two } = await pair(t, { confirms: true });
  const owner = await addAccount(one.store, anAccount('owner'));
  await addKey(one.store, aKey(owner.id));
  const [heard, there] = [placesOf(one.store), placesOf(two.store)];
  assert.equal(await one.store.deleteAccount(owner.id, heardBy(one.store)), true);
  assert.equal(await two.store.deleteAccount(owner.id, heardBy(two.store)), true);
  assert.deepEqual(
    there.map(([kind]) => kind),
    ['key', 'account'],
  );
  const { server } = await two.coordination.readLog(undefined);
  await two.coordination.confirm(Math.max(...heard.map(([, seq]) => seq ?? 0)), server);
  assert.equal(await one.store.deleteAccount(owner.id, heardBy(one.store)), false);
  assert.equal(await two.store.deleteAccount(999, heardBy(two.store)), false);
});

test('in the log an account follows its keys, so that nodes that read it in parts count what each key ends', async (t) => {
  const { store, coordination } = await testStore(t);
  for (const end of ['deleteAccount', 'revokeCredentials'] as const) {
    const owner = await addAccount(store, anAccount(end));
    for (let count = 0; count < 3; count += 1) await addKey(store, aKey(owner.id));
    const { head } = await coordination.readLog(undefined);
    await store[end](owner.id, heardBy(store));
    const { entries } = await coordination.readLog(head.seq + 1);
    assert.deepEqual(
      entries.map(({ change }) => change.kind),
      ['key', 'key', 'key', 'account'],
    );
  }
});

test('what this process knows to be confirmed is done, also before the database has been told', async (t) => {
  const { store, coordination, url } = await testStore(t, { confirms: true });
  const owner = await addAccount(store, anAccount('owner'));
  const key = await addKey(store, aKey(owner.id));
  const heard = placesOf(store);
  await store.deleteKeys(owner.id, [key.id], heardBy(store));
  const [[, seq]] = heard as [[string, number]];
  const blocker = await testStoreAt(t, url);
  const { server } = await coordination.readLog(undefined);
  let confirmed = false;
  await blocker.database.transaction(async (tx) => {
    await tx.run('SELECT 1 FROM revocations FOR UPDATE');
    void coordination.confirm(seq, server).then(() => (confirmed = true));
    assert.deepEqual(await store.deleteKeys(owner.id, [key.id], heardBy(store)), []);
    assert.equal(confirmed, false);
  });
  await until(() => confirmed);
  assert.deepEqual(await store.deleteKeys(owner.id, [key.id], heardBy(store)), []);
});

test('of two processes that want the same name or value at once, one gets it', async (t) => {
  const { one, two } = await pair(t);
  const stores = [one.store, two.store];
  for (let round = 0; round < 10; round += 1) {
    const added = await Promise.all(stores.map((store) => store.insertAccount(anAccount(`name ${round}`))));
    assert.equal(added.filter((row) => row === 'username_taken').length, 1);
    const [{ id: first }, { id: second }] = [
      await addAccount(one.store, anAccount(`first ${round}`)),
      await addAccount(one.store, anAccount(`second ${round}`)),
    ];
    const renamed = await Promise.all([
      one.store.updateAccount(first, { username: `wanted ${round}` }, 0, heardBy(one.store)),
      two.store.updateAccount(second, { username: `wanted ${round}` }, 0, heardBy(two.store)),
    ]);
    assert.equal(renamed.filter((row) => row === 'username_taken').length, 1);
    const digest = aDigest();
    const keys = await Promise.all([
      one.store.insertKey(aKey(first, { digest }), keysMax, heardBy(one.store)),
      two.store.insertKey(aKey(second, { digest }), keysMax, heardBy(two.store)),
    ]);
    assert.equal(keys.filter((row) => row === 'digest_taken').length, 1);
    assert.equal((await one.store.countKeys(first)) + (await one.store.countKeys(second)), 1);
  }
});

test('changes of every kind at once, from two processes, neither fail nor lose count', async (t) => {
  const { one, two } = await pair(t);
  const accounts = [
    await addAccount(one.store, anAccount('a')),
    await addAccount(one.store, anAccount('b')),
  ] as const;
  const ids: number[] = [];
  for (let index = 0; index < 12; index += 1) {
    ids.push((await addKey(one.store, aKey(accounts[index % 2]?.id ?? 0, { remainQuota: 5 }))).id);
  }
  const changes = Array.from({ length: 120 }, (_, index) => {
    const { store } = index % 2 ? one : two;
    const owner = accounts[(index >> 1) % 2]?.id ?? 0;
    const [first = 0, second = 0] = [ids[index % 12], ids[(index * 5) % 12]];
    switch (index % 7) {
      case 0:
        return store.updateKey(owner, first, { remainQuota: index }, heardBy(store));
      case 1:
        return store.topUp(aTopup(owner, 1), heardBy(store));
      case 2:
        return store.insertKey(aKey(owner), keysMax, heardBy(store));
      case 3:
        return store.updateAccount(owner, { quota: index }, 0, heardBy(store));
      case 4:
        return index % 3
          ? store.updateKey(owner, second, { name: 'x' }, heardBy(store))
          : store.deleteKeys(owner, [second, first], heardBy(store));
      case 5:
        return store.insertSession(aSession(owner));
      default:
        return index > 110
          ? store.deleteAccount(owner, heardBy(store))
          : store.updateKey(owner, second, { state: 'disabled' }, heardBy(store));
    }
  });
  await Promise.all(changes);
  await assertInvariants(one.store);
  const counted = await one.database.all(
    `SELECT a.id, key_count, (SELECT count(*) FROM keys WHERE account_id = a.id) AS real FROM accounts AS a`,
  );
  assert.ok(
    nonEmpty(counted).every((row) => row.key_count === row.real),
    JSON.stringify(counted),
  );
});

test('every change that other nodes hold in memory is in the log', async (t) => {
  const { store, coordination } = await testStore(t);
  const owner = await addAccount(store, anAccount('owner'));
  const key = await addKey(store, aKey(owner.id));
  await store.updateKey(owner.id, key.id, { name: 'other' }, heardBy(store));
  await store.deleteKeys(owner.id, [key.id], heardBy(store));
  await store.deleteKeys(owner.id, [key.id], heardBy(store));
  await store.updateAccount(owner.id, { state: 'disabled' }, 0, heardBy(store));
  await store.topUp(aTopup(owner.id, 1), heardBy(store));
  await store.topUp(aTopup(999, 1), heardBy(store));
  const channel = await store.insertChannel({ ...aChannel(), createdAt: 1 });
  await store.updateChannel(channel.id, { state: 'disabled' });
  await store.deleteChannel(channel.id);
  await store.deleteChannel(channel.id);
  await addKey(store, aKey(owner.id));
  await store.deleteAccount(owner.id, heardBy(store));
  const { entries } = await coordination.readLog(0);
  assert.deepEqual(
    entries.map(({ change, deleted }) => `${change.kind}${deleted ? ' deleted' : ''}`),
    [
      ...['key', 'key', 'key deleted', 'account', 'account', 'channels', 'channels', 'channels', 'key'],
      ...['key deleted', 'account deleted'],
    ],
  );
});

test('exclusive work is done by one process at a time', async (t) => {
  const { one, two } = await pair(t);
  let running = 0;
  const most: number[] = [];
  const work = async () => {
    running += 1;
    most.push(running);
    await one.store.checkWritable();
    await two.store.checkWritable();
    running -= 1;
  };
  await Promise.all([one, two, one, two].map(({ store }) => store.withLock(work)));
  assert.deepEqual(most, [1, 1, 1, 1]);
});

test('a database that cannot be used is named, without the password', async () => {
  const url = await freshDatabase();
  const missing = new URL(url);
  missing.pathname = '/nowhere';
  missing.password = 'hush';
  const closed = new URL(url);
  closed.port = '1';
  closed.password = 'hush';
  for (const [each, place] of [
    [missing, `nowhere on 127.0.0.1:${missing.port}`],
    [closed, 'on 127.0.0.1:1'],
  ] as const) {
    await assert.rejects(openTestStore(each.href), (error) => {
      assert.ok(error instanceof HalleyError);
      assert.equal(error.code, 'store_unavailable');
      assert.ok(error.message.includes(place), error.message);
      assert.ok(!`${error.message} ${error.log} ${String(error.cause)}`.includes('hush'));
      return true;
    });
  }
  await assert.rejects(openTestStore('not a url hush'), (error) => {
    assert.ok(error instanceof HalleyError && !`${error.message} ${String(error.cause)}`.includes('hush'));
    return true;
  });
});

test('what was committed is there after the database was killed, and the store goes on by itself', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const { store } = await testStoreAt(t, await databaseIn(postgres));
  const owner = await addAccount(store, anAccount('owner'));
  const key = await addKey(store, aKey(owner.id));
  await store.deleteKeys(owner.id, [key.id], heardBy(store));
  await postgres.kill();
  await assert.rejects(store.findKeyById(key.id), { code: 'store_unavailable' });
  await postgres.restart();
  assert.equal((await store.getAccount(owner.id))?.username, 'owner');
  assert.equal(
    await store.insertKey(aKey(owner.id, { digest: key.digest }), keysMax, heardBy(store)),
    'digest_taken',
  );
});
