/** The contract of deletion: dead at once, for good, and announced before anyone can act on the past. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import {
  aChannel,
  aDigest,
  addAccount,
  addKey,
  aKey,
  anAccount,
  announcements,
  aSession,
  aTopup,
  keysMax,
  plain,
  type Suite,
} from './engine.ts';
import { heardBy, listen } from './heard.ts';

export const deletionSuite: Suite = (engine, open) => {
  test(`${engine}: deleting takes exactly the named keys of the account, each once`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const other = await addAccount(store, anAccount('other'));
    const [one, two, three] = [
      await addKey(store, aKey(owner.id)),
      await addKey(store, aKey(owner.id)),
      await addKey(store, aKey(owner.id)),
    ];
    const foreign = await addKey(store, aKey(other.id));
    const heard = announcements(store);
    const deleted = await store.deleteKeys(
      owner.id,
      [two.id, foreign.id, 999, one.id, two.id, 1.5, Number.NaN],
      heardBy(store),
    );
    assert.deepEqual(
      [...deleted].sort((a, b) => a - b),
      [one.id, two.id],
    );
    assert.deepEqual(
      plain(heard),
      plain([one, two].map((key) => ({ kind: 'key', keyId: key.id, digest: key.digest }))),
    );
    for (const key of [one, two]) {
      assert.equal(await store.findKeyByDigest(key.digest), undefined);
      assert.equal(await store.findKeyById(key.id), undefined);
      assert.equal(await store.getKey(owner.id, key.id), undefined);
      assert.equal(await store.updateKey(owner.id, key.id, { state: 'enabled' }, heardBy(store)), undefined);
      assert.equal(
        (await store.searchKeys(owner.id, { digest: key.digest }, { offset: 0, limit: 9 })).total,
        0,
      );
    }
    assert.ok(await store.findKeyByDigest(three.digest));
    assert.ok(await store.findKeyByDigest(foreign.digest));
    assert.deepEqual(await store.deleteKeys(owner.id, [one.id], heardBy(store)), []);
    assert.deepEqual(await store.deleteKeys(owner.id, [], heardBy(store)), []);
  });

  test(`${engine}: a deleted value is refused for good, for every account and after a restart`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const other = await addAccount(store, anAccount('other'));
    const key = await addKey(store, aKey(owner.id));
    await store.deleteKeys(owner.id, [key.id], heardBy(store));
    assert.equal(
      await store.insertKey(aKey(owner.id, { digest: key.digest }), keysMax, heardBy(store)),
      'digest_taken',
    );
    const again = await reopen();
    assert.equal(await again.findKeyByDigest(key.digest), undefined);
    assert.equal(
      await again.insertKey(aKey(other.id, { digest: key.digest }), keysMax, heardBy(again)),
      'digest_taken',
    );
    assert.equal(await again.countKeys(other.id), 0);
  });

  test(`${engine}: ids of deleted keys and accounts are never given again, not even after a restart`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    const kept = await addAccount(store, anAccount('kept'));
    const key = await addKey(store, aKey(kept.id));
    await store.deleteKeys(kept.id, [key.id], heardBy(store));
    await store.deleteAccount(kept.id, heardBy(store));
    const again = await reopen();
    assert.ok((await addKey(again, aKey(account.id))).id > key.id);
    assert.ok((await addAccount(again, anAccount('kept'))).id > kept.id);
  });

  test(`${engine}: the change is passed on between the commit and anything else that could happen`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    const [one, two] = [await addKey(store, aKey(account.id)), await addKey(store, aKey(account.id))];
    // When the change is heard, a read must already see it, and the write must not have been answered yet.
    const seen: { answered: boolean; read: Promise<unknown> }[] = [];
    let answered = false;
    listen(store, () => seen.push({ answered, read: store.findKeyById(one.id) }));
    await store
      .updateKey(account.id, one.id, { name: 'changed' }, heardBy(store))
      .then(() => (answered = true));
    await Promise.all(seen.map((each) => each.read));
    answered = false;
    await store.deleteKeys(account.id, [one.id], heardBy(store)).then(() => (answered = true));
    answered = false;
    await store
      .updateAccount(account.id, { state: 'disabled' }, 0, heardBy(store))
      .then(() => (answered = true));
    answered = false;
    await store.deleteAccount(account.id, heardBy(store)).then(() => (answered = true));
    assert.equal(seen.length, 5);
    assert.deepEqual(new Set(seen.map((each) => each.answered)), new Set([false]));
    const reads = await Promise.all(seen.map((each) => each.read));
    assert.equal((reads[0] as { key: { name: string } }).key.name, 'changed');
    assert.deepEqual(reads.slice(1), [undefined, undefined, undefined, undefined]);
    assert.equal(await store.findKeyById(two.id), undefined);
  });

  test(`${engine}: what others must carry out is announced with its place in their log, and new keys are not`, async (t) => {
    const { store, isShared, dispose } = await open();
    t.after(dispose);
    const places: (number | undefined)[] = [];
    const account = await addAccount(store, anAccount('owner'));
    listen(store, ({ seq }) => places.push(seq));
    const [one, two] = [await addKey(store, aKey(account.id)), await addKey(store, aKey(account.id))];
    assert.deepEqual(places.splice(0), [undefined, undefined]);
    await store.updateKey(account.id, one.id, { state: 'disabled' }, heardBy(store));
    await store.updateAccount(account.id, { displayName: 'renamed' }, 0, heardBy(store));
    await store.topUp(aTopup(account.id, 5), heardBy(store));
    await store.deleteKeys(account.id, [one.id], heardBy(store));
    await store.deleteAccount(account.id, heardBy(store));
    assert.equal(places.length, 6);
    if (isShared) {
      const known = places.map((place) => place ?? assert.fail('a change without a place'));
      const perChange = known.slice(0, 5);
      assert.deepEqual(
        perChange,
        [...new Set(perChange)].sort((left, right) => left - right),
      );
      assert.ok(nonEmpty(known).every((place) => place > 0));
    } else assert.deepEqual(new Set(places), new Set([undefined]));
    assert.equal(await store.findKeyById(two.id), undefined);
  });

  test(`${engine}: deleting an account takes its keys, sessions and token, and nothing of others`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const token = aDigest();
    const account = await addAccount(store, anAccount('owner', { accessTokenDigest: token }));
    const other = await addAccount(store, anAccount('other'));
    const [one, two] = [await addKey(store, aKey(account.id)), await addKey(store, aKey(account.id))];
    const foreign = await addKey(store, aKey(other.id));
    const sessions = [account, other].map(({ id }) => aSession(id));
    for (const session of sessions) await store.insertSession(session);
    const channel = await store.insertChannel({ ...aChannel(), createdAt: 1 });
    const heard = announcements(store);
    assert.equal(await store.deleteAccount(account.id, heardBy(store)), true);
    assert.deepEqual(
      plain(heard),
      plain([
        { kind: 'key', keyId: one.id, digest: one.digest },
        { kind: 'key', keyId: two.id, digest: two.digest },
        { kind: 'account', accountId: account.id },
      ]),
    );
    assert.equal(await store.getAccount(account.id), undefined);
    assert.equal(await store.findAccountByAccessToken(token), undefined);
    assert.equal(await store.findAccountByUsername('owner'), undefined);
    for (const key of [one, two]) {
      assert.equal(await store.findKeyByDigest(key.digest), undefined);
      assert.equal(
        await store.insertKey(aKey(other.id, { digest: key.digest }), keysMax, heardBy(store)),
        'digest_taken',
      );
    }
    const left = await Promise.all(sessions.map((session) => store.findSession(session.digest)));
    assert.deepEqual(plain(left), plain([undefined, sessions[1]]));
    assert.ok(await store.findKeyByDigest(foreign.digest));
    assert.ok(await store.getChannel(channel.id));
    heard.length = 0;
    assert.equal(await store.deleteAccount(account.id, heardBy(store)), false);
    assert.equal(await store.insertKey(aKey(account.id), keysMax, heardBy(store)), 'no_account');
    assert.deepEqual(heard, []);
  });

  test(`${engine}: an account with many keys is deleted whole, each key announced once`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    const digests: string[] = [];
    for (let index = 0; index < 300; index += 1) {
      const { digest } = await addKey(store, aKey(account.id, { sealed: null }));
      digests.push(Buffer.from(digest).toString('hex'));
    }
    const heard = announcements(store);
    assert.equal(await store.deleteAccount(account.id, heardBy(store)), true);
    assert.deepEqual(heard.at(-1), { kind: 'account', accountId: account.id });
    const announced = heard
      .slice(0, -1)
      .map((change) => (change.kind === 'key' ? Buffer.from(change.digest).toString('hex') : ''));
    assert.deepEqual(announced.sort(), digests.sort());
  });

  test(`${engine}: of many deletions of one key at once, exactly one deletes it`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    const key = await addKey(store, aKey(account.id));
    const heard = announcements(store);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2
          ? store.deleteKeys(account.id, [key.id], heardBy(store))
          : store.updateKey(account.id, key.id, { name: `${index}` }, heardBy(store)),
      ),
    );
    const deletions = results.filter((result) => Array.isArray(result) && result.length > 0);
    assert.deepEqual(deletions, [[key.id]]);
    assert.equal(await store.findKeyByDigest(key.digest), undefined);
    assert.deepEqual(heard.at(-1)?.kind, 'key');
    assert.equal(await store.countKeys(account.id), 0);
  });

  test(`${engine}: keys added at once never exceed the account's limit`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    const results = await Promise.all(
      Array.from({ length: 20 }, () => store.insertKey(aKey(account.id), 7, heardBy(store))),
    );
    assert.equal(results.filter((result) => result === 'account_full').length, 13);
    assert.equal(await store.countKeys(account.id), 7);
    const digest = aDigest();
    const same = await Promise.all(
      Array.from({ length: 9 }, () => store.insertKey(aKey(account.id, { digest }), 99, heardBy(store))),
    );
    assert.equal(same.filter((result) => result === 'digest_taken').length, 8);
  });
};
