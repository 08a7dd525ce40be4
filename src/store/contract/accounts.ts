/** The contract of accounts, sessions, channels and usage. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountFields, ChannelFields, Store } from '../store.ts';
import {
  aChannel,
  aDigest,
  addAccount,
  addKey,
  aKey,
  anAccount,
  announcements,
  plain,
  type Suite,
} from './engine.ts';

const otherAccountFields: AccountFields = {
  username: 'nouveau-é',
  displayName: 'Nouveau 🗝',
  email: 'n@example.org',
  role: 100,
  state: 'disabled',
  group: 'vip',
  quota: -5,
  unlimitedQuota: true,
  passwordHash: 'other hash',
  accessTokenDigest: aDigest(),
};

export const accountsSuite: Suite = (engine, open) => {
  test(`${engine}: an account is found as it was written, by id, user name and access token`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const given = anAccount('Ünï', { accessTokenDigest: aDigest(), quota: 500_000_000_000_000 });
    const account = await addAccount(store, given);
    await addAccount(store, anAccount('without a token'));
    const expected = plain({ ...given, id: account.id, usedQuota: 0, requestCount: 0 });
    for (const found of [
      account,
      await store.getAccount(account.id),
      await store.findAccountByUsername('Ünï'),
      await store.findAccountByAccessToken(given.accessTokenDigest ?? aDigest()),
    ]) {
      assert.deepEqual(plain(found), expected);
    }
    assert.equal(await store.findAccountByUsername('ünï'), undefined);
    assert.equal(await store.findAccountByAccessToken(aDigest()), undefined);
  });

  test(`${engine}: a user name belongs to one account, when added and when changed`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const one = await addAccount(store, anAccount('one'));
    const two = await addAccount(store, anAccount('two'));
    const heard = announcements(store);
    assert.equal(await store.insertAccount(anAccount('one')), 'username_taken');
    assert.equal(await store.updateAccount(two.id, { username: 'one', state: 'disabled' }), 'username_taken');
    assert.equal((await store.getAccount(two.id))?.state, 'enabled');
    assert.equal(await store.updateAccount(999, { username: 'one' }), undefined);
    assert.deepEqual(heard, []);
    assert.deepEqual(plain(await store.updateAccount(one.id, { username: 'one' })), plain(one));
    assert.equal(await store.countAccounts(), 2);
  });

  test(`${engine}: an account's update changes the given fields and no others, and is announced`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('one', { accessTokenDigest: aDigest() }));
    const key = await addKey(store, aKey(account.id));
    const heard = announcements(store);
    let expected = { ...account };
    for (const [name, value] of Object.entries(otherAccountFields) as [keyof AccountFields, never][]) {
      expected = { ...expected, [name]: value };
      assert.deepEqual(
        plain(await store.updateAccount(account.id, { [name]: value })),
        plain(expected),
        name,
      );
      assert.deepEqual(plain(await store.getAccount(account.id)), plain(expected), name);
      assert.deepEqual(heard.splice(0), [{ kind: 'account', accountId: account.id }]);
    }
    assert.deepEqual(plain(await store.findKeyByDigest(key.digest)), plain({ key, account: expected }));
    assert.equal(await store.findAccountByAccessToken(account.accessTokenDigest ?? aDigest()), undefined);
    assert.equal(
      ((await store.updateAccount(account.id, { accessTokenDigest: null })) as typeof account)
        .accessTokenDigest,
      null,
    );
  });

  test(`${engine}: accounts are listed newest first and found by any part of their names, or their id`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const ids: number[] = [];
    for (const [username, displayName, email] of [
      ['alice', 'Alice Ä', 'a@x.example'],
      ['bob', '100%_\\', 'b@x.example'],
      ['carol', 'ALICIA', 'c@y.example'],
    ] as const) {
      ids.push((await addAccount(store, anAccount(username, { displayName, email }))).id);
    }
    const [alice = 0, bob = 0, carol = 0] = ids;
    const found = async (keyword: string | undefined, offset = 0, limit = 10) => {
      const { total, items } = await store.listAccounts({ keyword }, { offset, limit });
      return [total, ...items.map((account) => account.id)];
    };
    assert.deepEqual(await found(undefined), [3, carol, bob, alice]);
    assert.deepEqual(await found(''), [3, carol, bob, alice]);
    assert.deepEqual(await found(undefined, 1, 1), [3, bob]);
    assert.deepEqual(await found(undefined, 3, 1), [3]);
    assert.deepEqual(await found('alic'), [2, carol, alice]);
    assert.deepEqual(await found('alic', 1, 1), [2, alice]);
    assert.deepEqual(await found('X.EXAMPLE'), [2, bob, alice]);
    assert.deepEqual(await found('%'), [1, bob]);
    assert.deepEqual(await found('_\\'), [1, bob]);
    assert.deepEqual(await found('Ä'), [1, alice]);
    assert.deepEqual(await found(String(carol)), [1, carol]);
    assert.deepEqual(await found(`0${carol}`), [0]);
    assert.deepEqual(await found("' OR 1=1 --"), [0]);
  });

  test(`${engine}: sessions are kept, ended one by one, by age, and with a new password or a disabling`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [one, two] = [await addAccount(store, anAccount('one')), await addAccount(store, anAccount('two'))];
    const session = (accountId: number, expiresAt: number) => ({
      digest: aDigest(),
      accountId,
      createdAt: 5,
      expiresAt,
    });
    const [a, b, c, d] = [session(one.id, 10), session(one.id, 30), session(two.id, 20), session(two.id, 21)];
    for (const each of [a, b, c, d]) await store.insertSession(each);
    assert.deepEqual(plain(await store.findSession(a.digest)), plain(a));
    const left = async () => {
      const found = await Promise.all([a, b, c, d].map((each) => store.findSession(each.digest)));
      return found.map((each) => each !== undefined);
    };
    await store.deleteSession(a.digest);
    await store.deleteSession(a.digest);
    assert.deepEqual(await left(), [false, true, true, true]);
    assert.equal(await store.deleteExpiredSessions(20), 1);
    assert.deepEqual(await left(), [false, true, false, true]);
    await store.updateAccount(one.id, { displayName: 'renamed', state: 'enabled' });
    assert.deepEqual(await left(), [false, true, false, true]);
    await store.updateAccount(one.id, { passwordHash: 'new' });
    assert.deepEqual(await left(), [false, false, false, true]);
    await store.updateAccount(two.id, { state: 'disabled' });
    assert.deepEqual(await left(), [false, false, false, false]);
    const orphan = session(999, 30);
    await store.insertSession(orphan);
    assert.equal(await store.findSession(orphan.digest), undefined);
  });

  test(`${engine}: channels are kept as written, changed field by field, and deleted`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const given = { ...aChannel(), createdAt: 5 };
    const channel = await store.insertChannel(given);
    assert.deepEqual(plain(channel), plain({ ...given, id: channel.id }));
    const bare = await store.insertChannel({
      ...aChannel({ sealedKeys: null, models: [], modelMapping: {}, extraHeaders: {}, connectMs: null }),
      createdAt: 6,
    });
    const again = await reopen();
    assert.deepEqual(plain(await again.listChannels()), plain([channel, bare]));
    const changes: ChannelFields = {
      name: 'other',
      state: 'disabled',
      protocols: ['anthropic'],
      baseUrl: 'demo:',
      sealedKeys: null,
      models: ['m,1'],
      modelMapping: {},
      groups: [],
      priority: 7,
      weight: 0,
      extraHeaders: {},
      connectMs: null,
      firstByteMs: 2,
      idleChunkMs: 3,
    };
    let expected = { ...channel };
    for (const [name, value] of Object.entries(changes) as [keyof ChannelFields, never][]) {
      expected = { ...expected, [name]: value };
      assert.deepEqual(
        plain(await again.updateChannel(channel.id, { [name]: value })),
        plain(expected),
        name,
      );
      assert.deepEqual(plain(await again.getChannel(channel.id)), plain(expected), name);
    }
    assert.equal(await again.updateChannel(999, { name: 'x' }), undefined);
    assert.equal(await again.deleteChannel(channel.id), true);
    assert.equal(await again.deleteChannel(channel.id), false);
    assert.deepEqual(plain(await again.listChannels()), plain([bare]));
  });

  test(`${engine}: usage is added up on key and account, and is not announced`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('one', { quota: 100 }));
    const free = await addAccount(store, anAccount('two', { quota: 100, unlimitedQuota: true }));
    const limited = await addKey(
      store,
      aKey(account.id, { remainQuota: 50, unlimitedQuota: false, createdAt: 10 }),
    );
    const unlimited = await addKey(store, aKey(free.id, { remainQuota: 50, createdAt: 10 }));
    const heard = announcements(store);
    await store.applyUsage([
      { keyId: limited.id, accountId: account.id, units: 30, requests: 2, lastUsedAt: 20 },
      { keyId: limited.id, accountId: account.id, units: 40, requests: 1, lastUsedAt: 15 },
      { keyId: unlimited.id, accountId: free.id, units: 7, requests: 1, lastUsedAt: 5 },
    ]);
    await store.applyUsage([]);
    assert.deepEqual(heard, []);
    const expectIn = async (current: Store) => {
      const one = {
        key: { ...limited, remainQuota: -20, usedQuota: 70, accessedAt: 20 },
        account: { ...account, quota: 30, usedQuota: 70, requestCount: 3 },
      };
      const two = {
        key: { ...unlimited, usedQuota: 7 },
        account: { ...free, usedQuota: 7, requestCount: 1 },
      };
      assert.deepEqual(plain(await current.findKeyById(limited.id)), plain(one));
      assert.deepEqual(plain(await current.findKeyById(unlimited.id)), plain(two));
    };
    await expectIn(store);
    await expectIn(await reopen());
  });

  test(`${engine}: usage of a deleted key still counts for its account, that of a deleted account for none`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [one, gone] = [
      await addAccount(store, anAccount('one')),
      await addAccount(store, anAccount('gone')),
    ];
    const [key, orphan] = [await addKey(store, aKey(one.id)), await addKey(store, aKey(gone.id))];
    await store.deleteKeys(one.id, [key.id]);
    await store.deleteAccount(gone.id);
    await store.applyUsage([
      { keyId: orphan.id, accountId: gone.id, units: 5, requests: 1, lastUsedAt: 9 },
      { keyId: key.id, accountId: one.id, units: 5, requests: 1, lastUsedAt: 9 },
    ]);
    assert.deepEqual(
      plain(await store.getAccount(one.id)),
      plain({ ...one, quota: 995, usedQuota: 5, requestCount: 1 }),
    );
    assert.equal(await store.findKeyById(key.id), undefined);
    assert.equal(await store.getAccount(gone.id), undefined);
  });

  test(`${engine}: absurd charges stop at what can be read back`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('one'));
    const key = await addKey(store, aKey(account.id, { unlimitedQuota: false }));
    const delta = {
      keyId: key.id,
      accountId: account.id,
      units: Number.MAX_SAFE_INTEGER,
      requests: 1,
      lastUsedAt: 9,
    };
    await store.applyUsage([delta, delta, delta]);
    const found = await store.findKeyById(key.id);
    assert.equal(found?.key.usedQuota, Number.MAX_SAFE_INTEGER);
    assert.equal(found?.key.remainQuota, Number.MIN_SAFE_INTEGER);
    assert.equal(found?.account.quota, Number.MIN_SAFE_INTEGER);
  });

  test(`${engine}: a store that can be written says so, and one that is closed does not answer`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    await store.checkWritable();
    await store.checkWritable();
    await store.close();
    await store.close();
    await assert.rejects(store.checkWritable(), { code: 'store_unavailable' });
    await assert.rejects(store.findKeyById(1), { code: 'store_unavailable' });
    await assert.rejects(store.applyUsage([]), { code: 'store_unavailable' });
  });
};
