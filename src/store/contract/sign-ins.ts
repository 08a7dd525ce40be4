/** The contract of what belongs to the person behind an account: sessions, setup codes, preferences. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { preferencesDefault } from '../../domain/preferences.ts';
import { sessionIdBytes } from '../sign-in-store.ts';
import { aDigest, addAccount, anAccount, aSession, plain, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';

const page = { offset: 0, limit: 10 };
const aCode = (accountId: number, expiresAt = 100) => ({ digest: aDigest(), accountId, expiresAt });

export const signInsSuite: Suite = (engine, open) => {
  test(`${engine}: the sessions of an account are listed by their last use, without expired ones and those of others`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { signIns } = store;
    const [one, two] = [await addAccount(store, anAccount('one')), await addAccount(store, anAccount('two'))];
    const old = aSession(one.id, { createdAt: 10, lastUsedAt: 0 });
    const used = aSession(one.id, { createdAt: 5, lastUsedAt: 20, address: '::1', userAgent: 'Б 浏览器 🗝' });
    const idle = aSession(one.id, { createdAt: 5, lastUsedAt: 5 });
    const expired = aSession(one.id, { expiresAt: 30 });
    const other = aSession(two.id);
    for (const each of [old, used, idle, expired, other]) await store.insertSession(each);
    const listed = await signIns.listSessions(one.id, 30, page);
    assert.deepEqual(plain(listed), plain({ total: 3, items: [used, old, idle] }));
    const second = await signIns.listSessions(one.id, 30, { offset: 1, limit: 1 });
    assert.deepEqual(plain(second), plain({ total: 3, items: [old] }));

    await signIns.noteSessionUse({ digest: idle.digest, lastUsedAt: 40, address: '198.51.100.1' });
    await signIns.noteSessionUse({ digest: idle.digest, lastUsedAt: 39, address: 'late' });
    await signIns.noteSessionUse({ digest: aDigest(), lastUsedAt: 40, address: 'of none' });
    const first = (await signIns.listSessions(one.id, 30, page)).items[0];
    assert.deepEqual(plain(first), plain({ ...idle, lastUsedAt: 40, address: '198.51.100.1' }));
  });

  test(`${engine}: a session is ended by its public id and its account only, and all but one at once`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [one, two] = [await addAccount(store, anAccount('one')), await addAccount(store, anAccount('two'))];
    const sessions = [aSession(one.id), aSession(one.id), aSession(one.id), aSession(two.id)];
    for (const each of sessions) await store.insertSession(each);
    const [a, b, , other] = sessions;
    assert.ok(a && b && other);
    const idOf = ({ digest }: { readonly digest: Uint8Array }) => digest.subarray(0, sessionIdBytes);
    assert.equal(await store.endSession(two.id, idOf(a)), false);
    assert.equal(await store.endSession(one.id, idOf(a).subarray(0, 4)), false);
    assert.equal(await store.endSession(one.id, new Uint8Array()), false);
    assert.equal(await store.endSession(one.id, a.digest), false);
    assert.equal(await store.endSession(one.id, idOf(a)), true);
    assert.equal(await store.endSession(one.id, idOf(a)), false);
    assert.equal(await store.endOtherSessions(one.id, b.digest), 1);
    const left = await Promise.all(sessions.map(({ digest }) => store.findSession(digest)));
    assert.deepEqual(
      left.map((each) => each !== undefined),
      [false, true, false, true],
    );
    assert.equal(await store.endOtherSessions(one.id, new Uint8Array()), 1);
    const { items } = await store.audit.list({ object: 'session' }, 3);
    assert.deepEqual(
      items.map(({ action, ownerId, changes }) => [action, ownerId, changes]),
      [
        ['revoked', one.id, [{ field: 'sessions', before: 1, after: 0 }]],
        ['revoked', one.id, [{ field: 'sessions', before: 2, after: 1 }]],
        ['signed_out', one.id, []],
      ],
    );
  });

  test(`${engine}: a setup code sets one password however many callers race for it, and every other code dies with it`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { signIns } = store;
    const root = await addAccount(store, anAccount('root'));
    assert.equal(
      await signIns.addSetupCode(aCode(root.id), 0),
      false,
      'a setup that was never open stays shut',
    );
    const [first, second, expired] = [aCode(root.id), aCode(root.id), aCode(root.id, 10)];
    await signIns.openSetup(first);
    assert.equal(await signIns.addSetupCode(expired, 0), true);
    assert.equal(await signIns.addSetupCode(second, 10), true);
    assert.deepEqual(plain(await signIns.findSetupCode(first.digest, 99)), plain(first));
    assert.equal(await signIns.findSetupCode(first.digest, 100), undefined);
    assert.equal(await signIns.findSetupCode(expired.digest, 0), undefined);
    const racers = Array.from({ length: 20 }, async (_, index) =>
      store.updateAccount(root.id, { passwordHash: `hash ${index}` }, root.id, heardBy(store), {
        kind: 'setup',
        digest: index % 2 ? first.digest : second.digest,
      }),
    );
    const changed = (await Promise.all(racers)).filter((outcome) => outcome !== undefined);
    assert.equal(changed.length, 1);
    assert.deepEqual(plain(await store.getAccount(root.id)), plain(changed[0]));
    for (const { digest } of nonEmpty([first, second])) {
      assert.equal(await signIns.findSetupCode(digest, 0), undefined);
    }
    assert.equal(await signIns.addSetupCode(aCode(root.id), 0), false, 'no restart opens the setup again');
  });

  test(`${engine}: the setup ends with a session, a password or a revocation, and with nothing else`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { signIns } = store;
    const endings: readonly ((id: number) => Promise<unknown>)[] = [
      (id) => store.insertSession(aSession(id)),
      (id) => store.updateAccount(id, { passwordHash: 'own' }, 0, heardBy(store)),
      (id) => store.revokeCredentials(id, heardBy(store)),
      (id) => store.deleteAccount(id, heardBy(store)),
    ];
    for (const [index, end] of nonEmpty([...endings.entries()])) {
      const { id } = await addAccount(store, anAccount(`root ${index}`));
      const code = aCode(id);
      await signIns.openSetup(code);
      await store.updateAccount(id, { displayName: 'new', accessTokenDigest: null }, 0, heardBy(store));
      assert.ok(await signIns.findSetupCode(code.digest, 0));
      await end(id);
      assert.equal(await signIns.findSetupCode(code.digest, 0), undefined);
      if (await store.getAccount(id)) assert.equal(await signIns.addSetupCode(aCode(id), 0), false);
    }
  });

  test(`${engine}: preferences are kept as written, for each account, and go with it`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { signIns } = store;
    const [one, two] = [await addAccount(store, anAccount('one')), await addAccount(store, anAccount('two'))];
    assert.equal(await signIns.getPreferences(one.id), undefined);
    const chosen = { language: 'zh-CN', theme: 'dark', timeZone: 'Asia/Tokyo', shortcuts: false } as const;
    await store.setPreferences(one, preferencesDefault);
    await store.setPreferences(two, preferencesDefault);
    await store.setPreferences(one, chosen);
    assert.deepEqual(plain(await signIns.getPreferences(one.id)), chosen);
    const [last] = (await store.audit.list({ ownerId: one.id }, 1)).items;
    assert.deepEqual(last?.changes, [
      { field: 'language', before: '', after: 'zh-CN' },
      { field: 'theme', before: 'system', after: 'dark' },
      { field: 'time_zone', before: '', after: 'Asia/Tokyo' },
      { field: 'shortcuts', before: true, after: false },
    ]);
    assert.deepEqual(plain(await signIns.getPreferences(two.id)), preferencesDefault);
    await store.deleteAccount(one.id, heardBy(store));
    assert.equal(await signIns.getPreferences(one.id), undefined);
  });
};
