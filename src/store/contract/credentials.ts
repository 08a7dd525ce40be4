/** The contract of credentials: all of an account are revoked at once, and none makes anything afterwards. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestStore } from '../../../tests/support/test-store.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import type { Credential } from '../store.ts';
import {
  aDigest,
  addAccount,
  addKey,
  aKey,
  anAccount,
  announcements,
  aSession,
  keysMax,
  plain,
  type Suite,
} from './engine.ts';
import { heardBy, listen } from './heard.ts';

/** An account with an access token and a session. */
async function signedIn(store: TestStore, username: string) {
  const token: Credential = { kind: 'token', digest: aDigest() };
  const session: Credential = { kind: 'session', digest: aDigest() };
  const account = await addAccount(store, anAccount(username, { accessTokenDigest: token.digest }));
  await store.insertSession(aSession(account.id, { digest: session.digest }));
  return { account, token, session };
}

export const credentialsSuite: Suite = (engine, open) => {
  test(`${engine}: revoking the credentials of an account takes its keys, token and sessions, and nothing else`, async (t) => {
    const { store, isShared, reopen, dispose } = await open();
    t.after(dispose);
    const { account, token, session } = await signedIn(store, 'owner');
    const other = await signedIn(store, 'other');
    const keys = [await addKey(store, aKey(account.id)), await addKey(store, aKey(account.id))];
    const foreign = await addKey(store, aKey(other.account.id));
    const heard = announcements(store);
    const places = new Set<number | undefined>();
    const dead: Tombstone[] = [];
    listen(store, ({ seq, tombstone }) => {
      places.add(seq);
      if (tombstone) dead.push(tombstone);
    });
    assert.deepEqual(await store.revokeCredentials(account.id, heardBy(store)), {
      keyIds: keys.map(({ id }) => id),
      accessToken: true,
      sessions: 1,
    });
    assert.deepEqual(
      plain(heard),
      plain([
        ...keys.map(({ id, digest }) => ({ kind: 'key', keyId: id, digest })),
        { kind: 'account', accountId: account.id },
      ]),
    );
    // What the tombstone log keeps: both keys and the token.
    assert.deepEqual(
      plain(dead.map(({ kind, digest, accountId }) => ({ kind, digest, accountId }))),
      plain([
        ...keys.map(({ digest }) => ({ kind: 'key', digest, accountId: account.id })),
        { kind: 'access_token', digest: token.digest, accountId: account.id },
      ]),
    );
    // One place in the log, behind all that it is about.
    assert.equal(places.size, 1);
    assert.equal([...places][0] !== undefined, isShared);
    const again = await reopen();
    assert.deepEqual(
      plain(await again.getAccount(account.id)),
      plain({ ...account, accessTokenDigest: null }),
    );
    assert.equal(await again.findAccountByAccessToken(token.digest), undefined);
    assert.equal(await again.findSession(session.digest), undefined);
    assert.equal(await again.countKeys(account.id), 0);
    for (const { id, digest } of keys) {
      assert.equal(await again.findKeyByDigest(digest), undefined);
      assert.equal(await again.findKeyById(id), undefined);
      assert.equal(
        await again.insertKey(aKey(account.id, { digest }), keysMax, heardBy(again)),
        'digest_taken',
      );
    }
    assert.ok(await again.findKeyByDigest(foreign.digest));
    assert.ok(await again.findAccountByAccessToken(other.token.digest));
    assert.ok(await again.findSession(other.session.digest));
    const none = { keyIds: [], accessToken: false, sessions: 0 };
    assert.deepEqual(await again.revokeCredentials(account.id, heardBy(again)), none);
    assert.equal(await again.revokeCredentials(999, heardBy(again)), undefined);
    assert.ok((await addKey(again, aKey(account.id))).id > foreign.id);
  });

  test(`${engine}: a key made while credentials are revoked is revoked with them, or not made`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    for (let round = 0; round < 5; round += 1) {
      const { account, token, session } = await signedIn(store, `owner ${round}`);
      const make = (credential: Credential) =>
        store.insertKey(aKey(account.id), keysMax, heardBy(store), credential);
      const before = Array.from({ length: 4 }, (_, index) => make(index % 2 ? token : session));
      const revoking = store.revokeCredentials(account.id, heardBy(store));
      const after = Array.from({ length: 4 }, (_, index) => make(index % 2 ? token : session));
      const made = await Promise.all([...before, ...after]);
      const ids = made.flatMap((key) => (typeof key === 'string' ? [] : [key.id]));
      assert.deepEqual(
        (await revoking)?.keyIds,
        ids.sort((left, right) => left - right),
      );
      assert.ok(made.every((key) => typeof key !== 'string' || key === 'no_account'));
      assert.equal(await store.countKeys(account.id), 0);
    }
  });

  test(`${engine}: a credential that does not open the account any more neither makes a key nor changes the account`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { account, token, session } = await signedIn(store, 'owner');
    const other = await signedIn(store, 'other');
    const [newToken, newSession] = [aDigest(), aDigest()];
    const works = async (credential: Credential) => {
      const key = await store.insertKey(aKey(account.id), keysMax, heardBy(store), credential);
      const row = await store.updateAccount(
        account.id,
        { email: 'e@example.org' },
        account.id,
        heardBy(store),
        credential,
      );
      assert.equal(typeof key === 'string', row === undefined);
      if (typeof key === 'string') assert.equal(key, 'no_account');
      return row !== undefined;
    };
    assert.deepEqual([await works(token), await works(session)], [true, true]);
    assert.deepEqual([await works(other.token), await works(other.session)], [false, false]);
    await store.updateAccount(account.id, { accessTokenDigest: newToken }, account.id, heardBy(store), token);
    assert.deepEqual([await works(token), await works({ kind: 'token', digest: newToken })], [false, true]);
    assert.equal(await works({ kind: 'session', digest: newToken }), false);
    await store.deleteSession(session.digest);
    assert.equal(await works(session), false);
    await store.insertSession(aSession(account.id, { digest: newSession }));
    assert.equal(await works({ kind: 'session', digest: newSession }), true);
    await store.updateAccount(account.id, { state: 'disabled' }, 0, heardBy(store));
    assert.equal(await works({ kind: 'token', digest: newToken }), false);
  });
};
