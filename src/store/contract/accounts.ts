/** The contract of accounts, sessions and channels. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountFields, type AccountQuery, type ChannelFields, roles } from '../store.ts';
import {
  aChannel,
  aDigest,
  addAccount,
  addKey,
  addRecord,
  aKey,
  anAccount,
  announcements,
  aSession,
  nothingUsed,
  plain,
  type Suite,
} from './engine.ts';
import { heardBy } from './heard.ts';

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
  budget: { units: 0, period: 'daily', timeZone: 'Asia/Tokyo', softPercent: 1 },
};

export const accountsSuite: Suite = (engine, open) => {
  test(`${engine}: an account is found as it was written, by id, user name and access token`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const given = anAccount('Ünï', { accessTokenDigest: aDigest(), quota: 500_000_000_000_000 });
    const account = await addAccount(store, given);
    await addAccount(store, anAccount('without a token'));
    const expected = plain({
      ...given,
      ...nothingUsed,
      id: account.id,
      requestCount: 0,
    });
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
    assert.equal(
      await store.updateAccount(two.id, { username: 'one', state: 'disabled' }, 0, heardBy(store)),
      'username_taken',
    );
    assert.equal((await store.getAccount(two.id))?.state, 'enabled');
    assert.equal(await store.updateAccount(999, { username: 'one' }, 0, heardBy(store)), undefined);
    assert.deepEqual(heard, []);
    assert.deepEqual(
      plain(await store.updateAccount(one.id, { username: 'one' }, 0, heardBy(store))),
      plain(one),
    );
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
        plain(await store.updateAccount(account.id, { [name]: value }, 0, heardBy(store))),
        plain(expected),
        name,
      );
      assert.deepEqual(plain(await store.getAccount(account.id)), plain(expected), name);
      assert.deepEqual(heard.splice(0), [{ kind: 'account', accountId: account.id }]);
    }
    assert.deepEqual(plain(await store.findKeyByDigest(key.digest)), plain({ key, account: expected }));
    assert.equal(await store.findAccountByAccessToken(account.accessTokenDigest ?? aDigest()), undefined);
    assert.equal(
      (
        (await store.updateAccount(
          account.id,
          { accessTokenDigest: null },
          0,
          heardBy(store),
        )) as typeof account
      ).accessTokenDigest,
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
    for (const keyword of [undefined, 'X.EXAMPLE']) {
      const before = await store.listAccounts({ keyword }, { offset: 0, limit: 10, beforeId: bob });
      assert.deepEqual(
        before.items.map(({ id }) => id),
        [alice],
      );
    }
    assert.deepEqual(await found('%'), [1, bob]);
    assert.deepEqual(await found('_\\'), [1, bob]);
    assert.deepEqual(await found('Ä'), [1, alice]);
    assert.deepEqual(await found(String(carol)), [1, carol]);
    assert.deepEqual(await found(`0${carol}`), [0]);
    assert.deepEqual(await found("' OR 1=1 --"), [0]);
  });

  test(`${engine}: accounts are found by their state and role, together with a part of their names`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const add = async (username: string, more: Parameters<typeof anAccount>[1]) =>
      (await addAccount(store, anAccount(username, more))).id;
    const admin = await add('ada', { role: roles.admin });
    const off = await add('adrian', { state: 'disabled' });
    const user = await add('bea', {});
    const found = async (query: AccountQuery) => {
      const { total, items } = await store.listAccounts(query, { offset: 0, limit: 10 });
      assert.equal(total, items.length);
      return items.map(({ id }) => id);
    };
    assert.deepEqual(await found({ state: 'enabled' }), [user, admin]);
    assert.deepEqual(await found({ state: 'disabled' }), [off]);
    assert.deepEqual(await found({ role: roles.user }), [user, off]);
    assert.deepEqual(await found({ role: roles.admin, keyword: 'ad' }), [admin]);
    assert.deepEqual(await found({ role: roles.user, keyword: 'ad', state: 'enabled' }), []);
  });

  test(`${engine}: sessions are kept, ended one by one, by age, and with a new password or a disabling`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [one, two] = [await addAccount(store, anAccount('one')), await addAccount(store, anAccount('two'))];
    const session = (accountId: number, expiresAt: number) => aSession(accountId, { expiresAt });
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
    await store.updateAccount(one.id, { displayName: 'renamed', state: 'enabled' }, 0, heardBy(store));
    assert.deepEqual(await left(), [false, true, false, true]);
    await store.updateAccount(one.id, { passwordHash: 'new' }, 0, heardBy(store));
    assert.deepEqual(await left(), [false, false, false, true]);
    await store.updateAccount(two.id, { state: 'disabled' }, 0, heardBy(store));
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
      ...{ proxy: null, sealedProxyAuth: null },
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
      proxy: 'direct',
      sealedProxyAuth: null,
      streamUsage: false,
      kind: 'other',
      options: {},
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

  test(`${engine}: exclusive work may use the store, and its outcome is that of the work`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await store.withLock(() => addAccount(store, anAccount('first')));
    assert.equal(account.username, 'first');
    const failing = store.withLock(async () => assert.fail('on purpose'));
    await assert.rejects(failing, /on purpose/);
    assert.equal(await store.withLock(() => store.countAccounts()), 1);
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
    await assert.rejects(addRecord(store, {}), { code: 'store_unavailable' });
  });
};
