import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '../domain/digest.ts';
import { ManualClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { roles, type Store } from '../store/store.ts';
import { bootstrap } from './bootstrap.ts';
import { Passwords } from './passwords.ts';

const passwords = new Passwords(systemRandom);
const clock = new ManualClock();

async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'halley-bootstrap-'));
  const store = openSqliteStore({ dir, clock });
  try {
    await use(store);
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

const start = (store: Store, bootstrapToken?: string) =>
  bootstrap({ store, clock, random: systemRandom, passwords, bootstrapToken });

test('the first start creates root and returns its secrets once; a later start changes nothing', () =>
  withStore(async (store) => {
    const { created, secrets } = await start(store);
    assert.ok(created && secrets);
    const root = await store.findAccountByAccessToken(digestOf(secrets.accessToken));
    assert.deepEqual([root?.username, root?.role, root?.unlimitedQuota], ['root', roles.root, true]);
    assert.equal(await passwords.fits(secrets.password, root?.passwordHash), true);
    assert.deepEqual(await start(store, 'another-token-for-root'), { created: false, secrets: undefined });
    assert.deepEqual(await store.getAccount(root?.id ?? 0), root);
  }));

test('with a bootstrap token there is nothing to show, and root cannot sign in until it sets a password', () =>
  withStore(async (store) => {
    const token = 'given-by-the-operator';
    assert.deepEqual(await start(store, token), { created: true, secrets: undefined });
    const root = await store.findAccountByAccessToken(digestOf(token));
    assert.equal(root?.username, 'root');
    assert.equal(await passwords.fits('', root?.passwordHash), false);
  }));
